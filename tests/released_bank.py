"""The small bank whose fraud filter is released: cards, signed records, an error budget, people with keys, a candidate that was judged.

Put here what tests of releases need as a workspace. Everything that the gates ask for is there, so that a test takes away what it is about.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from deployments.cli.main import main
from registry.domain.approving import SignatureVerdict
from registry.domain.catalogue import OwnerRole
from registry.domain.release import ReleaseProposal
from registry.domain.release_acts import ProposalResult, SignOffEntry, SignOffResult
from registry.domain.release_run import KnownRelease
from registry.domain.release_switch import SwitchResult
from registry.policies.release import load_release_policy
from tests.cli.calling import Called, call
from tests.evaluated_bank import BETTER, CHAMPION, VERSIONS, an_evaluated_bank, gate
from tests.flows.workspaces import FRAUD, Bank

MAKER, PROPOSER = "mia@bank.example", "moe@bank.example"
SIGNERS = {"product_owner": "ana@bank.example", "governance_lead": "gov@bank.example"}
"""Who signs releases off, by role, as the shipped policy asks."""
PEOPLE = {**SIGNERS, "model_owner": PROPOSER, "operations_lead": "ben@bank.example", "risk_compliance": "risk@bank.example"}
PURPOSE = "Hold card purchases that look like fraud until a person has looked at them."
_RELEASE = """\
release:
  object_type: model
  purpose: {purpose}
  cards: {{model_card: data/model_card.md, system_card: data/system_card.md}}
  records: {{tra: data/tra.yaml, rollback_drill: data/drill.yaml}}
  error_budget: {{source: {{path: data/outages.csv}}, day: day, minutes: minutes}}
"""
_PROPOSAL = {
    "change": "The filter is retrained on the purchases of February",
    "affected_population": "Everybody who pays with a card of the bank in a shop or on the web",
    "made_by": (MAKER,),
    "rollback_plan": "The operations lead records version v1 again and has it deployed when held purchases double within a day",
}


@dataclass(frozen=True, slots=True)
class ReleasedBank:
    """The bank, and the keys of its people by name in ``keys``."""

    bank: Bank
    keys: Path

    @property
    def root(self) -> Path:
        return self.bank.root

    @property
    def archive(self) -> Path:
        return self.bank.workspace.archive_dir

    @property
    def signers(self) -> Path:
        return self.bank.workspace.allowed_signers_path

    def key(self, name: str) -> Path:
        """Return a key of that name, made on first use."""
        path = self.keys / name
        if not path.exists():
            self.keys.mkdir(exist_ok=True)
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], check=True)
        return path

    def allow(self, person: str, role: str, key: str = "", options: str = "") -> None:
        """Let a person's key sign in a role."""
        kind, text, *_ = self.key(key or person).with_suffix(self.key(key or person).suffix + ".pub").read_text().split()
        with self.bank.workspace.allowed_signers_path.open("a", encoding="utf-8") as stream:
            stream.write(f'{person} namespaces="{role}"{options} {kind} {text}\n')

    def sign(self, path: Path, person: str, namespace: str) -> Path:
        """Sign a file as it is, and return the signature's path."""
        made = path.with_name(f"{path.name}.sig")
        made.unlink(missing_ok=True)
        command: list[str | Path] = ["ssh-keygen", "-q", "-Y", "sign", "-f", self.key(person), "-n", namespace, path]
        subprocess.run(command, check=True, capture_output=True)
        return made

    def write_record(self, name: str, kind: str, by: str, role: str, **more: Any) -> Path:
        """Write a record and sign it as the person in the role."""
        path = self.root / f"data/{name}.yaml"
        today = datetime.now(UTC).date()
        lines = {
            "kind": kind,
            "system": FRAUD,
            "outcome": "approved",
            "by": by,
            "role": role,
            "approved_on": today - timedelta(days=5),
            **({"purpose": PURPOSE, "expires_on": today + timedelta(days=200)} if kind != "rollback_drill" else {}),
            **more,
        }
        path.write_text("".join(f"{key}: {value}\n" for key, value in lines.items()), encoding="utf-8")
        self.sign(path, by, role)
        return path

    def propose(self, candidate: str = BETTER, by: str = PROPOSER, role: str = "model_owner", **changes: Any) -> ProposalResult:
        """Propose the candidate inline, as the command line does."""
        from flows.release_propose import release_propose
        from tasks import engine

        document = a_proposal(**changes)
        return engine.run(
            release_propose, system_id=FRAUD, candidate=candidate, by=by, role=role, document=document, workspace=str(self.root)
        )

    def request(self, release: str, role: str, by: str = "", *, reason: str = "", days: int | None = None) -> Path:
        """Write the request of whoever signs in the role, an override where there is a reason, and return its path."""
        from deployments.releasing import ask

        out = self.root / f"request-{len(list(self.root.glob('request-*.json')))}.json"
        ask(self.bank.workspace, release, by or SIGNERS[role], OwnerRole(role), days, override=bool(reason), reason=reason, out=out)
        return out

    def record(self, release: str, request: Path) -> SignOffResult:
        """Record a sign-off inline, with the signature beside the request where there is one."""
        from flows.release_sign import release_sign
        from tasks import engine

        beside = request.with_name(f"{request.name}.sig")
        entry = SignOffEntry(request=request.read_text(), signature=beside.read_text() if beside.exists() else "")
        return engine.run(release_sign, release=release, document=entry, workspace=str(self.root))

    def sign_off(self, release: str, role: str, by: str = "", *, reason: str = "") -> SignOffResult:
        """Ask, sign and record, as whoever signs in the role."""
        request = self.request(release, role, by, reason=reason)
        self.sign(request, by or SIGNERS[role], role)
        return self.record(release, request)

    def promote(self, release: str, **given: Any) -> SwitchResult:
        """Put a release in force inline, as the operations lead."""
        from flows.release_promote import release_promote
        from tasks import engine

        by = {"by": PEOPLE["operations_lead"], "role": "operations_lead"}
        return engine.run(release_promote, release=release, **by, **given, workspace=str(self.root))

    def seal_day(self) -> int:
        """Seal what was recorded and not sealed yet, and return the exit code."""
        try:
            main(["--workspace", str(self.root), "evidence", "seal-day"])
        except SystemExit as ended:
            return int(ended.code or 0)
        raise AssertionError("a command line that did not end")

    def releases(self) -> tuple[KnownRelease, ...]:
        """Return every release that the ledger knows."""
        from flows.clock import now
        from tasks.releases import read_releases

        return read_releases(self.bank.workspace, now)


