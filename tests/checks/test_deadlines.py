"""Regulatory deadlines: what is owed, from when, until when, and that nothing makes one later."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from checks.deadlines import find_regulatory_duties, find_waiting_deadlines
from registry.domain.decision import Verdict
from registry.domain.signal import Severity
from registry.domain.steps import Classification, DeadlineReport
from registry.domain.triage import DutyKind
from tests.checks.work.cases import a_case, a_taken, shipped_policies

AWARE = datetime(2020, 10, 10, 9, tzinfo=UTC)
GDPR, LINK, ANYWAY = "gdpr_data_breach", "eu_ai_act_serious_incident", "eu_ai_act_serious_incident_aware"
NAMES = (GDPR, LINK, ANYWAY, "eu_ai_act_death")


def a_classification(*deadlines: str, **changes: Any) -> Classification:
    return replace(Classification(severity=Severity.L3, reason="customers were kept out", deadlines=deadlines, aware_at=AWARE), **changes)


def due(*classifications: Classification) -> dict[str, datetime]:
    case = a_case(*(a_taken(document, seq) for seq, document in enumerate(classifications, 10)))
    return {owed.basis.split(":")[0]: owed.due_at for owed in find_regulatory_duties(case, shipped_policies())}


def test_an_issue_that_nobody_classified_owes_no_report() -> None:
    assert due() == {}
    assert due(a_classification()) == {}


def test_a_deadline_counts_from_awareness_and_says_what_it_rests_on() -> None:
    case = a_case(a_taken(a_classification(GDPR)))
    (owed,) = find_regulatory_duties(case, shipped_policies())
    assert (owed.due_at, owed.kind) == (AWARE + timedelta(hours=72), DutyKind.REGULATORY)
    assert owed.basis.startswith("gdpr_data_breach: Regulation (EU) 2016/679, Article 33(1)")
    assert owed.basis.endswith("counted from becoming aware on 2020-10-10 09:00 UTC")


def test_a_deadline_that_counts_from_a_causal_link_does_not_run_without_one_and_says_why() -> None:
    waiting = a_classification(LINK, ANYWAY, causal_link_pending="the replay ends on Friday")
    assert due(waiting) == {ANYWAY: AWARE + timedelta(days=15)}
    (note,) = find_waiting_deadlines(a_case(a_taken(waiting)), shipped_policies())
    assert (note.verdict, note.blocking, note.reason_code) == (Verdict.INCONCLUSIVE, False, "deadline_not_running")
    assert "the replay ends on Friday" in note.reason


def test_a_causal_link_starts_its_deadline_and_ends_the_note() -> None:
    linked_at = AWARE + timedelta(days=2)
    linked = a_classification(LINK, causal_link_at=linked_at)
    assert due(linked) == {LINK: linked_at + timedelta(hours=24)}
    assert list(find_waiting_deadlines(a_case(a_taken(linked)), shipped_policies())) == []


def test_a_report_ends_its_deadline_alone() -> None:
    report = DeadlineReport(deadline=GDPR, reported_at=AWARE + timedelta(hours=5), receipt="EDPB-1")
    assert due(a_classification(GDPR, ANYWAY), a_classification(GDPR, ANYWAY, reports=(report,))).keys() == {ANYWAY}


def test_a_later_classification_that_names_fewer_deadlines_or_later_starts_changes_nothing() -> None:
    first = a_classification(GDPR)
    assert due(first, a_classification()) == due(first)
    assert due(first, a_classification(GDPR, aware_at=AWARE + timedelta(days=3))) == due(first)
    assert due(first, a_classification(GDPR, aware_at=AWARE - timedelta(hours=3))) == {GDPR: AWARE + timedelta(hours=69)}


def test_a_deadline_outlives_the_return_of_its_issue() -> None:
    case = replace(a_case(a_taken(a_classification(GDPR), 10)), reopened_seq=11)
    assert len(list(find_regulatory_duties(case, shipped_policies()))) == 1


def test_a_name_that_the_table_has_no_more_is_told_and_blocks() -> None:
    (note,) = find_waiting_deadlines(a_case(a_taken(a_classification("gone_rule"))), shipped_policies())
    assert (note.reason_code, note.blocking) == ("deadline_unknown", True)


_INSTANTS = st.integers(0, 5_000).map(lambda hours: AWARE + timedelta(hours=hours))
_CLASSIFICATIONS = st.builds(
    Classification,
    severity=st.sampled_from(Severity),
    reason=st.just("seen"),
    deadlines=st.lists(st.sampled_from(NAMES), max_size=3).map(tuple),
    aware_at=st.none() | _INSTANTS,
    causal_link_at=st.none() | _INSTANTS,
)


@given(st.lists(_CLASSIFICATIONS, max_size=5), _CLASSIFICATIONS)
def test_one_more_classification_never_makes_a_deadline_later_or_ends_one(before: list[Classification], more: Classification) -> None:
    was, now = due(*before), due(*before, more)
    assert was.keys() <= now.keys()
    assert all(now[name] <= was[name] for name in was)
