"""Two watched systems over two files of predictions, and their runs as the schedule would make them.

Put here what writes predictions of months that look alike, or in which something moved. Every month of a kind has the same rows, so that
nothing is over a threshold by chance.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from deployments.cli.running import run_triggers, scheduled_instant
from deployments.cli.session import TRIGGERS_AT
from registry.domain.trigger_run import TriggersResult
from tests.opened_workspace import OpenedWorkspace

ZONE = "America/New_York"
CARDS, LOANS = "card_model", "loan_model"
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
"""Days on which the window of the month before has just ended."""

_SYSTEM = """\
id: {name}
name: {title}
kind: ml
risk_tier: low
owners: {{product_owner: ana@bank.example, operations_lead: ben@bank.example}}
versions: {{model: {{recorded: v1}}}}
predictions:
  source: {{path: data/{name}.csv}}
  columns: {{time: made, score: pd}}
  features: {{numeric: [amount], categorical: [channel]}}
  segments: [term]
monitoring:
  reference: {{from: 2026-01-01, to: {reference_to}}}
  window: month
"""
_HEADER = ("made", "pd", "amount", "channel", "term")
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watch(OpenedWorkspace):
    """A workspace of watched systems."""

    def run(self, day: date, *systems: str, dry_run: bool = False) -> TriggersResult:
        """Run the triggers of ``day`` inline, as the command line does."""
        return run_triggers(self.root, systems, scheduled_instant(day, ZONE, TRIGGERS_AT), dry_run=dry_run)

    def write(self, system: str, rows: Iterable[Row]) -> None:
        """Replace the predictions of a system."""
        with (self.root / f"data/{system}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([_HEADER, *rows])

    def describe(self, system: str, reference_to: str = "2026-02-01", more: str = "") -> None:
        """Write, or write anew, how a system is watched."""
        text = _SYSTEM.format(name=system, title=system.replace("_", " ").title(), reference_to=reference_to)
        path = self.root / f"systems/{system}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + more, encoding="utf-8")


def a_watch(root: Path, *, ledger_url: str = "sqlite:///.state/ledger.db", systems: Iterable[str] = (CARDS, LOANS)) -> Watch:
    """Return a workspace whose systems had the same predictions every day of January to April 2026."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "data").mkdir(exist_ok=True)
    (root / "proofloop.yaml").write_text(f"timezone: {ZONE}\nledger_url: {ledger_url}\n", encoding="utf-8")
    (root / ".state").mkdir(exist_ok=True)
    (root / ".state/narrative.key").write_text("the same key for every workspace", encoding="utf-8")
    watch = Watch(root)
    for system in systems:
        watch.describe(system)
        watch.write(system, calm())
    return watch


def calm(start_on: date = date(2026, 1, 1), end_on: date = date(2026, 5, 1)) -> Iterator[Row]:
    """Yield forty predictions a day that look alike on every day of ``[start_on, end_on)``, but for one amount that is its month's."""
    for day in _days(start_on, end_on):
        for number in range(40):
            amount = 100 + 7 * (number or date.fromisoformat(day).month % 4)
            yield day, f"{0.02 * (number + 1):.2f}", str(amount), ("web", "branch")[number % 2], ("36", "60")[number % 4 == 0]


def moved(start_on: date, end_on: date) -> Iterator[Row]:
    """Yield predictions of larger amounts: three of four are among the ten largest of calm days."""
    for number, (made, score, amount, channel, term) in enumerate(calm(start_on, end_on)):
        yield made, score, amount if number % 4 == 0 else str(310 + 7 * (number % 10)), channel, term


def _days(start_on: date, end_on: date) -> Iterator[str]:
    for offset in range((end_on - start_on).days):
        yield (start_on + timedelta(days=offset)).isoformat()
