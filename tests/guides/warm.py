"""``proofloop`` for the shell of a guide, without the second that each new process needs to import it: one has it imported, and forks.

Put here how a command gets there. What is typed, where it is typed, its environment, its input and its output are those of the shell; a
child does what the installed command does, and ends with its exit code.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[2]
CLOCK = "GUIDE_CLOCK"
"""The environment variable that says what time it is when a guide of past days begins, as an instant with its offset."""
_READ, _BACKLOG = 1 << 20, 8
_FLOWS = (
    "daily_triage",
    "recurrence_monitoring",
    "closure_verification",
    "retraining_triggers",
    "eval_gate",
    "release",
    "approving",
    "taking",
)
_COMMANDS = ("issues", "approve", "replay", "evidence", "closure", "recurrence", "report", "versions", "gate", "release", "triggers")
_LIBRARIES = (
    "great_expectations",
    "scipy.stats",
    "pandas",
    "evidently",
    "evidently.metrics",
    "evidently.legacy.utils",
    "plotly.io",
    "mlflow",
)
"""What commands import once they are at it."""
# a client of the standard library alone, which starts within a few milliseconds
_CLIENT = """\
#!{python} -IS
import json, os, socket, sys
asked = socket.socket(socket.AF_UNIX)
asked.connect({address!r})
words = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode() + b"\\n"
socket.send_fds(asked, [words[:1]], [0, 1, 2])
asked.sendall(words[1:])
sys.exit(int(asked.makefile().read() or 70))
"""


@contextlib.contextmanager
def warm_commands(environ: dict[str, str]) -> Iterator[Path]:
    """Yield a folder for ``PATH`` whose ``proofloop`` is answered by a process that was started with ``environ``, until the end."""
    with tempfile.TemporaryDirectory(prefix="proofloop-warm-") as folder:  # a socket's name has to be short
        address, program = Path(folder) / "asked", Path(folder) / "proofloop"
        program.write_text(_CLIENT.format(python=sys.executable, address=str(address)), encoding="utf-8")
        program.chmod(0o755)
        with _served(address, environ):
            yield program.parent


@contextlib.contextmanager
def _served(address: Path, environ: dict[str, str]) -> Iterator[None]:
    words = [sys.executable, "-m", "tests.guides.warm", str(address)]
    python_path = os.pathsep.join(filter(None, (str(ROOT), environ.get("PYTHONPATH", ""))))
    server = subprocess.Popen(words, cwd=ROOT, env=environ | {"PYTHONPATH": python_path}, stdout=subprocess.PIPE)
    assert server.stdout is not None
    assert server.stdout.readline() == b"warm\n", "the process that answers for proofloop ended"
    try:
        yield
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def serve(address: str) -> None:
    """Import what commands need, then fork for each one that is typed."""
    import threading
    from datetime import datetime
    from importlib import import_module

    from deployments.cli.running import keep_quiet
    from tests.clocks import a_set_clock, set_clock

    keep_quiet()
    for module in (*(f"deployments.cli.{name}" for name in _COMMANDS), *(f"flows.{name}" for name in _FLOWS), *_LIBRARIES):
        import_module(module)
    at = os.environ.get(CLOCK)
    assert threading.active_count() == 1, "a fork would leave the other threads behind"
    with a_set_clock() if at else contextlib.nullcontext(), socket.socket(socket.AF_UNIX) as listener:
        if at:
            set_clock(datetime.fromisoformat(at))
        listener.bind(address)
        listener.listen(_BACKLOG)
        sys.stdout.write("warm\n")
        sys.stdout.flush()
        while True:
            asked, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _answer(asked)
            asked.close()
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def _answer(asked: socket.socket) -> NoReturn:
    """Be the command that was typed, and tell how it ended."""
    first, files, _, _ = socket.recv_fds(asked, 1, 3)
    words, folder, environ = json.loads(first + asked.makefile("rb").readline())
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    code = _command(words)
    sys.stdout.flush()
    sys.stderr.flush()
    asked.sendall(str(code).encode())
    os._exit(code)


def _command(words: list[str]) -> int:
    import traceback

    from deployments.cli.main import main

    sys.argv = ["proofloop", *words]
    try:
        main()
    except SystemExit as ended:
        return int(str(ended.code or 0))
    except BaseException:  # noqa: BLE001 - told as a process of its own would tell it
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    serve(sys.argv[1])
