"""Any year of windows, gaps, drifts, losses, holds, closings and repeats: requests stay few, apart, and recorded."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from checks.retraining import decide
from checks.retraining_conditions import Looked
from registry.domain.decision import Finding, Verdict
from registry.domain.events import EventKind
from registry.domain.monitoring import Window, WindowKind
from registry.domain.triggers import CellState, PastWindow, TriggerAction, TriggerDecision
from tests.checks.retraining_years import Story, days, seen, told
from tests.examples import drawing
from tests.trigger_builders import POLICIES, a_judged_cell, a_loss, a_watched_system, an_estimate

COLUMNS = ("age", "income", "score")
STATES = st.lists(st.sampled_from(CellState), min_size=3, max_size=3)
LOSSES = st.sets(st.sampled_from(("accuracy", "calibration", "quality_auc", "estimated_accuracy")))
BROKEN = Finding("data_quality", "age", Verdict.FAIL, "all_missing", "age: all values are missing")
REQUESTS = POLICIES.requests


class YearMachine(RuleBasedStateMachine):
    """Judges a daily system, and keeps a plain model of what was asked beside the ledger's fold."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story(system=a_watched_system(WindowKind.DAY, retrain_every_days=20))
        self.on = date(2026, 2, 1)
        self.made: list[tuple[datetime, TriggerAction, str]] = []
        self.closed: dict[str, datetime] = {}
        self.asked: dict[str, frozenset[str]] = {}
        self.over: dict[str, datetime] = {}
        self.held = ""
        self.judged: dict[Window, TriggerDecision] = {}
        self.unlooked: list[tuple[Window, Looked, TriggerDecision]] = []

    @rule(states=STATES, losses=LOSSES, is_broken=st.booleans(), gap=st.integers(0, 9), labels=st.integers(0, 40_000))
    def judge_the_next_window(self, states: list[CellState], losses: set[str], is_broken: bool, gap: int, labels: int) -> None:
        self.on += timedelta(days=gap)
        (window,) = days(1, self.on)
        self.on = window.end_on
        cells = [a_judged_cell(state, column) for state, column in zip(states, COLUMNS, strict=True)]
        performance = tuple(an_estimate() if name == "estimated_accuracy" else a_loss(name) for name in sorted(losses))
        looked = seen(*cells, performance=performance, data_quality=(BROKEN,) if is_broken else ())
        decision = self.story.judge(window, looked, label_count=labels)
        self._note(window, looked, decision)

    @rule()
    def judge_a_window_without_data(self) -> None:
        (window,) = days(1, self.on)
        self.on = window.end_on
        self._note(window, Looked(), self.story.judge(window, Looked(), profile=None))

    def _note(self, window: Window, looked: Looked, decision: TriggerDecision) -> None:
        self._note_what_is_over(decision)
        for request in decision.requests:
            self.asked[request.request_id] = decision.memory.asked
            self.made.append((decision.as_of, request.action, request.request_id))
            assert not (request.action is TriggerAction.RETRAIN and self.held), "nothing is retrained under a hold"
        self.judged[window] = decision
        self.unlooked = [(window, looked, decision)]

    def _note_what_is_over(self, decision: TriggerDecision) -> None:
        standing = decision.memory.on | frozenset(decision.conditions)
        for name, asked in self.asked.items():
            if not asked & standing:
                self.over.setdefault(name, decision.as_of)

    @precondition(lambda self: self.unlooked and any(cell.state is not CellState.NOT_EVALUATED for cell in self.unlooked[0][1].cells))
    @rule(days_later=st.integers(0, 40))
    def judge_it_again(self, days_later: int) -> None:
        window, looked, before = self.unlooked[0]
        again = decide(self.story.inputs(window, before.as_of + timedelta(days=days_later)), looked)
        assert again.requests == ()
        assert {held.reason_code for held in again.withheld} <= {"already_judged"}

    @precondition(lambda self: len(self.judged) > 1)
    @rule(back=st.integers(2, 30), states=STATES)
    def judge_a_window_that_was_left_out(self, back: int, states: list[CellState]) -> None:
        (window,) = days(1, self.on - timedelta(days=back))
        newest = max((one for one, decision in self.judged.items() if decision.cells), default=window)
        if window in self.judged or window >= newest:
            return
        cells = [a_judged_cell(state, column) for state, column in zip(states, COLUMNS, strict=True)]
        at = datetime(self.on.year, self.on.month, self.on.day, 9, tzinfo=UTC)
        decision = self.story.judge(window, seen(*cells), as_of=at)
        self.judged[window] = decision
        is_newest_unjudged = not any(past.judged and past.window > window for past in self.story.history(at).windows)
        assert decision.requests == () or is_newest_unjudged
        self._note_what_is_over(decision)
        self.asked |= {one.request_id: decision.memory.asked for one in decision.requests}
        self.made += [(decision.as_of, one.action, one.request_id) for one in decision.requests]

    @precondition(lambda self: any(name not in self.closed for _, _, name in self.made))
    @rule(data=st.data())
    def close_a_request(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted({name for _, _, name in self.made if name not in self.closed})))
        at = datetime(self.on.year, self.on.month, self.on.day, 7, tzinfo=UTC)
        self.closed[name] = at
        self.story.close(name, at)

    @rule()
    def set_or_release_a_hold(self) -> None:
        at, mark = datetime(self.on.year, self.on.month, self.on.day, 6, tzinfo=UTC), f"{len(self.story.events):064x}"
        if self.held:
            self.story.append(
                told(EventKind.PRESERVATION_HOLD_RELEASED, at, mark, "ISS-1", document={"hold": f"preserve-{self.held[:12]}"})
            )
            self.held = ""
        else:
            self.held = mark[::-1]
            body = {"document": {"reason": "asked"}, "document_digest": f"sha256:{self.held}"}
            self.story.append(told(EventKind.PRESERVATION_HOLD_SET, at, mark, "ISS-1", **body))

    @rule(artifact=st.sampled_from(("model", "policy")))
    def put_another_version_into_force(self, artifact: str) -> None:
        at, name = datetime(self.on.year, self.on.month, self.on.day, 5, tzinfo=UTC), str(len(self.story.events))
        body = {"artifact": artifact, "version": name, "source": "recorded", "from_at": at}
        self.story.append(told(EventKind.VERSION_OBSERVED, at, name, **body))

    @invariant()
    def never_more_requests_than_the_policy_allows_in_any_30_days(self) -> None:
        times = sorted(at for at, _, _ in self.made)
        for first in times:
            assert sum(first <= at < first + timedelta(days=30) for at in times) <= REQUESTS.max_in_30_days

    @invariant()
    def never_two_of_one_action_in_flight_or_within_the_cooldown(self) -> None:
        for action in TriggerAction:
            mine = sorted((at, name) for at, made, name in self.made if made is action)
            for (before, name), (after, _) in itertools.pairwise(mine):
                never = before + timedelta(days=10_000)
                ended = min(self.closed.get(name, never), self.over.get(name, never), before + timedelta(days=REQUESTS.max_in_flight_days))
                assert ended <= after
                assert after - before >= timedelta(days=REQUESTS.cooldown_days)

    @invariant()
    def every_request_was_made_once(self) -> None:
        names = [name for _, _, name in self.made]
        assert len(set(names)) == len(names)

    @invariant()
    def every_evaluation_has_its_event_and_the_fold_is_the_newest_of_them(self) -> None:
        evaluated = [body for _, body in self.story.events if body["kind"] == EventKind.TRIGGERS_EVALUATED]
        assert len(evaluated) == len(self.story.decisions)
        if not self.judged:
            return
        at = datetime(self.on.year, self.on.month, self.on.day, 10, tzinfo=UTC)
        folded = self.story.history(at)
        newest = max(self.judged)
        assert folded.windows[-1].window == newest
        assert folded.windows[-1] == self._as_told(newest)
        assert bool(folded.held) == bool(self.held)
        assert folded.closed_requests == {
            name: closed
            for name, closed in self.closed.items()
            if name in {one.request_id for past in folded.windows for one in past.requests}
        }

    def _as_told(self, window: Window) -> PastWindow:
        decision = self.judged[window]
        names = {state: frozenset(cell.key for cell in decision.cells if cell.state is state) for state in CellState}
        return PastWindow(
            window=window,
            decided_at=decision.as_of,
            reference_digest=decision.reference_digest,
            judged=any(names[state] for state in CellState if state is not CellState.NOT_EVALUATED),
            over=frozenset(cell.key for cell in decision.cells if cell.is_over),
            drifted=names[CellState.DRIFTED],
            not_evaluated=names[CellState.NOT_EVALUATED],
            conditions=frozenset(decision.conditions),
            requests=decision.requests,
            memory=decision.memory,
            settled=bool(decision.cells),  # those that could not be judged have too few rows, and no more will come
        )


