"""Days of the flow in processes that can be killed: one warm parent has imported everything and forks a process for each run.

Put here how runs are started, killed and waited for. ``Days`` is the test's end of it; run as a program, this module is the parent, which
opens nothing itself (no engine, no thread), so that each fork starts as a fresh process would.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FLOW_POINTS = ("claim_day", "record_versions", "read_history", "read_sources", "render_triage_package", "write_draft", "clear_spool")
"""Effects of the flow after which a run can be killed, besides the checkpoints of ledger, drafts and archive."""
TRIGGER_POINTS = ("claim_day", "read_known", "read_shard", "render_shard", "render_run", "write_draft", "append_triggers", "clear_spool")
"""The same of a run of the retraining triggers."""
RECURRENCE_POINTS = (
    *("claim_day", "read_recurrence_known", "read_all_exposures", "render_recurrence"),
    *("write_draft", "append_recurrence", "publish_pending"),
)
"""The same of a run of the recurrence monitoring."""
CLOSURE_POINTS = (
    *("claim_day", "read_recurrence_known", "read_closures_known", "read_archive", "render_closure"),
    *("write_draft", "append_closures", "publish_pending"),
)
"""The same of a run of the closure verification."""
OUTBOX_POINTS = ("before_tick", "ticked", "discarded")


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL at the ``hit``-th passing of ``point``."""

    point: str
    hit: int = 1


@dataclass(frozen=True, slots=True)
class Days:
    """The warm parent, asked for runs through its pipes."""

    process: subprocess.Popen[str]

    def run(self, root: Path, days: Sequence[date], kill: Kill | None = None, *, at_once: int = 1, flow: str = "triage") -> list[int]:
        """Run ``flow`` on ``days`` in order, in ``at_once`` processes side by side; return how each ended (0, or minus the signal)."""
        order = {"root": str(root), "days": [str(day) for day in days], "at_once": at_once, "flow": flow}
        order |= {"point": kill.point, "hit": kill.hit} if kill else {"point": "", "hit": 0}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{json.dumps(order)}\n")
        self.process.stdin.flush()
        ended: list[int] = json.loads(self.process.stdout.readline())
        return ended


@contextmanager
def forked_days() -> Iterator[Days]:
    """Start the parent and end it with the tests that use it."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "tests.faults.forked_days"]
    with subprocess.Popen(words, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Days(process)
        assert process.stdin
        process.stdin.close()


def _main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not be taken for an answer
    _import_everything()
    for line in sys.stdin:
        order = json.loads(line)
        children = [_forked(order) for _ in range(order["at_once"])]
        ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        answers.write(f"{json.dumps(ended)}\n")
        answers.flush()


def _import_everything() -> None:
    from deployments.cli.running import keep_quiet

    keep_quiet()
    # what a day imports on its way, so that no fork has to
    for name in (
        "alembic.config",
        "alembic.command",
        "duckdb",
        "great_expectations",
        "psycopg",
        "pyarrow.compute",
        "pandas",
        "numpy",
        "jinja2",
    ):
        import_module(name)
    for name in (
        "scipy.stats",
        "flows.closure_verification",
        "flows.recurrence_monitoring",
        "flows.retraining_triggers",
        "reports.triggers_page",
        "registry.sources.prediction_stage",
        "tests.fixed_bank",
        "tests.flows.watched",
    ):
        import_module(name)
    for name in ("flows.daily_triage", "registry.ledger.store", "registry.sources.window", "checks.expectations.runner"):
        import_module(name)


def _forked(order: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        _run(order)
    except BaseException:  # noqa: BLE001 - a child never returns into its parent's loop
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _run(order: dict[str, Any]) -> None:
    from tests.fixed_bank import FixedBank
    from tests.flows.watched import Watch
    from tests.flows.workspaces import Bank

    _place_checkpoints(killer(order["point"], order["hit"]))
    root = Path(order["root"])
    runs: dict[str, Callable[[date], Any]] = {
        "triage": Bank(root).triage,
        "triggers": Watch(root).run,
        "recurrence": FixedBank(root).watch,
        "closure": FixedBank(root).judge_closures,
    }
    for day in order["days"]:
        runs[order["flow"]](date.fromisoformat(day))


def killer(point: str, hit: int) -> Callable[[str], None]:
    """Return the checkpoint that kills its process at the ``hit``-th passing of ``point``."""
    left = [hit]

    def checkpoint(name: str) -> None:
        left[0] -= name == point
        if left[0] == 0 and name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    return checkpoint


def _place_checkpoints(checkpoint: Callable[[str], None]) -> None:
    """Hand the checkpoint to whatever takes one, and call it after the effects that do not."""
    import flows.closure_verification
    import flows.daily_triage
    import flows.recurrence_monitoring
    import flows.retraining_triggers
    import tasks.evidence
    from registry.ledger import store

    store.open_ledger = partial(store.open_ledger, checkpoint=checkpoint)  # type: ignore[assignment]
    tasks.evidence.draft_package = partial(tasks.evidence.draft_package, checkpoint=checkpoint)  # type: ignore[assignment]
    tasks.evidence.publish = partial(tasks.evidence.publish, checkpoint=checkpoint)
    for name in FLOW_POINTS:
        setattr(flows.daily_triage, name, then(getattr(flows.daily_triage, name), checkpoint, name))
    for name in TRIGGER_POINTS:
        setattr(flows.retraining_triggers, name, then(getattr(flows.retraining_triggers, name), checkpoint, name))
    for name in RECURRENCE_POINTS:
        setattr(flows.recurrence_monitoring, name, then(getattr(flows.recurrence_monitoring, name), checkpoint, name))
    for name in CLOSURE_POINTS:
        setattr(flows.closure_verification, name, then(getattr(flows.closure_verification, name), checkpoint, name))
    tick = store.Ledger.mark_published
    store.Ledger.mark_published = then(_first(tick, checkpoint, "before_tick"), checkpoint, "ticked")  # type: ignore[method-assign]
    tasks.evidence.discard_draft = then(tasks.evidence.discard_draft, checkpoint, "discarded")


def then(effect: Callable[..., Any], checkpoint: Callable[[str], None], point: str) -> Callable[..., Any]:
    """Return ``effect`` with ``point`` passed after it."""

    def passing(*arguments: Any) -> Any:
        result = effect(*arguments)
        checkpoint(point)
        return result

    return passing


def _first(effect: Callable[..., Any], checkpoint: Callable[[str], None], point: str) -> Callable[..., Any]:
    def passing(*arguments: Any) -> Any:
        checkpoint(point)
        return effect(*arguments)

    return passing


if __name__ == "__main__":
    _main()
