"""The evaluation gate: may a candidate replace what is in force, judged on the same locked cases for both?

Put the order of a run here; what is read, judged and written belongs to tasks and checks.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from prefect import flow

from checks.eval_gate import judge_gate
from checks.gate_answers import kept_outcomes
from checks.gate_event import gate_event
from checks.redaction import redaction_of
from flows.clock import now, scheduled_start
from flows.forms import Folder, titled
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.gate import GateInputs
from registry.domain.gate_run import CitedGate, GatePlan, GateRead, GateResult, gate_inputs_of, question_of
from tasks.evidence import locate_package, publish_pending, write_draft, write_preview
from tasks.gate import append_gate, deciding, load_gate_plan, read_gate_known
from tasks.gate_reading import read_evaluation
from tasks.gate_rendering import read_sealed_decision, render_decision, show_gate
from tasks.gate_taught import read_shared_cases, read_taught


@flow(name="eval-gate", flow_run_name="gate-{system_id}-{candidate}")
def eval_gate(
    system_id: Annotated[str, titled("AI system", "complaint_router")],
    candidate: Annotated[str, titled("Candidate", "7", "@candidate")],
    champion: Annotated[str, titled("Compared with", "@champion")] = "",
    reason: Annotated[str, titled("Why now", "Retrained on the first quarter")] = "",
    as_of: Annotated[datetime | None, titled("Judged at")] = None,
    final: Annotated[bool, titled("Final decision")] = False,
    dry_run: Annotated[bool, titled("Only try it")] = False,
    workspace: Folder = "",
) -> GateResult:
    """Judge whether a candidate may replace what is in force, case by case on the locked set, and seal the decision with its page.

    A FAIL is a completed run: Prefect states report the machinery, the ledger reports the candidate. Nothing is put in force by it.

    Args:
        system_id: The AI system, by the id of its catalogue file.
        candidate: The version that is to replace what is in force: a number or an alias of MLflow, else as the outcomes name it.
        champion: The version in force; leave empty to have it looked up. Compared with another one nothing passes.
        reason: Why it is asked for, in your words; needed where outcomes were made anew. It is sealed: no personal data and no secrets.
        as_of: The instant that it is judged at, which says what was in force. Leave empty for now.
        final: Judge on the reserve set, which is kept for last decisions: at most a few times, and after the locked set said yes.
        dry_run: Judge and show without writing to the ledger or the archive; not on the reserve, where every look counts.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    instants = as_of or scheduled_start(), now()
    plan = load_gate_plan(workspace, system_id, (candidate, champion), reason.strip(), instants, now, final=final, dry_run=dry_run)
    redact = redaction_of(plan.redacted_kinds)
    read = read_taught(plan, read_evaluation(plan, redact), redact)
    read = _kept(plan, read_shared_cases(plan, read, redact))

    result = _previewed(plan, read) if dry_run else _decided(plan, read)

    show_gate(plan, result)
    return result


def _decided(plan: GatePlan, read: GateRead) -> GateResult:
    """Decide and record: evidence before event, then the seal. The same question on the same date is answered as it was."""
    with deciding(plan, now):
        known = read_gate_known(plan, now)
        inputs = gate_inputs_of(plan, read, known)
        earlier = known.same(question_of(inputs), plan.business_date)
        cited = earlier or _recorded(plan, inputs)
    return _published(plan, cited, repeated=earlier is not None)


def _recorded(plan: GatePlan, inputs: GateInputs) -> CitedGate:
    decision = judge_gate(inputs)
    draft = write_draft(plan, render_decision(plan, inputs, decision))
    cited = draft.bundle_digest, digest_bytes(record_json(decision))
    event = gate_event(inputs, decision, *cited)
    return CitedGate(append_gate(plan, event, draft, now), *cited)


def _published(plan: GatePlan, cited: CitedGate, *, repeated: bool) -> GateResult:
    """Seal what is promised; an earlier run may have recorded its decision a moment ago and not sealed it yet."""
    pending = publish_pending(plan, now)
    page, seal = locate_package(plan, cited.bundle_digest)
    decision = read_sealed_decision(plan, cited)
    return GateResult(decision, page, seal, cited.bundle_digest, cited.seq, repeated, pending)


def _previewed(plan: GatePlan, read: GateRead) -> GateResult:
    """Judge and show, leaving ledger and archive as they are."""
    inputs = gate_inputs_of(plan, read, read_gate_known(plan, now))
    decision = judge_gate(inputs)
    return GateResult(decision, write_preview(plan, render_decision(plan, inputs, decision)))


def _kept(plan: GatePlan, read: GateRead) -> GateRead:
    """Keep of the answers what is judged and sealed, and nothing else."""
    cases, redact = read.cases, redaction_of(plan.redacted_kinds)
    if cases is None:
        return read
    champion, candidate = (one and kept_outcomes(one, cases, plan.spec, redact) for one in (read.champion, read.candidate))
    return replace(read, champion=champion, candidate=candidate)
