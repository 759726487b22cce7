"""The bank of ``fixed_bank`` with its people: every step from the signal to the closure by a real command, signed with keys of their own.

Put here what tests of closures need of a whole workspace. Ana and Ben own the assistant and sign; Cora mends it, Otto stands in for Ben on
the work, and Mara measures. The clock of the house is set to each day.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from registry.evidence.signers import signer_line
from registry.evidence.signing import make_key
from registry.sealing import KEY_NAME
from tests.cli.calling import Called
from tests.clocks import a_set_clock, set_clock
from tests.fixed_bank import BOT, FIRST, FIX_ON, WINDOW_FROM, ZONE, FixedBank, a_fixed_bank, at, days
from tests.once import made_once
from tests.real.work import MODEL, PLAN, ROOT_CAUSE, WORKFLOW

ANA, BEN, CORA, OTTO, MARA = (f"{name}@bank.example" for name in ("ana", "ben", "cora", "otto", "mara"))
SIGNERS = {"product_owner": ANA, "operations_lead": BEN}
CLEAN_ON = FIX_ON + timedelta(days=7)
"""The first day on which the window is clean."""
_DEPUTIES = {OTTO: "operations_lead", MARA: "model_risk"}
_NAMES = (("fraud_filter", BOT), ("model@bank.example", CORA), ("operations@bank.example", OTTO), ('version: "2"', "version: v2"))
_CHANGES = (
    ("Sub-product", "Issue"),
    ("compliance@bank.example", MARA),
    ("product@bank.example", MARA),
    ("  - Benefit claims", "  - Claims"),
)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClosedBank(FixedBank):
    """The workspace, its days, and what its people type."""

    def say(self, *words: object, code: int | None = 0) -> Called:
        """Run a command in this process; ``code`` is how it must end (None: however it does)."""
        from deployments.cli.main import main

        said, told = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told), pytest.raises(SystemExit) as ended:
            main(["--workspace", str(self.root), *map(str, words)])
        called = Called(int(str(ended.value.code)), said.getvalue(), told.getvalue())
        assert code is None or called.code == code, f"{words}: {called.code}\n{called.out}\n{called.err}"
        return called

    def take(self, step: str, by: str, role: str, document: object = "", code: int = 0) -> Called:
        """Take a step with a document in a file."""
        path = self.root / f"{step}.yaml"
        path.write_text(document if isinstance(document, str) else yaml.safe_dump(document), encoding="utf-8")
        return self.say("issue", step, self.issue.issue_id, "--by", by, "--role", role, "--file", path, code=code)

    def sign(self, role: str, action: str = "close", name: str = "") -> Path:
        """Let the person of a role sign the newest document of ``action``; the signature lies beside the request."""
        name = name or SIGNERS[role]
        request = self.root / f"{action}-{role}-{len(list(self.root.glob(f'{action}-*.json')))}.json"
        words = ("--action", action, "--by", name, "--role", role, "--out", request)
        self.say("approve", "request", self.issue.issue_id, *words)
        subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", role, "-f", str(self.root / f"{name}.key"), str(request)], check=True)
        return request

    def record(self, request: Path, code: int | None = 0) -> Called:
        """Hand a signed request in."""
        called = self.say("approve", "record", self.issue.issue_id, "--request", request, "--json", code=code)
        request.with_name(f"{request.name}.sig").unlink()
        return called

    def approve(self, action: str = "close") -> Called:
        """Let both owners sign and hand in; return what the last was told."""
        return [self.record(self.sign(role, action)) for role in SIGNERS][-1]

    def approve_on(self, day: date, action: str = "close") -> str:
        """Let both owners sign at ten o'clock of ``day``, and return where the issue stands."""
        set_clock(at(day, 10))
        return str(self.approve(action).document["receipt"]["state"])

    def verify(self, day: date, *words: object, code: int | None = None) -> Called:
        """Run the closure verification of ``day``; words name issues."""
        set_clock(at_closing(day))
        return self.say("closure", *words, "--as-of", day, "--json", code=code)

    def live(self, first: date, last: date) -> None:
        """Let triage and monitoring run on every day from ``first`` to ``last``, as the schedule would."""
        for day in days(first, last + _DAY):
            set_clock(at(day, 7))
            self.run(day, day)

    def copy(self, target: Path) -> ClosedBank:
        """Return a copy of the bank as it stands."""
        self.ledger.close()
        return ClosedBank(Path(shutil.copytree(self.root, target)))


def a_worked_bank(root: Path) -> ClosedBank:
    """Return the bank on the day of its fix, whose issue was worked by its people."""
    a_fixed_bank(root)
    bank = ClosedBank(root)
    _let_sign(bank)
    for day in days(FIRST, FIX_ON + _DAY):
        set_clock(at(day, 6))
        bank.triage(day)
    _work(bank)
    return bank


def settle(bank: ClosedBank) -> None:
    """Hand in what a closure asks beside: who was affected, and two pieces of evidence by somebody who made none of it."""
    set_clock(at(CLEAN_ON - _DAY, 12))
    bank.take("scope", ANA, "product_owner", _scope())
    bank.take(
        "add-evidence", MARA, "model_risk", _evidence("production_kri", "Answers about fees that complaints call wrong", "dashboard 7")
    )
    bank.take("add-evidence", MARA, "model_risk", _evidence("regression_eval", "Locked set of fee questions", "evaluation 40"))


