"""A bank over real complaints with two AI systems that got a fix: its catalogue, and its days with the clock of the house set to each.

Put here how that bank is written and lived through; what people did in it is ``recurrence_people.py``, what must come out
``recurrence.py``. Nobody approves in the past, so that whoever tells a history of years with signed approvals has to be there: the clock of
the house is set to each day before its flows run and its people act.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import flows.clock
from registry.settings import load_workspace
from tasks.ledger import open_workspace_ledger
from tests.clocks import set_clock
from tests.real.complaints import CARD, COMPLAINTS, FILE, OWNERS, UNTIMELY
from tests.real.work import Desk

ZONE = "America/New_York"
MODEL_OWNER = "model@bank.example"
FRAUD, HANDLING = "fraud_filter", "complaint_handling"
# Nine of ten complaints reach the bank within 4 days, ninety-nine of a hundred within 23. A missed deadline is known after fifteen.
LATENESS = {FRAUD: 23, HANDLING: 16}
ROWS = "data/complaints.parquet"
_OWNERS = OWNERS[:-1] + f", model_owner: {MODEL_OWNER}}}"
_HANDLING_ENTRY = UNTIMELY.format(owners=_OWNERS, path=ROWS) + "    exposure: {unit: complaint}\n    effect: rate\n"
_FRAUD_ENTRY = COMPLAINTS.format(
    system=FRAUD,
    name="Card fraud filter",
    kind="rules",
    tier="high",
    impact="access",
    fingerprint="Sub-product",
    owners=_OWNERS,
    path=ROWS,
    where='"' + CARD.replace('"', '\\"') + '"',
)
_EXPOSURE = "    exposure: {unit: complaint}\n    effect: {rate: {max_ratio: RATIO}}\n"


@dataclass(frozen=True, slots=True)
class Bank(Desk):
    """The workspace and what is typed in it, in this process, as on the command line. ``issue`` is the one that is worked."""

    def say(self, *words: str) -> dict[str, Any]:
        """Run a command and return its document."""
        from deployments.cli.main import main

        said, told = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told), contextlib.suppress(SystemExit):
            main(["--workspace", str(self.root), *words, "--json"])
        document: dict[str, Any] = json.loads(said.getvalue() or "{}")
        if not document or "error" in document:
            raise SystemExit(f"{' '.join(words)}: {said.getvalue()} {told.getvalue()}")
        return document

    def run(self, command: str, day: date, *systems: str) -> dict[str, Any]:
        """Run a daily flow as the schedule would have, and return its document."""
        set_clock(due(command, day))
        return self.say(command, *(f"--system={one}" for one in systems), "--as-of", day.isoformat())

    def sign(self, role: str, name: str, action: str = "plan") -> Path:
        """Let a person sign the newest document of ``action`` with a key that is made where they have none."""
        key, request = self.root / f"{role}.key", self.root / f"{self.issue}-{action}-{role}.json"
        if not key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
            kind, text, *_ = key.with_suffix(".key.pub").read_text().split()
            with (self.root / "allowed_signers").open("a") as signers:
                signers.write(f'{name} namespaces="{role}" {kind} {text}\n')
        self.say("approve", "request", self.issue, "--action", action, "--by", name, "--role", role, "--out", str(request))
        subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", role, "-f", str(key), str(request)], check=True)
        return request

    def of(self, system: str) -> Bank:
        """Return the bank with the newest issue of a system as the one that is worked."""
        found = [one for one in self.say("issue", "list", "--all")["issues"] if one["system_id"] == system]
        return Bank(self.root, max(found, key=lambda one: one["issue_id"])["issue_id"])

    def branch(self, name: str) -> Bank:
        """Return a copy of the bank as it stands: what happens there never happened here."""
        open_workspace_ledger(load_workspace(self.root), flows.clock.now).close()
        return Bank(Path(shutil.copytree(self.root, self.root.with_name(name))), self.issue)


def a_bank(root: Path, data: Path, system: str) -> Bank:
    """Return the bank with its files, before anything ran: complaints about benefit cards, or answers that came too late."""
    shutil.rmtree(root, ignore_errors=True)
    (root / "systems").mkdir(parents=True)
    write_rows(root, [data / FILE])
    (root / "proofloop.yaml").write_text(f"timezone: {ZONE}\nallowed_source_roots: [data]\n")
    text = _HANDLING_ENTRY if system == HANDLING else _FRAUD_ENTRY
    lateness = f"allowed_lateness_days: {LATENESS[system]}"
    (root / f"systems/{system}.yaml").write_text(text.replace("allowed_lateness_days: 1", lateness))
    return Bank(root, "")


def write_rows(root: Path, sources: Iterable[Path]) -> None:
    """Write the rows of some files, every column a text, as the one file that the bank reads; Parquet is read faster on every day."""
    import duckdb

    (root / "data").mkdir(exist_ok=True)
    listed = ", ".join(f"'{path}'" for path in sources)
    duckdb.execute(f"copy (select * from read_csv([{listed}], all_varchar = true)) to '{root / ROWS}' (format parquet)")


def set_target(bank: Bank, ratio: float) -> None:
    """Let the owner of the fraud filter say which share of all complaints may be about benefit cards."""
    path = bank.root / f"systems/{FRAUD}.yaml"
    path.write_text(path.read_text() + _EXPOSURE.replace("RATIO", f"{ratio:.4f}"))


def due(command: str, day: date) -> datetime:
    """Return when a daily command is due."""
    at = {"triage": time(6), "recurrence": time(7), "closure": time(7, 30)}[command]
    return datetime.combine(day, at, ZoneInfo(ZONE))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Return an instant of ``day`` in the bank's zone."""
    return datetime.combine(day, time(hour, minute), ZoneInfo(ZONE))


def days(first: date, end: date, every: int = 1) -> Iterable[date]:
    """Yield every day, or every so many, of ``[first, end)``."""
    return (first + timedelta(days=offset) for offset in range(0, (end - first).days, every))
