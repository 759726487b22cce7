"""Repeats of a case: one that is lost keeps a version from passing, for it may be the wrong one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checks.eval_gate import judge_gate
from registry.domain.catalogue import SourceSpec
from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import OutcomeColumns, OutcomesRead
from registry.domain.gate import GateDecision
from registry.sources.evaluation_outcomes import read_outcomes
from tests.gate_builders import CANDIDATE, CHAMPION, a_pair, a_set, an_evaluation_spec, gate_inputs
from tests.sources.evaluation_scenes import COLUMNS, a_row, outcomes_at, outcomes_read
from tests.sources.prediction_scenes import Rows, a_place, write_rows

REPEATED = replace(COLUMNS, repeat="attempt")
CRITICAL = "case-000500"
"""A case that both versions have right, and that no version may have wrong."""


def attempts(case_id: str, *answers: str | None, version: str = "router-2") -> Rows:
    return [a_row(version, case_id, answer=answer, attempt=number) for number, answer in enumerate(answers)]


def told(read: OutcomesRead) -> list[tuple[str, str, bool]]:
    return [(one.subject, one.reason_code, one.blocking) for one in read.findings]


def lost(read: OutcomesRead) -> Finding:
    (found,) = (one for one in read.findings if one.reason_code == "missing_repeats")
    return found


def judged(folder: Path, again: dict[str, Any] | None = None) -> GateDecision:
    """Return what comes of a candidate that earned it, every case asked once, with one more row of the critical case."""
    cases = a_set(critical=tuple(place == 500 for place in range(1000)))
    rows: Rows = []
    for one in a_pair(cases, lost=10, won=30, both_wrong=70):
        answers = zip(cases.case_ids, one.answers, strict=True)
        rows += [{"version": one.version, "case_id": name, "answer": answer, "error": None, "attempt": "0"} for name, answer in answers]
    rows += [{"version": CANDIDATE, "case_id": CRITICAL, "answer": "decline", "error": None, "attempt": "1"} | again] if again else []
    write_rows(folder, rows, "rows.csv")
    columns = OutcomeColumns("version", "case_id", answer="answer", error="error", repeat="attempt")
    spec = an_evaluation_spec(cases, columns=columns, outcomes=SourceSpec("outcomes", "rows.csv"))
    read = read_outcomes(spec, cases, (CHAMPION, CANDIDATE), a_place(folder))
    return judge_gate(gate_inputs(cases, read.outcomes[CHAMPION], read.outcomes[CANDIDATE], spec=spec, findings=read.findings))


def test_where_every_case_was_asked_as_often_nothing_is_told(tmp_path: Path) -> None:
    rows = [*attempts("c1", "card", "card"), *attempts("c2", "loan", None), *attempts("c3", "card", "loan")]
    assert told(outcomes_read(tmp_path, rows, versions=("router-2",), columns=REPEATED)) == []


def test_a_critical_case_with_its_wrong_repeat_is_a_fail_and_without_it_the_candidate_passes(tmp_path: Path) -> None:
    assert judged(tmp_path).verdict is Verdict.PASS
    assert judged(tmp_path, {"attempt": "1"}).verdict is Verdict.FAIL


@pytest.mark.parametrize("again", [{"attempt": "one"}, {"attempt": None}, {"version": None}, {"case_id": None}])
def test_a_wrong_repeat_of_a_critical_case_that_is_set_aside_does_not_let_the_candidate_pass(tmp_path: Path, again: dict[str, Any]) -> None:
    assert judged(tmp_path, again).verdict is Verdict.INCONCLUSIVE


def test_a_repeat_that_cannot_be_read_does_not_let_the_candidate_pass(tmp_path: Path) -> None:
    path = write_rows(tmp_path, attempts("c1", "card"), "rows.csv")
    path.write_text(path.read_text() + "router-2,c1,loan\n")
    read = outcomes_at(tmp_path, a_place(tmp_path), ("router-2",), columns=REPEATED)
    assert told(read) == [("rows.csv", "malformed_rows", True)]


def test_without_a_column_of_repeats_a_row_that_is_set_aside_is_told_and_its_case_is_missing(tmp_path: Path) -> None:
    rows = [a_row("router-2", "c1"), a_row("router-2", None), a_row(None, "c3")]
    read = outcomes_read(tmp_path, rows, versions=("router-2",))
    assert told(read) == [("rows.csv", "no_version", False), ("router-2", "no_case_id", False)]
    assert read.outcomes["router-2"].answers == ("card", None, None)


def test_a_case_that_was_asked_less_often_than_others_blocks_and_is_named(tmp_path: Path) -> None:
    rows = [*attempts("c1", "card", "card", "card"), *attempts("c2", "loan"), *attempts("c3", "card", "loan")]
    found = lost(outcomes_read(tmp_path, rows, versions=("router-2",), columns=REPEATED))
    assert (found.subject, found.verdict, found.blocking, found.value) == ("router-2", Verdict.INCONCLUSIVE, True, 2.0)
    assert found.reason == (
        "router-2: expected 3 rows of each case, as often as others were asked, found fewer for 2 cases: 'c2' (1), 'c3' (2); the one that "
        "is not there may be the wrong one, ask every case as often and have every row written"
    )


def test_of_many_cases_that_were_asked_less_often_the_first_are_named(tmp_path: Path) -> None:
    cases = a_set(9)
    rows = [{"version": "2", "case_id": name, "answer": "approve", "error": None, "attempt": "0"} for name in cases.case_ids]
    write_rows(tmp_path, [*rows, rows[0] | {"attempt": "1"}], "rows.csv")
    columns = OutcomeColumns("version", "case_id", answer="answer", error="error", repeat="attempt")
    spec = an_evaluation_spec(cases, columns=columns, outcomes=SourceSpec("outcomes", "rows.csv"))
    assert "'case-000005' (1) and 3 more; the one" in lost(read_outcomes(spec, cases, ("2",), a_place(tmp_path))).reason


def test_each_version_is_held_to_its_own_number_of_repeats(tmp_path: Path) -> None:
    once = [row for name in ("c1", "c2", "c3") for row in attempts(name, "card", version="router-1")]
    twice = [row for name in ("c1", "c2", "c3") for row in attempts(name, "card", "card")]
    assert told(outcomes_read(tmp_path, [*once, *twice], columns=REPEATED)) == []


def test_a_case_that_was_never_asked_is_no_lost_repeat_but_a_missing_case(tmp_path: Path) -> None:
    rows = [*attempts("c1", "card", "card"), *attempts("c2", "loan", "loan")]
    read = outcomes_read(tmp_path, rows, versions=("router-2",), columns=REPEATED)
    assert told(read) == [] and read.outcomes["router-2"].answers == ("card", "loan", None)