def test_any_year_keeps_requests_few_apart_and_recorded() -> None:
    run_state_machine_as_test(YearMachine, settings=drawing(40, stateful_step_count=60))  # type: ignore[no-untyped-call]


def test_a_stormy_half_year_asks_for_as_much_as_the_policy_allows_and_says_what_it_held_back() -> None:
    story = Story(system=a_watched_system(WindowKind.DAY))
    windows = days(182)
    for number, window in enumerate(windows):
        columns = [a_judged_cell(CellState.DRIFTED, f"c{number // 7}")]
        decision = story.judge(window, seen(*columns, performance=(a_loss(segment=f"s{number // 5}"),)))
        for request in decision.requests:
            story.close(request.request_id, decision.as_of)
    made = [(decision.as_of, one) for decision in story.decisions for one in decision.requests]
    assert 6 <= len(made) <= 2 * 182 // 30 + 2
    held = {one.reason_code for decision in story.decisions for one in decision.withheld}
    assert held == {"cooldown", "maximum"}
    silent = [one for one in story.decisions if any(t.fired for t in one.triggers) and not one.requests and not one.withheld]
    assert silent == []


def test_another_policy_is_judged_over_the_same_inputs_alone() -> None:
    loose = replace(POLICIES, requests=replace(REQUESTS, cooldown_days=0, max_in_30_days=30, max_in_flight_days=1))
    stories = [Story(system=a_watched_system(WindowKind.DAY), policies=policies) for policies in (POLICIES, loose)]
    for number, window in enumerate(days(40)):
        for story in stories:
            story.judge(window, seen(a_judged_cell(CellState.DRIFTED, f"c{number}")))
    asked, more = (sum(len(one.requests) for one in story.decisions) for story in stories)
    assert (asked, more) == (3, 40), "one in each cooldown: what had been asked for before is over by then"
