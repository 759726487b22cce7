"""Whole days of a window that is not clean, though nobody complained: rows that nobody could read, a policy or catalogue made softer."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from deployments.recompute import recompute
from registry.domain.decision import Verdict
from registry.domain.exposure import EffectKind
from registry.domain.recurrence import Outcome, WindowDecision
from registry.evidence.packages import list_packages
from tests.fixed_bank import FIX_ON, SYMPTOM, WINDOW_FROM, FixedBank, at, bank, fixed
from tests.flows.ledger_bytes import assert_sound
from tests.replay.forging import forged

__all__ = ["bank", "fixed"]

DAY = timedelta(days=1)
CLEAN_ON = FIX_ON + 7 * DAY
BAD = tuple(WINDOW_FROM + offset * DAY for offset in range(2))


def complain(bank: FixedBank, decided: str) -> None:
    """Write the usual complaints, and one of the symptom for each of ``BAD`` whose decision was made at the time ``decided``."""
    bank.complain()
    with (bank.root / "data/complaints.csv").open("a", encoding="utf-8", newline="") as stream:
        for number, on in enumerate(BAD):
            csv.writer(stream).writerow((f"Q-{number}", decided, at(on + DAY, 9), "Phone", SYMPTOM, "delayed"))


def last_window(bank: FixedBank, until: date = CLEAN_ON, since: date = WINDOW_FROM) -> WindowDecision:
    return bank.run(since, until)[-1].decision.windows[0]


def codes(window: WindowDecision) -> set[str]:
    return {one.reason_code for one in window.not_evaluated}


def forge(bank: FixedBank, folder: Path, change: Callable[[Any], None]) -> list[str]:
    seal = [one.seal.seq for one in list_packages(bank.workspace.archive_dir) if (one.path / "inputs-00001.json").is_file()][-1]
    archive = forged(bank.workspace.archive_dir, folder / "forged", {f"{seal:06d}/inputs-00001.json": change})
    return [str(problem) for problem in recompute(archive, only=frozenset({seal})).problems]


def test_complaints_that_nobody_could_read_are_no_quiet(bank: FixedBank) -> None:
    complain(bank, "yesterday")
    window = last_window(bank)
    assert (window.outcome, window.verdict) == (Outcome.WATCHING, Verdict.INCONCLUSIVE)
    assert (window.observed_days, window.elapsed_days) == (4, 6)
    assert "rows_set_aside" in codes(window)
    assert recompute(bank.workspace.archive_dir).verdict is Verdict.PASS
    assert_sound(bank)


def test_a_day_is_good_again_once_its_rows_were_mended_and_read(bank: FixedBank) -> None:
    """What the rows said was about the version before the fix: their days were quiet after all."""
    complain(bank, "yesterday")
    bank.run(WINDOW_FROM, FIX_ON + 3 * DAY)
    complain(bank, str(at(FIX_ON - 2 * DAY, 9)))
    waits = 4  # days more: these two came later after their decision than the feed allows
    window = last_window(bank, CLEAN_ON + waits * DAY, FIX_ON + 4 * DAY)
    assert (window.outcome, window.observed_days, "rows_set_aside" in codes(window)) == (Outcome.CLEAN, 6 + waits, False)
    assert recompute(bank.workspace.archive_dir).verdict is Verdict.PASS


def test_rows_that_were_mended_and_show_the_problem_bring_it_back(bank: FixedBank) -> None:
    complain(bank, "yesterday")
    bank.run(WINDOW_FROM, FIX_ON + 3 * DAY)
    complain(bank, str(at(WINDOW_FROM, 9)))
    assert last_window(bank, FIX_ON + 4 * DAY, FIX_ON + 4 * DAY).outcome is Outcome.RECURRED


def _forgotten(inputs: Any) -> None:
    for day in inputs["days"]:
        day["aside"], day["reason"] = [], ""


def _all_mended(inputs: Any) -> None:
    for day in inputs["days"]:
        for aside in day["aside"]:
            aside["mended_count"] = aside["count"] + 1


def _observed(inputs: Any) -> None:
    for day in inputs["days"]:
        day["reason"] = ""


@pytest.mark.parametrize(
    ("change", "told"), [(_forgotten, "set aside, as the events before tell"), (_all_mended, "set aside"), (_observed, "not observed, as")]
)
def test_rows_that_were_left_out_of_what_was_sealed_are_found_out(
    bank: FixedBank, tmp_path: Path, change: Callable[[Any], None], told: str
) -> None:
    complain(bank, "yesterday")
    bank.run(WINDOW_FROM, FIX_ON + 4 * DAY)
    assert any(told in problem for problem in forge(bank, tmp_path, change))


def soften(bank: FixedBank) -> None:
    (bank.root / "policies/clocks.yaml").write_text("L2: {recurrence_window_days: 1, review_every_days: 3}\n", encoding="utf-8")
    silence = "silence: {baseline_days: 20, silence_confidence: 0.5, pre_fix_rate_confidence: 0.5}\n"
    review = "review: {effectiveness_after_days: 10, effectiveness_due_days: 3}\n"
    (bank.root / "policies/recurrence.yaml").write_text(silence + review, encoding="utf-8")


def test_a_policy_that_is_made_softer_while_a_window_runs_ends_it_no_sooner(bank: FixedBank) -> None:
    bank.run(WINDOW_FROM, FIX_ON + 2 * DAY)
    soften(bank)
    window = last_window(bank, CLEAN_ON - DAY, FIX_ON + 3 * DAY)
    (told,) = (one.reason for one in window.not_evaluated if one.reason_code == "policy_changed")
    assert (window.outcome, window.required_days) == (Outcome.WATCHING, 4)
    assert "silence.silence_confidence from 0.95 to 0.5" in told and "recurrence_window_days of L2 from 4 to 1" in told
    assert last_window(bank, since=CLEAN_ON).outcome is Outcome.CLEAN
    assert recompute(bank.workspace.archive_dir).verdict is Verdict.PASS
    assert_sound(bank)


def test_a_window_that_begins_with_the_softer_policy_is_judged_by_it(bank: FixedBank) -> None:
    soften(bank)
    window = last_window(bank, FIX_ON + 4 * DAY)
    assert (window.outcome, window.required_days, "policy_changed" in codes(window)) == (Outcome.CLEAN, 1, False)


def _from_now_on(inputs: Any) -> None:
    inputs["began"] = None


def _softer_before(inputs: Any) -> None:
    inputs["began"]["policy"]["silence"]["silence_confidence"] = 0.5


@pytest.mark.parametrize("change", [_from_now_on, _softer_before])
def test_a_window_that_forgot_what_it_began_with_is_found_out(bank: FixedBank, tmp_path: Path, change: Callable[[Any], None]) -> None:
    bank.run(WINDOW_FROM, FIX_ON + 2 * DAY)
    soften(bank)
    bank.run(FIX_ON + 3 * DAY, FIX_ON + 4 * DAY)
    assert any("began: " in problem or "judged again" in problem for problem in forge(bank, tmp_path, change))


def rewrite(bank: FixedBank, before: str, after: str) -> None:
    path = bank.root / "systems/fee_bot.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def shorten(bank: FixedBank) -> None:
    """Begin the window with a lateness of three days, and take it away."""
    rewrite(bank, "allowed_lateness_days: 1", "allowed_lateness_days: 3")
    bank.run(WINDOW_FROM, FIX_ON + 2 * DAY)
    rewrite(bank, "allowed_lateness_days: 3", "allowed_lateness_days: 0")


def test_a_lateness_that_is_shortened_in_the_catalogue_while_a_window_runs_ends_it_no_sooner(bank: FixedBank) -> None:
    shorten(bank)
    window = last_window(bank, CLEAN_ON + DAY, FIX_ON + 3 * DAY)
    (told,) = (one.reason for one in window.not_evaluated if one.reason_code == "catalogue_changed")
    assert (window.outcome, window.closes_on) == (Outcome.WATCHING, CLEAN_ON + DAY)
    assert "allowed_lateness_days of complaints from 3 to 0" in told
    assert last_window(bank, since=CLEAN_ON + 2 * DAY, until=CLEAN_ON + 2 * DAY).outcome is Outcome.CLEAN
    assert recompute(bank.workspace.archive_dir).verdict is Verdict.PASS
    assert_sound(bank)


def test_answers_that_are_counted_otherwise_while_a_window_runs_make_it_clean_only_once_they_are_counted_as_before(bank: FixedBank) -> None:
    bank.run(WINDOW_FROM, FIX_ON + 2 * DAY)
    rewrite(bank, "count: Answers, unit: answer", "unit: answer")
    window = last_window(bank, since=FIX_ON + 3 * DAY)
    assert (window.outcome, [one.code for one in window.reasons]) == (Outcome.WATCHING, ["counted_otherwise"])
    assert "what counts the decisions of complaints was changed in the catalogue (exposure)" in window.reasons[0].text
    rewrite(bank, "unit: answer", "count: Answers, unit: answer")
    assert last_window(bank, since=CLEAN_ON + DAY, until=CLEAN_ON + DAY).outcome is Outcome.CLEAN
    assert recompute(bank.workspace.archive_dir).verdict is Verdict.PASS
    assert_sound(bank)


def test_a_problem_that_should_be_gone_is_not_made_a_share_while_its_window_runs(bank: FixedBank) -> None:
    bank.run(WINDOW_FROM, FIX_ON + 2 * DAY)
    rewrite(bank, "effect: absence", "effect: {rate: {max_ratio: 0.5}}")
    bank.complain((FIX_ON + 2 * DAY, FIX_ON + 3 * DAY))
    window = last_window(bank, FIX_ON + 4 * DAY, FIX_ON + 3 * DAY)
    assert (window.outcome, window.effect.kind) == (Outcome.RECURRED, EffectKind.ABSENCE)
    assert recompute(bank.workspace.archive_dir).verdict is Verdict.PASS


def _todays_terms(inputs: Any) -> None:
    inputs["began"] = None
    inputs["lateness_days"] = 0


def _softer_terms(inputs: Any) -> None:
    inputs["began"]["terms"][0]["allowed_lateness_days"] = 0


def _sooner(inputs: Any) -> None:
    inputs["lateness_days"] = 0


def _counted_by_another(inputs: Any) -> None:
    inputs["terms"][0]["counted_by"] = inputs["began"]["terms"][0]["counted_by"] = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("change", "told"),
    [(_todays_terms, "began: "), (_softer_terms, "began: "), (_sooner, "lateness_days: 3"), (_counted_by_another, "began: ")],
)
def test_a_window_that_forgot_the_terms_it_began_with_is_found_out(
    bank: FixedBank, tmp_path: Path, change: Callable[[Any], None], told: str
) -> None:
    shorten(bank)
    bank.run(FIX_ON + 3 * DAY, FIX_ON + 4 * DAY)
    assert any(told in problem for problem in forge(bank, tmp_path, change))
