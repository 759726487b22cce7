"""Going back: where to, and what keeps anybody from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from checks.release_switch_events import ended
from checks.release_way_back import judge_rollback
from registry.domain.catalogue import OwnerRole, VersionSpec
from registry.domain.events import EventKind
from registry.domain.release import Switch
from registry.domain.release_switch import Moved, RegistryNow, SwitchDecision, SwitchKnown, SwitchPlan
from registry.domain.versions import BY_PERSON
from tests.release_builders import CANDIDATE, CHAMPION, GOVERNANCE, SYSTEM, a_release_hold, a_release_pinned
from tests.switch_builders import (
    NOON,
    a_cut_off,
    a_known_release,
    a_made_switch,
    a_registry,
    a_rollback_plan,
    a_served,
    a_switch_known,
    a_switchable,
)

PROMOTED = a_made_switch()
IN_FORCE = a_switch_known(switches=(PROMOTED,), claims=(a_served(), a_served(CANDIDATE, 42, 0)))
SERVING = a_registry(serving=CANDIDATE, target=CHAMPION)


def a_rollback(**changes: Any) -> Any:
    """Return how version 2 was taken back to 1."""
    base = {"started_event": 50, "is_rollback": True, "release_id": "", "from_version": CANDIDATE, "to_version": CHAMPION}
    return a_made_switch(**{**base, "to_digest": a_release_pinned(CHAMPION).digest, "ended_event": 51, "read_back": CHAMPION, **changes})


def judged(plan: SwitchPlan | None = None, known: SwitchKnown = IN_FORCE, registry: RegistryNow = SERVING) -> SwitchDecision:
    return judge_rollback(plan or a_rollback_plan(), known, registry)


def to(version: str) -> SwitchPlan:
    return a_rollback_plan(document=Switch(system_id=SYSTEM, version=version, reason="complaints doubled"))


def codes(decision: SwitchDecision) -> list[str]:
    return [refusal.code for refusal in decision.refusals]


def test_where_nothing_was_ever_put_in_force_there_is_no_way_back() -> None:
    decision = judged(known=SwitchKnown())
    assert (codes(decision), decision.events) == (["nothing_to_take_back"], ())
    assert "none that is recorded" in decision.refusals[0].remedy


def test_it_goes_back_to_what_served_before_the_last_promotion_without_any_signature() -> None:
    decision = judged(known=replace(IN_FORCE, releases=()))
    (start,) = decision.events
    assert (decision.refusals, start.body["is_rollback"], start.body["release_id"]) == ((), True, "")
    assert (start.body["from_version"], start.body["to_version"]) == (CANDIDATE, CHAMPION)
    assert decision.wanted == {"canary": "", "champion": CHAMPION}
    assert list(decision.tags) == [CANDIDATE]


def test_a_canary_is_taken_back_by_ending_it() -> None:
    canary = a_made_switch(share_percent=10)
    known = a_switch_known(switches=(canary,), claims=(a_served(), a_served(CANDIDATE, 42, 0, 10, "released")))
    decision = judged(known=known, registry=a_registry(serving=CHAMPION, target=CHAMPION, canary=CANDIDATE))
    assert (decision.refusals, decision.wanted) == ((), {"canary": "", "champion": CHAMPION})
    assert decision.events[0].body["from_version"] == CANDIDATE


def test_asked_for_twice_it_says_what_the_first_did_and_does_not_bring_the_bad_version_back() -> None:
    known = a_switch_known(switches=(PROMOTED, a_rollback()), claims=(a_served(), a_served(CANDIDATE, 42, 0), a_served(CHAMPION, 52, 0)))
    decision = judged(known=known, registry=a_registry(serving=CHAMPION, target=CHAMPION))
    assert (decision.refusals, decision.events, decision.wanted) == ((), (), {})
    assert decision.aim and decision.aim.repeated == a_rollback()


def test_asked_for_again_after_somebody_moved_the_alias_it_goes_back_again() -> None:
    known = a_switch_known(switches=(PROMOTED, a_rollback()), claims=(a_served(), a_served(CANDIDATE, 42, 0), a_served(CHAMPION, 52, 0)))
    decision = judged(known=known, registry=a_registry(serving="3", target=CHAMPION))
    assert (decision.refusals, len(decision.events)) == ((), 1)
    assert decision.events[0].body["from_version"] == "3"


def test_asked_for_again_after_somebody_recorded_another_version_of_what_no_mlflow_keeps_it_goes_back_again() -> None:
    plan = a_rollback_plan(released=(a_switchable(spec=VersionSpec("model", recorded=CHAMPION)),))
    known = a_switch_known(switches=(PROMOTED, a_rollback()), claims=(a_served(), a_served(CANDIDATE, 42, 0), a_served(CHAMPION, 52, 0)))
    still = judged(plan, known, a_registry(serving=CHAMPION, target=CHAMPION, is_kept=False))
    assert (still.refusals, still.events) == ((), ())
    known = replace(known, claims=(*known.claims, a_served("3", 53, 0, source=BY_PERSON)))
    decision = judged(plan, known, a_registry(serving="3", target=CHAMPION, is_kept=False))
    assert (decision.refusals, len(decision.events)) == ((), 1)
    assert (decision.events[0].body["from_version"], decision.events[0].body["to_version"]) == ("3", CHAMPION)


def test_what_no_mlflow_keeps_and_serves_by_the_record_is_not_gone_back_to() -> None:
    released = (a_switchable(spec=VersionSpec("model", recorded=CHAMPION)),)
    decision = judged(replace(to(CANDIDATE), released=released), registry=a_registry(serving=CANDIDATE, target=CANDIDATE, is_kept=False))
    assert (codes(decision), decision.events) == (["already_in_force"], ())


def test_a_version_that_served_long_before_may_be_named() -> None:
    known = replace(IN_FORCE, claims=(a_served("0", 1, 60), a_served(CHAMPION, 2), a_served(CANDIDATE, 42, 0)))
    decision = judged(to("0"), known, a_registry(serving=CANDIDATE, target="0"))
    assert (decision.refusals, decision.wanted["champion"]) == ((), "0")


@pytest.mark.parametrize("share", [10, 99])
def test_a_version_that_never_served_alone_is_no_way_back(share: int) -> None:
    known = a_switch_known(claims=(a_served(), a_served("3", 2, 1, share)))
    assert codes(judged(to("3"), known)) == ["no_way_back"]


def test_that_somebody_wrote_that_a_version_served_is_no_way_to_it_past_a_release_where_mlflow_says_what_serves() -> None:
    known = replace(IN_FORCE, claims=(*IN_FORCE.claims, a_served("3", 50, 20, source=BY_PERSON)))
    assert codes(judged(to("3"), known)) == ["no_way_back"]


def test_a_version_that_was_taken_back_does_not_return_by_the_way_back_until_a_release_brought_it() -> None:
    claims = (a_served(), a_served(CANDIDATE, 42, 3), a_served(CHAMPION, 52, 2))
    known, registry = a_switch_known(switches=(PROMOTED, a_rollback()), claims=claims), a_registry(serving=CHAMPION, target=CANDIDATE)
    assert codes(judged(to(CANDIDATE), known, registry)) == ["no_way_back"]
    again = a_made_switch(started_event=60, ended_event=61, release_id="REL-20260316-00000000")
    third = a_made_switch(started_event=70, ended_event=71, from_version=CANDIDATE, to_version="3", read_back="3", to_digest="")
    known = replace(known, switches=(*known.switches, again, third))
    assert judged(to(CANDIDATE), known, a_registry(serving="3", target=CANDIDATE)).refusals == ()


def test_a_promotion_without_an_end_is_taken_back_to_where_it_came_from_and_ended_by_what_its_alias_named() -> None:
    known = a_switch_known(switches=(a_cut_off(),))
    decision = judged(known=known, registry=a_registry(serving=CANDIDATE, target=CHAMPION))
    assert (decision.refusals, decision.events[0].body["ends"]) == ((), [40])
    events = ended(decision, a_rollback(ended_event=0), Moved({"champion": CHAMPION, "canary": ""}), NOON)
    assert [(one.kind, one.body.get("read_back", one.body.get("version"))) for one in events] == [
        (EventKind.SWITCH_ENDED, CANDIDATE),
        (EventKind.VERSION_OBSERVED, CANDIDATE),
        (EventKind.SWITCH_ENDED, CHAMPION),
        (EventKind.VERSION_OBSERVED, CHAMPION),
    ]


def test_a_promotion_that_never_moved_its_alias_is_ended_without_effect() -> None:
    known = a_switch_known(switches=(a_cut_off(),))
    decision = judged(known=known, registry=a_registry(serving=CHAMPION, target=CHAMPION))
    assert decision.refusals == ()
    events = ended(decision, a_rollback(ended_event=0), Moved({"champion": CHAMPION, "canary": ""}), NOON)
    assert [one.body["read_back"] for one in events if one.kind is EventKind.SWITCH_ENDED] == [CHAMPION, CHAMPION]
    assert [one.body["version"] for one in events if one.kind is EventKind.VERSION_OBSERVED] == [CHAMPION]


def test_after_a_rollback_a_promotion_without_an_end_is_what_is_taken_back() -> None:
    opened = a_cut_off(started_event=60, release_id="REL-20260316-00000000", to_version="3")
    known = a_switch_known(switches=(PROMOTED, a_rollback(), opened))
    decision = judged(known=known, registry=a_registry(serving="3", target=CHAMPION))
    assert (decision.refusals, decision.wanted["champion"]) == ((), CHAMPION)
    assert decision.events[0].body["ends"] == [60]


def test_a_promotion_without_an_end_to_the_same_version_is_not_finished_as_the_way_back() -> None:
    opened = a_cut_off(started_event=60, from_version=CANDIDATE, to_version=CHAMPION, to_digest="")
    decision = judged(to(CHAMPION), replace(IN_FORCE, switches=(PROMOTED, opened)))
    assert decision.aim and (decision.aim.resumed, decision.aim.left_open) == (None, (opened,))
    assert decision.events[0].body["is_rollback"]


def test_a_rollback_that_was_cut_off_is_finished_by_the_same_start() -> None:
    opened = a_rollback(ended_event=0, read_back="")
    decision = judged(known=replace(IN_FORCE, switches=(PROMOTED, opened)))
    assert (decision.refusals, decision.events) == ((), ())
    assert decision.aim and decision.aim.resumed == opened


def test_a_rollback_that_was_cut_off_after_the_alias_is_ended_under_a_hold() -> None:
    known = replace(IN_FORCE, switches=(PROMOTED, a_rollback(ended_event=0)), holds=(a_release_hold(system_id=SYSTEM),))
    decision = judged(known=known, registry=a_registry(serving=CHAMPION, target=CHAMPION))
    assert (decision.refusals, decision.events, decision.wanted) == ((), (), {})


def test_a_canary_that_is_still_there_is_not_ended_under_a_hold() -> None:
    known = replace(IN_FORCE, switches=(PROMOTED, a_rollback(ended_event=0)), holds=(a_release_hold(system_id=SYSTEM),))
    decision = judged(known=known, registry=a_registry(serving=CHAMPION, target=CHAMPION, canary=CANDIDATE))
    assert codes(decision) == ["preservation_hold"]


REFUSED: dict[str, tuple[str, SwitchPlan, SwitchKnown, RegistryNow]] = {
    "a stranger": ("wrong_actor", a_rollback_plan(by="nobody"), IN_FORCE, SERVING),
    "a role that may not": ("wrong_role", a_rollback_plan(by=GOVERNANCE, role=OwnerRole.GOVERNANCE_LEAD), IN_FORCE, SERVING),
    "no reason": ("no_reason", a_rollback_plan(document=Switch(system_id=SYSTEM, reason=" ")), IN_FORCE, SERVING),
    "personal data": (
        "personal_data",
        a_rollback_plan(document=Switch(system_id=SYSTEM, reason="ask jane@roe.example")),
        IN_FORCE,
        SERVING,
    ),
    "a preservation hold": ("preservation_hold", a_rollback_plan(), replace(IN_FORCE, holds=(a_release_hold(system_id=SYSTEM),)), SERVING),
    "another digest": (
        "other_digest",
        a_rollback_plan(),
        IN_FORCE,
        replace(SERVING, target=replace(a_release_pinned(CHAMPION), digest="sha256:" + "0" * 64)),
    ),
    "the version is gone": ("version_gone", a_rollback_plan(), IN_FORCE, replace(SERVING, target=None, problem="it has none")),
    "what serves": ("already_in_force", to(CANDIDATE), IN_FORCE, a_registry(serving=CANDIDATE)),
    "a version nobody knows": ("no_way_back", to("9"), IN_FORCE, SERVING),
    "an unknown system": ("unknown_system", a_rollback_plan(document=Switch(system_id="other", reason="x")), IN_FORCE, SERVING),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_refused_by_name_and_starts_nothing(name: str) -> None:
    expected, plan, known, registry = REFUSED[name]
    decision = judge_rollback(plan, known, registry)
    assert codes(decision) == [expected]
    assert (decision.events, decision.wanted) == ((), {})


def test_neither_age_nor_a_frozen_budget_nor_another_release_keeps_anybody_from_going_back() -> None:
    other = a_cut_off(release_id="REL-20260314-00000000", started_event=60, from_version=CANDIDATE, to_version="3")
    known = replace(IN_FORCE, switches=(PROMOTED, other), releases=())
    plan = a_rollback_plan(as_of=NOON + timedelta(days=400))
    assert judged(plan, known, a_registry(serving="3", target=CANDIDATE)).refusals == ()


FILES, OTHERS = "sha256:" + "f" * 64, "sha256:" + "0" * 64
SCORED = replace(IN_FORCE, releases=(a_known_release(champion_files_digest=FILES),))


def test_the_files_that_were_in_force_are_gone_back_to_and_the_start_says_which() -> None:
    decision = judged(known=SCORED, registry=replace(SERVING, files_digest=FILES))
    assert (codes(decision), decision.uncompared, decision.events[0].body["files_digest"]) == ([], "", FILES)


@pytest.mark.parametrize("found", [{"files_digest": OTHERS}, {"files_problem": "MLflow has none"}, {}], ids=["others", "gone", "none"])
def test_other_files_than_were_in_force_are_not_gone_back_to(found: dict[str, str]) -> None:
    decision = judged(known=SCORED, registry=replace(SERVING, **found))
    assert (codes(decision), decision.events) == (["files_changed"], ())
    assert FILES in decision.refusals[0].reason and "--to" in decision.refusals[0].remedy


def test_files_are_known_from_every_release_that_was_put_in_force_and_from_no_other() -> None:
    before = a_known_release(
        release_id="REL-20260101-00000000", champion=a_release_pinned("0"), candidate=a_release_pinned(CHAMPION), files_digest=OTHERS
    )
    ends = {"started_event": 10, "ended_event": 11, "to_version": CHAMPION, "read_back": CHAMPION}
    brought = replace(PROMOTED, release_id=before.release_id, to_digest=a_release_pinned(CHAMPION).digest, **ends)
    known = replace(SCORED, releases=(before, *SCORED.releases), switches=(brought, PROMOTED))
    assert [codes(judged(known=known, registry=replace(SERVING, files_digest=one))) for one in (FILES, OTHERS)] == [[], []]
    proposed = replace(known, switches=(PROMOTED,))
    assert codes(judged(known=proposed, registry=replace(SERVING, files_digest=OTHERS))) == ["files_changed"]


def test_files_of_another_version_of_that_name_say_nothing() -> None:
    name, champion = "REL-20260101-00000000", replace(a_release_pinned(CHAMPION), digest=OTHERS)
    other = a_known_release(release_id=name, champion=champion, champion_files_digest=FILES)
    known = replace(
        IN_FORCE, releases=(other, a_known_release()), switches=(replace(PROMOTED, release_id=name, started_event=10), PROMOTED)
    )
    decision = judged(known=known)
    assert (codes(decision), decision.aim and decision.aim.files) == ([], ())


def test_what_nobody_can_compare_is_gone_back_to_and_told() -> None:
    unread = judged(known=SCORED, registry=replace(SERVING, files_unread="the storage does not answer"))
    assert (codes(unread), unread.uncompared, unread.events[0].body["files_digest"]) == ([], "the storage does not answer", "")
    assert "scored here" in judged().uncompared


def test_ending_a_canary_brings_no_files_into_force_and_asks_for_none() -> None:
    canary = replace(SCORED, switches=(replace(PROMOTED, share_percent=10),), claims=(a_served(), a_served(CANDIDATE, 42, 0, 10)))
    decision = judged(known=canary, registry=a_registry(serving=CHAMPION, target=CHAMPION, canary=CANDIDATE))
    assert (codes(decision), decision.uncompared) == ([], "")
