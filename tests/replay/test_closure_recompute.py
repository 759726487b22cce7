"""Closures judged again from what was sealed with them: signals that say otherwise than the archive, or are not there, are told by name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from deployments.recompute import recompute
from registry.domain.decision import Verdict
from registry.evidence.packages import list_packages
from tests.fixed_bank import BOT, FIX_ON, WINDOW_FROM, FixedBank, fixed
from tests.flows.test_recurrence_monitoring import same_cause
from tests.replay.forging import forged

__all__ = ["fixed"]

DAY = timedelta(days=1)
JUDGED_ON = FIX_ON + 4 * DAY


@pytest.fixture(scope="module")
def judged(fixed: FixedBank, tmp_path_factory: pytest.TempPathFactory) -> FixedBank:
    """A bank whose closure was judged by its own signals, and by one of another issue of the same cause; to be read."""
    bank = FixedBank(shutil.copytree(fixed.root, tmp_path_factory.mktemp("judged") / "bank"))
    bank.complain((FIX_ON - DAY, FIX_ON + DAY), symptom="Fee charged twice")
    bank.run(WINDOW_FROM, JUDGED_ON - DAY)
    (other,) = (issue for issue in bank.ledger.read_issues([BOT]) if issue.title == "Fee charged twice")
    bank.ledger.append([same_cause(other.issue_id, bank.issue.issue_id, JUDGED_ON - DAY)])
    bank.run(JUDGED_ON, JUDGED_ON)
    (closure,) = bank.judge_closures(JUDGED_ON).judged
    assert [one.signal_id for one in closure.inputs.signals if one.same_cause_issue] == [closure.inputs.signals[-1].signal_id]
    return bank


def last_closure(bank: FixedBank) -> int:
    return [one.seal.seq for one in list_packages(bank.workspace.archive_dir) if (one.path / "dossier.json").is_file()][-1]


def problems(bank: FixedBank, folder: Path, change: Callable[[list[Any]], None]) -> list[str]:
    seal = last_closure(bank)
    archive = forged(bank.workspace.archive_dir, folder, {f"{seal:06d}/inputs.json": lambda inputs: change(inputs["signals"])})
    found = recompute(archive, only=frozenset({seal}))
    assert found.verdict is Verdict.FAIL
    return [str(problem) for problem in found.problems]


def altered(place: int, **told: Any) -> Callable[[list[Any]], None]:
    return lambda signals: signals[place].update(told)


def test_a_closure_comes_out_the_same_to_the_byte(judged: FixedBank) -> None:
    found = recompute(judged.workspace.archive_dir)
    assert (found.verdict, found.problems) == (Verdict.PASS, ())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (altered(0, impact="none"), "with impact delay"),
        (altered(0, segment={"channel": "Phone"}), "with segment {'channel': 'Web'}"),
        (altered(0, journey_step="login"), "with journey_step "),
        (altered(0, severity="L0"), "with severity L2"),
        (altered(0, known_seq=1), "with known_seq "),
        (altered(0, decision_ref="another"), "with decision_ref F-"),
        (altered(0, versions={"model": "v2"}), "with versions.model v1"),
        (altered(0, versions={}), "with versions.model v1"),
        (altered(0, is_after_fix=True), "with is_after_fix False"),
        (altered(-1, impact="none"), "with impact delay"),
        (altered(-1, reported_at="2026-03-01T12:00:00.000000Z"), "with reported_at "),
        (lambda signals: signals.pop(), "1 more signals that packages before hold"),
        (lambda signals: signals.pop(0), "1 more signals that packages before hold"),
        (lambda signals: signals.append({**signals[-1], "key": "one more"}), "of which one more is none"),
    ],
)
def test_signals_that_say_otherwise_than_their_packages_are_told(
    judged: FixedBank, tmp_path: Path, change: Callable[[list[Any]], None], told: str
) -> None:
    (found,) = [problem for problem in problems(judged, tmp_path / "forged", change) if "signals: " in problem]
    assert told in found
