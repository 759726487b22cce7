"""What is said of proposals and sign-offs of releases, as lines: what became of one, who signed, and who is missing.

Put the wording of what people do with releases here, for the terminal and for the Prefect page alike. The decision's own lines are
``release_text.py``.
"""

from __future__ import annotations

from registry.domain.gate import GateAction
from registry.domain.release_acts import ProposalResult, SignOffResult, SignOffStanding
from registry.domain.release_run import KnownRelease, ReleaseDecision
from registry.domain.versions import WHOLE
from reports.act_text import refusal_lines
from reports.release_text import release_lines


def proposal_lines(result: ProposalResult) -> list[str]:
    """Return what became of a proposal: the decision and where its evidence is, or what it lacks."""
    if result.decision is None:
        return ["refused: nothing was judged or recorded", *refusal_lines(result.refusals)]
    again = " (it had been proposed before; nothing was written)" if result.repeated else ""
    return [
        *release_lines(result.decision),
        "",
        f"report  {result.report_path}",
        f"sealed  {result.seal:06d}, event {result.seq}{again}",
        *(f"pending {found.subject}: {found.reason}" for found in result.pending),
        f"next    {_next_words(result.decision)}",
    ]


def _next_words(decision: ReleaseDecision) -> str:
    ask = f"proofloop release request {decision.release_id}"
    if decision.action in (GateAction.APPROVE, GateAction.CANARY):
        return f"whoever signs it off gets the request with `{ask}`"
    return f"mend what was found and propose it again; where it cannot wait, several people answer for an override: `{ask} --override`"


def sign_off_lines(release: KnownRelease, result: SignOffResult) -> list[str]:
    """Return what became of a sign-off, and who has still to sign."""
    decision = result.decision
    request = decision.request
    who = f"{request.printed_name} as {request.role.replace('_', ' ')}"
    if not result.seq:
        return [f"refused: sign-off of {release.release_id} by {who}; nothing was recorded", *refusal_lines(decision.refusals)]
    what = "override" if request.override else "sign-off"
    word = f"had been recorded before as event {result.seq}" if result.repeated else f"recorded as event {result.seq}"
    pending = (f"  not sealed yet: {finding.reason}" for finding in result.pending)
    standing = [missing_line(release, decision.standing)] if decision.standing else []
    return [f"{release.release_id}: {what} by {who}, {word}; valid until {request.expires:%Y-%m-%d %H:%M} UTC", *standing, *pending]


def state_words(release: KnownRelease, standing: SignOffStanding) -> str:
    """Return how far a release is."""
    made = release.switches[-1] if release.switches else None
    if made is not None and not made.ended_event:
        return "switch not ended"
    if release.replaced_by is not None:
        return "taken back" if release.replaced_by.is_rollback else "replaced"
    if made is not None and made.took_effect:
        return "in force" if made.share_percent == WHOLE else f"canary with {made.share_percent} %"
    return _signed_words(standing)


def _signed_words(standing: SignOffStanding) -> str:
    if standing.is_complete:
        return "overridden" if standing.is_override else "signed off"
    if standing.is_override:
        return "override not complete" if standing.counted else "held"
    return "waits for sign-off"


def missing_line(release: KnownRelease, standing: SignOffStanding) -> str:
    """Return who has still to sign, or what comes next where everybody did."""
    if standing.is_complete:
        until = f"until {standing.complete_until:%Y-%m-%d %H:%M} UTC" if standing.complete_until else ""
        return f"  signed off {until}: put it in force with `proofloop release promote {release.release_id}`"
    roles = [role.replace("_", " ") for role in standing.missing]
    more = standing.people_missing - len(roles)
    missing = [*roles, *([f"{more} more in any of these roles"] if more > 0 else [])]
    what = "overrides, since not every gate passes, by" if standing.is_override else "the"
    return f"  still to sign: {what} {' and '.join(missing)}"
