"""Releases and switches as the ledger's events tell them: what was proposed, who signed it off, and what was put in force.

Put here how events of releases add up; their bodies are written by ``checks/release_events.py``.

The rules:
 * A release is the event that proposed it; its id is the event's subject. Sign-offs and switches name it.
 * A switch is its start; the end names the start's event. A rollback belongs to its system, and to no release.
 * What was in force is so until the next switch of the artifact that took effect for everybody and is not its own: that one replaced it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.gate import GateAction, PinnedVersion
from registry.domain.release_run import KnownRelease, SignOff, SwitchMade
from registry.domain.times import parse_instant
from registry.domain.versions import WHOLE

RELEASE_KINDS = (EventKind.RELEASE_PROPOSED, EventKind.RELEASE_SIGNED, EventKind.SWITCH_STARTED, EventKind.SWITCH_ENDED)
"""The events that say which releases there are and what became of them."""

_Numbered = tuple[int, Mapping[str, Any]]


def releases_of(events: Iterable[_Numbered]) -> tuple[KnownRelease, ...]:
    """Return every release that the events (number, envelope) proposed, oldest first, with its sign-offs and switches."""
    listed = list(events)
    found: dict[str, KnownRelease] = {}
    for seq, envelope in listed:
        if envelope["kind"] == EventKind.RELEASE_PROPOSED:
            found.setdefault(envelope["subject"], _release(seq, envelope))
        elif envelope["kind"] == EventKind.RELEASE_SIGNED and (known := found.get(envelope["data"]["release_id"])):
            found[known.release_id] = replace(known, sign_offs=(*known.sign_offs, _sign_off(seq, envelope)))
    made = switches_of(listed)
    return tuple(_carried_out(known, made) for known in found.values())


def switches_of(events: Iterable[_Numbered]) -> tuple[SwitchMade, ...]:
    """Return every switch that was started, releases and rollbacks alike, oldest first, with its end where there is one."""
    found: dict[int, SwitchMade] = {}
    for seq, envelope in events:
        if envelope["kind"] == EventKind.SWITCH_STARTED:
            found[seq] = _started(seq, envelope)
        elif envelope["kind"] == EventKind.SWITCH_ENDED and (made := found.get(envelope["data"]["started_event"])):
            data = envelope["data"]
            ended = replace(made, ended_event=seq, read_back=data["read_back"], seconds=data["milliseconds"] / 1000)
            found[made.started_event] = ended
    return tuple(found.values())


def find_releases(name: str, releases: Iterable[KnownRelease]) -> tuple[KnownRelease, ...]:
    """Return the releases that ``name`` may mean: the one of this id, or those whose id begins so, case ignored."""
    wanted, known = name.strip().lower(), tuple(releases)
    exact = tuple(one for one in known if one.release_id.lower() == wanted)
    return exact or tuple(one for one in known if wanted and one.release_id.lower().startswith(wanted))


def first_shown(releases: Iterable[KnownRelease]) -> dict[str, datetime]:
    """Return when each signed record was first proposed with, by the digest of its papers."""
    found: dict[str, datetime] = {}
    for release in releases:
        for papers in release.signed_records:
            found[papers] = min(release.proposed_at, found.get(papers, release.proposed_at))
    return found


def _carried_out(known: KnownRelease, made: Sequence[SwitchMade]) -> KnownRelease:
    ours = tuple(one for one in made if one.release_id == known.release_id)
    last = max((one.started_event for one in ours if one.took_effect), default=0)
    others = [one for one in made if (one.system_id, one.artifact) == (known.system_id, known.artifact) and one not in ours]
    after = [one for one in others if last and one.started_event > last and one.took_effect and one.share_percent == WHOLE]
    return replace(known, switches=ours, replaced_by=after[0] if after else None)


def _release(seq: int, envelope: Mapping[str, Any]) -> KnownRelease:
    data = envelope["data"]
    return KnownRelease(
        release_id=envelope["subject"],
        system_id=envelope["system"],
        artifact=data["artifact"],
        event=seq,
        bundle_digest=data["bundle_digest"],
        decision_digest=data["decision_digest"],
        proposed_at=parse_instant(envelope["as_of"]),
        proposed_by=envelope["actor"],
        made_by=tuple(data["made_by"]),
        verdict=Verdict(data["verdict"]),
        action=GateAction(data["action"]),
        candidate=PinnedVersion(**data["candidate"]),
        champion=PinnedVersion(**data["champion"]),
        review_on=date.fromisoformat(data["review_on"]),
        files_digest=data.get("files_digest", ""),
        champion_files_digest=data.get("champion_files_digest", ""),
        signed_records=tuple(data.get("signed_records", ())),
        policy_digest=data.get("policy_digest", ""),
        gate_policy_digest=data.get("gate_policy_digest", ""),
    )


def _sign_off(seq: int, envelope: Mapping[str, Any]) -> SignOff:
    data = envelope["data"]
    return SignOff(
        seq=seq,
        name=data["name"],
        role=data["role"],
        fingerprint=data["fingerprint"],
        evidence_digest=data["evidence_digest"],
        signed_at=parse_instant(data["signed_at"]),
        expires_at=parse_instant(data["expires_at"]),
        is_override=data["is_override"],
        reason=data["reason"],
        nonce=data["nonce"],
        request_digest=data["request_digest"],
        bundle_digest=data["bundle_digest"],
    )


def _started(seq: int, envelope: Mapping[str, Any]) -> SwitchMade:
    data = envelope["data"]
    return SwitchMade(
        started_event=seq,
        system_id=envelope["system"],
        artifact=data["artifact"],
        release_id=data["release_id"],
        is_rollback=data["is_rollback"],
        from_version=data["from_version"],
        to_version=data["to_version"],
        to_digest=data["to_digest"],
        share_percent=data["share_percent"],
        by=envelope["actor"],
        started_at=parse_instant(envelope["as_of"]),
    )
