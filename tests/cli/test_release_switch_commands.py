"""``proofloop release promote`` and ``release rollback`` as people and pipelines call them: lines, JSON and exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calling import Called, call
from tests.flows.workspaces import FRAUD
from tests.mlflow_stores import fraud_store, store, switched
from tests.switched_bank import OPERATIONS, SwitchedBank

__all__ = ["fraud_store", "store", "switched"]

Capture = pytest.CaptureFixture[str]
PERSON = ("--by", OPERATIONS, "--role", "operations_lead")
BACK = ("rollback", FRAUD, *PERSON, "--reason", "complaints doubled")


def run(capsys: Capture, bank: SwitchedBank, *arguments: str) -> Called:
    return call(capsys, "--workspace", bank.root, "release", *arguments)


def answered(capsys: Capture, bank: SwitchedBank, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = call(capsys, "--workspace", bank.root, "--json", "release", *arguments)
    return done.code, json.loads(done.out)


def test_without_a_release_a_promotion_is_refused_with_how_to_find_one(capsys: Capture, switched: SwitchedBank) -> None:
    done = run(capsys, switched, "promote", "REL-1", *PERSON)
    assert done.code == 1
    assert "expected one that was proposed, found 'REL-1'" in done.out and "proofloop release list" in done.out


def test_a_release_is_put_in_force_and_the_way_back_is_told(capsys: Capture, switched: SwitchedBank) -> None:
    release = switched.ready()
    done = run(capsys, switched, "promote", "rel-2026", *PERSON)
    assert done.code == 0
    assert f"release {release} of {FRAUD}: model 2 is in force in place of 1, recorded as event" in done.out
    assert f"the way back: `proofloop release rollback {FRAUD}`" in done.out


def test_the_way_back_is_one_command_and_says_how_long_it_took(capsys: Capture, switched: SwitchedBank) -> None:
    switched.promote(switched.ready())
    done = run(capsys, switched, *BACK)
    assert done.code == 0
    assert f"rollback of {FRAUD}: model 1 is in force in place of 2" in done.out
    assert "within the 5 minutes of the policy table release" in done.out
    assert switched.aliases == {"champion": "1"}


def test_json_is_one_document_that_says_whether_it_was_done_again(capsys: Capture, switched: SwitchedBank) -> None:
    release = switched.ready()
    first, again = (answered(capsys, switched, "promote", release, *PERSON) for _ in range(2))
    assert [(code, told["kind"], told["done"], told["repeated"]) for code, told in (first, again)] == [
        (0, "release_switch", True, False),
        (0, "release_switch", True, True),
    ]
    assert first[1]["switch"] == again[1]["switch"]
    assert (first[1]["switch"]["to_version"], first[1]["switch"]["read_back"]) == ("2", "2")
    code, told = answered(capsys, switched, *BACK, "--to", "9")
    assert (code, told["kind"], [one["code"] for one in told["refusals"]]) == (1, "release_rollback", ["no_way_back"])


def test_a_canary_is_asked_for_by_its_share(capsys: Capture, switched: SwitchedBank) -> None:
    release = switched.ready()
    assert run(capsys, switched, "promote", release, *PERSON, "--share-percent", "21").code == 1
    done = run(capsys, switched, "promote", release, *PERSON, "--share-percent", "20")
    assert done.code == 0 and "for 20 percent of the traffic" in done.out


def test_an_mlflow_that_is_away_is_an_outage_that_may_be_tried_again(capsys: Capture, switched: SwitchedBank) -> None:
    release = switched.ready()
    Path(switched.uri.removeprefix("sqlite:///")).rename(switched.root / "away.db")
    done = run(capsys, switched, "promote", release, *PERSON)
    assert done.code == 4 and "expected a SQLite file, found none" in done.err


@pytest.mark.parametrize("arguments", [("promote",), ("promote", "REL", "--by", "x"), ("rollback", FRAUD, *PERSON), ("rollback",)])
def test_what_is_left_out_is_a_usage_error(capsys: Capture, switched: SwitchedBank, arguments: tuple[str, ...]) -> None:
    assert run(capsys, switched, *arguments).code == 2


def test_an_unfinished_switch_is_told_by_reading_versions_now(
    capsys: Capture, switched: SwitchedBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    import flows.switching

    def dies(*_arguments: Any) -> None:
        raise SystemExit(9)

    release = switched.ready()
    with monkeypatch.context() as patched:
        patched.setattr(flows.switching, "move_version", dies)
        assert run(capsys, switched, "promote", release, *PERSON).code == 9
    done = call(capsys, "--workspace", switched.root, "versions", "refresh", FRAUD)
    assert done.code == 3 and f"`proofloop release promote {release} --share-percent 100`" in done.out
    assert run(capsys, switched, "promote", release, "--share-percent", "100", *PERSON).code == 0
    assert call(capsys, "--workspace", switched.root, "versions", "refresh", FRAUD).code == 0
