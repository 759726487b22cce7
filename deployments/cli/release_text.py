"""What `proofloop release` prints of releases: documents for programs, lines for people.

Put the shape of its answers here; asking and gathering is ``deployments/releasing.py``, the wording ``reports/release_text.py``.
"""

from __future__ import annotations

import shlex
from typing import Any

from deployments.cli.issues import aligned
from deployments.releasing import Asked, ToldRelease
from registry.domain.canonical import plain
from registry.domain.release_acts import ProposalResult, SignOffResult
from registry.domain.release_run import KnownRelease
from reports.release_act_text import missing_line, state_words
from reports.release_text import attention, known_lines
from reports.wording import counted


def proposal_document(result: ProposalResult) -> dict[str, Any]:
    """Return what became of a proposal: the decision and where its evidence is, or what it lacks."""
    decision: dict[str, Any] = plain(result.decision) if result.decision else {"kind": "release_decision", "schema_version": 1}
    told = {"accepted": bool(result.seq), "refusals": plain(result.refusals), "event": result.seq or None, "repeated": result.repeated}
    evidence = {"evidence": {"seal": result.seal, "digest": result.bundle_digest}, "report": result.report_path}
    return {**decision, **told, **evidence, "pending": plain(result.pending)}


def sign_off_document(result: SignOffResult) -> dict[str, Any]:
    """Return what became of a sign-off as the JSON document."""
    decision = result.decision
    return {
        "kind": "release_sign_off",
        "schema_version": 1,
        "request": plain(decision.request),
        "accepted": bool(result.seq),
        "repeated": result.repeated,
        "refusals": [] if result.seq else plain(decision.refusals),
        "standing": _standing(decision.standing),
        "event": result.seq or None,
        "bundle_digest": result.bundle_digest or None,
        "pending": plain(result.pending),
    }


def asked_document(asked: Asked) -> dict[str, Any]:
    """Return a request that was written as the JSON document."""
    return {
        "kind": "sign_off_request",
        "schema_version": 1,
        "request": plain(asked.papers.request),
        "request_digest": asked.papers.text_digest,
        "request_file": str(asked.request_path),
        "decision_file": str(asked.decision_path),
        "report": str(asked.page_path),
    }


def asked_lines(asked: Asked) -> list[str]:
    """Return what a signer reads, and what they type: stock tools only."""
    request, name, beside = asked.papers.request, shlex.quote(asked.request_path.name), shlex.quote(asked.decision_path.name)
    what = "an override by" if request.override else "a sign-off by"
    return [
        f"{asked.request_path}: a request for {what} {request.printed_name}, valid until {request.expires:%Y-%m-%d %H:%M} UTC",
        "",
        f"  {request.meaning}",
        *([f"  Reason: {request.reason}"] if request.override else []),
        "",
        f"The signer reads the page, {asked.page_path},",
        f"and compares the digest of the decision, {beside}, with the request's evidence_digest:",
        f"  sha256sum {beside}",
        f"  {request.evidence_digest.removeprefix('sha256:')}",
        "The signer agrees by signing the request as it is, with their own key in place of KEY:",
        f"  ssh-keygen -Y sign -n {request.role.value} -f KEY {name}",
        f"That writes {name}.sig. Both files go back to whoever records it:",
        f"  proofloop release sign {request.release} --request {name}",
    ]


def list_document(told: tuple[ToldRelease, ...]) -> dict[str, Any]:
    """Return the release calendar as the JSON document, oldest first."""
    return {"kind": "releases", "schema_version": 1, "count": len(told), "releases": [_release(one) for one in told]}


def list_lines(told: tuple[ToldRelease, ...]) -> list[str]:
    """Return the release calendar, newest first, with what somebody has to look at below the line it is about."""
    if not told:
        return ["no release was proposed yet"]
    newest = list(reversed(told))
    rows = aligned([_row(one) for one in newest])
    lines = [f"{counted(len(told), 'release')}, newest first"]
    for one, row in zip(newest, rows, strict=True):
        lines += [row, *(f"  ATTENTION: {text}" for text in attention(one.known, one.today))]
    return lines


def show_document(one: ToldRelease) -> dict[str, Any]:
    """Return one release with its sealed decision as the JSON document."""
    return {"kind": "release", "schema_version": 1, **_release(one), "decision": plain(one.decision)}


def show_lines(one: ToldRelease) -> list[str]:
    """Return one release: its calendar entry, who signed and who is missing, what was put in force, and where its page is."""
    entry = one.decision.calendar if one.decision else None
    headline, *facts = known_lines(one.known, entry, one.today)
    state = state_words(one.known, one.standing)
    missing = [missing_line(one.known, one.standing)] if not one.known.switches else []
    gates = [f"  {gate.gate.replace('_', ' ')}: {gate.verdict}: {gate.reason}" for gate in one.decision.gates] if one.decision else []
    report = f"report  {one.page}" if one.page else "report  none that can be read"
    return [headline, f"  {state}", *missing, *facts, "", *(["gates", *gates, ""] if gates else []), report]


def _row(one: ToldRelease) -> tuple[str, ...]:
    known = one.known
    change = one.decision.calendar.change if one.decision else "its sealed decision cannot be read"
    version = f"{known.artifact} {known.candidate.version} for {known.champion.version}"
    return (
        known.release_id,
        known.system_id,
        version,
        f"{known.verdict}",
        state_words(known, one.standing),
        f"review {known.review_on}",
        change,
    )


def _release(one: ToldRelease) -> dict[str, Any]:
    return {
        **_known(one.known),
        "calendar": plain(one.decision.calendar) if one.decision else None,
        "state": state_words(one.known, one.standing),
        "standing": _standing(one.standing),
        "attention": attention(one.known, one.today),
        "report": one.page or None,
    }


def _known(known: KnownRelease) -> dict[str, Any]:
    document: dict[str, Any] = plain(known)
    return document


def _standing(standing: Any) -> dict[str, Any] | None:
    if standing is None:
        return None
    return {**plain(standing), "complete": standing.is_complete, "people_missing": standing.people_missing}
