"""Proposals and sign-offs in processes that can be killed: one warm parent has imported everything and forks a process for each.

Put here how these acts are started and killed; how days of flows are is ``forked_days.py``, switches ``forked_switches.py``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.faults.forked_days import ROOT, Kill, killer, then

PROPOSE_POINTS = ("read_release", "verify_judged", "render_release_package", "write_draft", "append_release")
SIGN_POINTS = ("look_up_sign_off", "draft_sign_off", "append_sign_off")
LEDGER_POINTS = ("before_commit", "after_commit")
SEAL_POINTS = ("ticked", "discarded")


@dataclass(frozen=True, slots=True)
class Releases:
    """The warm parent, asked for proposals and sign-offs through its pipes."""

    process: subprocess.Popen[str]

    def run(self, act: str, bank: Any, kill: Kill | None = None, *, at_once: int = 1, **given: str) -> list[int]:
        """Do ``act`` in ``at_once`` processes side by side; return how each ended (0, 1 where refused, or minus the signal)."""
        order: dict[str, Any] = {"act": act, "root": str(bank.root), "keys": str(bank.keys), "given": given, "at_once": at_once}
        order |= {"point": kill.point, "hit": kill.hit} if kill else {"point": "", "hit": 0}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{json.dumps(order)}\n")
        self.process.stdin.flush()
        ended: list[int] = json.loads(self.process.stdout.readline())
        return ended


@contextmanager
def forked_releases() -> Iterator[Releases]:
    """Start the parent and end it with the tests that use it."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "tests.faults.forked_releases"]
    with subprocess.Popen(words, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Releases(process)
        assert process.stdin
        process.stdin.close()


def _main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not be taken for an answer
    from deployments.cli.running import keep_quiet

    keep_quiet()
    # what these acts import on their way, so that no fork has to
    for name in ("alembic.command", "duckdb", "jinja2", "markdown_it", "flows.release_propose", "flows.release_sign"):
        import_module(name)
    for name in ("registry.ledger.store", "tests.released_bank"):
        import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        children = [_forked(order) for _ in range(order["at_once"])]
        ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        answers.write(f"{json.dumps(ended)}\n")
        answers.flush()


def _forked(order: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        is_done = _run(order)
    except BaseException:  # noqa: BLE001 - a child never returns into its parent's loop
        traceback.print_exc()
        os._exit(4)
    os._exit(0 if is_done else 1)


def _run(order: dict[str, Any]) -> bool:
    from tests.flows.workspaces import Bank
    from tests.released_bank import ReleasedBank

    _place_checkpoints(killer(order["point"], order["hit"]))
    bank = ReleasedBank(Bank(Path(order["root"])), Path(order["keys"]))
    if order["act"] == "propose":
        return bool(bank.propose(**order["given"]).seq)
    return bool(bank.record(order["given"]["release"], Path(order["given"]["request"])).seq)


def _place_checkpoints(checkpoint: Any) -> None:
    import flows.proposing
    import flows.release_sign
    import tasks.evidence
    from registry.ledger import store

    store.open_ledger = partial(store.open_ledger, checkpoint=checkpoint)  # type: ignore[assignment]
    for module, names in ((flows.proposing, PROPOSE_POINTS), (flows.release_sign, SIGN_POINTS)):
        for name in names:
            setattr(module, name, then(getattr(module, name), checkpoint, name))
    store.Ledger.mark_published = then(store.Ledger.mark_published, checkpoint, "ticked")  # type: ignore[method-assign]
    tasks.evidence.discard_draft = then(tasks.evidence.discard_draft, checkpoint, "discarded")


if __name__ == "__main__":
    _main()
