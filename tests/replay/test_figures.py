"""Every kind of figure on the pages of windows, closures and the portfolio: altered in a sealed package, it is named when judged again.

Whoever alters it here has no key to get past: digests, events and seals are made to fit, and such an archive verifies. What recounts which
figure is told in ``docs/guides/verify-the-archive.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deployments.recompute import recompute
from registry.domain.decision import Verdict
from registry.evidence.packages import PackageSummary, list_packages
from tests.clocks import a_set_clock
from tests.closed_bank import CLEAN_ON, ClosedBank, settled
from tests.replay.forging import forged, rewritten

__all__ = ["settled"]

DAY = timedelta(days=1)
WINDOW, RUN, CLOSURE, DOSSIER = "window/decision-00001.json", "window/decision.json", "closure/decision.json", "closure/dossier.json"
PROPOSED, PORTFOLIO, SIGNED = "proposed/decision.json", "portfolio/decision.json", "signed/dossier.json"
_LEVEL = ("occurrence_count", "exposure_count", "day_count", "ratio", "low", "high")
_ROW = ("overdue_verification_count", "closed_count", "reopened_count", "accepted_risk_count", "mean_days_to_contain", "mean_days_to_close")
_MONTH = ("opened_count", "closed_count", "reopened_count", "open_at_end_count", "repeat_ratio", "month")
FIGURES = (
    *((WINDOW, name) for name in ("observed_days", "elapsed_days", "required_days", "extended_days", "coverage_ratio")),
    *((WINDOW, name) for name in ("exposure", "required_exposure", "limit", "floor_on", "closes_on", "normal")),
    *((WINDOW, name) for name in ("effective.effective_at", "effective.start_on", "occurrences", "late", "findings.0.n")),
    *((WINDOW, f"{side}.{name}") for side in ("before", "after") for name in _LEVEL),
    *((WINDOW, f"bound.-1.{name}") for name in ("on", "exposure_count", "occurrence_count", "high")),
    *((WINDOW, f"segments.-1.{side}.{name}") for side in ("before", "after") for name in _LEVEL),
    *((WINDOW, f"segments.0.{name}") for name in ("rate_ratio", "interval")),
    *((RUN, f"indicators.2.{name}") for name in ("value", "limit", "n", "light", "reason")),
    *((RUN, name) for name in ("indicators.0.n", "indicators.3.n", "indicators", "windows.0.exposure", "findings.0.n", "windows")),
    *((CLOSURE, name) for name in ("occurrence", "before_after.0.after.exposure_count", "findings.0.n", "population", "gates.5.summary")),
    *((DOSSIER, name) for name in ("window.observed_days", "case.steps.0.seq", "archive.packages.0.seal", "graph.nodes.0.event")),
    *((PORTFOLIO, f"portfolio.rows.0.{name}") for name in _ROW),
    *((PORTFOLIO, f"portfolio.rows.1.{name}") for name in ("open_by_severity.L2", "oldest_open_days", "closed_count")),
    *((PORTFOLIO, f"portfolio.months.-1.{name}") for name in _MONTH),
    *((PORTFOLIO, name) for name in ("portfolio.overdue", "portfolio.rows", "portfolio.months")),
    *((PROPOSED, name) for name in ("closures", "closures.0.occurrence", "findings.0.n")),
    *(
        (SIGNED, name)
        for name in ("decision.occurrence", "window.exposure", "case.steps.0.seq", "closed_at", "coverage.counted.0.signed_at")
    ),
    *((SIGNED, name) for name in ("archive.packages.0.seal", "graph.nodes.0.event", "decision.before_after.0.before.ratio")),
)
INPUTS = (
    ("closure/inputs.json", "graph.nodes.-1.event"),
    ("closure/inputs.json", "case.steps.0.seq"),
    ("closure/inputs.json", "window.exposure"),
    ("closure/inputs.json", "signals"),
    ("closure/inputs.json", "signals.0.decided_at"),
)
PAGES = ("window/report.html", "window/report-00001.html", "closure/report.html", "closure/report.txt", "portfolio/report.html")


@dataclass(frozen=True, slots=True)
class Sealed:
    """An archive, and the numbers of its packages by what they are of."""

    archive: Path
    numbers: dict[str, int]

    def place(self, name: str) -> str:
        kind, _, file = name.partition("/")
        return f"{self.numbers[kind]:06d}/{file}"

    def judged_again(self, altered: Path, name: str) -> Any:
        return recompute(altered, only=frozenset({self.numbers[name.partition("/")[0]]}))


@pytest.fixture(scope="module")
def sealed(settled: ClosedBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    """The bank's archive on the day after its issue was closed."""
    with a_set_clock():
        bank = settled.copy(tmp_path_factory.mktemp("figures") / "bank")
        bank.verify(CLEAN_ON, code=0)
        assert bank.approve_on(CLEAN_ON) == "closed"
        bank.live(CLEAN_ON + DAY, CLEAN_ON + DAY)
        bank.verify(CLEAN_ON + DAY)
    bank.ledger.close()
    packages = list_packages(bank.workspace.archive_dir)
    yield Sealed(bank.workspace.archive_dir, dict(_kinds(packages)))


