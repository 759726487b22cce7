"""The small bank with a fraud filter whose predictions are watched, and the requests that were made of it.

Put here what tests of people's acts on references and requests need.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from registry.domain.events import Event
from tests.cli.calling import Called, call
from tests.flows.workspaces import FRAUD, Bank, a_bank
from tests.trigger_events import a_request, an_evaluation

ASKED_AT = datetime(2026, 3, 2, 11, tzinfo=UTC)
RETRAIN, INVESTIGATE = "sha256:" + "a" * 64, "sha256:" + "b" * 64
_WATCHED = """\
predictions:
  source: {path: data/predictions.csv}
  columns: {time: made, score: pd}
  features: {numeric: [amount], categorical: [term]}
  segments: [term]
monitoring:
  reference: {from: 2025-01-01, to: %s}
  window: month
%s"""


def a_watched_bank(
    root: Path, *, deployment: str = "train/fraud", reference_to: str = "2026-01-01", new_term_from: date = date(2027, 1, 1)
) -> Bank:
    """Return the bank, its ledger empty, with forty predictions a day from January 2025 to February 2026.

    From ``new_term_from`` on, a third of them have a term that there was not before.
    """
    bank = a_bank(root)
    watch(bank, deployment=deployment, reference_to=reference_to)
    write_predictions(bank, _rows(date(2025, 1, 1), date(2026, 3, 1), new_term_from))
    return bank


def watch(bank: Bank, *, deployment: str = "", reference_to: str = "2026-01-01") -> None:
    """Write, or write anew, how the fraud filter is watched."""
    path = bank.root / f"systems/{FRAUD}.yaml"
    plain = path.read_text(encoding="utf-8").partition("predictions:\n")[0]
    line = f"  training_deployment: {deployment}\n" if deployment else ""
    path.write_text(plain + _WATCHED % (reference_to, line), encoding="utf-8")


def write_predictions(bank: Bank, rows: Iterable[tuple[str, str, str, str]]) -> None:
    with (bank.root / "data/predictions.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("made", "pd", "amount", "term"), *rows])


def asked(bank: Bank) -> None:
    """Record that February was judged: one request to retrain, one to investigate, and what stands."""
    bank.ledger.append([an_evaluation_with_requests()])


def an_evaluation_with_requests() -> Event:
    requests = [a_request("performance_drop", mark="a"), a_request("data_drift", action="investigate", mark="b")]
    stands = ["drift|term", "performance|calibration|term=60"]
    return an_evaluation(
        FRAUD,
        judged_at=ASKED_AT,
        start_on=date(2026, 2, 1),
        end_on=date(2026, 3, 1),
        verdict="fail",
        requests=requests,
        opened=stands,
        conditions=stands,
        memory={"since": [["drift|term", "2026-01-01"], ["performance|calibration|term=60", "2026-02-01"]], "label_count": None},
    )


def act(capsys: pytest.CaptureFixture[str], bank: Bank, *words: str, **options: str) -> Called:
    """Act as the product owner, unless told otherwise."""
    given = {"by": "ana@bank.example", "role": "product_owner", "reason": "looked at on 3 March", **options}
    flags = [word for name, value in given.items() for word in (f"--{name}", value)]
    return call(capsys, "--workspace", bank.root, "triggers", *words, *flags)


def _rows(start_on: date, end_on: date, new_term_from: date) -> Iterable[tuple[str, str, str, str]]:
    for offset in range((end_on - start_on).days):
        day = start_on + timedelta(days=offset)
        for number in range(40):
            term = "84" if day >= new_term_from and number % 3 == 0 else "60" if number % 4 else "36"
            yield day.isoformat(), f"0.{10 + (7 * number + offset) % 40}", str(100 + 7 * ((11 * number + offset) % 40)), term
