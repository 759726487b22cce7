"""Propose a release: the five gates of one candidate are judged and sealed, and then it waits for people to sign it off.

Put the form of a proposal here; its order is ``proposing.py``, and what it requires is ``checks/release_proposal.py``.
"""

from __future__ import annotations

from typing import Annotated

from prefect import flow

from flows.clock import now
from flows.forms import ActingAs, Folder, Person, titled
from flows.proposing import propose
from registry.domain.release import ReleaseProposal
from registry.domain.release_acts import ProposalResult
from tasks.engine import refused
from tasks.release_proposals import load_release_plan
from tasks.release_rendering import show_proposal
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
    result = propose(plan)
    show_proposal(plan, result)
    return result if result.seq else refused(result, refusal_text(result.refusals))
