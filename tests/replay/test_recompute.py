"""Past days judged again from what was sealed with them: the same to the byte, or the first difference named."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from checks import spikes
from deployments import recompute as recomputing
from deployments.recompute import recompute, recompute_problems
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.feed import FeedDelivery, SourceDelivery
from registry.domain.history import TriageHistory
from registry.domain.memory import Memory
from registry.domain.sealed_inputs import SCHEMA_VERSION, SealedFeed, SealedSource
from registry.domain.triage_run import TriageInputs
from registry.evidence.archive import publish
from registry.evidence.draft import draft_package
from registry.evidence.packages import list_packages
from registry.evidence.verify import verify_archive
from tests.cli.calling import call
from tests.replay.busy_history import BusyHistory
from tests.replay.forging import Change, forged, resealed

DAYS = 12


def test_an_archive_without_a_decision_is_never_called_the_same(tmp_path: Path) -> None:
    (tmp_path / "seals").mkdir()
    found = recompute(tmp_path)
    assert (found.verdict, found.day_count) == (Verdict.INCONCLUSIVE, 0)
    assert recompute(tmp_path / "nowhere").verdict is Verdict.INCONCLUSIVE


def test_the_busy_history_has_everything_that_a_day_can_bring(busy: BusyHistory) -> None:
    kinds = {json.loads(event.body)["kind"] for event in busy.bank.ledger.read_events()}
    triaged = {
        EventKind.SIGNALS_OBSERVED,
        EventKind.FEED_JUDGED,
        EventKind.ROWS_QUARANTINED,
        EventKind.ISSUE_OPENED,
        EventKind.SIGNALS_JOINED,
        EventKind.ISSUE_ESCALATED,
        EventKind.ISSUE_REOPENED,
        EventKind.LATE_EVIDENCE_RECORDED,
        EventKind.ISSUE_MOVED,
        EventKind.SEVERITY_SET,
        EventKind.FIX_RELEASED,
        EventKind.VERSION_OBSERVED,
        EventKind.TRIAGE_DECIDED,
        EventKind.RISK_ACCEPTED,
        EventKind.ISSUE_SUPPRESSED,
        EventKind.ISSUE_ASSIGNED,
        EventKind.RISK_ACCEPTANCE_ENDED,
    }
    assert {str(kind) for kind in triaged} <= kinds


def test_every_decision_comes_out_the_same_to_the_byte(busy: BusyHistory) -> None:
    found = recompute(busy.archive)
    assert (found.problems, found.same_count, found.day_count) == ((), DAYS, DAYS)
    assert recompute_problems(busy.archive) == ()


def test_what_is_remembered_from_the_archive_is_what_the_ledger_said(busy: BusyHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    derived: list[TriageHistory] = []
    original = Memory.history

    def kept(self: Memory, *given: Any) -> TriageHistory:
        derived.append(original(self, *given))
        return derived[-1]

    monkeypatch.setattr(Memory, "history", kept)
    recompute(busy.archive)
    assert [_sorted(history) for history in derived] == [_sorted(busy.known[seal]) for seal in sorted(busy.known)]


def test_a_stretch_or_single_packages_can_be_judged(busy: BusyHistory) -> None:
    assert recompute(busy.archive, since=10).day_count == DAYS - 10
    found = recompute(busy.archive, only=frozenset({4, 11}))
    assert (found.day_count, found.same_count) == (2, 2)


def test_a_package_that_is_not_there_cannot_be_judged(busy: BusyHistory) -> None:
    found = recompute(busy.archive, only=frozenset({99}))
    assert (found.verdict, [problem.file for problem in found.problems]) == (Verdict.INCONCLUSIVE, ["000099"])


def test_a_named_package_without_a_decision_is_in_doubt_though_another_comes_out_the_same(busy: BusyHistory, tmp_path: Path) -> None:
    archive = shutil.copytree(busy.archive, tmp_path / "copy")
    draft = draft_package(tmp_path / "spool", {"note.json": b"{}"})
    last = list_packages(archive)[-1].seal
    publish(archive, draft, list(busy.bank.ledger.read_events()), last.sealed_at + timedelta(days=1))
    found = recompute(archive, only=frozenset({4, last.seq + 1}))
    assert (found.same_count, found.verdict) == (1, Verdict.INCONCLUSIVE)
    assert [problem.file for problem in found.problems] == [f"{last.seq + 1:06d}"]
    assert recompute(archive).verdict is Verdict.PASS


def _first_cell(inputs: Any) -> Any:
    return next(symptom["cells"][0] for source in inputs["sources"] for feed in source["feeds"] for symptom in feed["symptoms"])


def _more_of_one_cell(inputs: Any) -> None:
    _first_cell(inputs)["count"] += 1


def _more_signals(inputs: Any) -> None:
    inputs["sources"][0]["feeds"][0]["new_count"] += 1


def _another_finding(inputs: Any) -> None:
    inputs["findings"].append({"check": "x", "subject": "x", "verdict": "fail", "reason_code": "x", "reason": "x"})


def _no_suppression(inputs: Any) -> None:
    inputs["suppressions"] = []


def _another_owner(systems: Any) -> None:
    systems[0]["owners"]["product_owner"] = "eve@bank.example"


def _calmer_decision(decision: Any) -> None:
    decision["verdict"] = "pass"


def _other_knowledge(decision: Any) -> None:
    decision["knowledge_cut"]["events"] -= 3


@pytest.mark.parametrize(
    ("name", "change", "named"),
    [
        ("000002/inputs.json", _more_of_one_cell, "000002/inputs.json"),
        ("000003/inputs.json", _more_signals, "new_count"),
        ("000001/inputs.json", _another_finding, "findings"),
        ("000002/inputs.json", _no_suppression, "rule rates"),
        ("000001/catalogue.json", _another_owner, "owner"),
        ("000003/decision.json", _calmer_decision, "verdict"),
        ("000010/decision.json", _other_knowledge, "knowledge"),
    ],
)
def test_a_forged_input_or_decision_fails_though_every_seal_fits(
    busy: BusyHistory, tmp_path: Path, name: str, change: Change, named: str
) -> None:
    archive = forged(busy.archive, tmp_path / "forged", {name: change})
    assert verify_archive(archive).verdict is Verdict.PASS
    found = recompute(archive)
    assert found.verdict is Verdict.FAIL
    assert any(named in str(problem) and name[:6] in problem.file for problem in found.problems), found.problems


def test_counts_of_a_day_that_are_not_those_of_its_signals_fail_and_later_days_that_rest_on_them_too(
    busy: BusyHistory, tmp_path: Path
) -> None:
    def many(inputs: Any) -> None:
        _first_cell(inputs)["count"] += 500

    archive = forged(busy.archive, tmp_path / "forged", {"000002/inputs.json": many})
    failed = {problem.file[:6] for problem in recompute(archive).problems if problem.verdict is Verdict.FAIL}
    assert "000002" in failed and failed & {"000003", "000004", "000005"}


def test_another_policy_number_fails_by_its_digest(busy: BusyHistory, tmp_path: Path) -> None:
    archive = forged(busy.archive, tmp_path / "forged", {"000006/policies.json": _shorter_deadline})
    (problem, *_) = recompute(archive).problems
    assert (problem.file, problem.verdict) == ("000006/policies.json", Verdict.FAIL)
    assert "policy_digest" in problem.expected


def _shorter_deadline(tables: Any) -> None:
    for name, row in tables["clocks"]:
        if name == "L1":
            row["contain_hours"] = 1.0


def test_policies_and_decision_forged_to_fit_each_other_fail_by_what_they_decide(busy: BusyHistory, tmp_path: Path) -> None:
    from registry.domain.canonical import digest_bytes

    shutil.copytree(busy.archive, tmp_path / "forged")
    path = tmp_path / "forged/000009/policies.json"
    tables = json.loads(path.read_bytes())
    _shorter_deadline(tables)
    path.write_text(json.dumps(tables, sort_keys=True, indent=1) + "\n")
    decision_path = tmp_path / "forged/000009/decision.json"
    decision = json.loads(decision_path.read_bytes())
    decision["policy_digest"] = digest_bytes(path.read_bytes())
    decision_path.write_text(json.dumps(decision, sort_keys=True, indent=1) + "\n")
    found = recompute(resealed(busy.archive, tmp_path / "forged"))
    assert [(problem.file, problem.verdict) for problem in found.problems] == [("000009/decision.json", Verdict.FAIL)]
    assert "duties" in found.problems[0].expected


def test_a_rule_that_changed_in_the_code_fails_and_says_which_program_sealed(busy: BusyHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    original = recomputing.judge_triage
    monkeypatch.setattr(spikes, "describe_spike", lambda _spike: "more")
    monkeypatch.setattr(recomputing, "program_versions", lambda: {"proofloop": "9.9"})

    def judged(inputs: TriageInputs) -> Any:
        from dataclasses import replace

        escalation = replace(inputs.policies.escalation, raise_levels=0)
        return original(replace(inputs, policies=replace(inputs.policies, escalation=escalation)))

    monkeypatch.setattr(recomputing, "judge_triage", judged)
    found = recompute(busy.archive)
    assert found.verdict is Verdict.FAIL
    assert "by proofloop 9.9; it was sealed by proofloop" in found.problems[0].expected


def test_an_event_that_the_day_would_not_append_fails(busy: BusyHistory, tmp_path: Path) -> None:
    shutil.copytree(busy.archive, tmp_path / "forged")
    path = tmp_path / "forged/000005/ledger.jsonl"
    content = path.read_bytes()
    assert content.count(b'"kind":"FeedJudged"') and b'"known":' in content
    path.write_bytes(content.replace(b'"known":', b'"known":1', 1))
    found = recompute(resealed(busy.archive, tmp_path / "forged"))
    assert [problem.verdict for problem in found.problems] == [Verdict.FAIL]
    assert found.problems[0].file.startswith("ledger event") and "data.known" in found.problems[0].expected


def test_a_decision_that_no_event_cites_fails(busy: BusyHistory, tmp_path: Path) -> None:
    shutil.copytree(busy.archive, tmp_path / "forged")
    (tmp_path / "forged/000012/report.html").write_text("calm")
    archive = resealed_without_events(busy.archive, tmp_path / "forged")
    verdicts = {(problem.file, problem.verdict) for problem in recompute(archive).problems}
    assert ("000012/decision.json", Verdict.FAIL) in verdicts


def resealed_without_events(archive: Path, target: Path) -> Path:
    """Make the seals of ``target`` fit its files, and leave the events as they were."""
    from tests.replay import forging

    events = {path: path.read_bytes() for path in target.glob("*/ledger.jsonl")}
    original = forging._rechained
    try:
        forging._rechained = lambda path, end, _cited: original(path, end, _Same())
        resealed(archive, target)
    finally:
        forging._rechained = original
    assert events == {path: path.read_bytes() for path in events}
    return target


class _Same(dict[str, dict[str, str]]):
    def __missing__(self, _bundle: str) -> dict[str, str]:
        return {}


@pytest.mark.parametrize("name", ["inputs.json", "policies.json", "catalogue.json", "decision.json"])
def test_a_file_removed_since_sealing_leaves_the_day_in_doubt(busy: BusyHistory, tmp_path: Path, name: str) -> None:
    shutil.copytree(busy.archive, tmp_path / "kept")
    (tmp_path / f"kept/000011/{name}").unlink()
    found = recompute(tmp_path / "kept", only=frozenset({11}))
    assert [(problem.file, problem.verdict) for problem in found.problems] == [(f"000011/{name}", Verdict.INCONCLUSIVE)]
    assert "removed since" in found.problems[0].found and found.same_count == 0


def test_days_whose_history_reaches_back_to_removed_inputs_are_in_doubt_and_told_as_one(busy: BusyHistory, tmp_path: Path) -> None:
    shutil.copytree(busy.archive, tmp_path / "kept")
    (tmp_path / "kept/000003/inputs.json").unlink()
    found = recompute(tmp_path / "kept")
    assert (found.same_count, {problem.verdict for problem in found.problems}) == (2, {Verdict.INCONCLUSIVE})
    assert [problem.file for problem in found.problems] == ["000003/inputs.json", "000004/decision.json to 000012/decision.json"]


def test_packages_made_before_inputs_were_sealed_are_in_doubt(busy: BusyHistory, tmp_path: Path) -> None:
    shutil.copytree(busy.archive, tmp_path / "old")
    for path in (tmp_path / "old").glob("*/inputs.json"):
        path.unlink()
    found = recompute(resealed(busy.archive, tmp_path / "old"))
    assert [(problem.file, problem.found, problem.verdict) for problem in found.problems] == [
        ("000001/inputs.json to 000012/inputs.json", "none: made before they were", Verdict.INCONCLUSIVE)
    ]


def test_signals_that_retention_removed_leave_the_rest_judged(busy: BusyHistory, tmp_path: Path) -> None:
    shutil.copytree(busy.archive, tmp_path / "kept")
    for path in (tmp_path / "kept").glob("*/signals-*.jsonl"):
        path.unlink()
    assert recompute(tmp_path / "kept").problems == ()


def test_inputs_of_another_schema_version_are_in_doubt_and_broken_ones_fail(busy: BusyHistory, tmp_path: Path) -> None:
    def newer(inputs: Any) -> None:
        inputs["schema_version"] = SCHEMA_VERSION + 1

    def broken(inputs: Any) -> None:
        del inputs["business_date"]

    (first, *_) = recompute(forged(busy.archive, tmp_path / "newer", {"000001/inputs.json": newer})).problems
    assert (first.verdict, first.found) == (Verdict.INCONCLUSIVE, f"version {SCHEMA_VERSION + 1}")
    (first, *_) = recompute(forged(busy.archive, tmp_path / "broken", {"000001/inputs.json": broken})).problems
    assert (first.verdict, first.file) == (Verdict.FAIL, "000001/inputs.json")


def test_a_missing_package_leaves_everything_after_it_in_doubt(busy: BusyHistory, tmp_path: Path) -> None:
    shutil.copytree(busy.archive, tmp_path / "partial")
    shutil.rmtree(tmp_path / "partial/000004")
    found = recompute(tmp_path / "partial")
    assert (found.same_count, found.verdict) == (3, Verdict.INCONCLUSIVE)


def test_no_narrative_cell_or_path_of_the_machine_is_sealed_among_the_inputs(busy: BusyHistory) -> None:
    for path in busy.archive.glob("*/inputs.json"):
        content = path.read_text()
        assert not any(text in content for text in ("212-555", "call", str(busy.bank.root), "narrative"))


def test_everything_a_delivery_says_is_sealed_or_is_never_read_by_a_judgement() -> None:
    unread = {"narratives", "cells", "fingerprints", "severities", "source"}
    assert {field.name for field in fields(FeedDelivery)} - {field.name for field in fields(SealedFeed)} == unread
    assert {field.name for field in fields(SourceDelivery)} - {field.name for field in fields(SealedSource)} == {
        "quarantined",
        "validation",
    }


def test_the_command_judges_one_package_or_all_and_answers_by_its_exit_code(
    busy: BusyHistory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    every = call(capsys, "evidence", "recompute", "--archive", busy.archive, "--all", "--json")
    assert (every.code, every.document["same"], every.document["days"]) == (0, DAYS, DAYS)
    assert call(capsys, "evidence", "recompute", "--archive", busy.archive, "--package", "5").code == 0
    assert call(capsys, "evidence", "recompute", "--archive", busy.archive).code == 2
    archive = forged(busy.archive, tmp_path / "forged", {"000003/decision.json": _calmer_decision})
    assert call(capsys, "evidence", "recompute", "--archive", archive, "--all").code == 1
    assert call(capsys, "evidence", "verify", "--archive", archive, "--recompute").code == 1
    assert call(capsys, "evidence", "recompute", "--archive", archive, "--package", "99").code == 3


def _sorted(history: TriageHistory) -> dict[str, Any]:
    return {field.name: _ordered(getattr(history, field.name)) for field in fields(history)}


def _ordered(value: Any) -> Any:
    return sorted(value, key=repr) if isinstance(value, tuple) else value
