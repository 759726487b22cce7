"""``proofloop triggers`` and ``proofloop replay --flow retraining-triggers`` as a user meets them, on two small watched systems."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from registry.domain.events import EventKind
from tests.cli.calling import Called, call
from tests.flows.watched import APRIL, CARDS, LOANS, MARCH, Watch, a_watch, calm, moved

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return a_watch(tmp_path / "watch")


def proofloop(capsys: Capture, watch: Watch, *words: object) -> Called:
    return call(capsys, "--workspace", watch.root, *words)


def in_march(watch: Watch) -> None:
    watch.write(CARDS, [*calm(end_on=MARCH), *moved(MARCH, APRIL), *calm(start_on=APRIL)])


def head(watch: Watch) -> int:
    return watch.ledger.head().seq


def test_a_workspace_that_watches_nothing_could_not_tell(capsys: Capture, tmp_path: Path) -> None:
    watch = a_watch(tmp_path / "watch", systems=[CARDS])
    path = watch.root / f"systems/{CARDS}.yaml"
    path.write_text(path.read_text(encoding="utf-8").partition("predictions:")[0], encoding="utf-8")
    called = proofloop(capsys, watch, "triggers", "--as-of", MARCH)
    assert called.code == 3
    assert called.out.startswith("INCONCLUSIVE  No system is watched")
    assert "add predictions and monitoring" in called.out


def test_the_verdict_is_the_exit_code_and_stands_first(capsys: Capture, watch: Watch) -> None:
    in_march(watch)
    quiet = proofloop(capsys, watch, "triggers", "--as-of", MARCH)
    assert (quiet.code, quiet.out.splitlines()[0]) == (0, "PASS  2 watched systems: 2 quiet  (2026-03-01)")
    moved = proofloop(capsys, watch, "triggers", "--as-of", APRIL)
    lines = moved.out.splitlines()
    assert (moved.code, lines[0]) == (1, "FAIL  2 watched systems: 1 moved, broken, worse or due, 1 quiet  (2026-04-01)")
    assert lines[1].startswith("  asked  card_model: investigate, with the data of 1 Mar 2026 to 31 Mar 2026: drifted: amount")
    assert any("1 of 4 columns drifted: amount" in line for line in lines)
    assert any(line.startswith("report  ") and line.endswith("/000002/report.html") for line in lines)


def test_a_stale_feed_is_inconclusive_and_says_so(capsys: Capture, watch: Watch) -> None:
    proofloop(capsys, watch, "triggers", "--as-of", MARCH)
    watch.write(LOANS, calm(end_on=MARCH))
    called = proofloop(capsys, watch, "triggers", "--as-of", APRIL)
    assert called.code == 3
    assert any("loan_model" in line and "March 2026" in line and "0 rows" in line for line in called.out.splitlines())


def test_json_is_one_document_with_every_window(capsys: Capture, watch: Watch) -> None:
    in_march(watch)
    proofloop(capsys, watch, "triggers", "--as-of", MARCH)
    document = proofloop(capsys, watch, "triggers", "--as-of", APRIL, "--json").document
    assert (document["kind"], document["verdict"], document["evidence"]["seal"]) == ("triggers_day", "fail", 2)
    assert [(one["system"], one["verdict"]) for one in document["decisions"]] == [(CARDS, "fail"), (LOANS, "pass")]
    assert document["days"][0]["requests"][0]["action"] == "investigate"


def test_one_system_alone_leaves_the_others(capsys: Capture, watch: Watch) -> None:
    document = proofloop(capsys, watch, "triggers", "--as-of", MARCH, "--system", LOANS, "--json").document
    assert document["systems"] == [LOANS]


def test_a_dry_run_shows_and_writes_nothing(capsys: Capture, watch: Watch) -> None:
    called = proofloop(capsys, watch, "triggers", "--as-of", MARCH, "--dry-run")
    assert (called.code, head(watch)) == (0, 0)
    assert not any(line.startswith("sealed ") for line in called.out.splitlines())
    assert "report  " in called.out


def test_the_options_of_a_run_are_refused_before_an_act(capsys: Capture, watch: Watch) -> None:
    called = proofloop(capsys, watch, "triggers", "--dry-run", "list")
    assert called.code == 2
    assert "list: expected --system, --as-of and --dry-run without a command after them" in called.err


def test_a_replay_runs_the_triggers_alone_where_they_are_named(capsys: Capture, watch: Watch) -> None:
    in_march(watch)
    called = proofloop(capsys, watch, "replay", "--from", MARCH, "--to", APRIL, "--flow", "retraining-triggers", "--json")
    document = called.document
    assert (called.code, document["verdict"]) == (1, "fail")
    assert {day["flow"] for day in document["days"]} == {"retraining-triggers"}
    judged = [(one["system"], one["from"], one["asked"]) for day in document["days"] for one in day["windows"]]
    assert judged == [
        (CARDS, "2026-02-01", []),
        (LOANS, "2026-02-01", []),
        (CARDS, "2026-03-01", ["investigate"]),
        (LOANS, "2026-03-01", []),
    ]
    assert len(list(watch.ledger.read_events(0, (EventKind.TRIGGERS_EVALUATED,)))) == 4


def test_what_another_policy_would_have_asked_for_stands_beside_what_was_asked(capsys: Capture, watch: Watch, tmp_path: Path) -> None:
    in_march(watch)
    stretch = ("replay", "--from", MARCH, "--to", APRIL, "--flow", "retraining-triggers")
    proofloop(capsys, watch, *stretch)
    before = head(watch)
    (tmp_path / "blind").mkdir()
    (tmp_path / "blind/triggers.yaml").write_text("drift: {min_rows: 1000000}\n", encoding="utf-8")
    called = proofloop(capsys, watch, *stretch, "--policies", tmp_path / "blind", "--dry-run", "--json")
    told = {(one["system"], one["from"]): (one["asked"], one["would_ask"]) for one in called.document["compared"]}
    assert told[CARDS, "2026-03-01"] == (["investigate"], [])
    assert all(asked == would for key, (asked, would) in told.items() if key != (CARDS, "2026-03-01"))
    assert head(watch) == before


def test_a_what_if_before_the_first_run_has_nothing_to_stand_beside(capsys: Capture, watch: Watch) -> None:
    called = proofloop(capsys, watch, "replay", "--from", MARCH, "--to", MARCH, "--flow", "retraining-triggers", "--dry-run")
    assert called.code == 0
    assert "2 of 2 windows come out otherwise; nothing was written" in called.out
    assert "not judged" in called.out


def test_the_page_of_a_run_is_found_by_its_day(capsys: Capture, watch: Watch) -> None:
    proofloop(capsys, watch, "triggers", "--as-of", MARCH)
    (report,) = proofloop(capsys, watch, "report", MARCH, "--json").document["reports"]
    assert (report["kind"], report["verdict"], report["systems"]) == ("triggers_day", "pass", [CARDS, LOANS])
    assert Path(report["page"]).is_file()


def test_what_a_run_prints_fits_the_schema_that_it_ships(capsys: Capture, watch: Watch) -> None:
    document = proofloop(capsys, watch, "triggers", "--as-of", MARCH, "--json").document
    decision_schema = proofloop(capsys, watch, "schema", "trigger_decision").document
    for decision in document["decisions"]:
        jsonschema.validate(decision, decision_schema)
    assert "days" in proofloop(capsys, watch, "schema", "triggers_day").document["properties"]
