"""What the ledger's events tell of a system when a release of it is proposed: decisions of the gate, holds in force, versions that serve.

Put here what a proposal reads out of events, so that judging it again reads the same. How releases themselves follow from events is
``release_history.py``. Events come as number and envelope, in the order of the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from registry.domain.catalogue import SystemEntry
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.gate import GateAction, PinnedVersion, ServingVersion
from registry.domain.preservation import PRESERVATION_KINDS, preserved
from registry.domain.release_acts import SystemNow
from registry.domain.release_run import JudgedCandidate
from registry.domain.versions import WHOLE, VersionClaim, claim_of, serving_at

TOLD_KINDS = (EventKind.VERSION_OBSERVED, *PRESERVATION_KINDS)
"""The events that say what holds for a system."""

Told = tuple[int, Mapping[str, Any]]


def system_now(system: SystemEntry, artifact: str, as_of: datetime, events: Iterable[Told]) -> SystemNow:
    """Return the holds of ``system`` in force after all of these events, and what they say served at ``as_of``.

    What the catalogue records serves where no event says what did then.
    """
    told = [(seq, envelope) for seq, envelope in events if envelope["system"] == system.system_id]
    holds = preserved(envelope for _, envelope in told if envelope["kind"] in PRESERVATION_KINDS)
    claims = [claim_of(seq, envelope) for seq, envelope in told if envelope["kind"] == EventKind.VERSION_OBSERVED]
    serving = {one: _serving(system, one, as_of, claims) for one in (artifact, *(spec.artifact for spec in system.versions))}
    return SystemNow(holds, serving[artifact], {one: found for one, found in serving.items() if found and one != artifact})


def _serving(system: SystemEntry, artifact: str, as_of: datetime, claims: Iterable[VersionClaim]) -> tuple[ServingVersion, ...]:
    ours = [one for one in claims if one.artifact == artifact]
    serving = tuple(ServingVersion(one.claim.version, one.share_percent) for one in serving_at(ours, as_of))
    recorded = next((one.recorded for one in system.versions if one.artifact == artifact), "")
    return serving or ((ServingVersion(recorded, WHOLE),) if recorded else ())


def judged_by(seq: int, envelope: Mapping[str, Any], *, is_verified: bool = False, needs_reserve: bool = False) -> JudgedCandidate:
    """Return the decision of the evaluation gate that an event records; whether its package holds it is for others to look at."""
    data = envelope["data"]
    return JudgedCandidate(
        event=seq,
        bundle_digest=data["bundle_digest"],
        decision_digest=data["decision_digest"],
        decided_on=date.fromisoformat(envelope["business_date"]),
        verdict=Verdict(data["verdict"]),
        action=GateAction(data["action"]),
        candidate=PinnedVersion(**data["candidate"]),
        champion=PinnedVersion(**data["champion"]),
        set_digest=data["set_digest"],
        is_verified=is_verified,
        needs_reserve=needs_reserve,
        on_reserve=data.get("on_reserve", False),
        policy_digest=data["policy_digest"],
    )
