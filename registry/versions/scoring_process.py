"""The process of one model, from its start to its end: asked row by row, watched, and ended when it takes more than it may.

Put here how the process is started, asked and watched. What encloses it is ``scoring_jail.py``, what runs in it ``scoring_model.py``; which
models may be started at all is ``scoring.py``.

The rules:
 * Nothing of the environment goes in, and of the machine's files only Python, the libraries and the model.
 * Where it cannot be enclosed (another system than Linux, namespaces that are not allowed) nothing is started. There is no switch for that.
 * What comes back is text of unknown origin: JSON of numbers and texts within bounds, or the process is ended and its version not scored.
 * Seconds are measured here, by the clock of who asked. Memory is that of all processes inside together, looked at five times a second.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from registry.errors import ConfigurationError, ScoringError
from registry.versions import scoring_jail
from registry.versions.scoring_room import ScoringLimits, plan_of, rss_below

_EXCHANGED_BYTES = 1 << 16
_KEPT_OF_ERRORS = 4096
_LOOK_SECONDS = 0.2
_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from registry.versions.scoring_jail import main; main(sys.argv[1:])"


@dataclass(frozen=True, slots=True)
class Pipes:
    """What is written to the process, what it answers, and what it says beside that."""

    asked: IO[bytes]
    answered: IO[bytes]
    said: IO[bytes]


@dataclass(slots=True)
class ModelProcess:
    """A model that was loaded apart; ``takes`` are the columns of its signature with their types."""

    process: subprocess.Popen[bytes]
    pipes: Pipes
    limits: ScoringLimits
    deadline: float
    takes: dict[str, str] = field(default_factory=dict)
    said: bytes = b""
    _read: bytes = b""
    _left: int = 0

    def ask(self, columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> dict[str, Any]:
        """Return what the model said of ``rows``; ``problem`` is there where it said nothing of any.

        Raises:
            ScoringError: it ended, took too long or too much, or answered in another form.
        """
        return self._exchange(json.dumps({"columns": columns, "rows": rows}).encode() + b"\n")

    def hello(self) -> None:
        """Wait until the model is loaded.

        Raises:
            ScoringError: it cannot be loaded, or as ``ask`` does.
            ConfigurationError: it cannot be enclosed here.
        """
        answer = self._exchange(b"")
        if "problem" in answer:
            raise ScoringError(f"expected a model that loads, found {shown(answer['problem'])}; mend the model, or its environment")
        takes = answer.get("takes")
        if not isinstance(takes, list) or not all(isinstance(one, list) and len(one) == 2 and all(map(_is_text, one)) for one in takes):
            raise ScoringError("expected the model's columns, found another answer; its code interferes with how it is asked")
        self.takes = dict(takes)

    def _exchange(self, question: bytes) -> dict[str, Any]:
        line = self._line(memoryview(question))
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            raise self._ended("expected an answer in JSON, found another") from None
        if not isinstance(answer, dict):
            raise self._ended("expected an answer in JSON, found another")
        return answer

    def _line(self, question: memoryview) -> bytes:
        """Send the question and return the line that answers it, looking meanwhile after time and memory."""
        with selectors.DefaultSelector() as selector:
            for stream in (self.pipes.answered, self.pipes.said):
                selector.register(stream, selectors.EVENT_READ)
            if question:
                selector.register(self.pipes.asked, selectors.EVENT_WRITE)
            while b"\n" not in self._read:
                for key, _ in selector.select(_LOOK_SECONDS):
                    question = self._moved(key.fileobj, question, selector)
                self._look()
        line, _, self._read = self._read.partition(b"\n")
        return line

    def _moved(self, stream: object, question: memoryview, selector: selectors.BaseSelector) -> memoryview:
        if stream is self.pipes.asked:
            question = self._written(question)
            if not question:
                selector.unregister(self.pipes.asked)
            return question
        if stream is self.pipes.answered:
            found = os.read(self.pipes.answered.fileno(), _EXCHANGED_BYTES)
            if not found:
                raise self._over()
            self._read += found
        else:
            found = os.read(self.pipes.said.fileno(), _EXCHANGED_BYTES)
            self.said = (self.said + found)[-_KEPT_OF_ERRORS:]
            if not found:
                selector.unregister(self.pipes.said)
        self._left -= len(found)
        return question

    def _written(self, question: memoryview) -> memoryview:
        try:
            return question[os.write(self.pipes.asked.fileno(), question[:_EXCHANGED_BYTES]) :]
        except BrokenPipeError:
            return question[:0]

    def _look(self) -> None:
        if time.monotonic() > self.deadline:
            raise self._ended(f"expected an end within {self.limits.seconds} seconds, found none")
        if self._left < 0:
            raise self._ended(f"expected at most {self.limits.output_mb} MB of answers and messages, found more")
        if rss_below(self.process.pid) > self.limits.memory_mb << 20:
            raise self._ended(f"expected at most {self.limits.memory_mb} MB of memory, found more")

    def _over(self) -> ScoringError | ConfigurationError:
        """Return what it means that the process is over while something was still to come."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        os.set_blocking(self.pipes.said.fileno(), False)
        self.said = (self.said + (self.pipes.said.read(_EXCHANGED_BYTES) or b""))[-_KEPT_OF_ERRORS:]
        if self.process.returncode == scoring_jail.REFUSED and not self.takes:
            return ConfigurationError([_refused(shown(self.said.decode(errors="replace")))])
        return self._ended(f"expected the model to answer, found its process ended with code {self.process.returncode}")

    def _ended(self, text: str) -> ScoringError:
        self.process.kill()
        lines = shown(self.said.decode(errors="replace")).strip().splitlines()
        return ScoringError(
            f"{text}{f' (it last said: {lines[-1][:300]})' if lines else ''}; mend the model, or raise `scoring` in proofloop.yaml"
        )


