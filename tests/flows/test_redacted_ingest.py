"""A thousand pieces of structured personal data go through the whole ingest: they are counted by kind, and none is in what is sealed."""

from __future__ import annotations

import json
import random
import re
from datetime import timedelta
from pathlib import Path

import pytest

from registry.evidence.packages import list_packages
from tests.checks.test_redaction_recall import KINDS, MAKERS
from tests.flows.workspaces import MONDAY, Bank, Complaint, a_bank

FRAMES = [
    "My {k} is {x} and nobody helped.",
    "{x}",
    "they used {x}, twice",
    "Ref:{x}.",
    "\n{x}\n",
    "I wait" + " and wait" * 21 + " at {x} still",
]
COLUMNS = ("Text", "Issue", "Channel", "Consequence", "Decided", "Text")  # an impact nobody mapped and a date that is none are set aside


def seeded_items() -> list[tuple[str, str]]:
    """Return a thousand (kind, item); none is the address of an owner, who stands in every record."""
    draw = random.Random(7)
    made = [(kind, MAKERS[kind](draw)) for kind in (KINDS[number % len(KINDS)] for number in range(1_000))]
    return [(kind, f"m.{item}" if kind == "email" else item) for kind, item in made]


def write_rows(bank: Bank, items: list[tuple[str, str]]) -> None:
    """Put each item into one cell of a row of its own; the narrative of a bad row holds it too."""
    draw, rows = random.Random(11), []
    for number, (kind, item) in enumerate(items):
        cells = Complaint(number, MONDAY - timedelta(days=1), text="").cells
        column = COLUMNS[number // len(KINDS) % len(COLUMNS)]
        cells[column] = draw.choice(FRAMES).format(k=kind, x=item)
        rows.append(cells)
    bank.write_cells(rows)


def sealed_bytes(archive: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(archive.rglob("*")) if path.is_file())


def forms(item: str) -> set[bytes]:
    """Return how an item could stand in a file: as it is, escaped, or as its bare digits."""
    digits = re.sub("[^0-9]", "", item)
    return {text.encode() for text in (item, json.dumps(item)[1:-1], digits if len(digits) >= 9 else item)}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bank, dict[str, int]]:
    bank = a_bank(tmp_path_factory.mktemp("bank"))
    write_rows(bank, seeded_items())
    return bank, bank.triage(MONDAY).decision.redactions


def test_at_least_99_in_100_are_counted_under_their_kind_in_the_sealed_decision(day: tuple[Bank, dict[str, int]]) -> None:
    bank, counted = day
    wanted = {kind: sum(found == kind for found, _ in seeded_items()) for kind in KINDS}
    assert sum(min(counted[kind], wanted[kind]) for kind in KINDS) >= 990, (counted, wanted)
    (package,) = list_packages(bank.workspace.archive_dir)
    assert json.loads((package.path / "decision.json").read_text())["redactions"] == counted
    assert "so nothing here is anonymous" in (package.path / "report.html").read_text()


def test_of_what_was_found_nothing_is_in_any_sealed_byte(day: tuple[Bank, dict[str, int]]) -> None:
    bank, counted = day
    content = sealed_bytes(bank.workspace.archive_dir)
    assert b"[email]" in content and b"[iban]" in content
    left = [item for _, item in seeded_items() if any(form in content for form in forms(item))]
    assert len(left) <= 1_000 - sum(counted.values()) and len(left) <= 10, left


def test_rows_set_aside_keep_no_half_of_an_identifier(day: tuple[Bank, dict[str, int]]) -> None:
    bank, _ = day
    (package,) = list_packages(bank.workspace.archive_dir)
    rows = json.loads((package.path / "quarantine.json").read_text())
    assert len(rows) > 300
    shown = "\n".join(f"{row['reason']} {row['row'].get('Consequence', '')} {row['row'].get('Decided', '')}" for row in rows)
    halves = [item[: len(item) // 2 + 1] for _, item in seeded_items() if len(item) >= 14]
    assert not [half for half in halves if half in shown]


def test_a_kind_that_policy_leaves_in_is_not_said_to_be_looked_for(tmp_path: Path) -> None:
    bank = a_bank(tmp_path)
    (bank.root / "policies/redaction.yaml").write_text("phone: {redact: false}\n")
    bank.write_complaints([Complaint(1, MONDAY - timedelta(days=1), text="write to ana@bank.example or 212-555-0147")])
    assert bank.triage(MONDAY).decision.redactions == {"card": 0, "email": 1, "iban": 0, "ip": 0, "ssn": 0}
