"""The small bank with a fraud filter whose candidates are evaluated: a locked set, and outcomes of several versions on it.

Put here what tests of the gate's flow and command need. Which cases a version gets wrong is said by their places, so that a verdict is
known by counting.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from registry.domain.events import Event, EventKind
from registry.domain.gate_run import GateResult
from tests.flows.workspaces import FRAUD, Bank, a_bank

CHAMPION, BETTER, WORSE, OPEN = "v1", "v2", "v3", "v4"
"""Versions of ``an_evaluated_bank``: in force, better by 20 of 400 cases, worse by 40, and as good on too many other cases."""
AT = datetime(2026, 3, 16, 15, tzinfo=UTC)
CASES = 400
_LABELS = ("fraud", "genuine")
_CHAMPION_WRONG = frozenset(range(60))
VERSIONS: Mapping[str, Collection[int]] = {
    CHAMPION: _CHAMPION_WRONG,
    BETTER: range(40),
    WORSE: range(100),
    OPEN: range(30, 90),
}
_EVALUATION = """\
evaluation:
  artifact: model
  set:
    source: {path: data/cases.csv}
    sha256: "%(sha256)s"
    case_id: case_id
    label: label
    content: [text]
  outcomes:
    source: {path: data/outcomes.csv}
    columns: {version: version, case_id: case_id, answer: answer, error: error}
  answers: [fraud, genuine]
  metrics:
    - {name: accuracy, kind: accuracy}
  segments: [channel]
"""


def an_evaluated_bank(
    root: Path,
    versions: Mapping[str, Collection[int]] = VERSIONS,
    *,
    model: str = "{recorded: v1}",
    ledger_url: str = "sqlite:///.state/ledger.db",
    more_settings: str = "",
) -> Bank:
    """Return the bank, its ledger empty, with 400 cases in two channels and outcomes of each version: wrong at the places named."""
    bank = a_bank(root, model=model, ledger_url=ledger_url, more_settings=more_settings)
    write_set(bank)
    lock(bank)
    write_outcomes(bank, versions)
    return bank


def write_set(bank: Bank, *, conflicting: int = 0) -> None:
    """Write the set; so many cases ask what the case before them asks."""
    with (bank.root / "data/cases.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("case_id", "channel", "text", "label"))
        for place in range(CASES):
            asked = place - 1 if place % 2 and place < 2 * conflicting else place
            writer.writerow((case_id(place), ("web", "shop")[place // 2 % 2], f"purchase {asked} of Jane Roe", label(place)))


def lock(bank: Bank) -> None:
    """Name the set's bytes in the catalogue, or name them anew."""
    path = bank.root / f"systems/{FRAUD}.yaml"
    plain = path.read_text(encoding="utf-8").partition("evaluation:\n")[0]
    sha256 = hashlib.sha256((bank.root / "data/cases.csv").read_bytes()).hexdigest()
    path.write_text(plain + _EVALUATION % {"sha256": sha256}, encoding="utf-8")


def write_outcomes(bank: Bank, versions: Mapping[str, Collection[int]], answers: Mapping[tuple[str, int], str] | None = None) -> None:
    """Write the outcomes; ``answers`` are what versions said at places where it is neither right nor simply wrong."""
    with (bank.root / "data/outcomes.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("version", "case_id", "answer", "error"))
        writer.writerows(_rows(versions, answers or {}))


def case_id(place: int) -> str:
    return f"C{place:04d}"


def label(place: int) -> str:
    return _LABELS[place % 2]


def gate(
    bank: Bank,
    candidate: str = BETTER,
    champion: str = "",
    *,
    reason: str = "retrained on February",
    as_of: datetime | None = AT,
    dry_run: bool = False,
) -> GateResult:
    """Run the gate inline, as the command line does."""
    from flows.eval_gate import eval_gate
    from tasks import engine

    asked = {"system_id": FRAUD, "candidate": candidate, "champion": champion, "reason": reason}
    return engine.run(eval_gate, **asked, as_of=as_of, dry_run=dry_run, workspace=str(bank.root))


def serves(version: str, share_percent: int = 100, since: datetime = datetime(2026, 3, 1, tzinfo=UTC), artifact: str = "model") -> Event:
    """Return the event that says which version serves."""
    body = {
        "artifact": artifact,
        "version": version,
        "source": "recorded by person",
        "share_percent": share_percent,
        "role": "product_owner",
    }
    on = date(2026, 3, 2)
    return Event(EventKind.VERSION_OBSERVED, FRAUD, f"{artifact} {version}", since, on, body, actor="ana@bank.example")


def registered(folder: Path) -> str:
    """Return the address of a registry with three versions of the filter, each of a run of its own: 1 is champion, 2 candidate."""
    from mlflow import MlflowClient

    uri = f"sqlite:///{folder}/mlflow.db"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_registered_model("fraud")
    for run in "abc":
        client.create_model_version("fraud", source=f"s3://runs/{run}", run_id=run * 32)
    client.set_registered_model_alias("fraud", "champion", "1")
    client.set_registered_model_alias("fraud", "candidate", "2")
    return uri


def _rows(versions: Mapping[str, Collection[int]], answers: Mapping[tuple[str, int], str]) -> Iterator[tuple[str, str, str, str]]:
    for version, wrong in versions.items():
        for place in range(CASES):
            given = label(place + 1 if place in wrong else place)
            yield version, case_id(place), answers.get((version, place), given), ""
