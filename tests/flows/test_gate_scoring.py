"""The gate asks the versions itself: the same judgement as of outcomes made elsewhere, or none at all where a version may not run."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.gate import GateAction
from registry.domain.gate_run import GateResult
from registry.errors import ConfigurationError
from registry.versions.scoring_allowed import digest_model
from tests.evaluated_bank import AT, CASES, an_evaluated_bank, gate, serves
from tests.flows.workspaces import FRAUD, Bank
from tests.versions.scoring_models import a_model, allow, can_enclose, registered

ANSWERING = """
found = []
for text in frame['text']:
    number = int(text.split()[1])
    %s
    found.append('fraud' if (number %% 2 == 0) != (number in %r) else 'genuine')
return found
"""
SCORE = "  score: {inputs: [text], answer: '0'}\n"


@pytest.fixture(autouse=True)
def enclosed() -> None:
    if not can_enclose():
        pytest.skip("this machine allows no namespaces: nothing is scored on it")


def a_scored_bank(root: Path, *wrong: Collection[int], also: str = "", score: str = SCORE) -> Bank:
    """Return the bank whose versions 1, 2, ... are models that are wrong at these places; the first is in force, all may run."""
    bank = an_evaluated_bank(
        root / "bank", model="{mlflow_model: fraud, alias: champion}", more_settings=f"mlflow_uri: sqlite:///{root}/m.db"
    )
    path = bank.root / f"systems/{FRAUD}.yaml"
    head, _, rest = path.read_text(encoding="utf-8").partition("  outcomes:\n")
    path.write_text(head + score + rest[rest.index("  answers:") :], encoding="utf-8")
    (bank.root / "data/outcomes.csv").unlink()
    code = [ANSWERING % (also if number else "", sorted(places)) for number, places in enumerate(wrong)]
    folders = [a_model(root / f"models/{number}", lines, takes={"text": "string"}) for number, lines in enumerate(code, 1)]
    registered(f"sqlite:///{root}/m.db", "fraud", *folders)
    allow(bank.root, *map(digest_model, folders))
    bank.ledger.append([serves("1")])
    return bank


def sealed(bank: Bank, result: GateResult, name: str) -> bytes:
    from registry.evidence.packages import find_package

    package = find_package(bank.root / ".state/archive", result.bundle_digest)
    assert package is not None
    return (package.path / name).read_bytes()


def test_a_better_model_passes_and_the_decision_names_what_was_scored(tmp_path: Path) -> None:
    bank = a_scored_bank(tmp_path, range(60), range(40))
    result = gate(bank, "2")
    assert (result.decision.verdict, result.decision.action) == (Verdict.PASS, GateAction.APPROVE)
    (whole,) = [one for one in result.decision.comparisons if not one.segment.column]
    assert whole.difference is not None
    assert (whole.difference.champion, whole.difference.candidate) == (340 / CASES, 360 / CASES)
    digests = {one.name: one.digest for one in result.decision.inputs}
    assert digests["model files of fraud 1"] == digest_model(tmp_path / "models/1")
    assert digests["model files of fraud 2"] == digest_model(tmp_path / "models/2")
    assert "allowed_models" in digests
    assert digest_model(tmp_path / "models/2") in sealed(bank, result, "decision.json").decode()


def test_the_outcomes_are_judged_as_a_table_that_was_made_elsewhere_would_be(tmp_path: Path) -> None:
    scored = gate(a_scored_bank(tmp_path / "scored", range(60), range(100)), "2").decision
    elsewhere = an_evaluated_bank(tmp_path / "elsewhere")
    elsewhere.ledger.append([serves("v1")])
    told = gate(elsewhere, "v3").decision
    assert scored.verdict is told.verdict is Verdict.FAIL
    assert [(one.segment, one.counts, one.state) for one in scored.comparisons] == [
        (one.segment, one.counts, one.state) for one in told.comparisons
    ]


def test_asking_again_is_the_same_question_and_asks_no_model(tmp_path: Path) -> None:
    bank = a_scored_bank(tmp_path, range(60), range(40))
    first = gate(bank, "2")
    kept = {path: path.stat().st_mtime_ns for path in (bank.root / ".state/scored").iterdir()}
    again = gate(bank, "2")
    assert len(kept) == 2
    assert {path: path.stat().st_mtime_ns for path in (bank.root / ".state/scored").iterdir()} == kept
    assert (again.repeated, again.seq) == (True, first.seq)


def test_what_was_kept_counts_no_more_once_the_model_may_not_run(tmp_path: Path) -> None:
    bank = a_scored_bank(tmp_path, range(60), range(40))
    gate(bank, "2")
    allow(bank.root, digest_model(tmp_path / "models/1"))
    result = gate(bank, "2")
    assert codes(result) == {"not_scored"}


def test_an_error_of_the_candidate_is_a_wrong_answer(tmp_path: Path) -> None:
    bank = a_scored_bank(tmp_path, range(60), range(40), also="if number % 10 == 7: raise ValueError('no such shop')")
    result = gate(bank, "2")
    (whole,) = [one for one in result.decision.comparisons if not one.segment.column]
    assert whole.difference is not None
    assert whole.difference.candidate == (CASES - 40 - 36) / CASES, "40 cases end in an error, and 36 others are wrong"
    assert result.decision.verdict is Verdict.INCONCLUSIVE, "more errors than policy takes"


def test_the_same_files_under_two_numbers_are_one_version(tmp_path: Path) -> None:
    bank = a_scored_bank(tmp_path, range(60), range(60))
    assert gate(bank, "2").decision.verdict is Verdict.FAIL


def codes(result: GateResult) -> set[str]:
    return {one.reason_code for one in result.decision.findings if one.verdict is not Verdict.PASS and one.check in ("scoring", "outcomes")}


def unlisted(bank: Bank, root: Path) -> None:
    allow(bank.root, digest_model(root / "models/1"))


def edited(_bank: Bank, root: Path) -> None:
    code = root / "models/2/code/scored_model.py"
    code.write_text(code.read_text() + "\n# a line more\n")


def unsigned(bank: Bank, _root: Path) -> None:
    (bank.root / "allowed_models.sig").unlink()


def absent(bank: Bank, _root: Path) -> None:
    (bank.root / "allowed_models").unlink()


def resigned(bank: Bank, _root: Path) -> None:
    with (bank.root / "allowed_models").open("a") as listed:
        listed.write("# a line more\n")


def another_column(bank: Bank, _root: Path) -> None:
    path = bank.root / f"systems/{FRAUD}.yaml"
    path.write_text(path.read_text().replace("answer: '0'", "answer: verdict"))


@pytest.mark.parametrize("spoil", [unlisted, edited, unsigned, absent, resigned, another_column])
def test_where_a_version_may_not_run_nothing_is_compared(tmp_path: Path, spoil: Callable[[Bank, Path], None]) -> None:
    bank = a_scored_bank(tmp_path, range(60), range(40))
    spoil(bank, tmp_path)
    result = gate(bank, "2")
    assert (result.decision.verdict, result.decision.action) == (Verdict.INCONCLUSIVE, GateAction.HOLD)
    assert result.decision.comparisons == ()
    assert codes(result) == {"not_scored"}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("import time\n    while True: time.sleep(1)", "expected an end within 5 seconds"),
        ("import os\n    os._exit(0)", "expected the model to answer"),
        ("number = None; number.x", "found none to the first 100 cases"),
        ("found += ['genuine'] * 3", "expected 400 answers|expected 1 answers"),
    ],
)
def test_a_candidate_that_cannot_be_asked_is_not_judged(tmp_path: Path, lines: str, told: str) -> None:
    bank = a_scored_bank(tmp_path, range(60), range(40), also=lines)
    with (bank.root / "proofloop.yaml").open("a") as settings:
        settings.write(f"scoring: {{seconds: {5 if 'within 5' in told else 300}, memory_mb: 1024}}\n")
    result = gate(bank, "2")
    assert result.decision.verdict is Verdict.INCONCLUSIVE
    assert result.decision.comparisons == ()
    (found,) = [one for one in result.decision.findings if one.check == "scoring"]
    assert any(text in found.reason for text in told.split("|"))
    assert not [path for path in (bank.root / ".state/scored").glob("*") if path.name.startswith(".")]


def test_where_no_model_can_be_kept_apart_the_run_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bank = a_scored_bank(tmp_path, range(60), range(40))
    monkeypatch.setattr("registry.versions.scoring_process.sys.platform", "darwin")
    with pytest.raises(ConfigurationError, match="expected to start the model's process without network"):
        gate(bank, "2")
    assert [event.kind for event in bank.ledger.read_events(0, (EventKind.GATE_DECIDED,))] == []


def test_seconds_are_measured_and_may_be_compared(tmp_path: Path) -> None:
    bank = a_scored_bank(tmp_path, range(60), range(40))
    path = bank.root / f"systems/{FRAUD}.yaml"
    metric = "    - {name: seconds, kind: amount, column: seconds, more_is_better: false, max_regression: 9}\n"
    path.write_text(path.read_text().replace("  metrics:\n", f"  metrics:\n{metric}"))
    (found,) = [one for one in gate(bank, "2").decision.comparisons if (one.metric, one.segment.column) == ("seconds", "")]
    assert found.difference is not None
    assert found.difference.champion > 0


def test_a_change_of_the_set_is_told_before_anything_runs(tmp_path: Path) -> None:
    bank = a_scored_bank(tmp_path, range(60), range(40))
    with (bank.root / "data/cases.csv").open("a", newline="") as stream:
        csv.writer(stream).writerow(("C9999", "web", "purchase 9999", "fraud"))
    result = gate(bank, "2")
    assert "set_changed" in {one.reason_code for one in result.decision.findings}
    assert not (bank.root / ".state/scored").exists()


def test_the_reserve_is_scored_here_too(tmp_path: Path) -> None:
    from flows.eval_gate import eval_gate
    from tasks import engine

    bank = a_scored_bank(tmp_path, range(60), range(40))
    rows = (bank.root / "data/cases.csv").read_text().splitlines(keepends=True)
    reserve = bank.root / "data/reserve.csv"
    reserve.write_text("".join(rows[:301]))
    sha256 = hashlib.sha256(reserve.read_bytes()).hexdigest()
    path = bank.root / f"systems/{FRAUD}.yaml"
    kept = f"  reserve: {{set: {{source: {{path: data/reserve.csv}}, sha256: {sha256}}}}}\n"
    path.write_text(path.read_text().replace("  metrics:\n", f"{kept}  metrics:\n"))
    asked = {"system_id": FRAUD, "candidate": "2", "reason": "the last one", "as_of": AT, "workspace": str(bank.root)}
    decision = engine.run(eval_gate, **asked, final=True).decision
    assert decision.set_digest == f"sha256:{sha256}"
    (whole,) = [one for one in decision.comparisons if not one.segment.column]
    assert (whole.n, whole.difference is not None) == (300, True)
