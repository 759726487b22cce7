"""Promotions and rollbacks in processes that can be killed: one warm parent has imported everything and forks a process for each.

Put here how switches are started and killed; how days of flows are is ``forked_days.py``.
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

POINTS = (
    Kill("before_begin", 1),
    Kill("before_commit", 1),
    Kill("after_commit", 1),
    Kill("started"),
    Kill("before_aliases"),
    Kill("alias_removed"),
    Kill("alias_set"),
    Kill("read_back"),
    Kill("tagged"),
    Kill("before_begin", 2),
    Kill("before_commit", 2),
    Kill("after_commit", 2),
    Kill("ended"),
)
"""Where a switch can be killed: around its start in the ledger, each alias, the reading back, the tags, and its end in the ledger."""


@dataclass(frozen=True, slots=True)
class Switches:
    """The warm parent, asked for switches through its pipes."""

    process: subprocess.Popen[str]

    def promote(self, root: Path, uri: str, release: str, kill: Kill | None = None, *, share: int = 100, at_once: int = 1) -> list[int]:
        """Promote ``release`` in ``at_once`` processes side by side; return how each ended (0, 1 where refused, or minus the signal)."""
        return self._asked("promote", root, uri, kill, at_once, [{"release": release, "share": share}])

    def race(self, root: Path, uri: str, releases: list[str]) -> list[int]:
        """Promote several releases at once, each in a process of its own."""
        return self._asked("promote", root, uri, None, 1, [{"release": release} for release in releases])

    def rollback(self, root: Path, uri: str, kill: Kill | None = None, *, at_once: int = 1) -> list[int]:
        return self._asked("rollback", root, uri, kill, at_once, [{}])

    def _asked(self, act: str, root: Path, uri: str, kill: Kill | None, at_once: int, given: list[dict[str, Any]]) -> list[int]:
        order: dict[str, Any] = {"act": act, "root": str(root), "uri": uri, "given": given * at_once}
        order |= {"point": kill.point, "hit": kill.hit} if kill else {"point": "", "hit": 0}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{json.dumps(order)}\n")
        self.process.stdin.flush()
        ended: list[int] = json.loads(self.process.stdout.readline())
        return ended


@contextmanager
def forked_switches() -> Iterator[Switches]:
    """Start the parent and end it with the tests that use it."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "tests.faults.forked_switches"]
    with subprocess.Popen(words, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Switches(process)
        assert process.stdin
        process.stdin.close()


def _main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not be taken for an answer
    from deployments.cli.running import keep_quiet

    keep_quiet()
    # what a switch imports on its way, so that no fork has to
    for name in (
        "alembic.config",
        "alembic.command",
        "mlflow",
        "mlflow.store.model_registry.sqlalchemy_workspace_store",
        "mlflow.store.tracking.sqlalchemy_workspace_store",
        "flows.release_promote",
        "flows.release_rollback",
        "registry.ledger.store",
        "tests.switched_bank",
    ):
        import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        children = [_forked(order, given) for given in order["given"]]
        ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        answers.write(f"{json.dumps(ended)}\n")
        answers.flush()


def _forked(order: dict[str, Any], given: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        is_done = _run(order, given)
    except BaseException:  # noqa: BLE001 - a child never returns into its parent's loop
        traceback.print_exc()
        os._exit(4)
    os._exit(0 if is_done else 1)


def _run(order: dict[str, Any], given: dict[str, Any]) -> bool:
    from tests.flows.workspaces import Bank
    from tests.switched_bank import SwitchedBank

    _place_checkpoints(killer(order["point"], order["hit"]))
    bank = SwitchedBank(Bank(Path(order["root"])), order["uri"])
    result = bank.promote(**given) if order["act"] == "promote" else bank.rollback(**given)
    return result.is_done


def _place_checkpoints(checkpoint: Any) -> None:
    import flows.switching
    import tasks.release_switch
    from registry.ledger import store

    store.open_ledger = partial(store.open_ledger, checkpoint=checkpoint)  # type: ignore[assignment]
    for name in ("move_aliases", "tag_versions"):
        setattr(tasks.release_switch, name, partial(getattr(tasks.release_switch, name), checkpoint=checkpoint))
    for name, point in (("append_switch_start", "started"), ("append_switch_end", "ended")):
        setattr(flows.switching, name, then(getattr(flows.switching, name), checkpoint, point))


if __name__ == "__main__":
    _main()
