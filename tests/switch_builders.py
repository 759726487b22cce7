"""What a switch is judged from, in small: every value can be overridden, none is hidden.

Put builders of switches here; those of what a release is judged from are ``release_builders.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from registry.domain.canonical import digest_bytes
from registry.domain.catalogue import OwnerRole, VersionSpec
from registry.domain.decision import Verdict
from registry.domain.gate import GateAction
from registry.domain.release import ReleaseAct, ReleasedSystem, Switch
from registry.domain.release_run import KnownRelease, SignOff, SwitchMade
from registry.domain.release_switch import OpenSwitch, RegistryNow, SealedDecision, SwitchKnown, SwitchPlan
from registry.domain.versions import MLFLOW, VersionClaim
from tests.release_builders import (
    CANDIDATE,
    CHAMPION,
    GATE_POLICY,
    GOVERNANCE,
    MAKER,
    OPERATIONS,
    OWNER,
    POLICY,
    SYSTEM,
    a_release_pinned,
    a_release_spec,
)
from tests.release_builders import a_released_system as an_entry

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)
RELEASE = "REL-20260315-1a2b3c4d"
DECISION = digest_bytes(b"decision")
KEPT = VersionSpec("model", mlflow_model="credit_model", alias="champion")


def a_switchable(**changes: Any) -> ReleasedSystem:
    """Return the system, its model kept by MLflow; it keeps no error budget."""
    entry = an_entry(versions=(changes.pop("spec", KEPT),))
    return ReleasedSystem(entry, a_release_spec(**{"error_budget": None, **changes}))


def a_switch_plan(**changes: Any) -> SwitchPlan:
    base = SwitchPlan(
        workspace="/bank",
        as_of=NOON,
        zone="UTC",
        act=ReleaseAct.SWITCH,
        by=OPERATIONS,
        role=OwnerRole.OPERATIONS_LEAD,
        document=Switch(release=RELEASE),
        released=(a_switchable(),),
        deputies={},
        roles=(OwnerRole.OPERATIONS_LEAD, OwnerRole.PRODUCT_OWNER),
        policy=POLICY,
        gate_policy_digest=GATE_POLICY,
        redacted_kinds=("email", "phone"),
    )
    return replace(base, **changes)


def a_rollback_plan(**changes: Any) -> SwitchPlan:
    document = Switch(system_id=SYSTEM, reason="complaints doubled")
    return a_switch_plan(**{"act": ReleaseAct.ROLLBACK, "document": document, **changes})


def a_sign_off(name: str = OWNER, role: str = "product_owner", **changes: Any) -> SignOff:
    base = SignOff(
        seq=30,
        name=name,
        role=role,
        fingerprint=f"SHA256:{name}",
        evidence_digest=DECISION,
        signed_at=NOON - timedelta(hours=2),
        expires_at=NOON + timedelta(days=3),
        is_override=False,
        reason="",
        nonce=name,
        request_digest=digest_bytes(b"request"),
        bundle_digest=digest_bytes(b"papers"),
    )
    return replace(base, **changes)


BOTH = (a_sign_off(), a_sign_off(GOVERNANCE, "governance_lead", seq=31))


def a_known_release(**changes: Any) -> KnownRelease:
    """Return the release of version 2 in place of 1, proposed yesterday and signed off by both."""
    base = KnownRelease(
        release_id=RELEASE,
        system_id=SYSTEM,
        artifact="model",
        event=20,
        bundle_digest=digest_bytes(b"package"),
        decision_digest=DECISION,
        proposed_at=NOON - timedelta(days=1),
        proposed_by="rel@bank.example",
        made_by=(MAKER,),
        verdict=Verdict.PASS,
        action=GateAction.APPROVE,
        candidate=a_release_pinned(CANDIDATE),
        champion=a_release_pinned(CHAMPION),
        review_on=NOON.date() + timedelta(days=30),
        sign_offs=BOTH,
        policy_digest=POLICY.digest,
        gate_policy_digest=GATE_POLICY,
    )
    return replace(base, **changes)


def a_made_switch(**changes: Any) -> SwitchMade:
    """Return how version 2 was put in force in place of 1 an hour ago."""
    base = SwitchMade(
        started_event=40,
        system_id=SYSTEM,
        artifact="model",
        release_id=RELEASE,
        is_rollback=False,
        from_version=CHAMPION,
        to_version=CANDIDATE,
        to_digest=a_release_pinned(CANDIDATE).digest,
        share_percent=100,
        by=OPERATIONS,
        started_at=NOON - timedelta(hours=1),
        ended_event=41,
        read_back=CANDIDATE,
        seconds=0.5,
    )
    return replace(base, **changes)


def a_cut_off(**changes: Any) -> SwitchMade:
    """Return the start of that switch, without an end."""
    return a_made_switch(**{"ended_event": 0, "read_back": "", "seconds": 0.0, **changes})


def a_served(version: str = CHAMPION, seq: int = 1, days_ago: int = 30, share: int = 100, source: str = MLFLOW) -> VersionClaim:
    since = NOON - timedelta(days=days_ago)
    return VersionClaim(seq, SYSTEM, "model", version, since, source, since, share)


INTACT = SealedDecision(is_there=True, digest=DECISION)


def a_switch_known(**changes: Any) -> SwitchKnown:
    return replace(SwitchKnown(releases=(a_known_release(),), claims=(a_served(),), sealed=INTACT), **changes)


def a_registry(serving: str = CHAMPION, target: str = CANDIDATE, canary: str = "", **changes: Any) -> RegistryNow:
    found = a_release_pinned(serving) if serving else None
    return replace(RegistryNow(True, found, canary, a_release_pinned(target)), **changes)


def an_open_switch(**changes: Any) -> OpenSwitch:
    return replace(OpenSwitch(a_cut_off(), a_switchable()), **changes)
