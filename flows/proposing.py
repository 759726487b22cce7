"""What it takes to propose a release: refused before anything is read, or judged, sealed and recorded once.

Put the order of a proposal here, for every flow that proposes one. What it requires is ``checks/release_proposal.py``, what the gates ask
``checks/release_gates.py``.
"""

from __future__ import annotations

from dataclasses import replace

from checks.redaction import redaction_of
from checks.release_events import proposed_events
from checks.release_gates import judge_release
from checks.release_proposal import find_proposal_refusals, judged_of
from flows.clock import now
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.release_acts import CitedRelease, ProposalResult, ReleasePlan, ReleaseRead, release_inputs_of
from registry.domain.release_run import JudgedCandidate
from registry.domain.release_sealed import release_id_of
from tasks.evidence import locate_package, publish_pending, write_draft
from tasks.release_proposals import append_release, proposing, read_proposal_known, verify_judged
from tasks.release_reading import read_release, read_system_now, rehearse_way_back
from tasks.release_rendering import read_recorded_release, render_release_package


def propose(plan: ReleasePlan) -> ProposalResult:
    """Judge and record. Where there is nothing to judge by, or nobody who may ask, nothing is read."""
    known = read_proposal_known(plan, now)
    refusals, judged = find_proposal_refusals(plan, known), judged_of(plan, known)
    if refusals or judged is None:
        return ProposalResult(refusals)
    redact = redaction_of(plan.redacted_kinds)
    read = replace(read_release(plan, known, redact), rehearsal=rehearse_way_back(plan, judged.champion, redact, now))
    with proposing(plan, now):
        cited, is_repeated = _recorded(plan, judged, read)
    return _published(plan, cited, repeated=is_repeated)


def _recorded(plan: ReleasePlan, judged: JudgedCandidate, read: ReleaseRead) -> tuple[CitedRelease, bool]:
    """Decide and record: evidence before event. The same proposal on the same date is answered as it was.

    The gate may have decided again while the way back was tried: what it says now counts.
    """
    known = read_proposal_known(plan, now)
    judged = verify_judged(plan, judged_of(plan, known) or judged)
    inputs = release_inputs_of(plan, judged, read, read_system_now(plan, known.events, now), known.events)
    if earlier := known.same(release_id_of(inputs)):
        return earlier, True
    decision = judge_release(inputs)
    draft = write_draft(plan, render_release_package(plan, inputs, decision, read.papers))
    events = proposed_events(inputs, decision, draft.bundle_digest, digest_bytes(record_json(decision)))
    return CitedRelease(append_release(plan, events, draft, now), draft.bundle_digest), False


def _published(plan: ReleasePlan, cited: CitedRelease, *, repeated: bool) -> ProposalResult:
    """Seal what is promised; an earlier run may have recorded its decision a moment ago and not sealed it yet."""
    pending = publish_pending(plan, now)
    page, seal = locate_package(plan, cited.bundle_digest)
    decision = read_recorded_release(plan, cited.bundle_digest)
    return ProposalResult((), decision, page, seal, cited.bundle_digest, cited.seq, repeated, pending)
