"""The outcomes of a reference: frozen once they are known, and never asked for again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from checks.reference_outcomes import completed, with_outcomes
from registry.domain.decision import Verdict
from registry.domain.monitoring import LabelKind
from registry.domain.outcomes import ScoreBin, SegmentOutcomes, WindowOutcomes
from registry.domain.profile import WHOLE, Segment
from registry.domain.trigger_run import FrozenReference, ReferenceRead, SystemKnown, SystemRead, WindowRead
from registry.domain.triggers import TriggerHistory
from tests.trigger_builders import FEBRUARY, JANUARY, POLICIES, a_cell, a_number, a_reference, a_watched_system

POLICY = POLICIES.performance
LONG = Segment("term", "60")
REFERENCE = a_reference((a_number(),), a_cell("age", (250, 250, 250, 250, 0)), a_cell("age", (100, 100, 100, 100, 0), LONG))


def outcomes(known: int = 1000, rows: int = 1000, events: int = 200, segment: Segment = WHOLE) -> SegmentOutcomes:
    bins = (ScoreBin(known, known * 0.2, events, 150.0, 300.0, known - events),)
    return SegmentOutcomes(segment, rows, rows, rows * 0.2, rows * 0.16, rows * 0.8, bins)


def found(*segments: SegmentOutcomes) -> WindowOutcomes:
    return WindowOutcomes(JANUARY, LabelKind.BINARY, datetime(2026, 3, 1, tzinfo=UTC), segments)


def read(
    reference=REFERENCE,
    live: WindowOutcomes | None = None,
    *,
    is_new: bool = False,
    frozen: str | None = None,
    later: WindowOutcomes | None = None,
) -> SystemRead:
    """Return what a run makes of a reference that was read, of which the ledger knows the digest ``frozen``."""
    system = a_watched_system()
    digest = reference.digest if frozen is None else frozen
    known = FrozenReference("credit_model", digest, "b", "r", JANUARY.start_on, JANUARY.end_on, 1)
    was = SystemRead(
        system,
        date(2026, 3, 1),
        ReferenceRead(reference, is_new, outcomes=live),
        (WindowRead(FEBRUARY, None, outcomes=(later,) if later else ()),),
    )
    return with_outcomes(SystemKnown(system, TriggerHistory(0), None if is_new else known), was, POLICY)


def codes(done: SystemRead) -> list[str]:
    return [one.reason_code for one in done.windows[0].findings]


def test_without_a_reference_or_without_outcomes_nothing_is_done() -> None:
    system = a_watched_system()
    nothing = SystemRead(system, date(2026, 3, 1), ReferenceRead(), ())
    assert with_outcomes(SystemKnown(system, TriggerHistory(0)), nothing, POLICY) == nothing
    done = read()
    assert (done.reference.reference, done.reference.is_new, done.windows[0].reference_outcomes) == (REFERENCE, False, None)


def test_outcomes_that_are_known_are_frozen_with_the_reference_and_change_nothing_it_is_compared_by() -> None:
    done = read(live=found(outcomes(), outcomes(400, 400, 80, LONG)))
    assert done.reference.reference is not None and done.reference.is_new
    assert done.reference.reference.outcomes == done.windows[0].reference_outcomes == found(outcomes(), outcomes(400, 400, 80, LONG))
    assert done.reference.reference.digest != REFERENCE.digest
    assert done.reference.reference.counts_digest == REFERENCE.counts_digest == REFERENCE.digest


def test_until_they_are_known_the_word_of_the_source_counts() -> None:
    done = read(live=found(outcomes(known=790)))
    assert (done.reference.reference, done.reference.is_new) == (REFERENCE, False)
    assert done.windows[0].reference_outcomes == found(outcomes(known=790))


def test_a_segment_whose_outcomes_take_longer_is_frozen_later_and_what_was_frozen_stays() -> None:
    first = completed(REFERENCE, found(outcomes(), outcomes(100, 400, 80, LONG)), POLICY)
    assert first.outcomes == found(outcomes())

    later = read(first, found(outcomes(events=600), outcomes(400, 400, 80, LONG)))

    assert later.reference.reference is not None and later.reference.is_new
    assert later.reference.reference.outcomes == found(outcomes(), outcomes(400, 400, 80, LONG))


def test_what_is_frozen_is_what_windows_are_held_to_whatever_became_of_the_log() -> None:
    first = completed(REFERENCE, found(outcomes(), outcomes(100, 400, 80, LONG)), POLICY)
    for live in (found(outcomes(0, 0, 0)), found(outcomes(events=600), outcomes(90, 400, 10, LONG)), None):
        done = read(first, live)
        held = done.windows[0].reference_outcomes
        assert (done.reference.is_new, codes(done)) == (False, [])
        assert held is not None and held.of() == outcomes()


def test_rows_that_left_the_log_before_their_outcomes_were_known_are_told_and_freeze_nothing() -> None:
    done = read(live=found(outcomes(known=700, rows=700)))
    assert codes(done) == ["reference_outcomes_gone"]
    assert (done.windows[0].findings[0].verdict, done.reference.is_new) == (Verdict.INCONCLUSIVE, False)


def test_outcomes_that_never_came_are_not_waited_for_once_their_rows_are_gone() -> None:
    for live in (found(outcomes(known=200, rows=700, events=40)), found(outcomes(known=0, rows=0, events=0))):
        (finding,) = read(live=live).windows[0].findings
        assert (finding.reason_code, finding.blocking) == ("reference_outcomes_gone", False)
    (finding,) = read(live=found(outcomes(known=0, rows=0, events=0)), later=found(outcomes())).windows[0].findings
    assert finding.blocking  # they do come: later windows have something that the reference has not


def waited(took: int | None, known: int = 900, days: int = 28) -> WindowOutcomes:
    """Return outcomes of the reference so many days after its end, of which nearly all of those known took so long."""
    late = replace(outcomes(known), late_delay_days=took)
    return replace(found(late), known_before=datetime(2026, 2, 1, tzinfo=UTC) + timedelta(days=days))


def test_outcomes_of_which_the_slow_ones_are_still_missing_are_not_frozen() -> None:
    assert not read(live=waited(29)).reference.is_new
    assert read(live=waited(28)).reference.is_new
    assert not read(live=waited(70, days=100)).reference.is_new  # 131 days are not enough to know that none takes longer than 70
    assert read(live=waited(70, days=110)).reference.is_new
    assert read(live=waited(29, known=1000)).reference.is_new  # none is missing


def test_where_nothing_says_when_outcomes_became_known_an_old_reference_is_frozen() -> None:
    assert not read(live=waited(None, days=184)).reference.is_new
    assert read(live=waited(None, days=185)).reference.is_new


def test_a_row_without_a_score_is_not_waited_for() -> None:
    assert read(live=found(replace(outcomes(known=999), scored_count=999, improbable_count=1))).reference.is_new


def test_a_log_with_far_more_rows_than_were_frozen_is_another_one() -> None:
    assert not read(live=found(outcomes(known=2000, rows=2000))).reference.is_new


def test_too_few_events_wait_until_no_outcome_is_missing() -> None:
    few = replace(outcomes(known=900, events=5), bins=(ScoreBin(900, 5.0, 5, 1.0, 1.0, 895),))
    assert not read(live=found(few)).reference.is_new
    all_of_them = replace(outcomes(events=5), bins=(ScoreBin(1000, 5.0, 5, 1.0, 1.0, 995),))
    assert read(live=found(all_of_them)).reference.is_new


def test_a_reference_that_somebody_replaced_meanwhile_is_left_alone() -> None:
    done = read(live=found(outcomes()), frozen="sha256:another")
    assert (done.reference.reference, done.reference.is_new) == (REFERENCE, False)
