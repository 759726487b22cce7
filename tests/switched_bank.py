"""The small bank with a fraud filter whose versions MLflow keeps, and releases of it as the ledger's events tell them.

Put here what tests of promotions and rollbacks need. Proposals and sign-offs are events by hand: how they come about is tested elsewhere.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from registry.domain.canonical import digest_bytes, plain
from registry.domain.catalogue import OwnerRole, VersionSpec
from registry.domain.decision import Verdict
from registry.domain.events import Event, EventKind
from registry.domain.gate import GateAction, PinnedVersion
from registry.domain.release_history import switches_of
from registry.domain.release_run import SwitchMade
from registry.domain.release_switch import SwitchResult
from registry.domain.times import local_date
from registry.domain.version_run import RefreshResult
from registry.domain.versions import VersionClaim, claim_of
from registry.evidence.archive import publish
from registry.evidence.draft import draft_package
from registry.policies.gate import gate_record
from registry.policies.loader import load_tables
from registry.policies.release import release_record
from registry.versions.promotion import find_pinned, read_alias_versions, read_tags
from reports.triage_package import DECISION
from tasks.evidence import drafts_dir
from tasks.gate_versions import recorded_version
from tests.evaluated_bank import an_evaluated_bank
from tests.flows.workspaces import FRAUD, ZONE, Bank

MODEL, ALIAS, CANARY = "fraud", "champion", "canary"
SPEC = VersionSpec("model", mlflow_model=MODEL, alias=ALIAS)
OWNER, OPERATIONS, GOVERNANCE, MAKER = "ana@bank.example", "ben@bank.example", "gov@bank.example", "mia@bank.example"
_RELEASE = """\
release:
  object_type: model
  purpose: Hold payments that look like fraud until a person has looked at them.
  cards: {model_card: data/model.md, system_card: data/system.md}
  records: {tra: data/tra.yaml, rollback_drill: data/drill.yaml}
