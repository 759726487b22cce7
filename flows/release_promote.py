"""Put a release in force: the alias is moved, read back and recorded, once everybody signed who has to.

Put the form of a promotion here; its order is ``switching.py``, and what it requires is ``checks/release_switch.py``.
"""

from __future__ import annotations

from typing import Annotated

from prefect import flow

from checks.release_switch import judge_switch
from flows.clock import now
from flows.forms import ActingAs, Folder, Person, titled
from flows.switching import switch
from registry.domain.release import ReleaseAct, Switch
from registry.domain.release_switch import SwitchResult
from tasks.release_switch import load_switch_plan


@flow(name="release-promote", flow_run_name="promote-{release}")
def release_promote(
    release: Annotated[str, titled("Release", "REL-20260316-1a2b3c4d")],
    by: Person,
    role: ActingAs,
    share_percent: Annotated[int, titled("Share of the traffic, in percent")] = 100,
    reason: Annotated[str, titled("Reason")] = "",
    workspace: Folder = "",
) -> SwitchResult:
    """Put a release in force that was signed off. What was cut off is finished by doing it again; nothing is done twice.

    Args:
        release: The release, by its id or enough of its beginning; `proofloop release list` shows them.
        by: Your name as the catalogue or allowed_signers has it. It is recorded as asserted, not as signed.
        role: What you act as: one of the roles that the policy table acts names for a switch.
        share_percent: How much of the traffic it gets; less than 100 is a canary, which gets an alias of its own.
        reason: Why now, where there is something to say. It is sealed: no personal data and no secrets.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    document = Switch(release=release.strip(), share_percent=share_percent, reason=reason.strip())
    return switch(load_switch_plan(workspace, ReleaseAct.SWITCH, by, role, document, now()), judge_switch)
