"""What a release lead reads of the next step: whom it waits for, what they type, and why it goes no further."""

from __future__ import annotations

import shlex
from dataclasses import replace

from checks.release_next import judge_next
from registry.domain.catalogue import OwnerRole
from registry.domain.decision import Verdict
from registry.domain.gate import GateAction
from registry.domain.release_next import NextStep, ReleaseNext
from registry.domain.release_switch import SwitchKnown
from reports.release_next_text import next_lines
from tests.release_builders import GOVERNANCE, OWNER
from tests.switch_builders import BOTH, RELEASE, a_known_release, a_registry, a_switch_known, a_switch_plan


def following(**changes: object) -> ReleaseNext:
    known = a_switch_known(releases=(a_known_release(**changes),))
    return judge_next(a_switch_plan(), known, a_registry())


def test_a_release_that_nobody_proposed_is_refused_by_the_name_that_was_asked_for() -> None:
    told = next_lines(judge_next(a_switch_plan(), SwitchKnown(), a_registry()))
    assert told[0] == f"refused: release {RELEASE}; nothing was changed"


def test_who_is_missing_is_named_with_what_they_type_and_who_signed_already() -> None:
    told = next_lines(following(sign_offs=BOTH[:1]))
    assert told[:3] == [
        "waits for sign-off: governance lead",
        f"  still to sign: governance lead, {GOVERNANCE}",
        f"  signed so far: {OWNER}",
    ]
    assert "  until 2026-03-29 12:00 UTC; after that it is proposed again" in told
    assert "  ssh-keygen -Y sign -n governance_lead -f KEY request-governance-lead.json" in told


def test_a_role_that_nobody_may_sign_in_says_so_instead_of_naming_the_maker() -> None:
    told = next_lines(following(sign_offs=BOTH[:1], made_by=(GOVERNANCE,)))
    assert (
        told[1]
        == "  still to sign: governance lead, a role that nobody holds who may sign: name somebody in the catalogue or allowed_signers"
    )
    assert f"  proofloop release request {RELEASE} --by NAME \\" in told


def test_a_name_is_one_word_of_the_command_that_is_typed() -> None:
    name = "Gov O'Hara; rm -rf /"
    plan = a_switch_plan(deputies={OwnerRole.GOVERNANCE_LEAD: (name,)})
    told = judge_next(plan, a_switch_known(releases=(a_known_release(sign_offs=BOTH[:1], made_by=(GOVERNANCE,)),)), a_registry())
    (line,) = [one for one in next_lines(told) if "release request" in one]
    assert shlex.split(line.rstrip("\\"))[-1] == name


def test_a_held_release_says_how_it_is_mended_and_what_an_override_takes() -> None:
    told = next_lines(following(action=GateAction.HOLD, verdict=Verdict.FAIL))
    assert told[0].startswith(f"held: release {RELEASE} ends here, since not every gate passes (fail: hold)")
    assert f"`proofloop release request {RELEASE} --override`" in told[2]


def test_what_refuses_it_is_told_with_its_remedy() -> None:
    told = next_lines(replace(following(proposed_at=BOTH[0].signed_at.replace(month=2)), release=a_known_release()))
    assert told[0] == f"refused: release {RELEASE}; nothing was changed"
    assert any(line.startswith("    -> propose the release again") for line in told)


def test_a_release_that_everybody_signed_names_them() -> None:
    told = following()
    assert told.step is NextStep.PROMOTE
    assert next_lines(told) == [f"signed off: release {RELEASE}, by {OWNER} and {GOVERNANCE}; it is put in force now"]
