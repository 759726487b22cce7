"""Every command and every flow says what it does to an AI system, and what changes one is refused under a preservation hold.

The entry points are found by looking, not by listing: a new command or flow fails here until it is in the table, and one that changes a
system fails until this file runs it under a hold and sees it refused.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
import yaml

from registry.domain.effects import COMMANDS, FLOWS, GUARDED, Effect, effects_of_step, is_guarded
from registry.domain.work import TAKEN_BY_PEOPLE
from tests.architecture.project import ROOT, dotted, product_modules, syntax_of
from tests.cli.calling import Called, call
from tests.evaluated_bank import lock, serves, write_set
from tests.holding import HOLD_PEOPLE, SINCE, HeldBank, a_held_bank, archive_digest, in_2040
from tests.released_bank import a_proposal
from tests.switched_bank import SwitchedBank, write_release
from tests.watched_bank import RETRAIN, act, an_evaluation_with_requests

Capture = pytest.CaptureFixture[str]

# Calls that change what MLflow or the ledger's erasable tables hold. Whatever module makes one is named here, with the entry point by which
# people reach it: that entry point must be guarded.
WRITES = {
    *("set_registered_model_alias", "delete_registered_model_alias", "set_prompt_alias", "delete_prompt_alias"),
    *("create_model_version", "delete_model_version", "transition_model_version_stage", "register_model", "register_prompt"),
    *("delete_registered_model", "delete_prompt", "delete_prompt_version", "set_model_version_tag", "set_registered_model_tag"),
    *("set_prompt_version_tag", "delete_prompt_alias", "delete_model_version_tag", "delete_prompt_version_tag"),
    *("finish_promised_removals", "finish_removals", "erase_narratives"),
}
WRITERS = {
    Path("registry/versions/promotion.py"): "release promote",
    Path("tasks/retention.py"): "retention delete",
    Path("deployments/removal.py"): "retention delete",
    Path("deployments/cli/narratives.py"): "narratives erase",
    Path("registry/ledger/store.py"): "narratives erase",
}


def commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the names of every command below ``group``, nested ones too, and of groups that do something by themselves."""
    if not isinstance(group, click.Group):
        yield " ".join(path)
        return
    if path and group.invoke_without_command:
        yield " ".join(path)
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield from commands(command, (*path, name))


def flows_of(module: ModuleType) -> Iterator[str]:
    from prefect import Flow

    for value in vars(module).values():
        if isinstance(value, Flow) and value.fn.__module__ == module.__name__:
            yield value.name


def all_flows() -> set[str]:
    """Names of every flow in a module of the house, and of every deployment."""
    modules = [import_module(dotted(module)) for module in product_modules() if module.parts[0] == "flows" and module.stem != "__init__"]
    deployed = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    return {name for module in modules for name in flows_of(module)} | {deployment["name"] for deployment in deployed}


def all_commands() -> set[str]:
    from deployments.cli.main import cli

    return set(commands(cli))


def test_every_command_says_what_it_does_to_a_system() -> None:
    assert set(COMMANDS) == all_commands()


def test_every_flow_says_what_it_does_to_a_system() -> None:
    assert set(FLOWS) == all_flows()


def test_every_entry_point_does_something() -> None:
    assert all(COMMANDS.values()) and all(FLOWS.values())


def test_a_command_and_a_flow_of_one_step_do_the_same() -> None:
    for kind in TAKEN_BY_PEOPLE:
        assert COMMANDS[f"issue {kind}"] == FLOWS[f"issue-{kind}"] == effects_of_step(kind)


def test_what_is_not_in_the_table_counts_as_changing_everything() -> None:
    assert effects_of_step("retrain-now") >= GUARDED and is_guarded(effects_of_step("retrain-now"))
    assert not is_guarded({Effect.READS, Effect.RECORDS})


def test_whatever_writes_to_the_model_registry_or_removes_is_reached_by_a_guarded_entry_point_alone() -> None:
    writing = {module for module in product_modules() if WRITES & set(called(syntax_of(module)))}
    assert writing == set(WRITERS), "name the entry point that reaches it, and guard that"
    assert all(is_guarded(COMMANDS[entry_point]) for entry_point in WRITERS.values())


def test_a_write_to_the_model_registry_is_noticed() -> None:
    assert WRITES & set(called(ast.parse("MlflowClient().set_registered_model_alias('m', 'champion', 2)")))


