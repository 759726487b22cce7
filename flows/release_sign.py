"""Sign a release off: with the signature that you made over its sealed decision, and never by a typed name.

Put the order of a sign-off here; what it requires is ``checks/release_sign_off.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from prefect import flow

from checks.release_events import signed_event
from checks.release_sign_off import judge_sign_off
from flows.clock import now
from flows.forms import Folder, titled
from registry.domain.release_acts import SignOffEntry, SignOffPapers, SignOffPlan, SignOffResult
from tasks.engine import refused
from tasks.evidence import publish_pending
from tasks.release_papers import read_sign_off_papers
from tasks.release_sign_off import (
    append_sign_off,
    draft_sign_off,
    load_sign_off_plan,
    look_up_sign_off,
    repeated_sign_off,
    show_sign_off,
    signing,
)
from tasks.rendering import refusal_text


@flow(name="release-sign", flow_run_name="sign-{release}")
def release_sign(
    release: Annotated[str, titled("Release", "REL-20260316-1a2b3c4d")],
    document: Annotated[SignOffEntry, titled("Sign-off")],
    workspace: Folder = "",
) -> SignOffResult:
    """Sign off a release that was proposed. Who signs, and in which role, is what the request says.

    Args:
        release: The release, by its id or enough of its beginning; `proofloop release list` shows them.
        document: The request that you signed, and your signature.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    papers, plan = read_sign_off_papers(document), load_sign_off_plan(workspace, release, now(), now)
    with signing(plan, now):
        plan = load_sign_off_plan(workspace, release, now(), now)
        result = _signed(plan, papers)
    if result.seq:
        result = replace(result, pending=publish_pending(plan, now))
    show_sign_off(plan, result)
    return result if result.seq else refused(result, refusal_text(result.decision.refusals))


def _signed(plan: SignOffPlan, papers: SignOffPapers) -> SignOffResult:
    """Judge and record: evidence before event. The same request a second time is the sign-off that it became."""
    known = look_up_sign_off(plan, papers, now)

    decision = judge_sign_off(plan, papers, known)

    if before := repeated_sign_off(plan, papers):
        return SignOffResult(decision, before.seq, before.bundle_digest, repeated=True)
    if decision.refusals:
        return SignOffResult(decision)
    draft = draft_sign_off(plan, papers, decision, known)
    event = signed_event(plan, decision, draft.bundle_digest)
    return SignOffResult(decision, append_sign_off(plan, event, draft, now), draft.bundle_digest)