def a_proposal(**changes: Any) -> ReleaseProposal:
    """Return what the calendar says of the bank's release."""
    return ReleaseProposal(**{**_PROPOSAL, **changes})


def proposal_file(bank: ReleasedBank, **changes: Any) -> Path:
    """Write a proposal as people write it, and return its path."""
    given: Mapping[str, Any] = {**_PROPOSAL, **changes}
    path = bank.root / "proposal.yaml"
    lines = (f"{key}: [{', '.join(value)}]" if isinstance(value, tuple) else f"{key}: {value}" for key, value in given.items())
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def a_released_bank(root: Path, *, judged: bool = True, model: str = "{recorded: v1}", more_settings: str = "") -> ReleasedBank:
    """Return the bank with everything that a release of its filter needs, its candidate ``judged`` today where that is wanted."""
    bank = an_evaluated_bank(root / "bank", VERSIONS, model=model, more_settings=more_settings)
    released = ReleasedBank(bank, root / "keys")
    _write_system(bank)
    for role, person in PEOPLE.items():
        released.allow(person, role)
    write_cards(bank)
    write_budget(bank)
    released.write_record("tra", "tra", PEOPLE["risk_compliance"], "risk_compliance")
    released.write_record("drill", "rollback_drill", PEOPLE["operations_lead"], "operations_lead", version=CHAMPION, measured_seconds=120)
    if judged:
        gate(bank, as_of=None)
    return released


def copied(bank: ReleasedBank, root: Path) -> ReleasedBank:
    """Return a bank of its own with the same history and keys."""
    for name in ("bank", "keys"):
        shutil.copytree(bank.root.parent / name, root / name)
    return ReleasedBank(Bank(root / "bank"), root / "keys")


def write_cards(bank: Bank, candidate: str = BETTER, *, leave_out: str = "") -> None:
    """Write both cards with every section that the policy asks for, but the one left out."""
    head = f"---\nsystem: {FRAUD}\nversions: {{model: {candidate}}}\n---\n\n# Card\n"
    for kind, headings in load_release_policy(bank.workspace.policies_dir).cards.sections.items():
        sections = (f"\n## {heading}\n\n{_said(heading)}\n" for heading in headings if heading != leave_out)
        (bank.root / f"data/{kind.value}.md").write_text(head + "".join(sections), encoding="utf-8")


def write_budget(bank: Bank, lost: Mapping[int, float] | None = None) -> None:
    """Write the minutes lost on each of the last 40 days: none, but what ``lost`` says of so many days ago."""
    today = datetime.now(UTC).date()
    with (bank.root / "data/outages.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("day", "minutes"))
        writer.writerows((today - timedelta(days=ago), (lost or {}).get(ago, 0)) for ago in range(40, 0, -1))


def command(capsys: Any, bank: ReleasedBank, *words: object) -> Called:
    """Run a command of releases in the bank's workspace."""
    return call(capsys, "--workspace", bank.root, "release", *words)


def codes(result: ProposalResult | SignOffResult) -> set[str]:
    """Return the codes of what was refused."""
    refusals = result.refusals if isinstance(result, ProposalResult) else result.decision.refusals
    return {str(one.code.value if isinstance(one.code, SignatureVerdict) else one.code) for one in refusals}


def _write_system(bank: Bank) -> None:
    path = bank.root / f"systems/{FRAUD}.yaml"
    text = path.read_text(encoding="utf-8")
    owners = ", ".join(f"{role}: {PEOPLE[role]}" for role in ("product_owner", "operations_lead", "governance_lead", "model_owner"))
    text = text.replace("owners: {product_owner: ana@bank.example, operations_lead: ben@bank.example}", f"owners: {{{owners}}}")
    before, _, evaluation = text.partition("evaluation:\n")
    path.write_text(f"{before}{_RELEASE.format(purpose=PURPOSE)}evaluation:\n{evaluation}", encoding="utf-8")


def _said(heading: str) -> str:
    return f"What the reader has to know of {heading.lower()} is written here in full, for this version and no other."
