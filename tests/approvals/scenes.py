"""The small bank with an issue that waits for its plan to be approved, people with keys, and approvals as they would type them.

Put here what several tests of approvals need.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deployments.cli.main import main
from registry.domain.events import Event, EventKind
from registry.settings import Workspace, load_workspace
from tests.cli.calling import an_opening, fill_ledger
from tests.flows.workspaces import a_bank

ISSUE, OTHER = "FRAUD-1", "FRAUD-2"
PLANNER = "planner@bank.example"
PEOPLE = {"product_owner": "ana@bank.example", "risk_compliance": "risk@bank.example", "model_risk": "model.risk@bank.example"}
_OWNERS = "owners: {product_owner: ana@bank.example, operations_lead: ben@bank.example}"
_MORE_OWNERS = _OWNERS.replace("}", ", model_owner: planner@bank.example, risk_compliance: risk@bank.example}")
_CAUSE = """\
confirmed_failure: 40 holders of benefit cards complained in the last five days that their account was locked after one ordinary purchase.
direct_cause: Rule velocity-3 counts the split payments of one shop as separate purchases and reaches its limit after the first visit.
contributing_causes:
  - The shops began to split payments when the benefit programme changed its purse limits.
control_failure: The weekly check of lock rates looks at all cards together, where benefit cards are two in a hundred and vanish.
family: model_behavior
evidence: [analysis notebook lock-rates week 46, replay of 40 complaints against rule velocity-3]
corrective_action: Count the payments of one shop within ten minutes as one purchase before velocity-3 looks at them.
preventive_action: Watch lock rates for each card programme with a limit of its own, and replay each programme before a rule changes.
five_whys:
  - Accounts were locked because velocity-3 saw four purchases within an hour.
  - It saw four because one basket was paid in four parts from different purses.
  - It takes parts for purchases because its input has no basket number.
  - The basket number was left out when the feed was built, since no programme split payments then.
  - Nobody asked again because changes of a benefit programme do not reach the owners of the rules.
"""
_PLAN = """\
actions:
  - action: count-baskets
    kind: corrective
    what: Version 2.4.0 of the filter joins payments of one shop within ten minutes before velocity-3.
    owner: model.owner@bank.example
    due_on: {due_on}
    closure_evidence: Locks of benefit cards for each thousand purchases back at the level of the quarter before.
    reopen_trigger: A complaint about a lock that version 2.4.0 or later decided.
  - action: watch-programmes
    kind: preventive
    what: The weekly check of lock rates reports each card programme against a limit of its own.
    owner: ben@bank.example
    due_on: {due_on}
    closure_evidence: The check of a past week, run again, names benefit cards.
    reopen_trigger: A programme above its limit for a week without an alarm.
