"""Closures that must be refused by the gates recurrence and evidence, which nobody types; and every defect there is.

Put a defect of one of these gates here: a window of something else, a risk that nobody signed, an archive that is not what it was.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from registry.domain.closure import ClosureInputs
from registry.domain.decision import Verdict
from registry.domain.evidence_graph import NodeKind
from registry.domain.issue import EffectiveFix, IssueState
from registry.domain.recurrence import Outcome, Purpose
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import StepKind
from registry.policies.loader import load_work_policies
from tests.closure_builders import a_closure, a_graph, a_window, an_archive, some_signals, some_work_policies
from tests.closure_defects import CHANGE, ROOT_CAUSE, SCOPE
from tests.closure_defects_recovery import RECOVERY
from tests.closure_defects_verified import VERIFICATION
from tests.closure_documents import DESK, ENGINEER, People, a_risk
from tests.closure_spoiling import (
    L2,
    L3,
    TYPED,
    Defect,
    all_earlier,
    at_risk,
    given,
    repackaged,
    severed,
    swapped,
    told,
    unpackaged,
    without_nodes,
)
from tests.closure_story import a_story
from tests.recurrence_builders import FIX_AT, a_return, an_occurrence

_W, _E = ClosureGate.RECURRENCE, ClosureGate.EVIDENCE
_K = StepKind
_DAY = timedelta(days=1)
_two, _three = a_story(L2), a_story(L3)


def _judged(**changes: Any) -> ClosureInputs:
    return a_closure(window=a_window(**changes))


def _elapsed(**changes: Any) -> Any:
    return a_window(**{"outcome": Outcome.ELAPSED_UNEVIDENCED, "verdict": Verdict.INCONCLUSIVE, "required_exposure": None} | changes)


RECURRENCE = (
    Defect("no window", _W, "no_window", "window", lambda: a_closure(window=None)),
    Defect("still watching", _W, "window_watching", "12 days", lambda: _judged(outcome=Outcome.WATCHING, missing=("12 days more",))),
    Defect("suspended", _W, "window_suspended", "suspended", lambda: _judged(outcome=Outcome.SUSPENDED)),
    Defect("not open", _W, "window_not_open", "not open", lambda: _judged(outcome=Outcome.NOT_OPEN)),
    Defect("it came back", _W, "recurred", "1 occurrences", lambda: _judged(outcome=Outcome.RECURRED, occurrences=(an_occurrence(),))),
    Defect("a failed window called clean", _W, "recurred", "came back", lambda: _judged(verdict=Verdict.FAIL)),
    Defect("clean with an occurrence", _W, "recurred", "1 occurrences", lambda: _judged(occurrences=(an_occurrence(),))),
    Defect("judged last week", _W, "stale_window", "2021-04-24", lambda: _judged(business_date=date(2021, 4, 24))),
    Defect("judged again since", _W, "not_newest", "watching", lambda: _newest(Outcome.WATCHING)),
    Defect("not judged since the fix", _W, "not_newest", "none since", lambda: _newest("")),
    Defect("judged tomorrow", _W, "window_in_future", "2021-05-02", lambda: _judged(business_date=date(2021, 5, 2))),
    Defect("another issue's window", _W, "other_window", "ISS-2", lambda: _judged(issue_id="ISS-2")),
    Defect("another system's window", _W, "other_window", "window of", lambda: _judged(system="loan_assistant")),
    Defect("judged for effectiveness", _W, "other_purpose", "effectiveness", lambda: _judged(purpose=Purpose.EFFECTIVENESS)),
    Defect("judged before the release", _W, "earlier_window", "event 3", lambda: a_closure(window_event=3)),
    Defect("of an earlier occurrence", _W, "earlier_window", "earlier", lambda: a_closure(story=all_earlier())),
    Defect(
        "of an earlier fix",
        _W,
        "earlier_window",
        "earlier one",
        lambda: _judged(effective=EffectiveFix(FIX_AT - 90 * _DAY, date(2020, 12, 2), "model 7")),
    ),
    Defect(
        "of a fix that does not serve",
        _W,
        "not_effective",
        "model 7 serves",
        lambda: _judged(effective=EffectiveFix(None, None, "model 7 serves 5 %")),
    ),
    Defect("clean after too few days", _W, "window_inconsistent", "29 of 30", lambda: _judged(observed_days=29)),
    Defect("clean by amber days", _W, "window_inconsistent", "20 of 30", lambda: _judged(extended_days=40)),
    Defect("clean on too little exposure", _W, "window_inconsistent", "100 of", lambda: _judged(exposure=100)),
    Defect("clean on exposure that is no number", _W, "window_inconsistent", "nan", lambda: _judged(required_exposure=float("nan"))),
    Defect("clean with nothing required", _W, "window_inconsistent", "None", lambda: _judged(required_exposure=None)),
    Defect("clean before the lateness is over", _W, "window_inconsistent", "2021-05-09", lambda: _judged(closes_on=date(2021, 5, 9))),
    Defect("clean and inconclusive", _W, "window_inconsistent", "inconclusive", lambda: _judged(verdict=Verdict.INCONCLUSIVE)),
    Defect(
        "a signal came since",
        _W,
        "came_back",
        "S-9",
        lambda: a_closure(signals=(*some_signals(), a_return(key="k9", signal_id="S-9"))),
    ),
    Defect(
        "the same cause elsewhere",
        _W,
        "came_back",
        "S-9",
        lambda: a_closure(signals=(*some_signals(), a_return(signal_id="S-9", same_cause_issue="ISS-2"))),
    ),
    Defect("silence that proves nothing", _W, "silence_not_accepted", "none that is approved", lambda: a_closure(window=_elapsed())),
    Defect("the risk is not approved", _W, "silence_not_accepted", "none", lambda: told(at_risk(role=""), window=_elapsed())),
    Defect("the risk is typed", _W, "silence_not_accepted", "none", lambda: told(at_risk(**TYPED), window=_elapsed())),
    Defect(
        "the risk is typed, which is enough to live with it",
        _W,
        "silence_not_accepted",
        "signed",
        lambda: told(at_risk(**TYPED), window=_elapsed(), work=load_work_policies(None)),
    ),
    Defect("the risk by another role", _W, "silence_not_accepted", "none", lambda: told(at_risk(role="product_owner"), window=_elapsed())),
    Defect(
        "the risk has ended",
        _W,
        "silence_not_accepted",
        "none",
        lambda: told(at_risk(document=a_risk(expires_on=date(2021, 5, 1))), window=_elapsed()),
    ),
    Defect(
        "the risk of before the fix",
        _W,
        "silence_not_accepted",
        "before the fix",
        lambda: told(at_risk(at=FIX_AT - 20 * _DAY), window=_elapsed()),
    ),
    Defect(
        "the risk of something smaller",
        _W,
        "silence_not_accepted",
        "accepted at L2",
        lambda: told(at_risk(L3, issue_severity=L2), L3, window=_elapsed(business_date=date(2021, 5, 10))),
    ),
    Defect(
        "who asks for the risk answers for it",
        _W,
        "silence_not_accepted",
        DESK,
        lambda: told(at_risk(document=a_risk(owner=DESK)), window=_elapsed()),
    ),
    Defect("who asks for the risk approves it", _W, "silence_not_accepted", DESK, lambda: told(at_risk(name=DESK), window=_elapsed())),
    Defect(
        "who made the fix approves the risk", _W, "silence_not_accepted", ENGINEER, lambda: told(at_risk(name=ENGINEER), window=_elapsed())
    ),
    Defect("not in verification", _W, "not_verifying", "implemented", lambda: _in_state(IssueState.IMPLEMENTED)),
    Defect("closed already", _W, "not_verifying", "closed", lambda: _in_state(IssueState.CLOSED)),
)


def _newest(outcome: str) -> ClosureInputs:
    case = a_closure().case
    return a_closure(case=replace(case, issue=replace(case.issue, window=outcome)))


def _in_state(state: IssueState) -> ClosureInputs:
    case = a_closure().case
    return a_closure(case=replace(case, issue=replace(case.issue, state=state)))


_graph = a_closure().graph
_LEAD = "lead@bank.example"
EVIDENCE = (
    Defect("an archive that fails", _E, "archive_not_verified", "seal 7", lambda: _archived(verdict=Verdict.FAIL, reason="seal 7 differs")),
    Defect("an archive nobody verified", _E, "archive_not_verified", "no reason", lambda: _archived(verdict=Verdict.INCONCLUSIVE)),
    Defect("no packages", _E, "nothing_cited", "packages", lambda: _archived(packages=())),
    Defect("a step's package is gone", _E, "package_missing", "scope", lambda: unpackaged(a_closure(), *_two.steps(_K.SCOPE))),
    Defect("the cause's package is gone", _E, "package_missing", "root-cause", lambda: unpackaged(a_closure(), *_two.steps(_K.ROOT_CAUSE))),
    Defect("an approval's package is gone", _E, "package_missing", "approval by", lambda: unpackaged(a_closure(), 7)),
    Defect("the window's package is gone", _E, "package_missing", "window", lambda: unpackaged(a_closure(), _two.events[-1][0])),
    Defect("a step that cites no package", _E, "package_missing", "none cited", lambda: told(_uncited(_K.CONTAIN))),
    Defect(
        "a package was altered", _E, "package_altered", "scope.json", lambda: repackaged(a_closure(), "step", problem="scope.json differs")
    ),
    Defect("the window does not recompute", _E, "not_reproduced", "exposure", lambda: _redone(Verdict.FAIL, "exposure 1, not 2")),
    Defect("the window was not recomputed", _E, "not_recomputed", "no inputs", lambda: _redone(Verdict.INCONCLUSIVE, "no inputs")),
    Defect("another window's package", _E, "other_package", "[99]", lambda: repackaged(a_closure(), "recurrence", events=(99,))),
    Defect(
        "an event that is not sealed",
        _E,
        "unsealed",
        "not sealed",
        lambda: a_closure(graph=a_graph(_two.issue(), _two, some_signals(), tuple(_two.steps(_K.IMPLEMENT)))),
    ),
    Defect("scope of another issue", _E, "other_document", "scope", lambda: told(swapped(_K.SCOPE, customers="Holders of a mortgage."))),
    Defect("an edited release", _E, "other_document", "implement", lambda: told(swapped(_K.IMPLEMENT, share_percent=99))),
    Defect("an edited evidence", _E, "other_document", "add-evidence", lambda: told(swapped(_K.ADD_EVIDENCE, after="0 in 9,999, March"))),
    Defect("the graph of another issue", _E, "other_graph", "another", lambda: a_closure(graph=_renamed())),
    Defect(
        "a node that nobody's step brought",
        _E,
        "other_step",
        "containment:4",
        lambda: a_closure(story=_two.without(_K.CONTAIN), graph=_graph),
    ),
    Defect("a scope that is not in the graph", _E, "not_in_graph", "scope", lambda: a_closure(graph=without_nodes(_graph, NodeKind.SCOPE))),
    Defect("a scope that nothing leads to", _E, "not_walked", "scope:", lambda: a_closure(graph=severed(_graph, NodeKind.SCOPE))),
    Defect("never contained", _E, "gap", "containment", lambda: told(_two.without(_K.CONTAIN))),
    Defect("nothing was seen", _E, "not_walked", "signal", lambda: a_closure(graph=without_nodes(_graph, NodeKind.SIGNAL))),
    Defect("no evidence in the graph", _E, "not_walked", "eval run", lambda: a_closure(graph=without_nodes(_graph, NodeKind.EVAL_RUN))),
    Defect(
        "no window in the graph", _E, "not_walked", "monitoring", lambda: a_closure(graph=without_nodes(_graph, NodeKind.MONITORING_WINDOW))
    ),
    Defect("a release that nothing leads to", _E, "not_walked", "release:", lambda: a_closure(graph=severed(_graph, NodeKind.RELEASE))),
    Defect("the plan approved by who made it", _E, "own_work", ENGINEER, lambda: told(given(_two, name=ENGINEER))),
    Defect("the plan approved by who verified", _E, "own_work", "EvalOps", lambda: told(given(_two, name="EvalOps@bank.example"))),
    Defect("one person in two roles", _E, "two_roles", "operations_lead", lambda: told(given(_two, name=People["product_owner"]))),
    Defect("one key in two roles", _E, "two_roles", "product_owner", lambda: told(given(_two, fingerprint="SHA256:" + "k" * 43))),
    Defect(
        "a change approved by who made it", _E, "own_change", "new-filter", lambda: told(_two.changed(_K.LINK_CHANGE, 0, approver=ENGINEER))
    ),
    Defect("nobody has to sign", _E, "nobody_signs", "L2", lambda: a_closure(work=replace(some_work_policies(), approvals=_plans_only()))),
)


def _archived(**changes: Any) -> ClosureInputs:
    return a_closure(archive=an_archive(_two, **changes))


def _redone(verdict: Verdict, reason: str) -> ClosureInputs:
    return repackaged(a_closure(), "recurrence", recomputed=verdict, recomputed_reason=reason)


def _uncited(kind: StepKind) -> Any:
    return _two.retold(lambda body: body.get("step") == kind, bundle_digest="")


def _renamed() -> Any:
    return a_graph(replace(_two.issue(), issue_id="ISS-2"), _two, some_signals())


def _plans_only() -> Any:
    return tuple(rule for rule in some_work_policies().approvals if rule.action is StepKind.PLAN)


DEFECTS = (*SCOPE, *ROOT_CAUSE, *CHANGE, *VERIFICATION, *RECOVERY, *RECURRENCE, *EVIDENCE)
"""Every closure that must be refused."""
