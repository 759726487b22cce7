"""Record by hand which version served, since when and for how much of the traffic.

Put the order of a record here; what it requires is ``checks/version_records.py``.
"""

from __future__ import annotations

from typing import Annotated

from prefect import flow

from checks.version_records import judge_version_record
from flows.clock import now
from flows.forms import ActingAs, Folder, Person, titled
from registry.domain.version_run import RecordResult, VersionRecord
from tasks.engine import refused
from tasks.preservation import read_preservation_holds, reserved
from tasks.version_records import append_version_record, load_record_plan, read_claims, record_refusal, show_record
from tasks.workspace import workspace_of


@flow(name="versions-record", flow_run_name="version-{system_id}")
def versions_record(
    system_id: Annotated[str, titled("AI system", "fraud_filter")],
    by: Person,
    role: ActingAs,
    document: Annotated[VersionRecord, titled("Version")],
    workspace: Folder = "",
) -> RecordResult:
    """Record by hand which version served. A correction is a new record; nothing is taken out of the history.

    Args:
        system_id: The AI system, by the id of its catalogue file.
        by: Your name as the catalogue or allowed_signers has it. It is recorded as asserted, not as signed.
        role: What you act as.
        document: A version that served, since when and for how much of the traffic.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    plan = load_record_plan(workspace, system_id, by, role, document, now())
    with reserved(workspace_of(plan), [system_id], now):
        claims, holds = read_claims(plan, now), read_preservation_holds(plan, now)

        decision = judge_version_record(plan, claims, holds)

        result = append_version_record(decision, now)
    show_record(result)
    return result if result.seq else refused(result, record_refusal(result))
