"""Closures that must be refused because customers were harmed and are not restored, or nobody knows.

Put a defect of the gate customer recovery here: a list that does not add up, is another's, or was checked by who wrote it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from registry.domain.closure import ClosureInputs
from registry.domain.signal import CustomerImpact
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import StepKind
from tests.closure_builders import a_closure, a_population, some_work_policies
from tests.closure_documents import DESK, a_not_applicable
from tests.closure_spoiling import (
    L2,
    L3,
    TYPED,
    Defect,
    at_risk,
    earlier,
    exempted,
    told,
)
from tests.closure_story import a_story
from tests.recurrence_builders import FIX_AT, a_seen

_R = ClosureGate.CUSTOMER_RECOVERY
_K = StepKind
_DAY = timedelta(days=1)
_two, _three = a_story(L2), a_story(L3)


def _listed(**changes: Any) -> ClosureInputs:
    return a_closure(L3, population=a_population(**changes))


def _written(**changes: Any) -> ClosureInputs:
    return told(_three.changed(_K.RECOVERY, **changes), L3)


def harmed_since(*numbers: int, known_after: int = 1, **changes: Any) -> ClosureInputs:
    """Return the closure to which reports of harm came ``known_after`` events after the document that nothing was to restore."""
    inputs = told(exempted(), L3, population=None)
    (step,) = inputs.case.current(_K.NOT_APPLICABLE)
    at = FIX_AT - 3 * _DAY
    since = {"decided_at": at, "reported_at": at + _DAY, "journey_step": "card use", "known_seq": step.seq + known_after}
    since |= {"impact": CustomerImpact.FUNDS} | changes
    return replace(inputs, signals=(*inputs.signals, *(a_seen(number, **since) for number in numbers)))


_UNREACHED = {"remediated_count": 25, "residual_count": 2, "residuals": (("C-1", "moved"), ("C-2", "moved"))}

RECOVERY = (
    Defect("nobody restored", _R, "no_recovery", "funds", lambda: told(_three.without(_K.RECOVERY), L3)),
    Defect("restored in an earlier occurrence", _R, "no_recovery", "funds", lambda: told(earlier(_K.RECOVERY, L3), L3)),
    Defect("impact not known", _R, "no_recovery", "nothing is known", lambda: a_closure(signals=())),
    Defect("the list was not counted", _R, "list_not_read", "fees.csv", lambda: a_closure(L3, population=None)),
    Defect("the list is gone", _R, "list_not_read", "no such file", lambda: _listed(reason="no such file")),
    Defect("the list was altered", _R, "list_altered", "6666", lambda: _listed(sha256="6" * 64)),
    Defect("another issue's list", _R, "list_altered", "cards.csv", lambda: _listed(path="recovery/cards.csv")),
    Defect("rows that cannot be read", _R, "list_unreadable", "row 7", lambda: _listed(bad_rows=("row 7: expected an outcome, found ''",))),
    Defect("customers listed twice", _R, "listed_twice", "42 rows of 40", lambda: _listed(row_count=42)),
    Defect("one more identified than listed", _R, "not_reconciled", "41 identified", lambda: _written(identified_count=41)),
    Defect("one listed and not settled", _R, "not_reconciled", "9 + 27", lambda: _listed(contacted_count=9)),
    Defect("a negative count evens it out", _R, "not_reconciled", "-1", lambda: _listed(contacted_count=38, remediated_count=-1)),
    Defect("nobody identified", _R, "nobody_identified", "nobody", lambda: _written(identified_count=0)),
    Defect("left out without a reason", _R, "unjustified_exclusions", "3 who were left out", lambda: _listed(exclusions=())),
    Defect("left out for nothing said", _R, "unjustified_exclusions", "left out", lambda: _listed(exclusions=((" ", 3),))),
    Defect("not reached, and nobody answers", _R, "residual_not_accepted", "2 customers", lambda: _listed(**_UNREACHED)),
    Defect(
        "not reached, and only typed",
        _R,
        "residual_not_accepted",
        "2 customers",
        lambda: told(at_risk(L3, **TYPED), L3, population=a_population(**_UNREACHED)),
    ),
    Defect(
        "not reached, and not told who",
        _R,
        "unnamed_residuals",
        "2 who were not reached",
        lambda: _listed(**_UNREACHED | {"residuals": ()}),
    ),
    Defect("harm reported since nothing was to restore", _R, "harm_since_exemption", "found funds in 3900077", lambda: harmed_since(77)),
    Defect("more harm since than is named", _R, "harm_since_exemption", "3900079 and 1 more", lambda: harmed_since(77, 78, 79, 80)),
    Defect("checked by who recorded it", _R, "own_check", DESK, lambda: _written(checker=DESK)),
    Defect("checked by who made the change", _R, "own_check", "Engineer", lambda: _written(checker=" Engineer@Bank.example")),
    Defect("checked by nobody", _R, "empty_recovery", "checker", lambda: _written(checker="")),
    Defect("nothing shown of it", _R, "empty_recovery", "evidence", lambda: _written(evidence=())),
    Defect("counted while it went on", _R, "counted_too_early", "last decision", lambda: _written(counted_at=FIX_AT - 30 * _DAY)),
    Defect("counted tomorrow", _R, "counted_in_future", "frozen", lambda: _written(counted_at=FIX_AT + 365 * _DAY)),
    Defect("not applicable, not approved", _R, "exemption_unapproved", "approvals", lambda: told(exempted(role=""), L3, population=None)),
    Defect("not applicable, by a typed name", _R, "exemption_unapproved", "approvals", lambda: told(exempted(**TYPED), L3)),
    Defect("not applicable, by who says so", _R, "own_work", DESK, lambda: told(exempted(name=DESK), L3)),
    Defect("not applicable, by another role", _R, "exemption_unapproved", "approvals", lambda: told(exempted(role="model_risk"), L3)),
    Defect(
        "not applicable, and the policy asks nobody",
        _R,
        "exemption_unapproved",
        "policy",
        lambda: told(exempted(), L3, work=replace(some_work_policies(), approvals=())),
    ),
    Defect(
        "another gate does not apply",
        _R,
        "no_recovery",
        "funds",
        lambda: told(exempted(document=a_not_applicable(gate=ClosureGate.EVIDENCE)), L3),
    ),
    Defect(
        "not applicable for no reason",
        _R,
        "empty_exemption",
        "reason",
        lambda: told(exempted(document=a_not_applicable(reason="n/a")), L3),
    ),
)
