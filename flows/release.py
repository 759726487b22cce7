"""The whole way of a release in one run: propose it, wait for people to sign it off, look at everything again, put it in force.

Put the order of that way here. A proposal's own order is ``proposing.py``, a switch's ``switching.py``, and which step is next is judged by
``checks/release_next.py``. The run may be started from the top at any of its steps: the ledger says how far the release is, not Prefect.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from prefect import flow

from checks.redaction import redaction_of
from checks.release_aim import find_aim
from checks.release_next import find_start_refusals, find_waited_for, judge_next, with_share
from checks.release_switch import judge_switch
from flows.clock import now, scheduled_start
from flows.forms import ActingAs, Folder, Person, titled
from flows.proposing import propose
from flows.switching import switch
from registry.domain.release import ReleaseAct, ReleaseProposal, Switch
from registry.domain.release_acts import ProposalResult
from registry.domain.release_next import NextStep, ReleaseNext
from registry.domain.release_switch import SwitchDecision, SwitchPlan, SwitchResult
from tasks.engine import refused
from tasks.release_files import read_files
from tasks.release_known import read_registry, read_switch_known
from tasks.release_next import next_text, show_next
from tasks.release_proposals import load_release_plan
from tasks.release_rendering import show_proposal
from tasks.release_switch import load_switch_plan
from tasks.rendering import refusal_text
from tasks.waiting import wait_for_people, waited_for


@flow(name="release", flow_run_name="release-{system_id}-{candidate}")
def release(
    system_id: Annotated[str, titled("AI system", "complaint_router")],
    candidate: Annotated[str, titled("Candidate", "7", "@candidate")],
    by: Person,
    role: ActingAs,
    document: Annotated[ReleaseProposal, titled("Release")],
    share_percent: Annotated[int, titled("Share of the traffic, in percent")] = 0,
    workspace: Folder = "",
) -> ProposalResult | ReleaseNext | SwitchResult:
    """Propose a release, wait until everybody signed it off who has to, and put it in force. Pressing Resume signs nothing.

    Where the gates do not pass the run is completed and the release is held. Without a deployment nothing waits: it is proposed, and told
    what comes next.

    Args:
        system_id: The AI system, by the id of its catalogue file.
        candidate: The version that is to be put in force: a number or an alias of MLflow, else as the outcomes name it.
        by: Your name as the catalogue or allowed_signers has it. You propose it and have it put in force, so others sign it off.
        role: What you act as: one of the roles that the policy table acts names, for a proposal and for a switch.
        document: What the release calendar says of it, and who made the candidate.
        share_percent: How much of the traffic it gets; 0 for what is decided: all of it, or for a canary as much as the policy allows.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    asked = load_switch_plan(workspace, ReleaseAct.SWITCH, by, role, Switch(system_id=system_id.strip()), now())
    known = read_switch_known(asked, now)
    begun = find_waited_for(asked, scheduled_start(), waited_for(), known.releases)
    release_id = begun.release_id if begun else ""
    if not release_id:
        if lacking := find_start_refusals(asked, known):
            return _ended(ReleaseNext(SwitchDecision(asked, lacking), NextStep.REFUSED))
        plan = load_release_plan(workspace, system_id, candidate, (by, role), document, scheduled_start())
        proposal = propose(plan)
        show_proposal(plan, proposal)
        if proposal.decision is None:
            return refused(proposal, refusal_text(proposal.refusals))
        release_id = proposal.decision.release_id

    told = _judged(replace(asked, document=Switch(release=release_id)), share_percent)

    return switch(told.plan, judge_switch) if told.step is NextStep.PROMOTE else _ended(told)


def _judged(asked: SwitchPlan, share_percent: int) -> ReleaseNext:
    """Read everything anew, whatever was found before a wait, and judge what comes next."""
    known = read_switch_known(asked, now)
    plan = replace(with_share(asked, known, share_percent), as_of=now())
    aim, _ = find_aim(plan, known)
    registry = read_files(plan, aim, read_registry(plan, aim, known, redaction_of(plan.redacted_kinds)))
    return judge_next(plan, known, registry)


def _ended(told: ReleaseNext) -> ReleaseNext:
    """End the run here, or suspend it where it waits for people: what it is started again for is not yet recorded."""
    show_next(told)
    if told.step is NextStep.WAIT and told.release and told.until:
        wait_for_people(told.release.release_id, (told.until - now()).total_seconds())
    return refused(told, next_text(told)) if told.step is NextStep.REFUSED else told