def at_closing(day: date) -> datetime:
    """Return when the closure verification of ``day`` is due."""
    return datetime.combine(day, time(7, 30), ZoneInfo(ZONE))


@pytest.fixture(scope="session")
def settled() -> ClosedBank:
    """The bank on the morning on which its window is clean, with everything handed in; to be copied."""
    return ClosedBank(made_once("settled", _settle) / "bank")


def _settle(folder: Path) -> None:
    with a_set_clock():
        bank = a_worked_bank(folder / "bank")
        bank.live(WINDOW_FROM, CLEAN_ON - _DAY)
        settle(bank)
        bank.live(CLEAN_ON, CLEAN_ON)
        bank.ledger.close()


@pytest.fixture
def bank(settled: ClosedBank, tmp_path: Path) -> Iterator[ClosedBank]:
    """A bank of its own for each test, on the morning on which it may be proposed; the clock can be set."""
    with a_set_clock():
        set_clock(at_closing(CLEAN_ON))
        yield ClosedBank(Path(shutil.copytree(settled.root, tmp_path / "bank")))


def _let_sign(bank: ClosedBank) -> None:
    """Every person has a key; the bank's seals have one too, and each is listed for what its holder may sign."""
    lines = [signer_line(make_key(bank.workspace.state_dir / KEY_NAME, "bank"), "bank")]
    for role, name in (*SIGNERS.items(), *((role, name) for name, role in _DEPUTIES.items())):
        key = bank.root / f"{name}.key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(key)], check=True)
        kind, text, *_ = key.with_suffix(".key.pub").read_text().split()
        lines.append(f'{name} namespaces="{role}" {kind} {text}\n')
    bank.workspace.allowed_signers_path.write_text("".join(lines), encoding="utf-8")
    entry = bank.root / "systems/fee_bot.yaml"
    text = entry.read_text(encoding="utf-8")
    entry.write_text(text.replace(f"operations_lead: {BEN}", f"operations_lead: {BEN}, model_owner: {CORA}"), encoding="utf-8")


def _work(bank: ClosedBank) -> None:
    """Take the issue from triage to the fix in force, at noon of its day."""
    set_clock(at(FIX_ON, 9))
    bank.take("assign", ANA, "product_owner", {"owner": OTTO, "next_step": "Protect customers first", "due_on": str(FIX_ON + _DAY)})
    bank.take("contain", OTTO, "operations_lead", _containment())
    bank.take("root-cause", CORA, "model_owner", _ours(ROOT_CAUSE))
    bank.take("plan", CORA, "model_owner", _ours(PLAN.format(soon=FIX_ON + _DAY, later=FIX_ON + 2 * _DAY)))
    bank.approve("plan")
    bank.take("link-change", CORA, "model_owner", _ours(MODEL))
    bank.take("link-change", OTTO, "operations_lead", _ours(WORKFLOW))
    set_clock(at(FIX_ON, 12) + timedelta(minutes=5))
    served = at(FIX_ON, 12).isoformat()
    bank.take("implement", CORA, "model_owner", {"deployed_at": served, "share_percent": 100, "rollback": "serve v1 again: runbook RB-12"})
    words = ("--from", served, "--by", CORA, "--role", "model_owner", "--reason", "the fix was released")
    bank.say("versions", "record", BOT, "model", "v2", *words)


def _ours(document: str) -> str:
    for old, new in (*_NAMES, *_CHANGES):
        document = document.replace(old, new)
    return document


def _containment() -> dict[str, Any]:
    measure = "Answers about fees wait for a person."
    return {"pattern": "raise_human_gate", "measure": measure, "in_force_at": at(FIX_ON, 8).isoformat(), "evidence": ["CHG-1"]}


def _scope() -> dict[str, Any]:
    return {
        "customers": "Whoever asked the assistant about a fee and complained; the decision log names nobody else.",
        "segments": ["all"],
        "journeys": ["all"],
        "versions": ["model v1"],
        "from_at": at(FIRST - 10 * _DAY, 0).isoformat(),
        "until_at": at(FIX_ON, 12).isoformat(),
        "evidence": ["complaints joined to the issue in the ledger"],
    }


def _evidence(kind: str, summary: str, pointer: str) -> dict[str, Any]:
    figures = {"before": "10 in 1,000 answers", "after": "0 in 600 answers"} if kind == "production_kri" else {}
    figures = figures or {"before": "61 of 80 right", "after": "80 of 80 right"}
    return {"kind": kind, "summary": summary, **figures, "pointers": [pointer]}


def outcome(called: Called) -> dict[str, Any]:
    """Return the one closure that a run judged."""
    (found,) = called.document["closures"]
    return dict(found)


def lacks_of(called: Called) -> list[str]:
    """Return what each gate lacks, as gate and code."""
    return [f"{gate['gate']}:{lack['code']}" for gate in outcome(called)["gates"] for lack in gate["lacks"]]


def kept(path: Path) -> Any:
    """Return a JSON file."""
    return json.loads(path.read_bytes())
