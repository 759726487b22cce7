"""Switches without an end: which a daily run ends by itself, and what it says of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.release_unfinished import judge_unfinished, with_settled
from checks.unexplained import find_unexplained
from registry.domain.catalogue import VersionSpec
from registry.domain.decision import Finding, Verdict
from registry.domain.events import EventKind
from registry.domain.release_switch import Moved, OpenSwitch
from registry.domain.times import format_instant
from registry.domain.version_changes import explanations_of_switches
from registry.domain.version_run import VersionsRead
from tests.release_builders import CANDIDATE, CHAMPION, a_release_pinned
from tests.switch_builders import NOON, RELEASE, a_cut_off, a_made_switch, a_served, a_switchable, an_open_switch

TAGGED = {"proofloop.release": RELEASE}
BACK: dict[str, Any] = {"is_rollback": True, "release_id": "", "from_version": CANDIDATE, "to_version": CHAMPION, "to_digest": ""}


def moved(champion: str = CANDIDATE, canary: str = "", tags: dict[str, str] | None = None, **changes: Any) -> OpenSwitch:
    """Return the switch as it is found after its alias was moved and its tags were written."""
    named = {"champion": champion, "canary": canary}
    base = an_open_switch(moved=Moved(named), digest=a_release_pinned(CANDIDATE).digest, tags=TAGGED if tags is None else tags)
    return replace(base, **changes)


def told(one: OpenSwitch) -> Finding:
    settled = judge_unfinished([one], NOON)
    assert settled.events == ()
    (finding,) = settled.findings
    return finding


def test_without_any_there_is_nothing_to_end_and_nothing_to_tell() -> None:
    settled = judge_unfinished([], NOON)
    assert (settled.events, settled.findings) == ((), ())


def test_one_that_lacks_nothing_but_its_record_is_ended_with_what_is_in_force() -> None:
    settled = judge_unfinished([moved()], NOON)
    assert [(event.kind, event.actor) for event in settled.events] == [
        (EventKind.SWITCH_ENDED, "machine"),
        (EventKind.VERSION_OBSERVED, "machine"),
    ]
    assert settled.findings == ()


def test_one_that_did_not_move_its_alias_is_told_with_who_when_and_how_it_is_finished() -> None:
    finding = told(moved(CHAMPION))
    assert (finding.verdict, finding.reason_code, finding.blocking) == (Verdict.INCONCLUSIVE, "unfinished_switch", True)
    for expected in (RELEASE, "ops@bank.example", "2026-03-16 11:00 UTC", "event 40", "the alias champion names 1", "release promote"):
        assert expected in finding.reason


TOLD: dict[str, tuple[str, OpenSwitch]] = {
    "its tags are missing": ("its tags are not written", moved(tags={})),
    "tags of another release": ("its tags are not written", moved(tags={"proofloop.release": "REL-20260101-00000000"})),
    "another model has the version's name": ("names 2", moved(digest="sha256:" + "0" * 64)),
    "the canary that it ends is there": ("names 2", moved(canary=CANDIDATE)),
    "the alias is gone": ("names nothing", moved("")),
    "somebody moved it elsewhere": ("names 3", moved("3")),
    "MLflow is away": ("does not answer", moved(problem="MLflow does not answer")),
    "released no more": ("does not release its model any more", moved(system=None)),
    "no MLflow keeps it": ("no MLflow keeps the model", moved(system=a_switchable(spec=VersionSpec("model", recorded="1")))),
}


@pytest.mark.parametrize("name", TOLD)
def test_any_other_is_told_and_not_ended(name: str) -> None:
    expected, one = TOLD[name]
    assert expected in told(one).reason


def test_a_canary_is_ended_by_its_own_alias() -> None:
    made = a_cut_off(share_percent=10)
    assert judge_unfinished([moved(CHAMPION, CANDIDATE, made=made)], NOON).events
    assert "the alias canary names nothing" in told(moved(CANDIDATE, "", made=made)).reason


def test_a_rollback_is_ended_once_the_version_that_it_took_away_says_so() -> None:
    made = a_cut_off(**BACK)
    tags = {"proofloop.rolled_back_at": format_instant(made.started_at)}
    assert judge_unfinished([moved(CHAMPION, made=made, tags=tags)], NOON).events
    finding = told(moved(CHAMPION, made=made, tags={"proofloop.rolled_back_at": "2026-01-01T00:00:00.000000Z"}))
    assert "release rollback credit_model --to 1" in finding.reason


def test_of_several_each_is_ended_or_told_by_itself() -> None:
    settled = judge_unfinished([moved(), moved(CHAMPION, made=a_cut_off(started_event=60))], NOON)
    assert (len(settled.events), len(settled.findings)) == (2, 1)


def test_a_refresh_tells_both_what_it_read_and_what_it_settled() -> None:
    settled = judge_unfinished([moved(), moved(CHAMPION)], NOON)
    read = with_settled(VersionsRead((), ()), settled)
    assert [event.kind for event in read.changes] == [EventKind.VERSION_OBSERVED]
    assert read.findings == settled.findings


def moves(*versions: str) -> list[Any]:
    return [replace(a_served(version, seq), seq=seq * 10) for seq, version in enumerate(versions, start=1)]


def test_a_release_explains_its_move_and_no_later_one() -> None:
    explained = tuple(explanations_of_switches([a_made_switch(started_event=15)]))
    assert find_unexplained(moves(CHAMPION, CANDIDATE), explained) == ()
    assert len(find_unexplained(moves(CHAMPION, CANDIDATE, CHAMPION, CANDIDATE), explained)) == 2


def test_a_start_without_an_end_explains_its_move_too_it_is_told_by_itself() -> None:
    assert find_unexplained(moves(CHAMPION, CANDIDATE), tuple(explanations_of_switches([a_cut_off(started_event=15)]))) == ()


@pytest.mark.parametrize("made", [a_made_switch(share_percent=10), a_made_switch(read_back="3")], ids=["canary", "without effect"])
def test_neither_a_canary_nor_a_switch_without_effect_explains_a_move_of_the_champion(made: Any) -> None:
    assert len(find_unexplained(moves(CHAMPION, CANDIDATE), tuple(explanations_of_switches([replace(made, started_event=15)])))) == 1


def test_a_canary_in_the_record_explains_no_move_of_the_champion_either() -> None:
    first, last = moves(CHAMPION, CANDIDATE)
    canary = replace(a_served(CANDIDATE, 15, 0, 10, "released"), seq=15)
    assert len(find_unexplained([first, canary, last], ())) == 1
