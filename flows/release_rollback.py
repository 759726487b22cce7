"""Go back to the version that served before: one form, no signature, measured.

Put the form of a rollback here; its order is ``switching.py``, and what it requires is ``checks/release_way_back.py``.
"""

from __future__ import annotations

from typing import Annotated

from prefect import flow

from checks.release_way_back import judge_rollback
from flows.clock import now
from flows.forms import ActingAs, Folder, Person, titled
from flows.switching import switch
from registry.domain.release import ReleaseAct, Switch
from registry.domain.release_switch import SwitchResult
from tasks.release_switch import load_switch_plan


@flow(name="release-rollback", flow_run_name="rollback-{system_id}")
def release_rollback(
    system_id: Annotated[str, titled("AI system", "fraud_filter")],
    by: Person,
    role: ActingAs,
    reason: Annotated[str, titled("Reason", "complaints of refused payments doubled since this morning")],
    version: Annotated[str, titled("Back to version")] = "",
    workspace: Folder = "",
) -> SwitchResult:
    """Put the version in force again that served before the last release. What was cut off is finished by doing it again.

    Args:
        system_id: The AI system, by the id of its catalogue file.
        by: Your name as the catalogue or allowed_signers has it. It is recorded as asserted, not as signed.
        role: What you act as: one of the roles that the policy table acts names for a rollback.
        reason: Why. It is sealed: no personal data and no secrets.
        version: The version to go back to, one that served before; leave empty for the one before the last release.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    document = Switch(system_id=system_id.strip(), version=version.strip(), reason=reason.strip())
    return switch(load_switch_plan(workspace, ReleaseAct.ROLLBACK, by, role, document, now()), judge_rollback)
