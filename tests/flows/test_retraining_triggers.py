"""The flow of the retraining triggers: what it writes, in which order, how often, and what a bad source or a lost reference does to it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deployments.recompute import recompute
from registry.domain.decision import Verdict
from registry.domain.events import Event, EventKind
from registry.errors import ConfigurationError, SourceUnavailableError
from registry.evidence.packages import list_packages
from tests.flows.ledger_bytes import assert_sound
from tests.flows.watched import APRIL, CARDS, LOANS, MARCH, MAY, Watch, a_watch, calm, moved

DAY = timedelta(days=1)
EVALUATED, FROZEN = EventKind.TRIGGERS_EVALUATED, EventKind.REFERENCE_FROZEN


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return a_watch(tmp_path / "watch")


def events(watch: Watch, *kinds: EventKind) -> list[dict[str, Any]]:
    return [json.loads(event.body) for event in watch.ledger.read_events(0, kinds)]


def windows(watch: Watch, system: str = CARDS) -> list[str]:
    """The first days of the windows that events tell of, in the order they were written."""
    return [event["data"]["window"]["start_on"] for event in events(watch, EVALUATED) if event["system"] == system]


def in_march(watch: Watch, system: str = CARDS) -> None:
    watch.write(system, [*calm(end_on=MARCH), *moved(MARCH, APRIL), *calm(start_on=APRIL)])


def test_a_workspace_that_watches_nothing_does_not_pass_and_writes_nothing(tmp_path: Path) -> None:
    watch = a_watch(tmp_path / "watch", systems=())
    plain = a_watch(tmp_path / "other", systems=[CARDS])
    (watch.root / "systems").mkdir()
    text = (plain.root / f"systems/{CARDS}.yaml").read_text(encoding="utf-8").partition("predictions:")[0]
    (watch.root / f"systems/{CARDS}.yaml").write_text(text, encoding="utf-8")

    result = watch.run(MARCH)

    assert result.decision.verdict is Verdict.INCONCLUSIVE
    assert [reason.code for reason in result.decision.reasons] == ["not_configured"]
    assert (result.seal, events(watch)) == (0, [])


def test_the_first_run_freezes_the_reference_before_it_judges_with_it(watch: Watch) -> None:
    result = watch.run(MARCH)
    assert [event["kind"] for event in events(watch)] == [FROZEN, FROZEN, EVALUATED, EVALUATED]
    assert result.decision.frozen == (CARDS, LOANS)
    assert {event["actor"] for event in events(watch)} == {"machine"}
    frozen = events(watch, FROZEN)[0]["data"]
    assert (frozen["reference"], frozen["row_count"]) == ({"from": "2026-01-01", "to": "2026-02-01"}, 31 * 40)
    assert events(watch, EVALUATED)[0]["data"]["reference_digest"] == frozen["reference_digest"]


def test_a_quiet_month_is_recorded_too(watch: Watch) -> None:
    result = watch.run(MARCH)
    assert result.decision.verdict is Verdict.PASS
    assert [(event["data"]["verdict"], event["data"]["requests"]) for event in events(watch, EVALUATED)] == [("pass", [])] * 2


def test_one_package_holds_the_run_and_every_event_cites_it(watch: Watch) -> None:
    result = watch.run(MARCH)
    assert {event["data"]["bundle_digest"] for event in events(watch)} == {result.bundle_digest}
    (package,) = list_packages(watch.workspace.archive_dir)
    names = {path.name for path in package.path.iterdir()}
    assert {"decision.json", "decision-00001.json", "inputs-00002.json", "report-00001.html", "report.html", "contents.json"} <= names
    assert sum(name.startswith("reference-") for name in names) == 2
    assert {entry["file"] for entry in json.loads((package.path / "contents.json").read_bytes())} == names - {
        "contents.json",
        "ledger.jsonl",
    }
    assert_sound(watch)


def test_what_moved_fails_as_a_completed_run_and_asks_once(watch: Watch) -> None:
    in_march(watch)
    watch.run(MARCH)
    result = watch.run(APRIL)
    assert result.decision.verdict is Verdict.FAIL
    verdicts = {decision.system: decision.verdict for decision in result.decisions}
    assert verdicts == {CARDS: Verdict.FAIL, LOANS: Verdict.PASS}
    (request,) = events(watch, EVALUATED)[2]["data"]["requests"]
    assert (request["action"], request["data_from"], request["data_to"]) == ("investigate", "2026-03-01", "2026-04-01")
    assert "amount" in request["reason"]


def test_the_same_day_twice_is_one_event_and_the_same_answer(watch: Watch) -> None:
    first = watch.run(MARCH)
    before = events(watch)
    again = watch.run(MARCH)
    assert (again.repeated, again.decision, again.decisions) == (True, first.decision, first.decisions)
    assert (again.bundle_digest, again.seal, again.report_path) == (first.bundle_digest, first.seal, first.report_path)
    assert events(watch) == before


def test_a_day_without_a_new_window_writes_nothing_and_says_what_stands(watch: Watch) -> None:
    in_march(watch)
    watch.run(MARCH)
    watch.run(APRIL)
    before = events(watch)
    result = watch.run(APRIL + DAY)
    assert (result.decision.verdict, result.decisions, result.seal) == (Verdict.FAIL, (), 0)
    assert events(watch) == before
    assert watch.run(APRIL + DAY).repeated


def test_windows_that_no_run_judged_are_judged_oldest_first(watch: Watch) -> None:
    watch.run(MARCH)
    watch.run(MAY)
    assert windows(watch) == ["2026-02-01", "2026-03-01", "2026-04-01"]


def test_a_run_makes_up_for_no_more_windows_than_the_policy_says(watch: Watch) -> None:
    (watch.root / "policies").mkdir()
    (watch.root / "policies/triggers.yaml").write_text("requests: {catch_up_windows: 2}\n", encoding="utf-8")
    result = watch.run(MAY)
    assert windows(watch) == ["2026-03-01", "2026-04-01"]
    assert result.decision.verdict is Verdict.INCONCLUSIVE
    assert "1 month from 2026-02-01 until 2026-03-01 not judged" in result.decision.days[0].reason
    assert watch.run(MAY + DAY).decision.verdict is Verdict.PASS


def test_a_window_that_is_late_is_waited_for(watch: Watch) -> None:
    watch.describe(CARDS, more="  allowed_lateness_days: 3\n")
    result = watch.run(MARCH, CARDS)
    assert (result.decision.verdict, windows(watch)) == (Verdict.INCONCLUSIVE, [])
    watch.run(MARCH + 3 * DAY, CARDS)
    assert windows(watch) == ["2026-02-01"]


def test_a_reference_whose_days_are_not_over_is_waited_for(watch: Watch) -> None:
    result = watch.run(date(2026, 1, 20))
    assert result.decision.verdict is Verdict.INCONCLUSIVE
    assert "reference is not complete" in result.decision.days[0].reason
    assert events(watch) == []


def test_a_bad_source_does_not_stop_the_others_nor_let_the_total_pass(watch: Watch) -> None:
    (watch.root / f"data/{CARDS}.csv").unlink()
    result = watch.run(MARCH)
    assert {day.system: day.verdict for day in result.decision.days} == {CARDS: Verdict.INCONCLUSIVE, LOANS: Verdict.PASS}
    assert result.decision.verdict is Verdict.INCONCLUSIVE
    assert windows(watch, LOANS) == ["2026-02-01"]


def test_times_that_are_lists_are_one_systems_finding_and_the_others_are_judged(watch: Watch) -> None:
    text = (watch.root / f"systems/{CARDS}.yaml").read_text(encoding="utf-8")
    (watch.root / f"systems/{CARDS}.yaml").write_text(text.replace(f"{CARDS}.csv", f"{CARDS}.parquet"), encoding="utf-8")
    pq.write_table(pa.table({"made": [["2026-01-01"]], "pd": [0.5]}), watch.root / f"data/{CARDS}.parquet")

    result = watch.run(MARCH)

    assert {day.system: day.verdict for day in result.decision.days} == {CARDS: Verdict.INCONCLUSIVE, LOANS: Verdict.PASS}
    assert any("'made', found list" in day.reason for day in result.decision.days)


def test_a_window_that_could_not_be_judged_is_judged_as_soon_as_it_can_and_told_once(watch: Watch) -> None:
    watch.run(MARCH)
    watch.write(CARDS, calm(end_on=MARCH))
    stale = watch.run(APRIL)
    assert stale.decision.verdict is Verdict.INCONCLUSIVE
    assert watch.run(APRIL + DAY).decision.verdict is Verdict.INCONCLUSIVE
    watch.write(CARDS, calm())
    assert watch.run(APRIL + 2 * DAY).decision.verdict is Verdict.PASS
    told = [event["data"] for event in events(watch, EVALUATED) if event["system"] == CARDS]
    assert [(one["window"]["start_on"], one["judged"]) for one in told] == [
        ("2026-02-01", True),
        ("2026-03-01", False),
        ("2026-03-01", True),
    ]


def test_a_feed_that_stopped_within_a_month_is_not_passed_and_the_month_is_judged_when_the_rest_is_there(watch: Watch) -> None:
    watch.run(MARCH, CARDS)
    middle = date(2026, 3, 17)
    watch.write(CARDS, calm(end_on=middle))
    assert watch.run(APRIL, CARDS).decision.verdict is Verdict.INCONCLUSIVE
    assert watch.run(APRIL + DAY, CARDS).decision.verdict is Verdict.INCONCLUSIVE
    watch.write(CARDS, [*calm(end_on=middle), *moved(middle, APRIL)])
    (decision,) = watch.run(APRIL + 2 * DAY, CARDS).decisions
    assert {cell.column for cell in decision.cells if cell.is_over} == {"amount"}
    told = [(event["data"]["window"]["start_on"], event["data"]["verdict"], event["data"]["settled"]) for event in events(watch, EVALUATED)]
    assert told == [("2026-02-01", "pass", True), ("2026-03-01", "inconclusive", False), ("2026-03-01", "inconclusive", True)]
    assert recompute(watch.workspace.archive_dir).verdict is Verdict.PASS
    assert watch.run(APRIL + 3 * DAY, CARDS).decisions == ()


def test_a_month_that_came_after_the_next_one_was_judged_is_judged_and_until_then_no_run_passes(watch: Watch) -> None:
    others = [*calm(end_on=MARCH), *calm(start_on=APRIL)]
    watch.write(CARDS, others)
    watch.run(APRIL, CARDS)
    in_between = watch.run(MAY, CARDS)
    assert (in_between.decision.verdict, [one.verdict for one in in_between.decisions]) == (Verdict.INCONCLUSIVE, [Verdict.PASS])
    assert in_between.decision.findings[0].reason_code == "windows_left_out"
    watch.write(CARDS, [*others, *moved(MARCH, APRIL)])
    (late,) = watch.run(MAY + DAY, CARDS).decisions
    assert (late.window.start_on, late.verdict) == (MARCH, Verdict.FAIL)
    assert {held.reason_code for held in late.withheld} == {"older_window"}


def test_another_reference_in_the_catalogue_is_told_and_not_taken(watch: Watch) -> None:
    watch.run(MARCH)
    watch.describe(CARDS, reference_to="2026-03-01")
    result = watch.run(APRIL, CARDS)
    (decision,) = result.decisions
    assert decision.verdict is Verdict.INCONCLUSIVE
    (found,) = [finding for finding in decision.findings if finding.reason_code == "reference_changed"]
    assert "triggers freeze card_model" in found.reason
    assert decision.reference_digest == events(watch, FROZEN)[0]["data"]["reference_digest"]
    assert len(events(watch, FROZEN)) == 2


def test_a_column_that_the_frozen_reference_does_not_have_is_never_quiet(watch: Watch) -> None:
    watch.run(MARCH)
    path = watch.root / f"systems/{CARDS}.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("numeric: [amount]", "numeric: [amount, age]"), encoding="utf-8")
    (decision,) = watch.run(APRIL, CARDS).decisions
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert any("features.numeric has age more" in finding.reason for finding in decision.findings)


@pytest.mark.parametrize("harm", ["lost", "altered"])
def test_a_reference_that_is_lost_or_altered_is_told_and_never_frozen_again_by_itself(watch: Watch, harm: str) -> None:
    watch.run(MARCH)
    (reference,) = list_packages(watch.workspace.archive_dir)[0].path.glob(events(watch, FROZEN)[0]["data"]["record"])
    if harm == "lost":
        reference.unlink()
    else:
        reference.write_bytes(reference.read_bytes().replace(b"1240", b"1241"))
    result = watch.run(APRIL)
    assert {day.system: day.verdict for day in result.decision.days} == {CARDS: Verdict.INCONCLUSIVE, LOANS: Verdict.PASS}
    assert any(f"reference_{'missing' if harm == 'lost' else 'altered'}" == found.reason_code for found in result.decisions[0].findings)
    assert len(events(watch, FROZEN)) == 2


def test_a_dry_run_writes_neither_ledger_nor_archive(watch: Watch) -> None:
    result = watch.run(MARCH, dry_run=True)
    assert (result.decision.verdict, result.seal, events(watch)) == (Verdict.PASS, 0, [])
    assert Path(result.report_path).is_file()
    assert not watch.workspace.archive_dir.exists() or not list_packages(watch.workspace.archive_dir)


def test_a_day_done_in_parts_is_no_better_than_its_worst_part(watch: Watch) -> None:
    in_march(watch)
    watch.run(MARCH)
    watch.run(APRIL, CARDS)
    result = watch.run(APRIL)
    assert result.decision.verdict is Verdict.FAIL
    assert [(day.system, day.verdict) for day in result.decision.days] == [(CARDS, Verdict.FAIL), (LOANS, Verdict.PASS)]
    assert len(windows(watch)) == 2


def test_a_system_that_is_not_watched_is_refused(watch: Watch) -> None:
    with pytest.raises(ConfigurationError, match=f"expected a watched system \\({CARDS}, {LOANS}\\)"):
        watch.run(MARCH, "complaint_router")


def test_a_day_that_has_not_begun_is_refused(watch: Watch) -> None:
    with pytest.raises(ConfigurationError, match="expected a day that has begun"):
        watch.run(MARCH + 36_500 * DAY)


def test_a_source_that_does_not_answer_is_tried_again_and_a_finding_on_the_last_attempt(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tasks import profiles

    def away(*_: object) -> None:
        raise SourceUnavailableError("share: expected an answer, found none")

    monkeypatch.setattr(profiles, "freeze_reference", away)
    monkeypatch.setattr(profiles, "is_last_attempt", lambda: False)
    with pytest.raises(SourceUnavailableError):
        watch.run(MARCH)
    monkeypatch.setattr(profiles, "is_last_attempt", lambda: True)
    result = watch.run(MARCH)
    assert {finding.reason_code for decision in result.decisions for finding in decision.findings} >= {"errored"}
    assert result.decision.verdict is Verdict.INCONCLUSIVE


def test_every_window_is_judged_again_from_its_package_byte_for_byte(watch: Watch) -> None:
    in_march(watch)
    watch.run(MARCH)
    watch.run(MAY)
    found = recompute(watch.workspace.archive_dir)
    assert (found.verdict, found.same_count, found.day_count, found.problems) == (Verdict.PASS, 6, 6, ())


def test_an_altered_count_is_found_when_the_window_is_judged_again(watch: Watch) -> None:
    in_march(watch)
    watch.run(MARCH)
    watch.run(APRIL)
    inputs = list_packages(watch.workspace.archive_dir)[1].path / "inputs-00001.json"
    sealed = json.loads(inputs.read_bytes())
    amount = next(cell for cell in sealed["profile"]["cells"] if cell["column"] == "amount")
    amount["counts"] = amount["counts"][::-1]
    inputs.write_text(json.dumps(sealed), encoding="ascii")
    found = recompute(watch.workspace.archive_dir)
    assert found.verdict is Verdict.FAIL
    assert found.problems[0].file == "000002/decision-00001.json"


def test_without_its_reference_a_window_cannot_be_judged_again(watch: Watch) -> None:
    watch.run(MARCH)
    for reference in list_packages(watch.workspace.archive_dir)[0].path.glob("reference-*.json"):
        reference.unlink()
    assert recompute(watch.workspace.archive_dir).verdict is Verdict.INCONCLUSIVE


def test_under_a_preservation_hold_a_retraining_that_is_due_is_withheld_and_said(watch: Watch) -> None:
    in_march(watch)
    (watch.root / "policies").mkdir()
    (watch.root / "policies/triggers.yaml").write_text("actions: {data_drift: retrain}\n", encoding="utf-8")
    watch.run(MARCH)
    document = {"reason": "inquiry 7 of the supervisor"}
    body = {"document": document, "document_digest": "sha256:" + "7" * 64}
    at = datetime(2026, 3, 20, tzinfo=UTC)
    watch.ledger.append([Event(EventKind.PRESERVATION_HOLD_SET, CARDS, "hold", at, at.date(), body, actor="risk@bank.example")])
    result = watch.run(APRIL)
    decision = result.decisions[0]
    assert (result.decision.verdict, decision.requests) == (Verdict.FAIL, ())
    assert [(one.action, one.reason_code) for one in decision.withheld] == [("retrain", "preservation_hold")]
    assert recompute(watch.workspace.archive_dir).verdict is Verdict.PASS


def test_personal_data_in_a_category_reach_neither_the_ledger_nor_the_archive(watch: Watch) -> None:
    mail = "ana.example@mail.example"
    named = [
        (day, score, amount, mail if number % 3 else channel, term) for number, (day, score, amount, channel, term) in enumerate(calm())
    ]
    watch.write(CARDS, (row for row in named if row[0] < "2026-02-01" or row[3] == mail))

    result = watch.run(MARCH, CARDS)

    (decision,) = result.decisions
    assert any(one.startswith("data_quality|channel|") for one in decision.conditions)
    state = [path for path in (watch.root / ".state").rglob("*") if path.is_file()]
    assert state
    assert [path.name for path in state if mail.encode() in path.read_bytes()] == []
    assert any(b"[email] #" in path.read_bytes() for path in state)