verification: Replay of the 40 complaints and of 1,000 ordinary purchases under both versions, then lock rates of benefit cards for 60 days.
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """A workspace in ``root``, and the keys of people by their roles in ``keys``."""

    root: Path
    keys: Path

    @property
    def workspace(self) -> Workspace:
        return load_workspace(self.root)

    @property
    def archive(self) -> Path:
        return self.workspace.archive_dir

    @property
    def signers(self) -> Path:
        return self.workspace.allowed_signers_path

    def key(self, name: str) -> Path:
        """Return a key of that name, made on first use."""
        path = self.keys / name
        if not path.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], check=True)
        return path

    def allow(self, person: str, role: str, key: str = "", options: str = "", namespaces: str = "") -> None:
        """Let a person's key sign in a role."""
        kind, text, *_ = self.key(key or role).with_suffix(".pub").read_text().split()
        with self.signers.open("a", encoding="utf-8") as stream:
            stream.write(f'{person} namespaces="{namespaces or role}"{options} {kind} {text}\n')

    def request(self, role: str, *more: object, by: str = "", issue: str = ISSUE, action: str = "plan") -> Path:
        """Write the request of whoever has the role, and return its path."""
        out = self.root / f"request-{len(list(self.root.glob('request-*')))}.json"
        words = ["approve", "request", issue, "--action", action, "--by", by or PEOPLE[role], "--role", role, "--out", out, *more]
        assert run(*words, "--workspace", self.root) == 0
        return out

    def sign(self, request: Path, role: str, key: str = "", namespace: str = "") -> Path:
        """Sign a request with the key of a role, and return the signature's path."""
        made = request.with_name(f"{request.name}.sig")
        made.unlink(missing_ok=True)
        subprocess.run(
            ["ssh-keygen", "-q", "-Y", "sign", "-f", self.key(key or role), "-n", namespace or role, request],
            check=True,
            capture_output=True,
        )
        return made

    def record(self, request: Path, *more: object, issue: str = ISSUE) -> int:
        """Record an approval and return the exit code."""
        return run("approve", "record", issue, "--request", request, *more, "--workspace", self.root)

    def approve(self, role: str, *more: object, by: str = "") -> int:
        """Ask, sign and record, as whoever has the role."""
        request = self.request(role, *more, by=by)
        self.sign(request, role)
        return self.record(request)

    def state(self, issue_id: str = ISSUE) -> str:
        """Return the state of an issue."""
        from flows.clock import now
        from tasks.ledger import open_workspace_ledger

        (issue,) = [found for found in open_workspace_ledger(self.workspace, now).read_issues() if found.issue_id == issue_id]
        return issue.state.value

    def approved_package(self) -> Path:
        """Return the newest package of an approval."""
        return max(path.parent for path in self.archive.glob("*/approval.html"))


def run(*words: object) -> int:
    """Run ``proofloop`` and return its exit code."""
    try:
        main([str(word) for word in words])
    except SystemExit as ended:
        assert isinstance(ended.code, int)
        return ended.code
    raise AssertionError("a command line that did not end")


def planned(root: Path) -> Scene:
    """Make the bank with two issues whose root cause is known, and a plan of the first one, sealed."""
    bank = a_bank(root / "bank")
    for path in (bank.root / "systems").glob("*.yaml"):
        path.write_text(path.read_text().replace(_OWNERS, _MORE_OWNERS))
    fill_ledger(bank.workspace, *(event for issue in (ISSUE, OTHER) for event in (an_opening(issue), *_moves(issue))))
    (root / "keys").mkdir()
    scene = Scene(bank.root, root / "keys")
    for issue in (ISSUE, OTHER):
        _step(scene, "root-cause", issue, _CAUSE, "ana@bank.example", "product_owner")
    for role, person in PEOPLE.items():
        scene.allow(person, role)
    plan(scene)
    return scene


def plan(scene: Scene, issue: str = ISSUE, text: str = _PLAN) -> None:
    """Record a plan of an issue, as the model owner."""
    due_on = (datetime.now(UTC) + timedelta(days=14)).date()
    _step(scene, "plan", issue, text.format(due_on=due_on), PLANNER, "model_owner")


def another_plan() -> str:
    return _PLAN.replace("60 days", "90 days")


def _step(scene: Scene, kind: str, issue: str, text: str, by: str, role: str) -> None:
    path = scene.root / f"{kind}.yaml"
    path.write_text(text)
    assert run("issue", kind, issue, "--by", by, "--role", role, "--file", path, "--workspace", scene.root) == 0


def copied(scene: Scene, folder: Path) -> Scene:
    """Return a scene of its own with the same history."""
    for name in ("bank", "keys"):
        shutil.copytree(scene.root.parent / name, folder / name)
    return Scene(folder / "bank", folder / "keys")


def _moves(issue: str) -> list[Event]:
    opening = an_opening(issue)
    ways = [("triage", "contained"), ("contained", "rca_in_progress")]
    return [
        Event(
            EventKind.ISSUE_MOVED,
            opening.system_id,
            f"{issue} {after}",
            opening.as_of,
            opening.business_date,
            {"from": before, "to": after, "role": "product_owner", "reason": "done"},
            issue,
            "ana@bank.example",
        )
        for before, after in ways
    ]