def called(module: ast.Module) -> Iterator[str]:
    """Yield the names of everything that ``module`` calls."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            function = node.func
            yield function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def step(kind: str) -> Callable[[Capture, HeldBank], Called]:
    return lambda capsys, held: call(capsys, "--workspace", held.root, "issue", *held.step(kind))


def erase(capsys: Capture, held: HeldBank) -> Called:
    arguments = ("--issue", held.issue_id, "--reason", "request 12", "--requested-by", "data_subject", "--yes")
    return call(capsys, "--workspace", held.root, "narratives", "erase", *arguments)


def record_version(capsys: Capture, held: HeldBank) -> Called:
    given = ("--from", "2026-03-18T10:00:00Z", "--by", HOLD_PEOPLE.setter, "--role", "product_owner", "--reason", "release 2")
    return call(capsys, "--workspace", held.root, "versions", "record", held.hold.system_id, "model", "v2", *given)


def delete(capsys: Capture, held: HeldBank) -> Called:
    arguments = ("--reason", "terms ended", "--approved-by", "cora@bank.example", "--role", "risk_compliance", "--yes")
    with in_2040():
        return call(capsys, "--workspace", held.root, "retention", "delete", *arguments)


def start_training(capsys: Capture, held: HeldBank) -> Called:
    return act(capsys, held.bank, "start", RETRAIN, by=HOLD_PEOPLE.setter)


def promote(capsys: Capture, held: HeldBank) -> Called:
    return call(capsys, "--workspace", held.root, "release", "promote", "REL", "--by", HOLD_PEOPLE.setter, "--role", "product_owner")


def roll_back(capsys: Capture, held: HeldBank) -> Called:
    given = ("--to", "v0", "--by", HOLD_PEOPLE.setter, "--role", "product_owner", "--reason", "complaints doubled")
    return call(capsys, "--workspace", held.root, "release", "rollback", held.hold.system_id, *given)


def ask_for_a_training(held: HeldBank) -> None:
    held.bank.ledger.append([an_evaluation_with_requests()])


def sign_a_release_off(held: HeldBank) -> None:
    """Version v2 is signed off to come in place of v1, which came in place of v0."""
    for made in (write_set, lock, write_release):
        made(held.bank)
    held.bank.ledger.append([serves(f"v{number}", since=datetime(2026, 3, 1 + number, tzinfo=UTC)) for number in range(2)])
    SwitchedBank(held.bank).ready("v2", "v1")


# entry point -> what there must be before it can be refused for the hold.
BEFORE: dict[str, Callable[[HeldBank], None]] = {
    **dict.fromkeys(("triggers start", "training-start"), ask_for_a_training),
    **dict.fromkeys(("release promote", "release rollback", "release", "release-promote", "release-rollback"), sign_a_release_off),
}

# entry point -> how it is run under a hold. A guarded one that is missing here fails the test below.
UNDER_HOLD: dict[str, Callable[[Capture, HeldBank], Called]] = {
    "issue contain": step("contain"),
    "issue link-change": step("link-change"),
    "issue implement": step("implement"),
    "narratives erase": erase,
    "versions record": record_version,
    "triggers start": start_training,
    "release promote": promote,
    "release rollback": roll_back,
    "retention delete": delete,
}


def a_bank_under_hold(root: Path, capsys: Capture, name: str) -> HeldBank:
    """Return the bank under hold with what the entry point needs before it can be refused for that."""
    held = a_held_bank(root, capsys)
    BEFORE.get(name, lambda _held: None)(held)
    return held


GUARDED_COMMANDS = sorted(name for name, effects in COMMANDS.items() if is_guarded(effects))


def test_every_guarded_command_is_run_under_a_hold() -> None:
    assert set(UNDER_HOLD) == set(GUARDED_COMMANDS)


@pytest.mark.parametrize("name", GUARDED_COMMANDS)
def test_a_hold_refuses_it_and_says_who_since_when_and_how_it_ends(tmp_path: Path, capsys: Capture, name: str) -> None:
    held = a_bank_under_hold(tmp_path, capsys, name)
    before = held.events(), archive_digest(held.bank)
    refused = UNDER_HOLD[name](capsys, held)
    told = refused.out + refused.err
    assert refused.code == 1, told
    for expected in (held.hold_id, HOLD_PEOPLE.setter, SINCE, f"issue release-hold {held.issue_id} --hold {held.hold_id}"):
        assert expected in told
    assert (held.events(), archive_digest(held.bank)) == before, "what was refused left a trace"


@pytest.mark.parametrize("name", GUARDED_COMMANDS)
def test_once_the_hold_is_released_it_is_no_longer_what_refuses(tmp_path: Path, capsys: Capture, name: str) -> None:
    held = a_bank_under_hold(tmp_path, capsys, name)
    held.release(capsys)
    told = UNDER_HOLD[name](capsys, held)
    assert held.hold_id not in told.out + told.err


# flow -> its parameters under a hold. A guarded one that is missing here fails the test below.
FLOWS_UNDER_HOLD: dict[str, Callable[[HeldBank], dict[str, Any]]] = {
    **{f"issue-{kind}": partial(HeldBank.flow_parameters, kind=kind) for kind in ("contain", "link-change", "implement")},
    "versions-record": HeldBank.version_record,
    "training-start": HeldBank.training_start,
    "release": lambda held: held.switch(system_id=held.hold.system_id, candidate="v2", document=a_proposal()),
    "release-promote": lambda held: held.switch(release="REL"),
    "release-rollback": lambda held: held.switch(system_id=held.hold.system_id, version="v0", reason="complaints doubled"),
}
GUARDED_FLOWS = sorted(name for name, effects in FLOWS.items() if is_guarded(effects))


def test_every_guarded_flow_is_run_under_a_hold() -> None:
    assert set(FLOWS_UNDER_HOLD) == set(GUARDED_FLOWS)


@pytest.mark.parametrize("name", GUARDED_FLOWS)
def test_a_guarded_flow_is_refused_as_its_command_is(tmp_path: Path, capsys: Capture, name: str) -> None:
    from tasks import engine

    held = a_bank_under_hold(tmp_path, capsys, name)
    before = held.events()
    function = name.replace("-", "_")
    flow = getattr(import_module(f"flows.{function}"), function)
    result = engine.run(flow, **FLOWS_UNDER_HOLD[name](held))
    assert held.events() == before
    assert any(refusal.code == "preservation_hold" and held.hold_id in refusal.reason for refusal in result.decision.refusals)


def test_what_served_before_the_hold_may_still_be_told(tmp_path: Path, capsys: Capture) -> None:
    from flows.versions_record import versions_record
    from tasks import engine

    held = a_held_bank(tmp_path, capsys)
    given = held.version_record()
    earlier = replace(given["document"], from_at=held.hold.set_at - timedelta(days=30))
    assert engine.run(versions_record, **{**given, "document": earlier}).seq
