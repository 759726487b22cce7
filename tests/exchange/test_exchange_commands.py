"""From another program's findings to an issue, and from an issue to another program."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from checks.exchange import choose_signals
from deployments.cli.schema import schema_of
from registry.domain.exchange import Purpose
from reports.csv_export import neutral_cell, original_cell
from reports.exchange_csv import REGISTER, STORY
from tests.cli.calling import Called, call
from tests.exchange.findings import a_finding, an_mlflow_issue, rows_of, written
from tests.flows.workspaces import MONDAY, Bank, a_bank
from tests.holding import HOLD_PEOPLE, a_bank_with_an_issue, set_hold

Capture = pytest.CaptureFixture[str]
RECEIVED = ("--received-at", "2026-03-15T15:00:00Z")


def run(capsys: Capture, bank: Bank, *arguments: object) -> Called:
    return call(capsys, "--workspace", bank.root, "--json", "exchange", *arguments)


def with_feed(bank: Bank, feed: str) -> None:
    """Write the printed lines into the file of a system, as a person would."""
    path = bank.root / "systems/fraud_filter.yaml"
    path.write_text(path.read_text(encoding="utf-8") + feed, encoding="utf-8")


@pytest.mark.parametrize("program", ["defectdojo", "mlflow"])
def test_an_imported_finding_opens_an_issue_at_the_next_triage_and_once(tmp_path: Path, capsys: Capture, program: str) -> None:
    bank = a_bank(tmp_path / "bank", opens="spike")
    export, out = tmp_path / "export.json", bank.root / f"data/{program}.jsonl"
    if program == "defectdojo":
        info = a_finding(19, severity="Info", title="Only told")
        written(export, a_finding(), a_finding(18, false_p=True, title="No weakness"), info, a_finding(20, severity="?"))
        expected, aside = "Instructions in the complaint are followed", 1
    else:
        no_issue = an_mlflow_issue("iss-3", severity="not_an_issue", name="Polite")
        written(export, an_mlflow_issue(), an_mlflow_issue("iss-2", status="rejected", name="Fine"), no_issue, key="issues")
        expected, aside = "Quotes a superseded fee", 0
    done = run(capsys, bank, "import", program, export, "--out", out, *RECEIVED)
    assert done.code == (1 if aside else 0) and len(done.document["set_aside"]) == aside
    with_feed(bank, done.document["feed"])
    assert call(capsys, "--workspace", bank.root, "check").code == 0
    bank.triage(MONDAY)
    opened = [issue for issue in bank.ledger.read_issues() if expected in issue.title]
    assert len(opened) == 1 and opened[0].severity.value == "L1" and opened[0].signal_count == 1
    assert not [issue for issue in bank.ledger.read_issues() if issue.title in {"No weakness", "Only told", "Fine", "Polite"}]
    before = out.read_bytes()
    assert run(capsys, bank, "import", program, export, "--out", out).document["new_count"] == 0
    assert out.read_bytes() == before
    bank.triage(MONDAY + timedelta(days=1))
    assert [issue.signal_count for issue in bank.ledger.read_issues() if expected in issue.title] == [1]


def test_what_was_set_aside_is_told_with_file_row_and_reason_and_nothing_valid_is_lost(tmp_path: Path, capsys: Capture) -> None:
    bank = a_bank(tmp_path / "bank")
    export = written(tmp_path / "export.json", a_finding(1), "rubbish", a_finding(3, title=""), a_finding(4))
    out = bank.root / "data/dojo.jsonl"
    done = call(capsys, "--workspace", bank.root, "exchange", "import", "defectdojo", export, "--out", out)
    assert done.code == 1
    assert "row 2: expected one object a finding" in done.out and "row 3: title: expected a text" in done.out
    assert [row["signal_id"] for row in rows_of(out)] == ["dojo-1", "dojo-4"]
    listed = json.loads((bank.root / "data/dojo.quarantine.json").read_text())
    assert listed["file"] == "export.json" and [row["row"] for row in listed["rows"]] == [2, 3]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("defectdojo", "none.json", "--out", "data/x.jsonl"), "expected a file that can be read"),
        (("defectdojo", "none.json", "--out", "data/x.csv"), "expected a file that can be read"),
        (("mlflow", "--out", "data/x.jsonl"), "mlflow_uri: expected the address of MLflow"),
        (("mlflow", "a.json", "--uri", "sqlite:///x.db", "--out", "data/x.jsonl"), "expected FILE, or --uri and --experiment"),
    ],
)
def test_an_import_that_cannot_be_is_refused(tmp_path: Path, capsys: Capture, arguments: tuple[str, ...], said: str) -> None:
    bank = a_bank(tmp_path / "bank")
    done = run(capsys, bank, "import", *arguments)
    assert done.code == 2 and said in done.err


@pytest.mark.parametrize(("out", "said"), [("data/x.csv", "a name that ends in .jsonl"), ("../x.jsonl", "expected a file below")])
def test_findings_go_where_a_feed_can_read_them_or_nowhere(tmp_path: Path, capsys: Capture, out: str, said: str) -> None:
    bank = a_bank(tmp_path / "bank")
    export = written(tmp_path / "export.json", a_finding())
    done = run(capsys, bank, "import", "defectdojo", export, "--out", bank.root / out)
    assert done.code == 2 and said in done.err and not (bank.root / out).exists()


def test_an_import_cannot_be_received_tomorrow(tmp_path: Path, capsys: Capture) -> None:
    bank = a_bank(tmp_path / "bank")
    export = written(tmp_path / "export.json", a_finding())
    done = run(capsys, bank, "import", "defectdojo", export, "--out", bank.root / "data/x.jsonl", "--received-at", "2999-01-01T00:00:00Z")
    assert done.code == 2 and not (bank.root / "data/x.jsonl").exists()


@pytest.fixture
def worked(tmp_path: Path, capsys: Capture) -> tuple[Bank, str]:
    """Return a bank with an issue that is under hold, with a note that a spreadsheet would run."""
    bank, issue_id = a_bank_with_an_issue(tmp_path)
    assert set_hold(capsys, bank, issue_id).code == 0
    people = ("--by", HOLD_PEOPLE.setter, "--role", "product_owner")
    noted = call(capsys, "--workspace", bank.root, "issue", "note", issue_id, *people, "--text", '=HYPERLINK("x";"y") was in the complaint')
    assert noted.code == 0, noted.out
    return bank, issue_id


def exported(capsys: Capture, bank: Bank, *arguments: str, name: str = "out") -> bytes:
    out = bank.root / name
    done = run(capsys, bank, "export", *arguments, "--out", out)
    assert done.code == 0, done.err
    return out.read_bytes()


def test_an_issue_is_handed_out_with_steps_holds_and_signals_as_its_schema_says(worked: tuple[Bank, str], capsys: Capture) -> None:
    bank, issue_id = worked
    document = json.loads(exported(capsys, bank, "--issue", issue_id))
    Draft202012Validator(schema_of("exchange-issue")).validate(document)
    assert [step["step"] for step in document["steps"]] == ["hold", "note"]
    assert document["holds"][0]["issue_id"] == issue_id
    assert len(document["signals"]) == 1 and document["withheld"] == {"count": 0, "of": 1, "reasons": {}}
    newest = list(bank.ledger.read_issue_events(issue_id))[-1]
    assert (document["last_event"], document["last_hash"]) == (newest.seq, newest.hash)


def test_the_register_is_handed_out_as_its_schema_says_without_signals(worked: tuple[Bank, str], capsys: Capture) -> None:
    bank, issue_id = worked
    document = json.loads(exported(capsys, bank, "--register"))
    Draft202012Validator(schema_of("exchange-register")).validate(document)
    assert [issue["issue_id"] for issue in document["issues"]] == [issue_id] and document["count"] == 1
    assert document["held_systems"] == ["fraud_filter"] and "signals" not in document


@pytest.mark.parametrize("form", ["json", "csv"])
def test_the_same_ledger_gives_the_same_bytes(worked: tuple[Bank, str], capsys: Capture, form: str) -> None:
    bank, issue_id = worked
    for what in (("--issue", issue_id), ("--register",)):
        first = exported(capsys, bank, *what, "--format", form, name="first")
        assert exported(capsys, bank, *what, "--format", form, name="second") == first


def test_a_signal_that_may_not_be_used_for_a_purpose_stays_and_is_counted(worked: tuple[Bank, str], capsys: Capture) -> None:
    bank, issue_id = worked
    document = json.loads(exported(capsys, bank, "--issue", issue_id, "--purpose", "train"))
    assert document["signals"] == []
    assert document["withheld"] == {"count": 1, "of": 1, "reasons": {"complaint: no": 1}}
    told = call(capsys, "--workspace", bank.root, "exchange", "export", "--issue", issue_id, "--purpose", "train", "--out", bank.root / "o")
    assert "0 of 1 signals for train" in told.out and "left out 1: complaint: no" in told.out


def test_yes_goes_and_no_review_and_silence_stay() -> None:
    uses = ["yes", "yes: as scenario", "no", "no: never the locked set itself", "review", "", "perhaps"]
    bodies = [{"category": "override", "usage": {"train": use}, "key": use} for use in uses] + [{"category": "override"}]
    chosen, withheld = choose_signals(bodies, Purpose.TRAIN)
    assert [body["key"] for body in chosen] == uses[:2]
    assert (withheld.count, withheld.of, sum(withheld.reasons.values())) == (6, 8, 6)
    assert withheld.reasons["override: no policy"] == 2
    assert choose_signals([], Purpose.TRAIN)[1].of == 0


def test_tables_have_their_columns_and_no_cell_is_a_formula(worked: tuple[Bank, str], capsys: Capture) -> None:
    bank, issue_id = worked
    story = read_csv(exported(capsys, bank, "--issue", issue_id, "--format", "csv"))
    assert tuple(story[0]) == STORY and [row[2] for row in story[1:]] == ["hold", "note"]
    assert story[2][5].startswith("'=HYPERLINK") and original_cell(story[2][5]).startswith("=HYPERLINK")
    register = read_csv(exported(capsys, bank, "--register", "--format", "csv"))
    assert tuple(register[0]) == REGISTER and register[1][0] == issue_id and register[1][-1] == "yes"
    assert all(cell == neutral_cell(original_cell(cell)) for row in story + register for cell in row)


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_an_empty_register_is_a_register(tmp_path: Path, capsys: Capture) -> None:
    bank = a_bank(tmp_path / "bank", opens="spike")
    bank.triage(MONDAY)
    document = json.loads(exported(capsys, bank, "--register"))
    assert (document["count"], document["issues"]) == (0, [])
    assert len(read_csv(exported(capsys, bank, "--register", "--format", "csv"))) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "found neither"),
        (("--register", "--issue", "ISS-1"), "found both"),
        (("--issue", "ISS-none"), "found none of this name"),
    ],
)
def test_an_export_of_nothing_or_of_both_is_refused(
    worked: tuple[Bank, str], capsys: Capture, arguments: tuple[str, ...], said: str
) -> None:
    bank, _ = worked
    done = run(capsys, bank, "export", *arguments, "--out", bank.root / "out.json")
    assert done.code == 2 and said in done.err and not (bank.root / "out.json").exists()


def test_many_imports_at_once_lose_nothing(tmp_path: Path, capsys: Capture) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from deployments.cli.exchange import kept
    from registry.exchange import defectdojo
    from registry.exchange.rows import import_rows

    bank = a_bank(tmp_path / "bank")
    out = bank.root / "data/dojo.jsonl"
    parts = [import_rows([a_finding(number)], defectdojo.row_of) for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda part: kept(bank.workspace, part, out, "export.json", None), parts))
    assert Counter(row["signal_id"] for row in rows_of(out)) == Counter(f"dojo-{number}" for number in range(24))
