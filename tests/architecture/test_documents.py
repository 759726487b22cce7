"""What the documents tell people to type exists, and nothing of one machine is written into the project."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest

from tests.architecture.project import ROOT, tracked_files

BLOCK = re.compile(r"^```(?:sh|bash|console|shell|text)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:make|proofloop) [^`\n]+)`")
PLACEHOLDER = re.compile(r"[A-Z]{2,}|<|\.\.\.|\[|…|\|")


def documents() -> list[str]:
    """README, change log and everything below docs."""
    names = [str(path.relative_to(ROOT)) for path in tracked_files() if path.suffix == ".md"]
    return [name for name in names if name in {"README.md", "CHANGELOG.md"} or name.startswith("docs/")]


def commands(program: str) -> Iterator[tuple[str, str]]:
    """Yield (document, command line) for each command of ``program`` that a document shows in full."""
    for document in documents():
        text = (ROOT / document).read_text(encoding="utf-8")
        lines = [line.strip().removeprefix("$ ") for block in BLOCK.findall(text) for line in block.splitlines()]
        shown = (line.partition(" #")[0].strip() for line in [*lines, *INLINE.findall(text)])
        yield from ((document, line) for line in shown if line.startswith(f"{program} ") and not is_outline(line))


def is_outline(line: str) -> bool:
    """Whether the line has a placeholder (SYSTEM, [DIR], <id>, ...) where a reader fills something in; NAME=value is none."""
    return any(PLACEHOLDER.search(word) for word in line.split() if "=" not in word)


def test_the_readme_shows_how_to_see_it_and_how_to_test_it() -> None:
    shown = {line for document, line in commands("make") if document == "README.md"}
    assert {"make demo", "make test"} <= shown


def test_every_make_target_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document, line in commands("make"):
        named = [word for word in shlex.split(line)[1:] if "=" not in word]
        assert set(named) <= targets, f"{document}: {line}"


def test_every_make_target_is_listed_by_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]
    assert phony == set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))


def test_every_proofloop_command_in_the_documents_parses() -> None:
    for document, line in commands("proofloop"):
        problem = usage_problem(shlex.split(line)[1:])
        assert not problem, f"{document}: {line}: {problem}"


@pytest.mark.parametrize("line", ["frobnicate", "demo --frobnicate", "evidence frobnicate"])
def test_a_command_that_does_not_exist_is_noticed(line: str) -> None:
    assert usage_problem(line.split())


def usage_problem(arguments: list[str]) -> str:
    """Return why the command line would not take these arguments, or an empty text; nothing is run."""
    import click

    from deployments.cli.main import cli

    command: click.Command = cli
    parent: click.Context | None = None
    name = "proofloop"
    try:
        while True:
            context = command.make_context(name, list(arguments), parent=parent)
            if not isinstance(command, click.Group):
                return ""
            rest = [*context._protected_args, *context.args]
            if command.invoke_without_command and not rest:
                return ""  # a group that does something by itself
            resolved, found, arguments = command.resolve_command(context, rest)
            name, command, parent = resolved or "", found or command, context
    except click.exceptions.Exit:
        return ""  # --help
    except click.UsageError as error:
        message = error.format_message()
        return "" if "does not exist" in message and isinstance(error, click.BadParameter) else message


# a letter in brackets keeps each pattern from matching itself
PATHS = ("/[r]oot/", "/[h]ome/[a-z]", "/[U]sers/[a-z]", r"/[w]ork/(?:main|shared|\.)", "/[o]pt/[a-z]+/simple", "[p]yenv/versions")
HOSTS = (r"[p]ypi\.org", r"[p]ythonhosted\.org", r"[r]egistry\.npmjs\.org", r"[d]eb\.debian\.org", "--[i]ndex-url")
OF_ONE_MACHINE = re.compile("|".join(PATHS))
OF_A_REGISTRY = re.compile("|".join(HOSTS))


@pytest.mark.parametrize("pattern", [OF_ONE_MACHINE, OF_A_REGISTRY], ids=["path of one machine", "package registry"])
def test_nothing_of_one_machine_is_written_into_the_project(pattern: re.Pattern[str]) -> None:
    found = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}:{number}" for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)]
    assert not found


def test_a_path_of_one_machine_or_a_registry_is_noticed() -> None:
    assert OF_ONE_MACHINE.search("cd /ro" + "ot/proofloop") and OF_ONE_MACHINE.search("/wo" + "rk/main")
    assert OF_A_REGISTRY.search("https://py" + "pi.org/simple") and not OF_A_REGISTRY.search("a package index")
