"""``proofloop versions``: what served when, read now, and recorded by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.domain.events import Event, EventKind
from registry.settings import load_workspace
from tests.cli.calling import Called, call, fill_ledger

SYSTEM = "card_fraud_filter"
OWNER = "product.owner@bank.example"
MARCH = datetime(2026, 3, 1, 6, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def bank(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A workspace whose system follows an alias and has a prompt that is recorded by hand; its ledger is empty."""
    root = tmp_path / "bank"
    assert call(capsys, "init", root).code == 0
    settings, system = root / "proofloop.yaml", root / f"systems/{SYSTEM}.yaml"
    settings.write_text(settings.read_text() + "\nmlflow_uri: sqlite:///mlflow.db\n")
    lines = [line for line in system.read_text().splitlines() if not line.startswith("  model:")]
    place = lines.index("versions:") + 1
    lines[place:place] = [
        f"  model: {{mlflow_model: {SYSTEM}, alias: champion}}",
        "  prompt: {recorded: true}",
        "  policy: {recorded: rules-1}",
    ]
    system.write_text("\n".join(lines) + "\n")
    return root


def seen(version: str, at: datetime = MARCH, **body: Any) -> Event:
    told = {"artifact": "model", "version": version, "source": "mlflow", "alias": f"{SYSTEM}@champion", **body}
    return Event(EventKind.VERSION_OBSERVED, SYSTEM, f"{told['artifact']} {version} {at}", at, at.date(), told)


def ask(capsys: pytest.CaptureFixture[str], bank: Path, *words: str) -> Called:
    return call(capsys, "--workspace", bank, "versions", *words)


def record(capsys: pytest.CaptureFixture[str], bank: Path, *words: str, **options: str) -> Called:
    given = {"from": "2026-03-05T06:00:00+00:00", "by": OWNER, "role": "product_owner", "reason": "canary of 2026.3", **options}
    flags = [word for name, value in given.items() for word in (f"--{name}", value)]
    return ask(capsys, bank, "record", SYSTEM, *(words or ("model", "2")), *flags)