"""


@dataclass(frozen=True, slots=True)
class SwitchedBank:
    """The bank, and the address of its MLflow; empty where it keeps none."""

    bank: Bank
    uri: str = ""
    spec: VersionSpec = SPEC

    @property
    def root(self) -> Path:
        return self.bank.root

    @property
    def aliases(self) -> dict[str, str]:
        """Return what champion and canary name, none that is not there."""
        return {alias: version for alias, version in read_alias_versions(self.uri, self.spec, (ALIAS, CANARY)).items() if version}

    @property
    def switches(self) -> tuple[SwitchMade, ...]:
        return switches_of(self.events(EventKind.SWITCH_STARTED, EventKind.SWITCH_ENDED))

    @property
    def observed(self) -> list[VersionClaim]:
        """Return what was said about the model, oldest first."""
        claims = (claim_of(*one) for one in self.events(EventKind.VERSION_OBSERVED))
        return [one for one in claims if (one.system_id, one.artifact) == (FRAUD, "model")]

    def tags(self, version: str) -> dict[str, str]:
        """Return our tags of a version, without what their names begin with."""
        found = read_tags(self.uri, self.spec, version)
        return {name.removeprefix("proofloop."): text for name, text in found.items() if name.startswith("proofloop.")}

    def events(self, *kinds: EventKind) -> list[tuple[int, dict[str, Any]]]:
        return [(event.seq, json.loads(event.body)) for event in self.bank.ledger.read_events(0, kinds)]

    def move(self, alias: str, version: str) -> None:
        """Move an alias as somebody would on MLflow's own page."""
        client_of(self.uri).set_registered_model_alias(MODEL, alias, version)

    def pinned(self, version: str) -> PinnedVersion:
        """Return the version as the gate pins it."""
        if not self.uri:
            return recorded_version(FRAUD, "model", version)
        found, problem = find_pinned(self.uri, self.spec, version)
        assert found, problem
        return found

    def proposed(self, candidate: str = "2", champion: str = "1", *, days_ago: int = 0, name: str = "", **changes: Any) -> str:
        """Seal and append a proposal whose gates passed, unless ``changes`` say otherwise, and return its id."""
        at, name = now() - timedelta(days=days_ago, hours=1), name or f"REL-20260316-{candidate:0>8}"
        tables = load_tables(self.bank.workspace.policies_dir)
        body = {
            "artifact": "model",
            "verdict": Verdict.PASS,
            "action": GateAction.APPROVE,
            "candidate": self.pinned(candidate),
            "champion": self.pinned(champion),
            "made_by": (MAKER,),
            "review_on": local_date(at, ZONE) + timedelta(days=30),
            "bundle_digest": self._sealed(name),
            "decision_digest": digest_bytes(name.encode()),
            "policy_digest": digest_bytes(release_record(tables)),
            "gate_policy_digest": digest_bytes(gate_record(tables)),
        }
        self._append(EventKind.RELEASE_PROPOSED, name, at, plain({**body, **changes}), "rel@bank.example")
        return name

    def signed(self, release: str, *people: tuple[str, str], hours: int = 24, **changes: Any) -> str:
        """Append a sign-off of each of ``people`` (name, role), the two that the policy asks for where none is named."""
        for name, role in people or ((OWNER, "product_owner"), (GOVERNANCE, "governance_lead")):
            at = now() - timedelta(minutes=30)
            body = {
                "release_id": release,
                "name": name,
                "role": role,
                "fingerprint": f"SHA256:{name}",
                "evidence_digest": digest_bytes(release.encode()),
                "signed_at": at,
                "expires_at": at + timedelta(hours=hours),
                "is_override": False,
                "reason": "",
                "nonce": f"{release}{name}",
                "request_digest": digest_bytes(b"request"),
                "bundle_digest": digest_bytes(b"papers"),
            }
            self._append(EventKind.RELEASE_SIGNED, f"{release}:{name}", at, plain({**body, **changes}), name)
        return release

    def ready(self, candidate: str = "2", champion: str = "1", **changes: Any) -> str:
        """Append a proposal and what signs it off, and return its id."""
        return self.signed(self.proposed(candidate, champion, **changes))

    def held(self) -> None:
        """Append a preservation hold of the fraud filter."""
        document = {"reason": "inquiry 7 of the supervisor"}
        body = {"document": document, "document_digest": digest_bytes(b"hold")}
        self._append(EventKind.PRESERVATION_HOLD_SET, "hold", now(), body, OWNER)

    def promote(self, release: str, *, by: str = OPERATIONS, role: str = "operations_lead", share: int = 100) -> SwitchResult:
        from flows.release_promote import release_promote
        from tasks import engine

        given = {"release": release, "by": by, "role": OwnerRole(role), "share_percent": share}
        return engine.run(release_promote, **given, workspace=str(self.root))

    def rollback(
        self, *, by: str = OPERATIONS, role: str = "operations_lead", reason: str = "complaints doubled", to: str = ""
    ) -> SwitchResult:
        from flows.release_rollback import release_rollback
        from tasks import engine

        given = {"system_id": FRAUD, "by": by, "role": OwnerRole(role), "reason": reason, "version": to}
        return engine.run(release_rollback, **given, workspace=str(self.root))

    def refreshed(self) -> RefreshResult:
        """Read the fraud filter's versions now, as after an event."""
        from flows.versions_refresh import versions_refresh
        from tasks import engine

        return engine.run(versions_refresh, systems=[FRAUD], workspace=str(self.root))

    def _sealed(self, release: str) -> str:
        """Seal what stands for the decision about a release, and return the digest of its package."""
        workspace = self.bank.workspace
        draft = draft_package(drafts_dir(workspace), {DECISION: release.encode()})
        publish(workspace.archive_dir, draft, (), now())
        return draft.bundle_digest

    def _append(self, kind: EventKind, subject: str, at: datetime, body: dict[str, Any], by: str) -> None:
        self.bank.ledger.append([Event(kind, FRAUD, subject, at, local_date(at, ZONE), body, actor=by)])


def a_switched_bank(root: Path, uri: str = "", ledger_url: str = "sqlite:///.state/ledger.db", spec: VersionSpec = SPEC) -> SwitchedBank:
    """Return the bank, its ledger empty; without ``uri`` people record its versions, and v1 serves."""
    kept = f"mlflow_prompt: {spec.mlflow_prompt}" if spec.mlflow_prompt else f"mlflow_model: {spec.mlflow_model}"
    settings, model = (f"mlflow_uri: {uri}", f"{{{kept}, alias: {ALIAS}}}") if uri else ("", "{recorded: v1}")
    bank = an_evaluated_bank(root, model=model, more_settings=settings, ledger_url=ledger_url)
    write_release(bank)
    return SwitchedBank(bank, uri, spec)


def write_release(bank: Bank) -> None:
    """Say in the catalogue how the fraud filter, which is evaluated, is released."""
    path = bank.root / f"systems/{FRAUD}.yaml"
    path.write_text(path.read_text(encoding="utf-8") + _RELEASE, encoding="utf-8")


def register_versions(uri: str) -> None:
    """Register three versions of the fraud model, each of a run of its own, the first as champion."""
    client = client_of(uri)
    client.create_registered_model(MODEL)
    for number in range(1, 4):
        client.create_model_version(MODEL, source=f"s3://models/fraud/{number}")
    client.set_registered_model_alias(MODEL, ALIAS, "1")


def copied_store(template: Path, folder: Path) -> str:
    """Return the address of a store of one's own like the one in ``template``."""
    shutil.copy(template, folder / "mlflow.db")
    return f"sqlite:///{folder}/mlflow.db"


def client_of(uri: str) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def now() -> datetime:
    return datetime.now(UTC)
