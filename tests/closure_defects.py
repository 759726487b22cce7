"""Closures that must be refused, by the gates that rest on what people handed in: scope, root cause and change.

Put a defect of one of these gates here: what was removed, corrupted, backdated, swapped, or never there. Those of the others are
``tests/closure_defects_verified.py`` and ``tests/closure_defects_computed.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from registry.domain.closure import ClosureInputs
from registry.domain.evidence_graph import NodeKind
from registry.domain.issue import EffectiveFix
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import StepKind
from tests.closure_builders import a_closure, a_graph, a_window, some_signals
from tests.closure_documents import ENGINEER, a_plan, a_root_cause, an_action
from tests.closure_spoiling import (
    L2,
    L3,
    TYPED,
    Defect,
    approvals_at,
    earlier,
    given,
    placed,
    told,
    without_nodes,
)
from tests.closure_story import OPENED_AT, VERIFIED_AT, a_story
from tests.recurrence_builders import FIX_AT

_S, _C, _G = ClosureGate.SCOPE, ClosureGate.ROOT_CAUSE, ClosureGate.CHANGE
_K = StepKind
_DAY = timedelta(days=1)
_two, _three = a_story(L2), a_story(L3)


def _other_signal(**changes: Any) -> ClosureInputs:
    return a_closure(signals=(*some_signals(11), replace(some_signals(12)[11], signal_id="S-77", **changes)))


SCOPE = (
    Defect("no scope", _S, "no_scope", "scope", lambda: told(_two.without(_K.SCOPE))),
    Defect("scope of an earlier occurrence", _S, "no_scope", "scope", lambda: told(earlier(_K.SCOPE))),
    Defect("scope without segments", _S, "empty_scope", "segments", lambda: told(_two.changed(_K.SCOPE, segments=()))),
    Defect("scope without versions", _S, "empty_scope", "versions", lambda: told(_two.changed(_K.SCOPE, versions=()))),
    Defect("journeys to be written", _S, "empty_scope", "journeys", lambda: told(_two.changed(_K.SCOPE, journeys=("tbd",)))),
    Defect("scope without evidence", _S, "empty_scope", "evidence", lambda: told(_two.changed(_K.SCOPE, evidence=()))),
    Defect("customers not named", _S, "empty_scope", "customers", lambda: told(_two.changed(_K.SCOPE, customers="n/a"))),
    Defect("a product left out", _S, "segments_outside", "S-77", lambda: _other_signal(segment={"product": "Debit card"})),
    Defect("a step of the journey left out", _S, "journeys_outside", "S-77", lambda: _other_signal(journey_step="dispute")),
    Defect("a version left out", _S, "versions_outside", "S-77", lambda: _other_signal(versions={"model": "6"})),
    Defect("a decision before its time", _S, "from_at_outside", "S-77", lambda: _other_signal(decided_at=FIX_AT - 200 * _DAY)),
    Defect("ends before a decision", _S, "until_at_outside", "3900011", lambda: told(_two.changed(_K.SCOPE, until_at=FIX_AT - 9 * _DAY))),
    Defect("begins after a decision", _S, "from_at_outside", "3900000", lambda: told(_two.changed(_K.SCOPE, from_at=FIX_AT - 60 * _DAY))),
    Defect("signals not known", _S, "no_signals", "signals", lambda: a_closure(signals=())),
)

ROOT_CAUSE = (
    Defect("no root cause", _C, "no_root_cause", "root cause", lambda: told(_two.without(_K.ROOT_CAUSE))),
    Defect("cause of an earlier occurrence", _C, "cause_not_standing", "earlier", lambda: told(earlier(_K.ROOT_CAUSE))),
    Defect("cause without evidence", _C, "empty_cause", "evidence", lambda: told(_two.changed(_K.ROOT_CAUSE, evidence=()))),
    Defect("evidence to follow", _C, "empty_cause", "evidence", lambda: told(_two.changed(_K.ROOT_CAUSE, evidence=("to follow",)))),
    Defect("no direct cause", _C, "empty_cause", "direct_cause", lambda: told(_two.changed(_K.ROOT_CAUSE, direct_cause=" "))),
    Defect("no failed control", _C, "empty_cause", "control_failure", lambda: told(_two.changed(_K.ROOT_CAUSE, control_failure="TBD"))),
    Defect(
        "cause not sealed",
        _C,
        "cause_unsealed",
        "sealed",
        lambda: a_closure(graph=a_graph(_two.issue(), _two, some_signals(), tuple(_two.steps(_K.ROOT_CAUSE)))),
    ),
    Defect(
        "cause of another issue",
        _C,
        "other_cause",
        "another",
        lambda: a_closure(story=_two.changed(_K.ROOT_CAUSE, direct_cause="A cable."), graph=a_closure().graph),
    ),
    Defect(
        "never classified",
        _C,
        "not_classified",
        "classification",
        lambda: a_closure(graph=without_nodes(a_closure().graph, NodeKind.CLASSIFICATION)),
    ),
)

CHANGE = (
    Defect("no plan", _G, "no_plan", "plan", lambda: told(_two.without(_K.PLAN))),
    Defect("plan of an earlier occurrence", _G, "no_plan", "plan", lambda: told(earlier(_K.PLAN))),
    Defect("plan older than its cause", _G, "plan_before_cause", "made before", lambda: told(placed(_K.ROOT_CAUSE, last=True))),
    Defect("plan not approved", _G, "plan_not_approved", "L2", lambda: told(_two.without_approvals())),
    Defect("a role did not approve", _G, "plan_not_approved", "L3", lambda: told(_three.without_approvals(role="model_risk"), L3)),
    Defect("approved by typed names", _G, "plan_not_approved", "L3", lambda: told(given(_three, **TYPED), L3)),
    Defect("approvals expired", _G, "plan_not_approved", "approved", lambda: told(given(_two, expires_at=OPENED_AT))),
    Defect(
        "approvals of another plan", _G, "plan_not_approved", "approved", lambda: told(given(_two, document_digest="sha256:" + "9" * 64))
    ),
    Defect("approved after the release", _G, "plan_not_approved", "before it was released", lambda: told(approvals_at(FIX_AT + 9 * _DAY))),
    Defect("an action without a change", _G, "unlinked_action", "code-check", lambda: told(_two.without(_K.LINK_CHANGE, 1))),
    Defect("a version that moves", _G, "incomplete_link", "latest", lambda: told(_two.changed(_K.LINK_CHANGE, version="latest"))),
    Defect("a change without approver", _G, "incomplete_link", "approver", lambda: told(_two.changed(_K.LINK_CHANGE, approver=""))),
    Defect("a change without request", _G, "incomplete_link", "request", lambda: told(_two.changed(_K.LINK_CHANGE, change_request="tbd"))),
    Defect("a change without a name", _G, "incomplete_link", "name", lambda: told(_two.changed(_K.LINK_CHANGE, name="..."))),
    Defect("linked after the release", _G, "linked_too_late", "code-check", lambda: told(placed(_K.LINK_CHANGE, last=True))),
    Defect("not released", _G, "not_implemented", "release", lambda: told(_two.without(_K.IMPLEMENT))),
    Defect("released in an earlier occurrence", _G, "not_implemented", "release", lambda: told(earlier(_K.IMPLEMENT))),
    Defect(
        "released for half of the traffic",
        _G,
        "partial_share",
        "50 %",
        lambda: told(
            _two.changed(_K.IMPLEMENT, share_percent=50), window=a_window(effective=EffectiveFix(None, None, "model 7 serves too"))
        ),
    ),
    Defect(
        "served before it was approved",
        _G,
        "released_too_early",
        "2020-12-05",
        lambda: told(_two.changed(_K.IMPLEMENT, deployed_at=OPENED_AT)),
    ),
    Defect(
        "released tomorrow", _G, "released_in_future", "2022", lambda: told(_two.changed(_K.IMPLEMENT, deployed_at=FIX_AT + 365 * _DAY))
    ),
    Defect("another fix is watched", _G, "other_fix", "2021-03-01", lambda: told(_two.changed(_K.IMPLEMENT, deployed_at=FIX_AT - _DAY))),
    Defect("the fix brings what nobody linked", _G, "unlinked_version", "8", lambda: told(_two.changed(_K.LINK_CHANGE, 0, version="9"))),
    Defect(
        "an action that nobody owns",
        _G,
        "no_owner",
        "new-filter",
        lambda: told(_two.changed(_K.PLAN, actions=(an_action(owner=""), a_plan().actions[1]))),
    ),
    Defect(
        "another cause was found since",
        _G,
        "plan_before_cause",
        "newest root cause",
        lambda: told(_two.take(VERIFIED_AT, _K.ROOT_CAUSE, a_root_cause(direct_cause="The index was stale."), ENGINEER, "model_owner")),
    ),
)
