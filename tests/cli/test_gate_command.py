"""``proofloop gate``: what it says, its exit codes, its JSON and its JUnit file."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from registry.domain.events import EventKind
from reports import gate_charts
from tests.cli.calling import Called, call
from tests.evaluated_bank import BETTER, CHAMPION, OPEN, VERSIONS, WORSE, an_evaluated_bank, write_outcomes
from tests.flows.workspaces import FRAUD, Bank

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return an_evaluated_bank(tmp_path / "bank")


def asked(capsys: Capture, bank: Bank, candidate: str, *more: object) -> Called:
    return call(capsys, "--workspace", bank.root, "gate", FRAUD, "--candidate", candidate, "--as-of", "2026-03-16", *more)


@pytest.mark.parametrize(
    ("candidate", "code", "said"), [(BETTER, 0, "PASS: approve"), (WORSE, 1, "FAIL: hold"), (OPEN, 3, "INCONCLUSIVE: hold")]
)
def test_the_exit_code_is_the_verdict(bank: Bank, capsys: Capture, candidate: str, code: int, said: str) -> None:
    called = asked(capsys, bank, candidate)
    assert (called.code, called.out.splitlines()[0]) == (code, said)
    for expected in (f"may {candidate} (", f"replace {CHAMPION} (", "all rows: accuracy", "report.html", "sealed  000001, event 1"):
        assert expected in called.out


def test_a_library_that_draws_nothing_is_told_and_changes_nothing_else(
    bank: Bank, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise RuntimeError

    monkeypatch.setattr(gate_charts, "render_with_charts", fail)
    called = asked(capsys, bank, BETTER)
    assert (called.code, called.out.splitlines()[0]) == (0, "PASS: approve")
    assert "charts  none: the library could not draw it (RuntimeError). The decision does not depend on them" in called.out


def test_every_failed_segment_is_named_with_its_cases_and_nothing_is_said_twice(bank: Bank, capsys: Capture) -> None:
    lines = asked(capsys, bank, WORSE).out.splitlines()
    for segment in ("all rows", "channel=web", "channel=shop"):
        (line,) = [line for line in lines if line.strip().startswith(f"{segment}: ")]
        assert "0.850 to 0.750" in line and " lost, 0 won" in line


def test_asked_again_it_says_that_it_had_been_decided(bank: Bank, capsys: Capture) -> None:
    asked(capsys, bank, BETTER)
    again = asked(capsys, bank, BETTER)
    assert (again.code, "had been decided before on this date; nothing was written" in again.out) == (0, True)


def test_a_reason_that_comes_with_a_question_that_had_been_decided_is_said_not_to_be_kept(bank: Bank, capsys: Capture) -> None:
    assert "not kept" not in asked(capsys, bank, BETTER, "--reason", "the first").out
    assert "reason  not kept: the decision stands" in asked(capsys, bank, BETTER, "--reason", "another").out
    assert "not kept" not in asked(capsys, bank, BETTER).out


def test_a_version_that_names_nothing_is_told_with_the_option_that_it_came_by(bank: Bank, capsys: Capture) -> None:
    assert "--candidate 'v9': expected" in asked(capsys, bank, "v9").err
    assert "--champion 'v9': expected" in asked(capsys, bank, BETTER, "--champion", "v9").err
    assert "an alias is for what MLflow keeps" in asked(capsys, bank, "@candidate").err
    assert "an alias" not in asked(capsys, bank, "v9").err


def test_json_is_one_document_with_the_decision_and_its_evidence(bank: Bank, capsys: Capture) -> None:
    document = asked(capsys, bank, WORSE, "--json").document
    assert (document["kind"], document["verdict"], document["action"], document["event"]) == ("gate_decision", "fail", "hold", 1)
    assert document["evidence"]["seal"] == 1 and document["evidence"]["digest"].startswith("sha256:")
    assert {one["metric"] for one in document["comparisons"]} == {"accuracy"}


def test_the_junit_file_has_a_failure_exactly_where_the_gate_failed(bank: Bank, capsys: Capture, tmp_path: Path) -> None:
    for candidate, failures, errors in ((BETTER, False, False), (WORSE, True, False), (OPEN, False, True)):
        path = tmp_path / f"{candidate}.xml"
        asked(capsys, bank, candidate, "--junit", path)
        (suite,) = ElementTree.fromstring(path.read_bytes()).findall("testsuite")  # noqa: S314 - our own file
        assert (int(suite.attrib["failures"]) > 0, int(suite.attrib["errors"]) > 0) == (failures, errors)


def test_a_junit_file_that_cannot_be_written_is_refused_before_anything_is_judged(bank: Bank, capsys: Capture, tmp_path: Path) -> None:
    called = asked(capsys, bank, BETTER, "--junit", tmp_path / "none" / "gate.xml")
    assert (called.code, called.out, "expected a file that can be written" in called.err) == (2, "", True)
    assert list(bank.ledger.read_events(0, (EventKind.GATE_DECIDED,))) == []


def test_the_junit_file_of_an_earlier_pass_does_not_outlive_a_run_that_ends_in_an_error(
    bank: Bank, capsys: Capture, tmp_path: Path
) -> None:
    path = tmp_path / "gate.xml"
    for more in (("v9",), (BETTER, "--champion", "v9"), (BETTER, "--as-of", "someday")):
        assert asked(capsys, bank, BETTER, "--junit", path).code == 0 and path.is_file()
        assert (asked(capsys, bank, *more, "--junit", path).code, path.exists()) == (2, False)
    asked(capsys, bank, BETTER, "--junit", path)
    assert call(capsys, "--workspace", tmp_path / "none", "gate", FRAUD, "--candidate", BETTER, "--junit", path).code == 2
    assert not path.exists()


def test_a_junit_file_that_is_a_link_stays_one_and_says_nothing_of_before(bank: Bank, capsys: Capture, tmp_path: Path) -> None:
    path, link = tmp_path / "kept.xml", tmp_path / "gate.xml"
    link.symlink_to(path)
    assert asked(capsys, bank, BETTER, "--junit", link).code == 0
    assert asked(capsys, bank, "v9", "--junit", link).code == 2
    assert (link.is_symlink(), path.read_bytes()) == (True, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a file that is always full")
def test_a_junit_file_that_finds_no_room_is_told_and_the_decision_stands(bank: Bank, capsys: Capture) -> None:
    called = asked(capsys, bank, BETTER, "--junit", "/dev/full")
    assert (called.code, "the decision stands" in called.err) == (2, True)
    assert len(list(bank.ledger.read_events(0, (EventKind.GATE_DECIDED,)))) == 1


def test_a_dry_run_says_that_nothing_was_sealed(bank: Bank, capsys: Capture) -> None:
    called = asked(capsys, bank, BETTER, "--dry-run")
    assert (called.code, "sealed  nothing: a dry run" in called.out) == (0, True)
    assert list(bank.ledger.read_events(0, (EventKind.GATE_DECIDED,))) == []


def test_a_champion_of_choice_is_no_exit_code_0(bank: Bank, capsys: Capture) -> None:
    called = asked(capsys, bank, BETTER, "--champion", WORSE)
    assert (called.code, called.out.splitlines()[0]) == (3, "INCONCLUSIVE: hold")
    assert "(v1 with 100 %), found 'v3'" in called.out


def test_rows_edited_after_a_fail_are_no_exit_code_0_until_the_reason_is_given(bank: Bank, capsys: Capture) -> None:
    asked(capsys, bank, WORSE)
    write_outcomes(bank, {**VERSIONS, WORSE: range(40)})
    assert [asked(capsys, bank, WORSE, *more).code for more in ((), (), ("--reason", "  "), ("--reason", "repaired"))] == [3, 3, 3, 0]


@pytest.mark.parametrize("candidate", ["v9", ""])
def test_a_candidate_that_names_nothing_is_a_usage_error(bank: Bank, capsys: Capture, tmp_path: Path, candidate: str) -> None:
    called = asked(capsys, bank, candidate, "--junit", tmp_path / "gate.xml")
    assert (called.code, called.out, (tmp_path / "gate.xml").exists()) == (2, "", False)


def test_a_database_that_is_out_of_reach_is_no_verdict(tmp_path: Path, capsys: Capture) -> None:
    made = an_evaluated_bank(tmp_path / "bank", ledger_url="postgresql://nobody@127.0.0.1:1/none")
    assert asked(capsys, made, BETTER).code == 4


def test_a_registry_that_is_not_there_is_no_verdict(tmp_path: Path, capsys: Capture) -> None:
    settings = f"mlflow_uri: sqlite:///{tmp_path}/none.db"
    made = an_evaluated_bank(tmp_path / "bank", model="{mlflow_model: fraud}", more_settings=settings)
    assert asked(capsys, made, "2", "--champion", "1").code == 4


def test_recompute_redoes_it_from_the_command_line(bank: Bank, capsys: Capture) -> None:
    asked(capsys, bank, WORSE)
    called = call(capsys, "--workspace", bank.root, "evidence", "recompute", "--all")
    assert (called.code, "1 of 1 decisions judged again, byte for byte the same" in called.out) == (0, True)


def test_the_schema_describes_the_decision(capsys: Capture) -> None:
    schema = call(capsys, "schema", "gate_decision").document
    assert {"verdict", "action", "candidate", "champion", "set_digest", "comparisons", "looks"} <= set(schema["properties"])