def test_a_workspace_without_a_ledger_says_what_to_do_first(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = ask(capsys, bank, "list", SYSTEM)
    assert (found.code, "run `proofloop triage` first" in found.err) == (2, True)


def test_a_system_without_a_claim_has_an_empty_list_and_an_unknown_bundle(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill_ledger(load_workspace(bank))
    assert ask(capsys, bank, "list", SYSTEM, "--json").document["stretches"] == []
    found = ask(capsys, bank, "at", SYSTEM, "2026-03-01T06:00:00+00:00")
    assert found.code == 3
    assert "model   unknown  100 %" in found.out and "policy  rules-1  100 %" in found.out


def test_the_list_tells_version_share_time_source_and_event(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    by_hand = Event(
        EventKind.VERSION_OBSERVED,
        SYSTEM,
        "by hand",
        MARCH + 9 * DAY,
        MARCH.date(),
        {"artifact": "model", "version": "2", "source": "recorded by person", "share_percent": 10, "from_at": MARCH + DAY}
        | {"role": "product_owner", "reason": "canary"},
        actor=OWNER,
    )
    fill_ledger(load_workspace(bank), seen("1"), seen("2", MARCH + 2 * DAY), by_hand, seen("3", source="recorded", artifact="policy"))
    found = ask(capsys, bank, "list", SYSTEM, "--artifact", "model")
    rows = [line.split(maxsplit=7) for line in found.out.splitlines()[1:]]
    assert [(row[1], row[2], row[4], row[5]) for row in rows] == [
        ("1", "100", "2026-03-01T06:00:00Z", "2026-03-02T06:00:00Z"),
        ("1", "90", "2026-03-02T06:00:00Z", "2026-03-03T06:00:00Z"),
        ("2", "10", "2026-03-02T06:00:00Z", "2026-03-03T06:00:00Z"),
        ("2", "100", "2026-03-03T06:00:00Z", "now"),
    ]
    assert f"event 1  mlflow alias {SYSTEM}@champion" in found.out
    assert f"event 3  recorded by {OWNER} (product_owner): canary" in found.out
    whole = ask(capsys, bank, "list", SYSTEM, "--json").document
    assert [one["event"] for one in whole["stretches"]] == [1, 1, 3, 2, 4]
    assert [(one["seq"], one["source"]) for one in whole["claims"]][-1] == (4, "recorded")
    assert "catalogue" in ask(capsys, bank, "list", SYSTEM).out


def test_a_bundle_that_shares_the_traffic_is_told_whole(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill_ledger(load_workspace(bank), seen("1"), seen("4", artifact="prompt"), seen("2", MARCH + DAY, share_percent=10))
    before = ask(capsys, bank, "at", SYSTEM, "2026-03-02T05:59:59.999999+00:00", "--json")
    after = ask(capsys, bank, "at", SYSTEM, "2026-03-02T01:00:00-05:00", "--json")
    assert (before.code, after.code, after.document["complete"]) == (0, 0, True)
    model = next(part for part in after.document["bundle"] if part["artifact"] == "model")
    assert [(one["version"], one["share_percent"], one["event"]) for one in model["versions"]] == [("1", 90, 1), ("2", 10, 3)]
    policy = next(part for part in after.document["bundle"] if part["artifact"] == "policy")
    assert (policy["versions"], policy["undated"]) == ([], "rules-1")


@pytest.mark.parametrize(
    "words",
    [
        ("at", SYSTEM, "2126-03-01T06:00:00+00:00"),
        ("at", SYSTEM, "2026-03-01T06:00:00"),
        ("at", "nobody", "2026-03-01T06:00:00Z"),
        ("list", "nobody"),
        ("list", SYSTEM, "--artifact", "nothing"),
        ("refresh", "nobody"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(bank: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    fill_ledger(load_workspace(bank), seen("1"))
    found = ask(capsys, bank, *words)
    assert (found.code, bool(found.err), found.out) == (2, True, "")


def test_a_person_records_a_canary_and_the_history_shows_it(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill_ledger(load_workspace(bank), seen("1"))
    done = record(capsys, bank, share="10")
    assert (done.code, done.out) == (0, f"model 2 of {SYSTEM}: 10 percent from 2026-03-05T06:00:00Z on, recorded as event 2\n")
    again = record(capsys, bank, "model", "2", "--json", share="10").document
    assert (again["accepted"], again["repeated"], again["event"]) == (True, True, 2)
    assert "2  10 %" in ask(capsys, bank, "list", SYSTEM).out


def test_the_first_thing_a_new_workspace_records_may_be_a_version(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert record(capsys, bank, "prompt", "7").code == 0
    assert "7        100 %" in ask(capsys, bank, "at", SYSTEM, "2026-03-06T06:00:00Z").out


def test_a_refused_record_says_everything_it_lacks_and_writes_nothing(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill_ledger(load_workspace(bank), seen("1"))
    found = record(capsys, bank, "engine", "2", "--json", by="nobody@bank.example", share="0")
    assert (found.code, found.document["event"]) == (1, None)
    assert [refusal["code"] for refusal in found.document["refusals"]] == ["wrong_actor", "unknown_artifact", "bad_share"]
    assert len(ask(capsys, bank, "list", SYSTEM, "--json").document["claims"]) == 1
    told = record(capsys, bank, share="0")
    assert told.out.startswith(f"refused: model 2 of {SYSTEM}; nothing was recorded\n") and "    -> " in told.out


@pytest.mark.parametrize("since", ["2126-03-05T06:00:00+00:00", "2026-03-05T06:00:00", "yesterday"])
def test_an_instant_that_has_not_come_or_has_no_offset_is_not_recorded(bank: Path, capsys: pytest.CaptureFixture[str], since: str) -> None:
    fill_ledger(load_workspace(bank), seen("1"))
    assert record(capsys, bank, **{"from": since}).code in (1, 2)
    assert len(ask(capsys, bank, "list", SYSTEM, "--json").document["claims"]) == 1


def test_a_secret_in_a_reason_is_not_recorded(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill_ledger(load_workspace(bank), seen("1"))
    found = record(capsys, bank, reason="key AKIA" + "IOSFODNN7EXAMPLQ")
    assert found.code in (1, 2)
    assert len(ask(capsys, bank, "list", SYSTEM, "--json").document["claims"]) == 1


def test_a_refresh_answers_by_its_exit_code(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    away = ask(capsys, bank, "refresh")
    assert away.code == 4

    from mlflow import MlflowClient

    uri = f"sqlite:///{bank}/mlflow.db"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_registered_model(SYSTEM)
    for _ in range(2):
        client.create_model_version(SYSTEM, source=f"{bank}/model")
    missing = ask(capsys, bank, "refresh", SYSTEM)
    assert (missing.code, "no such alias" in missing.out) == (3, True)

    client.set_registered_model_alias(SYSTEM, "champion", "1")
    assert ask(capsys, bank, "refresh").code == 0
    client.set_registered_model_alias(SYSTEM, "champion", "2")
    moved = ask(capsys, bank, "refresh", "--json")
    assert (moved.code, moved.document["verdict"], moved.document["unexplained"][0]["version"]) == (1, "fail", "2")
    now = datetime.now(UTC).isoformat()
    assert record(capsys, bank, **{"from": now, "reason": "release 2026.4, agreed by phone"}).code == 0
    assert ask(capsys, bank, "refresh").code == 0