@contextmanager
def started(model: Path, hidden: Sequence[Path], limits: ScoringLimits) -> Iterator[ModelProcess]:
    """Lend the model in the folder ``model``, loaded apart; ``hidden`` are folders that it never sees, wherever they lie.

    Raises:
        ScoringError: it cannot be loaded, or took too much.
        ConfigurationError: it cannot be enclosed here.
    """
    if sys.platform != "linux":
        raise ConfigurationError([_refused(f"this system is {sys.platform}")])
    with tempfile.TemporaryDirectory(prefix="proofloop-scoring-") as folder:
        room = Path(folder) / "room"
        room.mkdir()
        process, pipes = _start(plan_of(room, model, hidden, limits))
        found = ModelProcess(process, pipes, limits, time.monotonic() + limits.seconds, _left=limits.output_mb << 20)
        try:
            found.hello()
            yield found
        finally:
            _end(process, pipes)


def _start(plan: dict[str, Any]) -> tuple[subprocess.Popen[bytes], Pipes]:
    root = Path(scoring_jail.__file__).parents[2]
    command = [sys.executable, "-I", "-S", "-B", "-c", _START, str(root), json.dumps(plan)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(  # noqa: S603 - this program itself, and no shell between
        command, stdin=pipe, stdout=pipe, stderr=pipe, cwd="/", env={"PATH": "", "LC_ALL": "C.UTF-8"}, start_new_session=True, bufsize=0
    )
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise ScoringError("expected pipes to the model's process, found none")
    os.set_blocking(process.stdin.fileno(), False)
    return process, Pipes(process.stdin, process.stdout, process.stderr)


def _end(process: subprocess.Popen[bytes], pipes: Pipes) -> None:
    process.kill()
    for stream in (pipes.asked, pipes.answered, pipes.said):
        stream.close()
    process.wait()


def _refused(why: str) -> str:
    remedy = "run it on Linux 5.12 or newer where namespaces are allowed (docs/guides/gate.md), or give outcomes instead of score"
    return f"scoring: expected to start the model's process without network and apart from all files, found {why.strip()}; {remedy}"


def shown(text: object) -> str:
    """Return a text of the model's process without control characters, and not long."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text)[:2000])


def _is_text(value: object) -> bool:
    return isinstance(value, str)
