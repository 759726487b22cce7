"""The busy bank with everything that an export has to tell: signed seals, a change of key, a receipt, a hold and an erasure.

Put the history that tests of exports read here, and what follows an export's page as a recipient would.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from deployments.cli.main import main
from registry.domain.anchoring import Head, Receipt
from registry.domain.holds import hold_set
from registry.domain.retention import HoldScope
from registry.evidence.anchors import receipt_event
from registry.evidence.packages import last_seal
from registry.evidence.signers import signer_line
from registry.evidence.signing import make_key
from reports.export_steps import TOOLS
from tests.flows.workspaces import MONDAY, ROUTER, ZONE, Bank, at, moved
from tests.replay.busy_history import a_busy_history


@dataclass(frozen=True, slots=True)
class SignedHistory:
    """The bank after its days. ``issue_id`` is an issue with people's steps, ``old_key`` the public line that sealed first."""

    bank: Bank
    issue_id: str
    old_key: str
    new_key: str

    @property
    def archive(self) -> Path:
        return self.bank.workspace.archive_dir

    @property
    def signers(self) -> Path:
        return self.bank.root / "allowed_signers"


def a_signed_history(root: Path) -> SignedHistory:
    """Play the busy days with a key, hand out a head, hold the issue, change the key, and go on for a day."""
    old = make_key(root / ".state/sealing_key", "old")
    new = make_key(root / "next_key", "new")
    (root / "allowed_signers").write_text(signer_line(old, "sealer") + signer_line(new, "sealer"), encoding="ascii")
    bank = a_busy_history(root).bank
    (issue_id,) = [issue.issue_id for issue in bank.ledger.read_issues([ROUTER])]
    day = moved(MONDAY, 11)
    seal = last_seal(bank.workspace.archive_dir)
    assert seal is not None
    receipt = Receipt(
        Head(seal.seq, seal.digest), at(day, 8).astimezone(UTC), "anchor-to git", "sha256:" + "1" * 64, "pushed", "sha256:" + "2" * 64
    )
    bank.ledger.append(
        [receipt_event(receipt, ZONE), hold_set(HoldScope.ISSUE, issue_id, "counsel", "a claim", at(day, 9).astimezone(UTC), day)]
    )
    run("evidence", "rotate-key", root / "next_key", "--actor", "ana@bank.example", "--workspace", root)
    with (root / "proofloop.yaml").open("a", encoding="utf-8") as settings:
        settings.write(f"sealing: {{key: {root / 'next_key'}}}\n")
    bank.triage(day)
    return SignedHistory(bank, issue_id, old, new)


def run(*arguments: object) -> int:
    """Run ``proofloop`` and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@dataclass(frozen=True, slots=True)
class PrintedRun:
    """A command as the page prints it, the first line that it must print (empty: any), and the last ones."""

    command: str
    first: str
    last: tuple[str, ...]


class _Printed(HTMLParser):
    """The texts of every ``pre`` with its class, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "pre":
            self._inside = dict(attrs)["class"] or ""
            self.found.append((self._inside, ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == "pre" else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside:
            kind, text = self.found[-1]
            self.found[-1] = (kind, text + data)


def printed_runs(page: bytes) -> list[PrintedRun]:
    """Return what the page asks its reader to run, and to expect."""
    reader = _Printed()
    reader.feed(page.decode())
    runs: list[PrintedRun] = []
    for kind, text in reader.found:
        lines = tuple(text.strip("\n").split("\n"))
        if kind == "run":
            runs.append(PrintedRun("\n".join(lines), "", ()))
        else:
            runs[-1] = PrintedRun(runs[-1].command, lines[0] if kind == "first" else runs[-1].first, lines)
    return runs


def a_bare_machine(folder: Path) -> Path:
    """Return a folder with the tools that the page names, a shell and ``ssh-keygen``, and nothing else."""
    folder.mkdir(exist_ok=True)
    for tool in (*TOOLS, "sh", "ssh-keygen"):
        found = shutil.which(tool)
        assert found, f"{tool} is not installed"
        (folder / tool).symlink_to(found)
    return folder


def follow(run: PrintedRun, export: Path, machine: Path) -> list[str]:
    """Type the command in the export's folder, on the bare machine, and return the lines that came."""
    done = subprocess.run(
        ["env", "-i", f"PATH={machine}", str(machine / "sh"), "-c", run.command], cwd=export, capture_output=True, text=True, check=False
    )
    return done.stdout.splitlines()


def holds(run: PrintedRun, lines: list[str]) -> bool:
    """Return whether the lines are the ones that the page told to expect."""
    return tuple(lines[-len(run.last) :]) == run.last and (not run.first or lines[:1] == [run.first])


NOW = datetime(2026, 4, 1, tzinfo=UTC)
