"""Where a step may be taken, and where it leads: the states of an issue and the moves between them.

Put rules about states and moves here; which there are is data (``STEPS`` and ``LEGAL_MOVES``), and the database refuses the same.

The rules:
 * A step is taken in one of its states. Reopening leads where its document says, a severity of L0 set before containment to ``tracked``,
   and every other step where ``STEPS`` says.
 * A step that moves the issue makes a legal move of the role that takes it.
 * A refusal names the next command on the way to a state in which the step is taken.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from registry.domain.catalogue import OwnerRole
from registry.domain.issue import IssueState, movers
from registry.domain.signal import Severity
from registry.domain.steps import Classification
from registry.domain.steps_change import Reopening
from registry.domain.work import STEPS, Case, Refusal, StepKind
from registry.domain.work_run import StepPlan

_S = IssueState
_UNCONTAINED = frozenset({_S.NEW_SIGNAL, _S.TRIAGE})
_APPROVE = "approve"


def next_state(case: Case, plan: StepPlan) -> IssueState | None:
    """Return the state that the plan's step leads to; None where the issue stays where it is."""
    document, state = plan.submission.document, case.issue.state
    if isinstance(document, Reopening):
        return IssueState(document.to.value)
    if isinstance(document, Classification) and document.severity is Severity.L0 and state in _UNCONTAINED:
        return _S.TRACKED
    return STEPS[plan.submission.kind].moves.get(state)


def find_state_refusals(case: Case, plan: StepPlan) -> Iterator[Refusal]:
    """Yield why the plan's step may not be taken in the state the issue is in, or not by this role."""
    kind, role, state = plan.submission.kind, plan.submission.role, case.issue.state
    to = next_state(case, plan)
    if state not in STEPS[kind].states:
        taken = ", ".join(each for each in IssueState if each in STEPS[kind].states)
        yield Refusal("wrong_state", f"{kind}: expected the issue in {taken}, found it in {state}", _way(case, plan))
    elif to is not None and role.value not in {mover.value for mover in movers(state, to)}:
        listed = ", ".join(movers(state, to)) or "nobody"
        reason = f"expected {listed} to move an issue from {state} to {to}, found {role}"
        yield Refusal("wrong_role", reason, f"have one of them take it: {_command(case, plan, kind.value, to)}")


def _way(case: Case, plan: StepPlan) -> str:
    """Return the command that leads from here towards a state in which the plan's step is taken."""
    kind, state, issue_id = plan.submission.kind, case.issue.state, case.issue.issue_id
    if state is _S.TRACKED:
        return "leave it: a tracked issue only counts its signals; `proofloop issue note` keeps what is worth keeping"
    if kind is StepKind.REOPEN:
        return f"go on with it: it is open already, and `proofloop issue show {issue_id}` says what comes next"
    first = _first_step(case, STEPS[kind].states)
    if first is None:
        return f"no step leads back there from {state}: `proofloop issue show {issue_id}` says what comes next"
    return f"first take the step {_command(case, plan, *first)}"


def _first_step(case: Case, wanted: frozenset[IssueState]) -> tuple[str, IssueState] | None:
    """Return the first step, and where it leads, of a shortest way from the case's state to one of ``wanted``."""
    waiting: deque[tuple[IssueState, tuple[str, IssueState] | None]] = deque([(case.issue.state, None)])
    seen = {case.issue.state}
    while waiting:
        state, first = waiting.popleft()
        if state in wanted:
            return first
        for step, after in _steps_from(case, state):
            if after not in seen:
                seen.add(after)
                waiting.append((after, first or (step, after)))
    return None


def _steps_from(case: Case, state: IssueState) -> Iterator[tuple[str, IssueState]]:
    yield from ((kind.value, rule.moves[state]) for kind, rule in STEPS.items() if state in rule.moves)
    if state is _S.RCA_IN_PROGRESS:
        yield _APPROVE if case.plan_to_approve() else StepKind.PLAN.value, _S.ACTION_APPROVED
    if state in STEPS[StepKind.REOPEN].states:
        yield from ((StepKind.REOPEN.value, after) for after in (_S.TRIAGE, _S.RCA_IN_PROGRESS))


def _command(case: Case, plan: StepPlan, step: str, to: IssueState) -> str:
    """Return the command of a step, by somebody who may take it if the catalogue names one."""
    if step == _APPROVE:
        return "`proofloop approve`: `proofloop approve list` says whose approval the plan waits for"
    system = plan.system(case.issue.system_id)
    owners = system.owners if system else {}
    role = next((role.value for role in movers(case.issue.state, to) if role.value in owners), "")
    who = f" --by {owners[OwnerRole(role)]} --role {role}" if role else ""
    return f"`proofloop issue {step} {case.issue.issue_id}{who}` (`--help` lists what it asks for)"