def _kinds(packages: tuple[PackageSummary, ...]) -> Iterator[tuple[str, int]]:
    for package in packages:
        files = {path.name for path in package.path.iterdir()}
        if "decision-00001.json" in files:
            yield "window", package.seal.seq
        elif "approval.json" in files:
            yield from (("signed", package.seal.seq) for _ in {"dossier.json"} & files)
        elif "dossier.json" in files:
            yield "closure", package.seal.seq
        elif {"inputs.json", "decision.json"} <= files and b'"portfolio"' in (content := (package.path / "decision.json").read_bytes()):
            yield "proposed" if b'"closed_count": 1' not in content else "portfolio", package.seal.seq


def test_the_archive_as_it_was_sealed_comes_out_the_same(sealed: Sealed) -> None:
    found = recompute(sealed.archive)
    assert (found.verdict, found.problems) == (Verdict.PASS, ())
    assert sealed.numbers.keys() == {"window", "closure", "proposed", "portfolio", "signed"}


@pytest.mark.parametrize(("name", "figure"), FIGURES)
def test_a_figure_that_was_altered_is_named(sealed: Sealed, tmp_path: Path, name: str, figure: str) -> None:
    altered = forged(sealed.archive, tmp_path / "forged", {sealed.place(name): lambda record: _alter(record, figure)})
    found = sealed.judged_again(altered, name)
    assert found.verdict is Verdict.FAIL
    (*_, last) = (key for key in figure.split(".") if not key.lstrip("-").isdigit())
    told = [str(problem) for problem in found.problems]
    assert any(problem.startswith(sealed.place(name)) and last in problem for problem in told), told


@pytest.mark.parametrize(("name", "figure"), INPUTS)
def test_what_a_closure_was_judged_from_is_held_against_the_events_before(sealed: Sealed, tmp_path: Path, name: str, figure: str) -> None:
    altered = forged(sealed.archive, tmp_path / "forged", {sealed.place(name): lambda record: _alter(record, figure)})
    told = [str(problem) for problem in sealed.judged_again(altered, name).problems]
    said = ("as the events before tell it", "cites it", "signals: 1 more", "signals: ")
    assert any(words in problem for problem in told for words in said), told


@pytest.mark.parametrize("name", [*PAGES, "signed/dossier.html"])
def test_a_figure_that_was_altered_on_a_page_alone_is_named(sealed: Sealed, tmp_path: Path, name: str) -> None:
    content = (sealed.archive / sealed.place(name)).read_bytes()
    shown = re.search(rb">(\d+)<" if name.endswith("html") else rb"(\d+)", content)
    assert shown
    altered = rewritten(
        sealed.archive, tmp_path / "forged", sealed.place(name), shown.group(), shown.group().replace(shown.group(1), b"7777")
    )
    found = sealed.judged_again(altered, name)
    assert [(problem.verdict, problem.file) for problem in found.problems] == [(Verdict.FAIL, sealed.place(name))]
    assert "7777" in str(found.problems[0])


def _alter(record: Any, figure: str) -> None:
    *way, last = figure.split(".")
    for key in way:
        record = record[int(key)] if isinstance(record, list) else record[key]
    record[last] = _other(record[last])


def _other(value: Any) -> Any:
    if value is None:
        return 1
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, list):
        return value[:-1] if value else [["ISS-1", "an issue", "nothing"]]
    if isinstance(value, dict):
        return {**value, "L0": 9}
    for kind in (date, datetime):
        try:
            moved = kind.fromisoformat(value) + DAY
        except ValueError:
            continue
        return moved.isoformat().replace("+00:00", "Z") if isinstance(moved, datetime) else moved.isoformat()
    return {"unknown": "green", "green": "red", "amber": "green"}.get(value, f"{value} 9")
