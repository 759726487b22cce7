"""The daily triage, inline on real files, ledger and archive: the order of its effects and what a rerun does."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from deployments.cli.main import main
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.feed import FeedStatus
from registry.domain.triage_run import TriageResult
from registry.evidence.packages import list_packages
from tests.flows.ledger_bytes import assert_sound, bundles_of, events_of, rows_of
from tests.flows.workspaces import (
    CREDIT,
    FRAUD,
    MONDAY,
    ROUTER,
    Bank,
    Complaint,
    a_bank,
    a_burst,
    an_override,
    calm_complaints,
    calm_overrides,
    moved,
)

TUESDAY = moved(MONDAY, 1)


def _codes(result: TriageResult) -> set[str]:
    return {reason.code for reason in result.decision.reasons}


def _package(bank: Bank, number: int = 1) -> Path:
    return bank.workspace.archive_dir / f"{number:06d}"


def _with_an_incident(bank: Bank, day: date = MONDAY) -> None:
    """An override that cut somebody off: it opens an issue by itself."""
    bank.write_overrides([*calm_overrides(), an_override(77, moved(day, -1), kind="locked out", consequence="no access")])


def test_a_calm_day_passes_and_is_sealed(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    result = bank.triage(MONDAY)
    assert (result.decision.verdict, result.seal, result.repeated) == (Verdict.PASS, 1, False)
    assert result.decision.systems == (ROUTER, CREDIT, FRAUD)
    assert result.decision.signal_counts["new"] == 15
    assert Path(result.report_path).read_bytes().startswith(b"<!doctype html>")
    assert_sound(bank)


def test_evidence_is_drafted_before_the_ledger_cites_it_and_sealed_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import flows.daily_triage as flow

    order: list[str] = []

    def noting(name: str) -> Callable[..., Any]:
        effect = getattr(flow, name)

        def noted(*arguments: Any) -> Any:
            order.append(name)
            return effect(*arguments)

        return noted

    effects = (
        "publish_pending",
        "claim_day",
        "record_versions",
        "read_history",
        "read_sources",
        "write_draft",
        "append_triage",
        "show_triage",
    )
    for name in effects:
        monkeypatch.setattr(flow, name, noting(name))
    a_bank(tmp_path).triage(MONDAY)
    assert order == [*effects[:-1], "publish_pending", "show_triage"]


def test_the_decision_cites_the_package_that_holds_it(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    result = bank.triage(MONDAY)
    (decided,) = bank.ledger.read_decisions(EventKind.TRIAGE_DECIDED, MONDAY, TUESDAY)
    (package,) = list_packages(bank.workspace.archive_dir)
    assert json.loads(decided.body)["data"]["bundle_digest"] == package.seal.bundle_digest == result.bundle_digest
    assert json.loads((package.path / "decision.json").read_bytes())["business_date"] == MONDAY.isoformat()


def test_a_failed_day_is_a_completed_run(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    _with_an_incident(bank)
    result = bank.triage(MONDAY)
    assert result.decision.verdict is Verdict.FAIL
    assert [change.issue.title for change in result.decision.changes] == ["locked out"]
    assert result.seal == 1
    assert_sound(bank)


def test_a_spike_opens_one_issue_that_takes_the_next_days_signals(tmp_path: Path) -> None:
    bank = a_bank(tmp_path, opens="spike")
    calm = [bank.triage(moved(MONDAY, offset)) for offset in range(4)]
    bank.write_complaints([*calm_complaints(), *a_burst(30, moved(MONDAY, 3))])
    spiked = bank.triage(moved(MONDAY, 4))
    bank.write_complaints([*calm_complaints(), *a_burst(30, moved(MONDAY, 3)), *a_burst(30, moved(MONDAY, 4), start=950_000)])
    later = bank.triage(moved(MONDAY, 5))
    assert [result.decision.verdict for result in calm] == [Verdict.INCONCLUSIVE] * 2 + [Verdict.PASS] * 2  # two days make the baseline
    assert [(change.kind, change.issue.title) for change in spiked.decision.changes] == [("opened", "Payment refused")]
    assert [change.kind for change in later.decision.changes] == ["joined"]
    (issue,) = bank.ledger.read_issues()
    assert issue.signal_count == len(bank.ledger.read_issue_signals(issue.issue_id)) == 62
    assert_sound(bank)


@pytest.mark.parametrize(("missing", "hit"), [("data/overrides.jsonl", {ROUTER}), ("data/complaints.csv", {FRAUD, CREDIT})])
def test_a_missing_source_is_a_finding_and_the_others_go_on(tmp_path: Path, missing: str, hit: set[str]) -> None:
    bank = a_bank(tmp_path)
    _with_an_incident(bank)
    (tmp_path / missing).unlink()
    result = bank.triage(MONDAY)
    assert {feed.system_id for feed in result.decision.feeds if feed.status is FeedStatus.ERRORED} == hit
    assert "errored" in _codes(result)
    opened = [change.issue.system_id for change in result.decision.changes]
    assert opened == ([] if ROUTER in hit else [ROUTER])
    assert result.decision.signal_counts["new"] == (12 if ROUTER in hit else 4)
    assert_sound(bank)


def test_without_any_source_nothing_passes(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    for name in ("overrides.jsonl", "complaints.csv"):
        (tmp_path / "data" / name).unlink()
    assert bank.triage(MONDAY).decision.verdict is Verdict.INCONCLUSIVE


def test_the_same_day_run_again_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    first = bank.triage(MONDAY)
    events, rows, bundles = events_of(bank.ledger), rows_of(bank.ledger), bundles_of(bank)
    bank.write_complaints([*calm_complaints(), *a_burst(30, moved(MONDAY, -1))])
    again = bank.triage(MONDAY)
    assert again.repeated
    assert (again.decision, again.seal, again.report_path) == (first.decision, first.seal, first.report_path)
    assert (events_of(bank.ledger), rows_of(bank.ledger), bundles_of(bank)) == (events, rows, bundles)


def test_a_dry_run_shows_the_day_and_records_nothing(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    _with_an_incident(bank)
    shown = bank.triage(MONDAY, dry_run=True)
    assert (shown.decision.verdict, shown.seal, shown.bundle_digest) == (Verdict.FAIL, 0, "")
    assert Path(shown.report_path).is_file()
    assert events_of(bank.ledger) == []
    assert not bank.workspace.archive_dir.exists()
    decided = bank.triage(MONDAY).decision
    # the day itself first notes which versions are recorded, so it knows of more events than the preview
    assert replace(decided, knowledge_cut=shown.decision.knowledge_cut) == shown.decision


def test_one_system_alone_and_the_rest_later_make_the_whole_day(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    alone = bank.triage(MONDAY, FRAUD)
    rest = bank.triage(MONDAY)
    assert (alone.decision.systems, rest.decision.systems) == ((FRAUD,), (ROUTER, CREDIT))
    assert alone.decision.signal_counts["new"] + rest.decision.signal_counts["new"] == 15
    assert (alone.seal, rest.seal) == (1, 2)
    assert bank.triage(MONDAY, FRAUD).decision == alone.decision
    assert_sound(bank)


def test_a_day_done_in_parts_is_as_bad_as_its_worst_part(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    assert bank.triage(MONDAY, ROUTER).decision.verdict is Verdict.PASS
    (tmp_path / "data/complaints.csv").unlink()
    rest = bank.triage(MONDAY)
    whole = bank.triage(MONDAY)
    assert (whole.repeated, whole.decision.verdict) == (True, Verdict.INCONCLUSIVE)
    assert whole.decision == rest.decision


def test_bad_rows_of_one_source_are_kept_by_each_part_of_a_day_done_in_parts(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    bad = [Complaint(500 + place, moved(MONDAY, -1), product, consequence="?") for place, product in enumerate(("Card", "Loan"))]
    bank.write_complaints([*calm_complaints(), *bad])
    parts = [bank.triage(MONDAY, FRAUD), bank.triage(MONDAY)]
    assert [part.decision.quarantined.count for part in parts] == [1, 1]
    assert_sound(bank)


def test_a_replay_catches_up_and_leaves_done_days_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bank = a_bank(tmp_path)
    done = bank.triage(TUESDAY)
    with pytest.raises(SystemExit) as ended:
        main(["--workspace", str(tmp_path), "--json", "replay", "--from", str(TUESDAY), "--to", str(moved(MONDAY, 3))])
    days = json.loads(capsys.readouterr().out)["days"]
    assert ended.value.code == 0
    assert [(day["repeated"], day["evidence"]["seal"]) for day in days] == [(True, done.seal), (False, 2), (False, 3)]
    assert_sound(bank)


def test_days_caught_up_late_are_those_the_schedule_would_have_made(tmp_path: Path) -> None:
    on_time, late = a_bank(tmp_path / "on_time"), a_bank(tmp_path / "late")
    for place in range(3):
        known = [row for row in calm_complaints() if row.received < moved(MONDAY, place)]
        on_time.write_complaints(known)
        on_time.triage(moved(MONDAY, place))
        # the late bank reads the whole file each day, rows of days to come included
        late.triage(moved(MONDAY, place))
    kinds = {EventKind.SIGNALS_OBSERVED, EventKind.FEED_JUDGED}
    observed = [[event.body for event in bank.ledger.read_events(kinds=kinds)] for bank in (on_time, late)]
    assert observed[0] == observed[1]
    assert rows_of(on_time.ledger)["signal"] == rows_of(late.ledger)["signal"]


def test_bad_rows_are_sealed_with_the_run_and_reported_once(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    bad = Complaint(500, moved(MONDAY, -1), consequence="unheard of", text="Mail me: jo@bank.example")
    bank.write_complaints([*calm_complaints(), bad])
    first, second = bank.triage(MONDAY), bank.triage(TUESDAY)
    assert (first.decision.verdict, second.decision.verdict) == (Verdict.INCONCLUSIVE, Verdict.PASS)
    assert (first.decision.quarantined.count, second.decision.quarantined.count) == (1, 0)
    with (_package(bank) / "quarantine.csv").open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert "C-500" in row.values()
    assert "jo@bank.example" not in (_package(bank) / "quarantine.json").read_text(encoding="utf-8")
    assert not (_package(bank, 2) / "quarantine.csv").exists()


def test_a_known_row_that_is_dated_anew_is_set_aside_and_not_counted_twice(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    old = Complaint(400, moved(MONDAY, -3), text="")
    bank.write_complaints([*calm_complaints(), old])
    bank.triage(MONDAY)
    # three days later its first date has left the window: only the ledger still knows the row
    bank.write_complaints([*calm_complaints(), Complaint(400, moved(MONDAY, 2), text="")])
    result = bank.triage(moved(MONDAY, 3))
    assert result.decision.quarantined.count == 1
    assert json.loads((_package(bank, 2) / "quarantine.json").read_bytes())[0]["reason_code"] == "content_changed"
    with_id = [row for row in rows_of(bank.ledger)["signal"] if '"C-400"' in str(row)]
    assert len(with_id) == 1
    assert_sound(bank)


def test_rows_of_nobody_and_rows_of_two_systems_are_counted_and_listed(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    system = (tmp_path / "systems/credit_model.yaml").read_text(encoding="utf-8")
    both = system.replace("= 'Loan'", "IN ('Loan', 'Credit card')")
    (tmp_path / "systems/credit_model.yaml").write_text(both, encoding="utf-8")
    system = (tmp_path / "systems/fraud_filter.yaml").read_text(encoding="utf-8")
    (tmp_path / "systems/fraud_filter.yaml").write_text(system.replace("= 'Card'", "LIKE '%ard'"), encoding="utf-8")
    yesterday = moved(MONDAY, -1)
    strays = [Complaint(600, yesterday, "Mortgage"), Complaint(601, yesterday, "Credit card")]
    named = Complaint(602, yesterday, "Credit card", issue="Named", system=CREDIT)
    bank.write_complaints([*calm_complaints(), *strays, named])
    result = bank.triage(MONDAY)
    decision = result.decision
    assert (decision.unmatched.ids, decision.ambiguous.ids) == (("C-600",), ("C-601",))
    assert "rows_ambiguous" in _codes(result)
    listed = (_package(bank) / "rows.csv").read_text(encoding="utf-8-sig")
    assert "C-600" in listed
    assert "C-601" in listed
    assert '"signal_id":"C-602"' in "".join(path.read_text() for path in _package(bank).glob("signals-*.jsonl")).replace(": ", ":")


def test_a_change_of_policy_is_seen_in_the_decision(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    before = bank.triage(MONDAY).decision
    (tmp_path / "policies/triage.yaml").write_text("each: {min_severity: L1}\n", encoding="utf-8")
    after = bank.triage(TUESDAY).decision
    assert after.policy_digest != before.policy_digest
    assert (before.changes, {change.issue.system_id for change in after.changes}) == ((), {ROUTER, CREDIT, FRAUD})
