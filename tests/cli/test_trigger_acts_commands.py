"""``proofloop triggers list``, ``close``, ``start`` and ``freeze``: what people see and do about what is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from registry.domain.events import EventKind
from tests.cli.calling import call
from tests.flows.workspaces import FRAUD, ROUTER, Bank
from tests.watched_bank import INVESTIGATE, RETRAIN, a_watched_bank, act, asked, watch

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    made = a_watched_bank(tmp_path)
    asked(made)
    return made


def events(bank: Bank, *kinds: EventKind) -> list[dict[str, object]]:
    return [json.loads(event.body) for event in bank.ledger.read_events(0, kinds)]


def test_a_workspace_without_a_ledger_says_what_to_do_first(tmp_path: Path, capsys: Capture) -> None:
    found = call(capsys, "--workspace", a_watched_bank(tmp_path).root, "triggers", "list")
    assert (found.code, "run `proofloop triage` first" in found.err) == (2, True)


def test_a_ledger_without_requests_has_an_empty_list(tmp_path: Path, capsys: Capture) -> None:
    made = a_watched_bank(tmp_path)
    made.ledger.head()
    found = call(capsys, "--workspace", made.root, "triggers", "list")
    assert (found.code, found.out.splitlines()[0]) == (0, "0 open requests; 0 standing conditions in 0 watched systems that were judged")


def test_the_list_shows_open_requests_and_standing_conditions_with_their_age(bank: Bank, capsys: Capture) -> None:
    shown = call(capsys, "--workspace", bank.root, "triggers", "list")
    assert shown.code == 0 and "2 open requests; 2 standing conditions in 1 watched system that was judged" in shown.out
    conditions = ("term (drift)", "term=60 (events observed against predicted)")
    for expected in ("sha256:aaaaaaaaaaaa", "investigate", *conditions, "since 2026-01-01", "open: asked"):
        assert expected in shown.out
    assert "|" not in shown.out, "the ledger's names are for programs, which read JSON"
    document = call(capsys, "--workspace", bank.root, "triggers", "list", FRAUD, "--json").document
    assert [one["request_id"] for one in document["requests"]] == [RETRAIN, INVESTIGATE]
    assert [one["condition"] for one in document["systems"][0]["conditions"]] == ["drift|term", "performance|calibration|term=60"]
    assert all(one["age_days"] > 0 for one in (*document["requests"], *document["systems"][0]["conditions"]))


def test_a_list_of_a_system_that_is_not_watched_is_a_usage_error(bank: Bank, capsys: Capture) -> None:
    found = call(capsys, "--workspace", bank.root, "triggers", "list", ROUTER)
    assert (found.code, f"expected one that is watched ({FRAUD})" in found.err) == (2, True)


def test_a_closed_request_leaves_the_list_and_stays_in_the_whole(bank: Bank, capsys: Capture) -> None:
    done = act(capsys, bank, "close", "aaaaaaaaaaaa", outcome="retrained", version="v2")
    assert (done.code, done.out) == (
        0,
        "request sha256:aaaaaaaaaaaa of fraud_filter to retrain: retrained with version v2, recorded as event 2\n",
    )
    assert call(capsys, "--workspace", bank.root, "triggers", "list", "--json").document["requests"][0]["request_id"] == INVESTIGATE
    told = call(capsys, "--workspace", bank.root, "triggers", "list", "--all").out
    assert "closed by ana@bank.example: retrained (v2): looked at on 3 March" in told


def test_closing_twice_is_one_event_and_another_outcome_is_refused(bank: Bank, capsys: Capture) -> None:
    assert act(capsys, bank, "close", INVESTIGATE, outcome="not_needed").code == 0
    again = act(capsys, bank, "close", INVESTIGATE, "--json", outcome="not_needed").document
    assert (again["accepted"], again["repeated"], again["event"]) == (True, True, 2)
    other = act(capsys, bank, "close", INVESTIGATE, outcome="superseded")
    assert other.code == 1 and "one that ana@bank.example closed as not_needed (event 2)" in other.out
    assert len(events(bank, EventKind.REQUEST_CLOSED)) == 1


def test_a_refused_close_says_everything_it_lacks_and_writes_nothing(bank: Bank, capsys: Capture) -> None:
    found = act(capsys, bank, "close", RETRAIN, "--json", outcome="retrained", by="nobody@bank.example", reason=" ")
    assert (found.code, found.document["event"]) == (1, None)
    assert [refusal["code"] for refusal in found.document["refusals"]] == ["wrong_actor", "no_reason", "no_version"]
    unknown = act(capsys, bank, "close", "aaaaaaaaaaab", outcome="not_needed")
    assert unknown.code == 1 and f"did you mean {RETRAIN}?" in unknown.out
    assert bank.ledger.head().seq == 1


def test_a_person_freezes_the_reference_and_it_is_sealed_with_the_digest_that_it_replaces(tmp_path: Path, capsys: Capture) -> None:
    bank = a_watched_bank(tmp_path)
    first = act(capsys, bank, "freeze", FRAUD, "--json").document
    assert (first["accepted"], first["event"]) == (True, 1)
    watch(bank, reference_to="2026-02-01")
    second = act(capsys, bank, "freeze", FRAUD, "--json", reason="January belongs to it").document
    one, two = events(bank, EventKind.REFERENCE_FROZEN)
    assert (one["data"]["replaces"], two["data"]["replaces"]) == ("", first["reference_digest"])
    assert two["data"]["reference_digest"] == second["reference_digest"] != first["reference_digest"]
    assert (two["actor"], two["data"]["approval"], two["data"]["reason"]) == ("ana@bank.example", "asserted", "January belongs to it")
    assert call(capsys, "--workspace", bank.root, "evidence", "verify", "--json").document["verdict"] == "pass"


def test_freezing_the_same_twice_is_one_event_and_for_another_reason_refused(bank: Bank, capsys: Capture) -> None:
    assert act(capsys, bank, "freeze", FRAUD).code == 0
    again = act(capsys, bank, "freeze", FRAUD, "--json").document
    assert (again["repeated"], again["event"]) == (True, 2)
    refused = act(capsys, bank, "freeze", FRAUD, reason="again")
    assert refused.code == 1 and "expected other counts than are frozen" in refused.out
    assert len(events(bank, EventKind.REFERENCE_FROZEN)) == 1


def test_freezing_what_cannot_be_frozen_is_refused_or_a_usage_error(bank: Bank, capsys: Capture) -> None:
    assert "not_watched" in act(capsys, bank, "freeze", ROUTER, "--json").out
    assert act(capsys, bank, "freeze", "nobody").code == 2
    watch(bank, reference_to="2126-01-01")
    assert "reference_incomplete" in act(capsys, bank, "freeze", FRAUD, "--json").out
    watch(bank)
    (bank.root / "data/predictions.csv").write_text("made,pd,amount,term\n", encoding="utf-8")
    assert act(capsys, bank, "freeze", FRAUD).code == 2
    assert events(bank, EventKind.REFERENCE_FROZEN) == []


def test_without_a_prefect_server_a_training_is_refused_with_what_to_do(
    bank: Bank, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    found = act(capsys, bank, "start", RETRAIN)
    assert found.code == 1
    assert "expected a Prefect server that runs train/fraud, found none" in found.out and "PREFECT_API_URL" in found.out
    watch(bank)
    assert "training_deployment" in act(capsys, bank, "start", RETRAIN).out
    assert events(bank, EventKind.TRAINING_STARTED) == []


def test_the_options_of_the_run_do_not_belong_to_an_act(bank: Bank, capsys: Capture) -> None:
    assert call(capsys, "--workspace", bank.root, "triggers", "--dry-run", "list").code == 2
