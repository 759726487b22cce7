"""Action plan: is there something to end the failure and something to prevent its kind, by whom, until when, and how will it show?

Put here what a plan must say. What any answer must be is ``answers.py``.

The rules:
 * The cause is recorded in the present occurrence: what is done follows from why it failed.
 * There is a corrective and a preventive action, each under a name of its own that changes can be linked to.
 * Each says what is done and names who does it.
 * Each is due today at the earliest, and within the days that the policy allows its severity; prevention after an incident by its clock.
 * Closure evidence shows that it worked: "the PR was merged" shows that somebody worked. The reopen trigger is another sentence.
 * The plan says how the fix will be verified, and where it takes the place of an approved one, why that cannot be carried out.

A plan handed in later replaces the one before. Approvals are given to a document's digest, so those of the old plan are not its own. Where
one was approved, the step leads the issue back to where plans are approved (``STEPS``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.work.answers import Asked, find_unsaid, is_placeholder, quoted
from checks.work.days import AskedDay, find_bad_due
from checks.work.wording import normalised, own_words
from registry.domain.issue import IssueState
from registry.domain.policy_work import WorkLimits
from registry.domain.steps import ActionKind, ActionPlan, PlannedAction
from registry.domain.work import Case, Refusal, StepKind
from registry.domain.work_run import StepKnowledge, StepPlan

_NAME = re.compile("[a-z0-9][a-z0-9_-]{0,63}")
_SPLIT = "set an earlier day, or split off what can be done by then and accept the remaining risk"
_ASKED = {
    "what": ("say what will be done", "filter the retriever by effective date"),
    "closure_evidence": ("say which figure or test will show that it worked", "no superseded source in 500 sampled answers of June"),
    "reopen_trigger": ("say what would show that it did not", "two answers in a week that cite a superseded source"),
    "verification": (
        "say what is compared, on which data, until when",
        "unsupported fee claims before and after, on the locked fee set and 30 days of chats",
    ),
    "reason": ("say why the approved plan cannot be carried out", "the vendor delivers the new index in July at the earliest"),
}


def find_refusals(case: Case, plan: StepPlan, _known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what keeps the plan's actions from being approved."""
    return tuple(_find(case, plan, plan.submission.document))


def _find(case: Case, plan: StepPlan, document: ActionPlan) -> Iterator[Refusal]:
    limits = plan.policies.limits
    if case.latest(StepKind.ROOT_CAUSE) is None:
        yield Refusal("no_root_cause", "expected a root cause of this occurrence, found none", "take the step `root-cause` first")
    yield from _find_kinds(document)
    yield from _find_names(document)
    for index, action in enumerate(document.actions):
        at = f"actions[{index}]"
        yield from find_unsaid(_question("what", at), action.what, limits.min_answer_words, limits.placeholders)
        yield from _find_owner(at, action, limits)
        yield from _find_due(at, action, case, plan)
        yield from _find_proof(at, action, limits)
    yield from find_unsaid(_question("verification"), document.verification, limits.min_cause_words, limits.placeholders)
    if case.issue.state is IssueState.ACTION_APPROVED:
        yield from find_unsaid(_question("reason"), document.reason, limits.min_answer_words, limits.placeholders)


def _question(name: str, at: str = "") -> Asked:
    return Asked(f"{at}.{name}" if at else name, *_ASKED[name])


def _find_kinds(document: ActionPlan) -> Iterator[Refusal]:
    planned = {action.kind for action in document.actions}
    for kind, does in ((ActionKind.CORRECTIVE, "ends this failure"), (ActionKind.PREVENTIVE, "prevents others of its kind")):
        if kind not in planned:
            yield Refusal(f"no_{kind}", f"actions: expected at least one {kind} action, found none", f"add one that {does}")
    seen: dict[str, int] = {}
    for index, action in enumerate(document.actions):
        said = normalised(action.what)
        if said and (before := seen.setdefault(said, index)) != index:
            reason = f"actions[{index}].what: expected another action than actions[{before}], found the same"
            yield Refusal("same", reason, "say what each of them does, or plan one")


def _find_names(document: ActionPlan) -> Iterator[Refusal]:
    seen: set[str] = set()
    for index, action in enumerate(document.actions):
        if not _NAME.fullmatch(action.action):
            reason = f"actions[{index}].action: expected small letters, digits, - and _, at most 64, found {quoted(action.action)}"
            yield Refusal("bad_name", reason, "name it like new-filter: changes are linked to it")
        elif action.action in seen:
            reason = f"actions[{index}].action: expected each name once, found {action.action!r} again"
            yield Refusal("same_name", reason, "rename one: a change is linked to one action")
        seen.add(action.action)


def _find_owner(at: str, action: PlannedAction, limits: WorkLimits) -> Iterator[Refusal]:
    if is_placeholder(action.owner, limits.placeholders):
        found = quoted(action.owner) if action.owner.strip() else "nobody"
        yield Refusal("no_owner", f"{at}.owner: expected who does it, found {found}", "name one person")


def _find_due(at: str, action: PlannedAction, case: Case, plan: StepPlan) -> Iterator[Refusal]:
    days, why = _days_allowed(action, case, plan)
    asked = AskedDay(f"{at}.due_on", days, f"after it is planned for {why}", _SPLIT)
    yield from find_bad_due(asked, action.due_on, plan.business_date, "set a day on which it can still be done")


def _days_allowed(action: PlannedAction, case: Case, plan: StepPlan) -> tuple[int, str]:
    severity, classified = case.issue.severity, case.latest(StepKind.CLASSIFY)
    incident = classified.document.incident if classified else None
    days = plan.policies.limits.max_action_days[severity]
    clock = next((rule for rule in plan.policies.incidents if rule.incident is incident), None)
    if clock and action.kind is ActionKind.PREVENTIVE and clock.prevent_days < days:
        return int(clock.prevent_days), f"prevention after an incident of the class {incident}"
    return days, f"an issue of severity {severity}"


def _find_proof(at: str, action: PlannedAction, limits: WorkLimits) -> Iterator[Refusal]:
    closure, reopen = _question("closure_evidence", at), _question("reopen_trigger", at)
    yield from find_unsaid(closure, action.closure_evidence, limits.min_answer_words, limits.placeholders)
    yield from find_unsaid(reopen, action.reopen_trigger, limits.min_answer_words, limits.placeholders)
    said = action.closure_evidence
    if not is_placeholder(said, limits.placeholders) and not own_words(said, (*limits.vague_words, *limits.activity_words)):
        yield closure.refuse("activity", "what will show that it worked", f"that somebody worked in {quoted(said)}")
    if normalised(said) and normalised(said) == normalised(action.reopen_trigger):
        yield reopen.refuse("same", "another sentence than the closure evidence", quoted(action.reopen_trigger))
