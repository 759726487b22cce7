"""Propose a release: the five gates of one candidate are judged and sealed, and then it waits for people to sign it off.

Put the order of a proposal here; what it requires is ``checks/release_proposal.py``, what the gates ask ``checks/release_gates.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from prefect import flow

from checks.redaction import redaction_of
from checks.release_events import proposed_events
from checks.release_gates import judge_release
from checks.release_proposal import find_proposal_refusals, judged_of
from flows.clock import now
from flows.forms import ActingAs, Folder, Person, titled
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.release import ReleaseProposal
from registry.domain.release_acts import CitedRelease, ProposalResult, ReleasePlan, ReleaseRead, release_inputs_of
from registry.domain.release_run import JudgedCandidate
from registry.domain.release_sealed import release_id_of
from tasks.engine import refused
from tasks.evidence import locate_package, publish_pending, write_draft
from tasks.release_proposals import append_release, load_release_plan, proposing, read_proposal_known, verify_judged
from tasks.release_reading import read_release, read_system_now, rehearse_way_back
from tasks.release_rendering import read_recorded_release, render_release_package, show_proposal
from tasks.rendering import refusal_text


@flow(name="release-propose", flow_run_name="propose-{system_id}-{candidate}")
def release_propose(
    system_id: Annotated[str, titled("AI system", "complaint_router")],
    candidate: Annotated[str, titled("Candidate", "7", "@candidate")],
    by: Person,
    role: ActingAs,
    document: Annotated[ReleaseProposal, titled("Release")],
    workspace: Folder = "",
) -> ProposalResult:
    """Judge the five gates of a candidate, from documentation to the way back, and seal the decision with its page.

    A FAIL is a completed run: what the gates found is in the decision. Nothing is put in force by it: people sign it off first.

    Args:
        system_id: The AI system, by the id of its catalogue file.
        candidate: The version that is to be put in force: a number or an alias of MLflow, else as the outcomes name it.
        by: Your name as the catalogue or allowed_signers has it. Whoever proposes a release does not sign it off.
        role: What you act as: one of the roles that the policy table acts names.
        document: What the release calendar says of it, and who made the candidate.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    plan = load_release_plan(workspace, system_id, candidate, (by, role), document, now())
    result = _proposed(plan)
    show_proposal(plan, result)
    return result if result.seq else refused(result, refusal_text(result.refusals))


def _proposed(plan: ReleasePlan) -> ProposalResult:
    """Judge and record. Where there is nothing to judge by, or nobody who may ask, nothing is read."""
    known = read_proposal_known(plan, now)
    refusals, judged = find_proposal_refusals(plan, known), judged_of(plan, known)
    if refusals or judged is None:
        return ProposalResult(refusals)
    redact = redaction_of(plan.redacted_kinds)
    read = replace(read_release(plan, redact), rehearsal=rehearse_way_back(plan, judged.champion, redact, now))
    with proposing(plan, now):
        cited, is_repeated = _recorded(plan, verify_judged(plan, judged), read)
    return _published(plan, cited, repeated=is_repeated)


def _recorded(plan: ReleasePlan, judged: JudgedCandidate, read: ReleaseRead) -> tuple[CitedRelease, bool]:
    """Decide and record: evidence before event. The same proposal on the same date is answered as it was."""
    known = read_proposal_known(plan, now)
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
