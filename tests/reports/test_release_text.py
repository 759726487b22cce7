"""A release as lines of text: the verdict first, every gate, and what somebody has to look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from registry.domain.decision import NotEvaluated, Reason
from reports.release_text import attention, calendar_lines, known_lines, release_lines
from tests import release_builders as build
from tests.reports import release_samples as samples

TODAY = build.TODAY


def test_a_release_of_which_nothing_is_there_names_no_version_and_leaves_no_gate_out() -> None:
    decision, _ = samples.nothing()
    lines = release_lines(decision)

    assert lines[1] == "No: the evaluation gate decided nothing about what is proposed; what is in force stays."
    assert lines[2].startswith(f"{decision.release_id}: May another model be put in force? credit_model, model, as of 2026-03-02 08:00 UTC")
    assert sum(line.startswith(("  pass ", "  FAIL ", "  OPEN ", "  wait ")) for line in lines) == 5


def test_the_verdict_stands_first_and_the_last_gate_waits() -> None:
    lines = release_lines(samples.a_pass()[0])

    assert lines[0] == "PASS: approve"
    assert lines[3] == "proposed by rel@bank.example, made by mia@bank.example; its impact is reviewed on 2026-04-01"
    assert [line[2:6] for line in lines[6:11]] == ["pass", "pass", "pass", "pass", "wait"]
    assert "why" not in lines


def test_why_a_release_does_not_pass_and_what_was_not_evaluated_follow_the_gates() -> None:
    decision, _ = samples.a_failure()
    lines = release_lines(replace(decision, not_evaluated=(NotEvaluated("error budget", "not_configured", "there is none"),)))

    assert lines[0] == "FAIL: hold"
    assert lines.index("gates") < lines.index("why") < lines.index("not evaluated")
    assert lines[lines.index("why") + 1] == f"  {decision.reasons[0].text}"
    assert lines[-1] == "  there is none"


def test_of_many_reasons_some_are_shown_and_the_rest_is_counted() -> None:
    decision, _ = samples.a_failure()
    lines = release_lines(replace(decision, reasons=tuple(Reason("x", f"reason {number}") for number in range(12)), not_evaluated=()))

    assert lines[-2:] == ["  reason 9", "  and 2 more lines: see the report"]


def test_the_calendar_has_every_field() -> None:
    lines = calendar_lines(samples.a_pass()[0].calendar)

    assert [line.split("  ")[1].strip() for line in lines] == [
        "date", "object", "change", "affected", "risk tier", "evidence required", "owner", "canary", "rollback", "review", "decision log",
    ]  # fmt: skip
    assert lines[0] == "  date               2026-03-02"


def test_a_release_says_who_signed_and_what_was_put_in_force() -> None:
    decision, _ = samples.a_pass()
    lines = known_lines(samples.known(decision, samples.both_signed(), [samples.a_switch()]), decision.calendar, TODAY)

    assert lines[0] == f"{decision.release_id}: PASS, approve; credit_model, model 2 in place of 1"
    assert "  ana@bank.example (product owner), signed; counts until 2026-03-09 10:00 UTC, event 21" in lines
    assert lines[-1] == (
        "  2026-03-02 13:00 UTC: version 2 put in force (100 %) in place of version 1, "
        "read back as version 2 after 1.2 s; by ops@bank.example"
    )


def test_a_sign_off_that_was_disowned_is_told_and_an_override_of_that_kind_stays_one() -> None:
    decision, _ = samples.a_pass()
    first, second = samples.both_signed(is_override=True)
    lines = known_lines(replace(samples.known(decision, [second]), disowned=(first,)), None, TODAY)

    assert f"  ATTENTION: {OVERRIDE}" in lines
    assert [line.startswith("  ana@bank.example") for line in lines if line.endswith("disowned since, and counts no more")] == [True]


def test_a_release_that_was_taken_back_says_so() -> None:
    decision, _ = samples.a_pass()
    back = samples.a_switch(started_event=41, is_rollback=True, release_id="", to_version="1", read_back="1")
    known = replace(samples.known(decision, samples.both_signed(), [samples.a_switch()]), replaced_by=back)

    assert known_lines(known, decision.calendar, TODAY)[-1] == (
        "  2026-03-02 13:00 UTC: not in force any more: version 1 was put in its place by the way back, ops@bank.example"
    )


def test_a_release_that_nobody_signed_and_whose_record_is_lost_says_so() -> None:
    decision, _ = samples.a_pass()
    lines = known_lines(samples.known(decision), None, TODAY)

    assert "  its sealed decision cannot be read: run `proofloop evidence verify`" in lines
    assert lines[lines.index("signed off by") + 1] == "  nobody"
    assert lines[lines.index("put in force") + 1] == "  not"


OVERRIDE = "overridden: its gates do not all pass, ana@bank.example and gov@bank.example answered for it"
CASES: list[tuple[str, dict[str, Any], int, list[str]]] = [
    ("nothing that happened", {}, 0, []),
    ("a review that is due today", {"switches": [samples.a_switch()]}, 30, []),
    ("a review that is overdue", {"switches": [samples.a_switch()]}, 31, ["its impact was to be reviewed by 2026-04-01"]),
    ("a review of what was never put in force", {}, 300, []),
    ("a review of what was tried and did not get in force", {"switches": [samples.a_switch(read_back="3")]}, 300, []),
    ("an override", {"sign_offs": samples.both_signed(is_override=True)}, 0, [OVERRIDE]),
    (
        "a switch without an end",
        {"switches": [samples.a_switch(ended_event=0)]},
        0,
        ["a switch was started and not ended (event 31): run `proofloop triage`, or promote again"],
    ),
]


@pytest.mark.parametrize(("given", "days", "told"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_somebody_has_to_look_at_is_told(given: dict[str, Any], days: int, told: list[str]) -> None:
    decision, _ = samples.a_pass()
    known = samples.known(decision, **given)

    assert attention(known, TODAY + timedelta(days=days)) == told
    assert [line for line in known_lines(known, None, TODAY + timedelta(days=days)) if "ATTENTION" in line] == [
        f"  ATTENTION: {text}" for text in told
    ]
