"""A small bank for flow tests: two systems over one CSV, a third over a JSONL, and policies with small numbers.

Put here what writes the bank's files and runs its days. Numbers are small so that a baseline of three days is one: what a spike needs in
production is the policies' business, not the flow's.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from deployments.cli.running import run_triage, scheduled_instant
from registry.domain.triage_run import TriageResult
from tests.opened_workspace import OpenedWorkspace

ZONE = "America/New_York"
MONDAY = date(2026, 3, 16)
CALM_DAYS = 4
CREDIT, FRAUD, ROUTER = "credit_model", "fraud_filter", "complaint_router"

_SETTINGS = """\
timezone: America/New_York
ledger_url: {ledger_url}
{more}
"""
_OWNERS = "owners: {product_owner: ana@bank.example, operations_lead: ben@bank.example}"
_COMPLAINTS = """\
  - name: complaints
    category: complaint
    source: {path: data/complaints.csv}
    where: "\\"Product\\" = '%(product)s'"
    fields:
      signal_id: Id
      occurred_at: Decided
      received_at: Received
      narrative: Text
      ai_system: System
      segment: {channel: Channel}
    impact: {column: Consequence, map: {no access: access, delayed: delay, nothing: none}}
    fingerprint: [Issue]
    opens_issue: %(opens)s
    allowed_lateness_days: 2
"""
_SYSTEM = """\
id: %(id)s
name: %(name)s
kind: ml
risk_tier: low
%(owners)s
versions:
  model: %(model)s
signals:
"""
_OVERRIDES = """\
  - name: overrides
    category: override
    source: {path: data/overrides.jsonl}
    fields: {signal_id: id, occurred_at: decided, received_at: received, segment: {channel: team}}
    impact: {column: consequence, map: {no access: access, delayed: delay, nothing: none}}
    fingerprint: [kind]
    opens_issue: each
    allowed_lateness_days: 2
"""
_POLICIES = """\
spike: {window_days: [1], baseline_max_days: 20, baseline_min_days: 2, min_count: 8, max_false_alarms_per_year: 12.0}
batch: {baseline_min_days: 20, baseline_max_days: 20}
dip: {window_days: [1], baseline_min_days: 20, baseline_max_days: 20}
feed: {min_history_days: 2, max_stale_days: 3}
"""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One row of the complaints' file."""

    number: int
    received: date
    product: str = "Card"
    issue: str = "Payment refused"
    decided: datetime | None = None
    consequence: str = "delayed"
    channel: str = "Web"
    text: str = "Please call me at 212-555-0147."
    system: str = ""

    @property
    def cells(self) -> dict[str, str]:
        decided = self.decided or datetime.combine(self.received - timedelta(days=1), time(12))
        return {
            "Id": f"C-{self.number}",
            "Decided": decided.isoformat(),
            "Received": datetime.combine(self.received, time(12)).isoformat(),
            "Product": self.product,
            "Issue": self.issue,
            "Consequence": self.consequence,
            "Channel": self.channel,
            "Text": self.text,
            "System": self.system,
        }


@dataclass(frozen=True, slots=True)
class Bank(OpenedWorkspace):
    """The workspace of the small bank: its files, and its days as the schedule would run them."""

    def write_complaints(self, rows: Iterable[Complaint]) -> None:
        """Replace the complaints' file."""
        self.write_cells([row.cells for row in rows])

    def write_cells(self, rows: Sequence[Mapping[str, str]]) -> None:
        """Replace the complaints' file by rows as they are."""
        with (self.root / "data/complaints.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(Complaint(0, MONDAY).cells))
            writer.writeheader()
            writer.writerows(rows)

    def write_overrides(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Replace the overrides' file."""
        lines = "".join(f"{json.dumps(row)}\n" for row in rows)
        (self.root / "data/overrides.jsonl").write_text(lines, encoding="utf-8")

    def triage(self, day: date, *systems: str, dry_run: bool = False) -> TriageResult:
        """Run the triage of ``day`` inline, as the command line does."""
        return run_triage(self.root, systems, scheduled_instant(day, ZONE), dry_run=dry_run)


def a_bank(
    root: Path,
    *,
    ledger_url: str = "sqlite:///.state/ledger.db",
    more_settings: str = "",
    model: str = "{recorded: v1}",
    opens: str = "each",
) -> Bank:
    """Write the bank's workspace below ``root`` with a calm history.

    ``model`` is how the fraud filter's version is known. ``opens`` is what opens an issue of complaints: the calm ones are too mild for
    ``each``, so that a first day can pass, which ``spike`` does not allow without a baseline.
    """
    files = {
        "proofloop.yaml": _SETTINGS.format(ledger_url=ledger_url, more=more_settings),
        "systems/credit_model.yaml": _system(CREDIT, "Credit model") + _COMPLAINTS % {"product": "Loan", "opens": opens},
        "systems/fraud_filter.yaml": _system(FRAUD, "Fraud filter", model) + _COMPLAINTS % {"product": "Card", "opens": opens},
        "systems/complaint_router.yaml": _system(ROUTER, "Complaint router") + _OVERRIDES,
        "policies/triage.yaml": _POLICIES,
        ".state/narrative.key": "the same key for every bank",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "data").mkdir(exist_ok=True)
    bank = Bank(root)
    bank.write_complaints(calm_complaints())
    bank.write_overrides(calm_overrides())
    return bank


def calm_complaints(until: date = MONDAY + timedelta(days=CALM_DAYS + 4)) -> list[Complaint]:
    """Return two complaints a day about each product, from three days before ``MONDAY``."""
    days = [MONDAY + timedelta(days=offset) for offset in range(-3, (until - MONDAY).days)]
    products = [("Card", "Payment refused"), ("Card", "Card blocked"), ("Loan", "Loan refused"), ("Loan", "Rate unclear")]
    return [
        Complaint(1000 * place + number, day, product, issue)
        for place, day in enumerate(days)
        for number, (product, issue) in enumerate(products)
    ]


def calm_overrides(until: date = MONDAY + timedelta(days=CALM_DAYS + 4)) -> list[dict[str, str]]:
    """Return one harmless override a day, from three days before ``MONDAY``."""
    days = [MONDAY + timedelta(days=offset) for offset in range(-3, (until - MONDAY).days)]
    return [an_override(place, day) for place, day in enumerate(days)]


def an_override(number: int, received: date, **changes: str) -> dict[str, str]:
    """Return one row of the overrides' file."""
    row = {"id": f"O-{number}", "decided": f"{received}T08:00:00", "received": f"{received}T09:00:00"}
    return {**row, "team": "north", "kind": "wrong queue", "consequence": "nothing", **changes}


def a_burst(count: int, received: date, *, start: int = 900_000, issue: str = "Payment refused") -> list[Complaint]:
    """Return many complaints about one thing, received on one day by two channels."""
    channels = ("Web", "Phone")
    return [Complaint(start + number, received, issue=issue, channel=channels[number % 2]) for number in range(count)]


def moved(day: date, days: int) -> date:
    """Return the date ``days`` days later."""
    return day + timedelta(days=days)


def at(day: date, hour: int) -> datetime:
    """Return a full hour of ``day`` in the bank's zone."""
    return datetime.combine(day, time(hour), ZoneInfo(ZONE))


def _system(system_id: str, name: str, model: str = "{recorded: v1}") -> str:
    return _SYSTEM % {"id": system_id, "name": name, "owners": _OWNERS, "model": model}
