"""A version is scored where a signed list has its files' digest: case by case, by MLflow's own copy, and not at all otherwise."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from registry.domain.catalogue import VersionSpec
from registry.domain.gate import PinnedVersion
from registry.domain.release import SmokeCases
from registry.errors import ConfigurationError, ScoringError, VersionsUnavailableError
from registry.versions.pinned import pin_registered
from registry.versions.rehearsal import rehearse
from registry.versions.scoring import CaseAnswer, ScoringPlace, fetched, loaded
from registry.versions.scoring_allowed import AllowedModels, digest_model, read_allowed
from registry.versions.scoring_room import ScoringLimits
from tests.versions.scoring_models import DOUBLED, a_model, allow, can_enclose, registered

NOW = datetime.now(tz=UTC)
MODEL = VersionSpec("model", mlflow_model="credit_model", alias="champion")
LIMITS = ScoringLimits(seconds=60, memory_mb=1024)
PICKY = """
if (frame['amount'] == 13).any(): raise ValueError('unlucky')
return frame['amount'] * 2
"""


class Store:
    """A workspace's folder with an MLflow store in it, and models registered there."""

    def __init__(self, root: Path) -> None:
        self.root, self.uri = root, f"sqlite:///{root}/mlflow.db"
        self.folders: list[Path] = []

    def add(self, predict: str, **more: object) -> Path:
        folder = a_model(self.root / f"models/{len(self.folders)}", predict, **more)  # type: ignore[arg-type]
        self.folders.append(folder)
        registered(self.uri, "credit_model", folder)
        return folder

    def allow(self, *folders: Path) -> None:
        allow(self.root, *(digest_model(folder) for folder in folders or self.folders))

    def allowed(self) -> AllowedModels:
        return read_allowed(self.root, self.root / "allowed_signers", self.root / "revoked_keys", NOW)

    def place(self) -> ScoringPlace:
        return ScoringPlace(self.uri, self.allowed(), (self.root,), LIMITS)

    def ask(self, *amounts: str | None, at_once: int = 100, version: str = "1") -> list[CaseAnswer]:
        with loaded(MODEL, version, self.place()) as model:
            return list(model.answers(["amount"], [[amount] for amount in amounts], at_once))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    yield Store(tmp_path)


@pytest.fixture(autouse=True)
def enclosed(request: pytest.FixtureRequest) -> None:
    if not can_enclose():
        pytest.skip("this machine allows no namespaces: nothing is scored on it")


def test_no_cases_have_no_answers(store: Store) -> None:
    store.add(DOUBLED)
    store.allow()
    assert store.ask() == []


def test_every_case_has_its_answer_in_its_place(store: Store) -> None:
    store.add(DOUBLED)
    store.allow()
    found = store.ask("1", "x", "2.25", at_once=2)
    assert [one.cells.get("0", "") for one in found] == ["2", "", "4.5"]
    assert "expected a value" in found[1].error or "could not convert" in found[1].error
    assert all(one.seconds > 0 for one in found)


def test_a_case_that_fails_a_question_is_found_and_the_others_are_answered(store: Store) -> None:
    store.add(PICKY)
    store.allow()
    found = store.ask(*map(str, range(20)), at_once=20)
    assert [place for place, one in enumerate(found) if one.error] == [13]
    assert found[13].error == "ValueError: unlucky"
    assert found[12].cells["0"] == "24"


def test_a_version_that_answers_nothing_is_not_asked_for_ever(store: Store) -> None:
    store.add("raise ValueError('broken')")
    store.allow()
    with pytest.raises(ScoringError, match="found none to the first 100 cases: ValueError: broken"):
        store.ask(*map(str, range(1000)))


def test_a_column_that_the_model_asks_for_and_nobody_names_is_told(store: Store) -> None:
    store.add(DOUBLED, takes={"amount": "double", "term": "long", "note": "string?"})
    store.allow()
    with pytest.raises(ScoringError, match="expected columns term, which the model's signature asks for"):
        store.ask("1")


def test_without_a_list_nothing_is_run(store: Store) -> None:
    store.add(DOUBLED)
    with pytest.raises(ScoringError, match="allowed_models: expected the signed list"):
        store.place()


def test_a_list_without_a_signature_allows_nothing(store: Store) -> None:
    store.add(DOUBLED)
    store.allow()
    (store.root / "allowed_models.sig").unlink()
    with pytest.raises(ScoringError, match=r"allowed_models\.sig: expected"):
        store.place()


def test_a_line_that_was_added_after_it_was_signed_allows_nothing(store: Store) -> None:
    store.allow(store.add(DOUBLED))
    with (store.root / "allowed_models").open("a") as listed:
        listed.write(f"sha256:{'0' * 64} another\n")
    with pytest.raises(ScoringError, match="it was edited after it was signed"):
        store.place()


def test_a_key_for_something_else_allows_nothing(store: Store) -> None:
    store.add(DOUBLED)
    allow(store.root, digest_model(store.folders[0]), namespace="product_owner")
    with pytest.raises(ScoringError, match="expected a signature for the role allowed-models"):
        store.place()


def test_a_key_that_nobody_listed_allows_nothing(store: Store) -> None:
    store.allow(store.add(DOUBLED))
    (store.root / "allowed_signers").write_text("")
    with pytest.raises(ScoringError, match="expected a key that allowed_signers lists with the namespace allowed-models"):
        store.place()


