"""What a run over closures records, what it rests on, and what the fix did to systems that share it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from checks.closure import judge_closure, proposal_of, substance_of
from checks.closure_adverse import has_risen
from checks.closure_cited import archive_check, redo_window
from checks.closure_day import judge_closure_day
from checks.closure_events import closure_event, dossier_of, is_news, portfolio_event
from checks.closure_inputs import closure_inputs
from checks.closure_shared import Sharing, find_sharing, first_day, shared_effect
from checks.recurrence import judge_window
from checks.recurrence_events import window_event
from registry.domain.canonical import canonical_json, digest_bytes, record_json
from registry.domain.catalogue import VersionSpec
from registry.domain.closing import proposal_digest
from registry.domain.closure import ClosureDecision, ClosureInputs, Portfolio
from registry.domain.closure_run import ArchiveRead, ClosureKnown, ClosurePlan, RecordedJudgement, SealedPackage, WindowRef, WindowToRedo
from registry.domain.decision import Verdict
from registry.domain.history import DailyCount, ObservedDay
from registry.domain.recurrence import Seen
from registry.domain.recurrence_sealed import sealed_window
from registry.domain.signal import CustomerImpact
from registry.domain.steps_change import Implementation
from registry.domain.work import Case, StepKind
from tests.builders import DIGEST, FEED, SYSTEM, ZONE, a_system
from tests.checks.test_recurrence_inputs import a_fixed_issue, a_step, known
from tests.checks.test_recurrence_inputs import a_plan as a_recurrence_plan
from tests.closure_builders import a_closure, a_closure_policy, some_work_policies
from tests.recurrence_builders import FIX_AT, JUDGED_ON, a_recurrence_policy, a_seen, an_exposure_read, some_versions, some_window_inputs

DAY = timedelta(days=1)
OTHER = "loan_assistant"
FIXED_ON = FIX_AT.date()


def last_of(inputs: ClosureInputs, decision: ClosureDecision, **changes: Any) -> RecordedJudgement:
    """Return the closure as an earlier run recorded it, a day ago."""
    proposal = proposal_of(decision, digest_bytes(record_json(decision)))
    base = RecordedJudgement(
        90, inputs.as_of - DAY, decision.verdict, substance_of(decision), proposal_digest(inputs.case.issue.issue_id, proposal)
    )
    return replace(base, **changes)


def proposed() -> tuple[ClosureInputs, ClosureDecision, RecordedJudgement]:
    """Return a closure that passes, whose proposal of yesterday stands."""
    inputs = a_closure()
    last = last_of(inputs, judge_closure(inputs))
    issue = replace(inputs.case.issue, closure=last.document_digest)
    inputs = replace(inputs, case=replace(inputs.case, issue=issue))
    return inputs, judge_closure(inputs), last


def test_what_was_never_judged_in_this_occurrence_is_news() -> None:
    inputs = a_closure()
    assert is_news(inputs, judge_closure(inputs), None, 14)


def test_a_proposal_that_stands_is_no_news_until_it_is_too_old() -> None:
    inputs, decision, last = proposed()
    assert decision.verdict is Verdict.PASS
    assert not is_news(inputs, decision, last, 14)
    assert not is_news(inputs, decision, replace(last, at=inputs.as_of - 14 * DAY), 14)
    assert is_news(inputs, decision, replace(last, at=inputs.as_of - 14 * DAY - timedelta(microseconds=1)), 14)


def test_a_pass_whose_proposal_was_taken_back_is_made_anew() -> None:
    inputs, decision, last = proposed()
    taken = replace(inputs, case=replace(inputs.case, issue=replace(inputs.case.issue, closure="")))
    assert is_news(taken, decision, last, 14)


def test_a_refusal_is_recorded_once_and_again_where_it_lacks_something_else() -> None:
    inputs = a_closure(window=None)
    decision = judge_closure(inputs)
    last = last_of(inputs, decision, document_digest="")
    assert not is_news(inputs, decision, last, 14)
    more = judge_closure(a_closure(window=None, signals=()))
    assert is_news(inputs, more, last, 14)


def test_a_pass_is_recorded_as_the_step_that_people_sign_and_a_refusal_is_not() -> None:
    inputs = a_closure()
    event = closure_event(inputs, judge_closure(inputs), DIGEST)
    assert (event.body["step"], event.body["role"], event.body["window"]) == ("close", "machine", "clean")
    canonical_json(event.body)  # no fraction
    refused = a_closure(window=None)
    body = closure_event(refused, judge_closure(refused), DIGEST).body
    assert "step" not in body and "no_window" in body["lacks"]["recurrence"]
    canonical_json(body)


def test_the_dossier_says_who_is_asked_only_where_it_is_proposed() -> None:
    inputs = a_closure()
    dossier = dossier_of(inputs, judge_closure(inputs))
    assert dossier.coverage and not dossier.coverage.counted and dossier.coverage.missing
    refused = a_closure(window=None)
    assert dossier_of(refused, judge_closure(refused)).coverage is None


def a_plan() -> ClosurePlan:
    inputs = a_closure()
    return ClosurePlan(
        "bank",
        inputs.as_of,
        inputs.as_of,
        inputs.business_date,
        ZONE,
        inputs.data_before,
        (),
        (),
        some_work_policies(),
        a_closure_policy(),
        b"",
        a_recurrence_policy(),
    )


@pytest.mark.parametrize(
    ("closures", "verdict"),
    [
        ([], Verdict.INCONCLUSIVE),
        ([a_closure()], Verdict.PASS),
        ([a_closure(), a_closure(window=None)], Verdict.INCONCLUSIVE),
    ],
)
def test_a_run_is_as_good_as_its_worst_closure_and_without_one_it_tells_nothing(closures: list[ClosureInputs], verdict: Verdict) -> None:
    portfolio = Portfolio(a_plan().as_of, a_plan().business_date, (), ())
    day = judge_closure_day(a_plan(), [judge_closure(one) for one in closures], portfolio, 100)
    assert day.verdict is verdict
    canonical_json(portfolio_event(SYSTEM, day, DIGEST).body)


def a_window_to_redo(**changes: Any) -> WindowToRedo:
    inputs = some_window_inputs()
    decision = judge_window(inputs)
    record = record_json(decision)
    event = window_event(inputs, decision, DIGEST, digest_bytes(record), "decision-00001.json")
    ref = WindowRef(50, event.canonical_body(), DIGEST, "decision-00001.json", digest_bytes(record), inputs.policy.digest)
    sealed = sealed_window(inputs, {})
    return replace(WindowToRedo(ref, sealed, inputs.policy, record, inputs.fix, inputs.versions), **changes)


def test_a_window_that_comes_out_again_passes() -> None:
    assert redo_window(a_window_to_redo()) == (Verdict.PASS, "")


def test_a_window_that_cannot_be_read_is_not_known_to_come_out_again() -> None:
    verdict, reason = redo_window(a_window_to_redo(sealed=None, reason="inputs-00001.json: removed"))
    assert (verdict, reason) == (Verdict.INCONCLUSIVE, "inputs-00001.json: removed")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"record": b"{}"}, "found another record"),
        ({"fix": None}, "expected fix: None"),
        ({"versions": ()}, "expected versions: none"),
    ],
)
def test_a_window_that_comes_out_otherwise_fails_and_says_how(changes: dict[str, Any], told: str) -> None:
    verdict, reason = redo_window(a_window_to_redo(**changes))
    assert verdict is Verdict.FAIL and told in reason


def test_an_upgrade_of_the_program_is_no_forgery_and_no_proof_either() -> None:
    verdict, reason = redo_window(a_window_to_redo(record=b"{}", program={"proofloop": "2.0.0"}))
    assert verdict is Verdict.INCONCLUSIVE and "proofloop 2.0.0 comes to another record" in reason


def test_an_event_that_says_something_else_than_its_window_fails() -> None:
    window = a_window_to_redo()
    verdict, _ = redo_window(replace(window, ref=replace(window.ref, body=window.ref.body.replace(b'"clean"', b'"elapsed_unevidenced"'))))
    assert verdict is Verdict.FAIL


def test_a_cited_package_that_is_not_in_the_archive_is_not_listed_and_the_worst_of_one_package_counts() -> None:
    inputs, bad = a_closure(), a_window_to_redo(record=b"{}")
    cited = (("sha256:gone", "step"), (DIGEST, "recurrence"))
    one = ClosureKnown(inputs.case, inputs.graph, cited, (bad.ref,), inputs.window, (), None)
    archive = ArchiveRead(Verdict.PASS, "", DIGEST, {DIGEST: SealedPackage(7, "", (50,))})
    (package,) = archive_check(archive, one, (a_window_to_redo(), bad)).packages
    assert (package.bundle_digest, package.seal, package.recomputed) == (DIGEST, 7, Verdict.FAIL)


def a_shared_bank(model: str = "Fee_Model", version: str = "8") -> tuple[Any, Any]:
    """Return the plan and the knowledge of two systems that serve one model, the other of them ``version`` since the fix."""
    own = a_system(versions=(VersionSpec("model", mlflow_model="fee_model", alias="champion"),))
    other = a_system(system_id=OTHER, versions=(VersionSpec("model", mlflow_model=model, alias="champion"),))
    serves = replace(some_versions()[-1], system_id=OTHER, version=version)
    knowledge = known(a_fixed_issue())
    on = FIXED_ON - 100 * DAY
    days = tuple(ObservedDay(OTHER, FEED, on + offset * DAY) for offset in range((JUDGED_ON - on).days))
    history = replace(knowledge.history, versions=(*some_versions(), serves))
    return a_recurrence_plan(systems=(own, other)), replace(knowledge, observed=days, history=history)


def test_a_system_shares_what_both_serve_by_the_catalogue_in_the_version_of_the_fix() -> None:
    plan, knowledge = a_shared_bank()
    (sharing,) = find_sharing(plan, knowledge, a_fixed_issue())
    assert (sharing.system_id, sharing.artifact, sharing.version, sharing.since) == (OTHER, "model", "8", FIX_AT)


@pytest.mark.parametrize(("model", "version"), [("another_model", "8"), ("fee_model", "7"), ("", "8")])
def test_another_model_another_version_and_one_without_a_name_share_nothing(model: str, version: str) -> None:
    plan, knowledge = a_shared_bank(model, version)
    assert find_sharing(plan, knowledge, a_fixed_issue()) == ()


def reported(per_day_before: int, per_day_after: int) -> tuple[DailyCount, ...]:
    on, counts = FIXED_ON - 100 * DAY, []
    while on < JUDGED_ON:
        counts.append(DailyCount(OTHER, FEED, "fp", on, "", per_day_before if on < FIXED_ON else per_day_after))
        on += DAY
    return tuple(counts)


@pytest.mark.parametrize(("after", "risen"), [(2, False), (10, True)])
def test_more_reports_of_a_system_that_shares_the_fix_are_a_rise(after: int, risen: bool) -> None:
    plan, knowledge = a_shared_bank()
    (sharing,) = find_sharing(plan, knowledge, a_fixed_issue())
    exposure = an_exposure_read(first_day(plan, sharing), JUDGED_ON, system_id=OTHER)
    effect = shared_effect(plan, knowledge, sharing, reported(2, after), exposure)
    assert effect.change.before.exposure_count == 100 * effect.change.before.day_count
    assert has_risen(effect.change, 0.95, 1.5) is risen


def test_without_counted_decisions_the_days_are_the_exposure_and_without_days_nothing_is_told() -> None:
    plan, knowledge = a_shared_bank()
    (sharing,) = find_sharing(plan, knowledge, a_fixed_issue())
    effect = shared_effect(plan, knowledge, sharing, reported(2, 2), None)
    assert effect.change.after.exposure_count == effect.change.after.day_count > 0
    unread = shared_effect(plan, replace(knowledge, observed=()), sharing, (), None)
    assert has_risen(unread.change, 0.95, 1.5) is None


@pytest.mark.parametrize(("seen_before", "older", "is_new"), [(False, "", True), (True, "", False), (False, "7", False)])
def test_a_system_that_began_with_the_version_of_the_fix_has_no_time_before(seen_before: bool, older: str, is_new: bool) -> None:
    plan, knowledge = a_shared_bank()
    served = replace(some_versions()[-1], system_id=OTHER, version=older, from_at=FIX_AT - 90 * DAY)
    versions = (*knowledge.history.versions, *((served,) if older else ()))
    days = tuple(one for one in knowledge.observed if seen_before or one.on > FIXED_ON)
    knowledge = replace(knowledge, observed=days, history=replace(knowledge.history, versions=versions))
    (sharing,) = find_sharing(plan, knowledge, a_fixed_issue())
    effect = shared_effect(plan, knowledge, sharing, reported(2, 2), None)
    assert (effect.began_with_it, effect.change.after.exposure_count > 0) == (is_new, True)


FIRST_FIX = a_step(StepKind.IMPLEMENT, Implementation(deployed_at=FIX_AT - 5 * DAY, share_percent=100, rollback="serve 6 again"))


def told_of(*seen: Seen, closed_seq: int) -> ClosureInputs:
    """Return what the closure of an issue that came back is judged from; the first signal reports harm."""
    issue, inputs = a_fixed_issue(), a_closure()
    seen = (replace(seen[0], impact=CustomerImpact.FUNDS), *seen[1:])
    case = Case(issue, (FIRST_FIX,), reopened_seq=9)
    one = ClosureKnown(case, inputs.graph, (), (), None, (), None, closed_seq)
    return closure_inputs(a_plan(), a_recurrence_plan(), known(issue, seen={issue.issue_id: seen}), one, inputs.archive, None, ())


@pytest.mark.parametrize(("closed_seq", "is_settled"), [(0, False), (4, False), (8, True)], ids=["never", "before_that_fix", "by_it"])
def test_of_an_issue_that_came_back_what_a_closure_settled_is_left_out_and_nothing_else(closed_seq: int, is_settled: bool) -> None:
    seen = (a_seen(1, decided_at=FIX_AT - 9 * DAY), a_seen(2, decided_at=FIX_AT - 2 * DAY))
    told = told_of(*seen, closed_seq=closed_seq)
    assert [signal.key for signal in told.signals] == [one.key for one in seen[is_settled:]]
    assert (CustomerImpact.FUNDS in told.impacts) is not is_settled


@pytest.mark.parametrize(
    "beside", [(), (a_seen(3, decided_at=FIX_AT - DAY, same_cause_issue="ISS-20210101-ffffffff"),)], ids=["none", "same_cause"]
)
def test_a_scope_is_held_against_what_there_is_where_nothing_of_its_own_came_since_it_was_closed(beside: tuple[Seen, ...]) -> None:
    told = told_of(a_seen(1, decided_at=FIX_AT - 9 * DAY), *beside, closed_seq=8)
    assert len(told.signals) == 1 + len(beside)
    assert CustomerImpact.FUNDS in told.impacts


def test_the_newest_days_whose_reports_may_still_come_are_left_out() -> None:
    plan, knowledge = a_shared_bank()
    sharing = Sharing(OTHER, ZONE, "model", "8", FIX_AT, is_first=True)
    last = JUDGED_ON - plan.policy.allowed_lateness_days * DAY
    effect = shared_effect(plan, knowledge, sharing, (), None)
    assert effect.change.after.day_count == (last - date(2021, 3, 2)).days
