"""What holds for every command: help without heavy imports, one answer, exit codes, errors without tracebacks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from deployments.cli import check
from deployments.cli.main import COMMANDS, LazyGroup, cli
from deployments.cli.session import Session, printable
from registry.errors import LedgerUnavailableError
from tests.catalogue.workspaces import changed, write_workspace
from tests.cli.calling import call

ROOT = Path(__file__).parents[2]
HEAVY = {"pydantic", "yaml", "sqlalchemy", "prefect", "duckdb", "pandas", "numpy", "pyarrow", "mlflow", "great_expectations", "jinja2"}


def _loaded_after(*arguments: str, cwd: Path = ROOT) -> set[str]:
    """Return the top-level modules a fresh process has loaded after a command."""
    program = (
        "import sys; from deployments.cli.main import main\n"
        f"try: main({list(arguments)!r})\n"
        "except SystemExit: print('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=cwd, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )
    return set(done.stderr.splitlines()[-1].split()[1:])


def test_help_imports_no_command_and_no_heavy_library() -> None:
    assert not HEAVY & _loaded_after("--help")


def test_verifying_an_archive_needs_no_database_and_no_flow(tmp_path: Path) -> None:
    assert not {"sqlalchemy", "prefect", "duckdb", "pandas", "mlflow"} & _loaded_after("evidence", "verify", "--archive", str(tmp_path))


def test_listing_issues_needs_no_flow_engine(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    assert not {"prefect", "duckdb", "pandas", "mlflow"} & _loaded_after("--workspace", str(tmp_path), "issue", "list")


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_line_shown_by_help_agrees_with_the_commands_own(name: str) -> None:
    group = cli
    assert isinstance(group, LazyGroup)
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.name == name
    assert (command.help or "").startswith(COMMANDS[name][1].split(":")[0].removesuffix("."))


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    called = call(capsys, name, "--help")
    assert (called.code, called.out.startswith("Usage: proofloop")) == (0, True)


def test_an_unknown_command_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    called = call(capsys, "triaje")
    assert (called.code, called.out) == (2, "")
    assert called.err == "proofloop: No such command 'triaje'.\nproofloop: see `proofloop --help`\n"


def test_with_json_even_bad_usage_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    called = call(capsys, "--json", "check", "--frobnicate")
    assert called.code == 2
    assert called.document["kind"] == "error"
    assert called.document["exit_code"] == 2


def test_no_workspace_is_told_without_a_traceback(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    called = call(capsys, "check")
    assert (called.code, called.out) == (2, "")
    assert called.err.startswith("proofloop: expected proofloop.yaml in ")
    assert "Traceback" not in called.err


def test_all_problems_of_a_workspace_are_listed_and_exit_with_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    files = {"policies/triage.yaml": "spyke: {}\n", "suppressions.yaml": "suppressions: []\n"}
    write_workspace(tmp_path, files, system=changed("kind: ml", "kind: oracle"))
    called = call(capsys, "--workspace", tmp_path, "check")
    assert called.code == 2
    told = [line.split(":")[1].strip() for line in called.err.splitlines()]
    assert told == ["policies/triage.yaml", "systems/fraud_filter.yaml", "suppressions.yaml"]


def test_with_json_the_problems_are_one_document(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_workspace(tmp_path, system=changed("kind: ml", "kind: oracle"))
    document = call(capsys, "check", "--json", "--workspace", tmp_path).document
    assert (document["error"], document["exit_code"], len(document["problems"])) == ("ConfigurationError", 2, 1)


def _raising(error: BaseException) -> object:
    def load(*_: object) -> None:
        raise error

    return load


def test_an_outage_exits_with_4(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_load_everything", _raising(LedgerUnavailableError("ledger: expected an answer, found none; retry")))
    called = call(capsys, "--workspace", write_workspace(tmp_path), "check")
    assert (called.code, called.err) == (4, "proofloop: ledger: expected an answer, found none; retry\n")


def test_a_defect_never_looks_like_a_verdict(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_load_everything", _raising(ZeroDivisionError("division by zero")))
    called = call(capsys, "--workspace", write_workspace(tmp_path), "check", "--json")
    assert called.code == 3
    assert called.document["error"] == "ZeroDivisionError"
    assert "Traceback" in called.err


def test_an_interrupt_has_its_own_code(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_load_everything", _raising(KeyboardInterrupt()))
    assert call(capsys, "--workspace", write_workspace(tmp_path), "check").code == 130


def test_what_a_library_prints_does_not_spoil_the_document(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = check._load_everything

    def chatty(workspace: object) -> object:
        sys.stdout.write("progress: 50 %\n")
        return original(workspace)  # type: ignore[arg-type]

    monkeypatch.setattr(check, "_load_everything", chatty)
    called = call(capsys, "--workspace", write_workspace(tmp_path), "check", "--json")
    assert called.document["kind"] == "check"
    assert called.err == "progress: 50 %\n"


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    command = f"{sys.executable} -m deployments.cli.main --workspace {tmp_path} schema system | head -c 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "{", "")


@pytest.mark.parametrize("text", ["\x1b[2J", "\x9b2J", "\u202e", "\r", "\x00", "\u2028", "\ud800"])
def test_no_text_of_the_world_can_steer_the_terminal(text: str) -> None:
    shown = printable(f"a{text}b")
    assert text not in shown
    assert shown.isprintable()


def test_ordinary_text_is_shown_as_it_is() -> None:
    assert printable("Grün — 日本 ✓ 1,000 %") == "Grün — 日本 ✓ 1,000 %"


def test_json_numbers_that_are_not_json_are_refused() -> None:
    with pytest.raises(ValueError, match="Out of range float values"):
        Session(as_json=True).answer({"value": float("nan")}, ())