def test_a_revoked_key_allows_nothing(store: Store) -> None:
    store.allow(store.add(DOUBLED))
    shutil.copy(store.root / "models_key.pub", store.root / "revoked_keys")
    with pytest.raises(ScoringError, match="revoked_keys"):
        store.place()


def test_a_key_whose_time_is_over_allows_nothing(store: Store) -> None:
    store.allow(store.add(DOUBLED))
    signers = store.root / "allowed_signers"
    ended = f'valid-before="{NOW - timedelta(days=1):%Y%m%d}",namespaces='
    signers.write_text(signers.read_text().replace("namespaces=", ended))
    with pytest.raises(ScoringError, match="which was not"):
        store.place()


def test_a_line_that_is_none_refuses_the_list(store: Store) -> None:
    store.add(DOUBLED)
    allow(store.root, "md5:1234")
    with pytest.raises(ScoringError, match="allowed_models:1: expected sha256"):
        store.place()


def test_the_list_says_who_signed_it(store: Store) -> None:
    store.allow(store.add(DOUBLED))
    found = store.allowed()
    assert (found.by, list(found.names.values())) == ("risk@bank.example", ["credit_model"])


def test_a_model_that_is_not_listed_is_not_run(store: Store, tmp_path: Path) -> None:
    first = store.add(DOUBLED)
    other = store.add(DOUBLED, load=f"open({str(tmp_path / 'ran')!r}, 'w')")
    store.allow(first)
    with pytest.raises(ScoringError, match=f"found {digest_model(other)}; its code is run"):
        store.ask("1", version="2")


def test_a_model_whose_files_were_changed_after_it_was_listed_is_not_run(store: Store) -> None:
    folder = store.add(DOUBLED)
    store.allow()
    code = folder / "code/scored_model.py"
    code.write_text(code.read_text().replace("* 2", "* 3"))
    with pytest.raises(ScoringError, match="expected one of the 1 models that allowed_models lists"):
        store.ask("1")


def test_the_digest_is_what_sha256sum_says(store: Store) -> None:
    folder = store.add(DOUBLED)
    command = "find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"
    said = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=True).stdout
    assert digest_model(folder) == f"sha256:{said.split()[0]}"
    with fetched(MODEL, "1", store.uri) as (_, digest):
        assert digest == digest_model(folder)


@pytest.mark.parametrize("spoil", ["link", "newline", "nothing"])
def test_files_that_cannot_be_digested_are_refused(tmp_path: Path, spoil: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    if spoil == "link":
        (folder / "ledger").symlink_to("/etc/passwd")
    elif spoil == "newline":
        (folder / "a\nb").write_text("x")
    with pytest.raises(ScoringError, match=r"expected plain files|expected files of the model"):
        digest_model(folder)


def test_a_version_that_is_no_model_of_mlflow_is_not_scored(store: Store) -> None:
    store.allow(store.add(DOUBLED))
    with pytest.raises(ConfigurationError, match="give outcomes instead"), loaded(VersionSpec("model", recorded="v1"), "1", store.place()):
        pass


def test_a_version_whose_files_are_gone_is_not_scored(store: Store) -> None:
    store.allow(store.add(DOUBLED))
    shutil.rmtree(store.folders[0])
    with pytest.raises(ScoringError, match="found that MLflow has none"):
        store.ask("1")


def test_a_registry_that_does_not_answer_is_an_outage(store: Store) -> None:
    store.allow(store.add(DOUBLED))
    (store.root / "mlflow.db").unlink()
    with pytest.raises(VersionsUnavailableError, match="expected a SQLite file"):
        store.ask("1")


def smoke(*amounts: str) -> SmokeCases:
    return SmokeCases(("amount",), tuple((amount,) for amount in amounts), "sha256:0")


def test_a_rehearsal_counts_what_was_answered_and_how_long_it_took(store: Store) -> None:
    store.add(PICKY)
    store.allow()
    pinned = pin_registered(store.uri, MODEL, "1")
    made = rehearse(MODEL, pinned, smoke("1", "13", "5"), store.place(), NOW)
    assert (made.version, made.version_digest, made.asked_count, made.answered_count) == ("1", pinned.digest, 3, 2)
    assert (made.at, made.problem) == (NOW, "")
    assert made.seconds > 0


def test_an_empty_answer_is_none(store: Store) -> None:
    store.add("return [None, float('nan'), '', 'yes']")
    store.allow()
    assert rehearse(MODEL, pin_registered(store.uri, MODEL, "1"), smoke("1", "2", "3", "4"), store.place(), NOW).answered_count == 1


@pytest.mark.parametrize(
    ("predict", "version", "problem"),
    [
        ("raise SystemExit(3)", "1", "process ended"),
        (DOUBLED, "9", "expected a version of 'credit_model'"),
        (DOUBLED, "2", "allowed_models"),
    ],
)
def test_what_keeps_a_rehearsal_from_being_made_is_its_problem(store: Store, predict: str, version: str, problem: str) -> None:
    first = store.add(predict)
    store.add(PICKY)
    store.allow(first)
    made = rehearse(MODEL, PinnedVersion(version, version, "sha256:1"), smoke("1"), store.place(), NOW)
    assert problem in made.problem
    assert made.answered_count == 0
