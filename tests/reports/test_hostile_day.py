"""A day of hostile texts through the flow: every field of every row, into the sealed page, the lists, the archive and the terminal."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from registry.evidence.verify import verify_archive
from reports.terminal import triage_text
from tests.payloads import PAYLOADS

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")
SYSTEM = """\
id: fraud_filter
name: {name}
kind: ml
risk_tier: low
owners: {{product_owner: {owner}, operations_lead: ops@bank.example}}
versions: {{model: {{recorded: "1"}}}}
signals:
  - name: complaints
    category: complaint
    source: {{path: data/complaints.csv}}
    where: "Product <> 'elsewhere'"
    fields: {{signal_id: Id, occurred_at: Decided, received_at: Received, journey_step: Step, narrative: Text,
      segment: {{product: Product, channel: Channel}}}}
    impact: access
    fingerprint: [Product, Step]
    opens_issue: {{each: {{min_severity: L1}}}}
"""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One flow run over rows that carry every payload in every text field, good rows and bad ones."""
    from flows.daily_triage import daily_triage
    from tasks.engine import run

    root = tmp_path_factory.mktemp("hostile")
    (root / "systems").mkdir()
    (root / "data").mkdir()
    (root / "proofloop.yaml").write_text("timezone: America/New_York\n")
    name, owner = json.dumps(PAYLOADS[0].text), json.dumps("<b onclick=window.pwned=1>owner</b>")
    (root / "systems" / "fraud_filter.yaml").write_text(SYSTEM.format(name=name, owner=owner))
    with (root / "data" / "complaints.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Id", "Decided", "Received", "Step", "Text", "Product", "Channel"])
        for number, payload in enumerate(PAYLOADS):
            text = payload.text.replace("\x00", "").encode("utf-8", "replace").decode()[:20_000]
            rows.writerow([f"{text} {number}", "2026-03-10", "2026-03-11", text, text, text, text])
            rows.writerow([f"bad {text} {number}", text, "2026-03-11", text, text, text, text])
            rows.writerow([f"free {text} {number}", "2026-03-10", "2026-03-11", text, text, "elsewhere", text])
    return run(daily_triage, as_of=datetime(2026, 3, 12, 10, tzinfo=UTC), workspace=str(root))


def test_every_row_is_counted_somewhere(day: Any) -> None:
    decision, rows = day.decision, 3 * len(PAYLOADS)
    assert decision.signal_counts["rows_read"] == rows
    assert decision.signal_counts["new"] + decision.quarantined.count + decision.unmatched.count == rows


@pytest.mark.parametrize("page", ["report.html", "validation.html"])
def test_a_sealed_page_runs_nothing_and_asks_for_nothing(day: Any, browser: Any, page: str) -> None:
    pages = {path.name: path for path in Path(day.report_path).parent.glob("*.html")}
    assert set(pages) == {"report.html", "validation.html"}
    browser.open(pages[page].read_bytes())
    assert browser.ask("return typeof window.pwned") == "undefined"
    assert browser.ask("return document.querySelectorAll('script, img, iframe, object, embed, form, input').length") == 0
    handlers = "return [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length"
    assert browser.ask(handlers) == 0
    assert browser.requests() == []
    assert browser.complaints() == []
    assert browser.ask("return document.documentElement.scrollWidth <= window.innerWidth")


def test_no_cell_of_a_list_is_a_formula(day: Any) -> None:
    lists = list(Path(day.report_path).parent.glob("*.csv"))
    assert {path.name for path in lists} == {"quarantine.csv", "rows.csv"}
    for path in lists:
        cells = [cell for row in csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")) for cell in row]
        assert [cell for cell in cells if FORMULA.match(cell)] == []


def test_no_text_becomes_a_path_and_the_archive_verifies(day: Any) -> None:
    package = Path(day.report_path).parent
    assert {path.suffix for path in package.iterdir()} <= {".json", ".jsonl", ".html", ".csv"}
    assert all(path.is_file() and path.name.isascii() for path in package.iterdir())
    assert verify_archive(package.parent).exit_code == 0


def test_the_terminal_gets_no_control_character(day: Any) -> None:
    text = triage_text(day.decision)
    assert [char for char in text if ord(char) < 32 and char != "\n"] == []
