"""A model is run without network, files of others, environment, and within limits; whatever it tries, or it is not run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
import wsgiref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from registry.errors import ConfigurationError, ScoringError
from registry.versions import scoring_process
from registry.versions.scoring_process import ModelProcess, started
from registry.versions.scoring_room import ScoringLimits, folders_of, plan_of, rss_below
from tests.versions.scoring_models import DOUBLED, a_model, can_enclose

LIMITS = ScoringLimits(seconds=60, memory_mb=1024)


@contextmanager
def running(model: Path, hidden: tuple[Path, ...] = (), limits: ScoringLimits = LIMITS) -> Iterator[ModelProcess]:
    if not can_enclose():
        pytest.skip("this machine allows no namespaces: nothing is scored on it")
    with started(model, hidden, limits) as process:
        yield process


def said(tmp_path: Path, predict: str, hidden: tuple[Path, ...] = (), limits: ScoringLimits = LIMITS) -> Any:
    """Return what a model that does ``predict`` answers to one row."""
    with running(a_model(tmp_path / "model", predict), hidden, limits) as process:
        return process.ask(["amount"], [["1"]])


PROBE = """\
names = dict(globals(), found='nothing')
try:
    exec(frame['lines'][0], names)
except BaseException as error:
    names['found'] = repr(error)
return [str(names['found'])]
"""


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelProcess]:
    """A model that does whatever it is asked to, loaded once; what it writes it takes away again."""
    os.environ["LEDGER_PASSWORD"] = "hunter2"  # noqa: S105 - what must not be seen
    folder = tmp_path_factory.mktemp("probe")
    with (folder / "ledger.db").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        with running(a_model(folder / "model", PROBE, takes={"lines": "string"}), (HIDDEN,)) as process:
            yield process
    del os.environ["LEDGER_PASSWORD"]


HIDDEN = Path(wsgiref.__file__).parent
"""Stands for a workspace that somebody put below a folder that Python needs."""


def tried(process: ModelProcess, lines: str) -> str:
    """Return what became of ``lines``: the text that they call ``found``, or what they raised."""
    return str(process.ask(["lines"], [[lines]])["rows"][0][0])


def test_no_rows_are_no_answers(tmp_path: Path) -> None:
    with running(a_model(tmp_path / "model", DOUBLED)) as process:
        assert process.ask(["amount"], []) == {"columns": [], "rows": [], "errors": {}}


def test_a_model_answers_by_its_own_types(tmp_path: Path) -> None:
    with running(a_model(tmp_path / "model", DOUBLED)) as process:
        assert process.takes == {"amount": "double"}
        answer = process.ask(["amount", "label"], [["1.5", "x"], ["no number", "x"], ["4", "x"]])
    assert answer["columns"] == ["0"]
    assert answer["rows"] == [[3.0], [8.0]]
    assert list(answer["errors"]) == ["1"]


def test_a_model_is_given_texts_whole_numbers_truths_and_moments_as_such(tmp_path: Path) -> None:
    takes = {"name": "string", "count": "long", "is_new": "boolean", "at": "datetime"}
    predict = "row = frame.iloc[0]\nreturn [f\"{row['name']}|{row['count'] + 1}|{bool(row['is_new'])}|{row['at'].year}\"]"
    with running(a_model(tmp_path / "model", predict, takes=takes)) as process:
        answer = process.ask(["name", "count", "is_new", "at"], [["Ana", "36.0", "true", "2011-07-01"]])
    assert answer["rows"] == [["Ana|37|True|2011"]]


def test_answers_may_be_a_table_with_names(tmp_path: Path) -> None:
    answer = said(tmp_path, "return pd.DataFrame({'label': ['yes'], 'probability': [0.75]})")
    assert (answer["columns"], answer["rows"]) == (["label", "probability"], [["yes", 0.75]])


def test_what_a_model_raises_is_its_problem_and_it_goes_on(tmp_path: Path) -> None:
    model = a_model(tmp_path / "model", "if frame['amount'][0] > 1: raise ValueError('too much')\nreturn frame['amount']")
    with running(model) as process:
        assert process.ask(["amount"], [["2"]])["problem"] == "ValueError: too much"
        assert process.ask(["amount"], [["1"]])["rows"] == [[1.0]]


def test_a_model_that_answers_less_than_it_was_asked_has_a_problem(tmp_path: Path) -> None:
    with running(a_model(tmp_path / "model", "return frame['amount'][:1]")) as process:
        assert process.ask(["amount"], [["1"], ["2"]])["problem"] == "expected 2 answers, found 1"


def test_a_model_without_a_signature_is_not_scored(tmp_path: Path) -> None:
    with pytest.raises(ScoringError, match="log the model with one"), running(a_model(tmp_path / "model", DOUBLED, signed=False)):
        pass


def test_a_model_that_does_not_load_says_why(tmp_path: Path) -> None:
    model = a_model(tmp_path / "model", DOUBLED, load="raise RuntimeError('weights are missing')")
    with pytest.raises(ScoringError, match="weights are missing"), running(model):
        pass


@pytest.mark.parametrize("address", ["(socket.AF_INET, ('127.0.0.1', 22))", "(socket.AF_INET6, ('::1', 22))", "(socket.AF_VSOCK, (2, 22))"])
def test_there_is_no_network(probe: ModelProcess, address: str) -> None:
    found = tried(probe, f"family, where = {address}\nsocket.socket(family, socket.SOCK_STREAM).connect(where)\nfound = 'connected'")
    assert "PermissionError" in found


def test_there_is_no_interface_but_a_dead_loopback(probe: ModelProcess) -> None:
    assert tried(probe, "found = str(socket.if_nameindex())") in {"[(1, 'lo')]", "PermissionError(1, 'Operation not permitted')"}


def test_a_socket_of_another_process_cannot_be_reached(probe: ModelProcess) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0proofloop-scoring-test")
        listener.listen()
        found = tried(probe, "socket.socket(socket.AF_UNIX).connect('\\0proofloop-scoring-test')\nfound = 'connected'")
    assert "ConnectionRefusedError" in found


def test_files_of_others_are_not_there(probe: ModelProcess, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("ledger")
    for path in (secret, Path("/etc/passwd"), Path("/etc/shadow"), Path("/proc/self/environ"), Path("/proc/1/root"), Path.home() / ".ssh"):
        assert "FileNotFoundError" in tried(probe, f"found = open({str(path)!r}).read()"), path


def test_nothing_of_the_machine_is_at_the_root(probe: ModelProcess) -> None:
    found = set(tried(probe, "found = ' '.join(os.listdir('/'))").split())
    above_python = {Path(one).parts[1] for one, _ in folders_of(sys.executable)}
    assert found <= {"model", "scoring_model.py", "tmp", "dev"} | above_python
    assert {"proc", "sys", "run", "home", "var", "boot"} & found <= above_python


def test_a_workspace_below_a_folder_that_is_shown_is_covered(probe: ModelProcess) -> None:
    assert "PermissionError" in tried(probe, f"found = str(os.listdir({str(HIDDEN)!r}))")
    assert "PermissionError" in tried(probe, f"found = open({wsgiref.__file__!r}).read()")


@pytest.mark.parametrize("path", ["/x", "/model/MLmodel", "/model/new", "/usr/lib/x", os.__file__, "/dev/x", "/scoring_model.py"])
def test_nothing_can_be_written_but_in_memory(probe: ModelProcess, path: str) -> None:
    found = tried(probe, f"open({path!r}, 'a').write('x')\nfound = 'written'")
    assert any(one in found for one in ("PermissionError", "Read-only"))


def test_what_may_be_written_is_little(probe: ModelProcess) -> None:
    lines = "for n in range(200):\n    open(f'/tmp/{n}', 'wb').write(bytes(1 << 20))\nfound = 'written'"
    assert "No space" in tried(probe, lines)
    assert tried(probe, "for name in filter(str.isdecimal, os.listdir('/tmp')): os.unlink('/tmp/' + name)") == "nothing"


def test_what_was_written_is_gone_with_the_next_start(probe: ModelProcess, tmp_path: Path) -> None:
    assert tried(probe, "open('/tmp/left', 'w').write('x')") == "nothing"
    assert said(tmp_path, "return [str('left' in os.listdir('/tmp'))]")["rows"] == [["False"]]


def test_secrets_of_the_environment_stay_outside(probe: ModelProcess) -> None:
    found = tried(probe, "found = json.dumps(dict(os.environ))")
    assert "hunter2" not in found
    assert "LEDGER_PASSWORD" not in found
    assert json.loads(found)["HOME"] == "/tmp"  # noqa: S108 - the room's own


def test_open_files_of_who_asks_are_not_handed_on(probe: ModelProcess) -> None:
    lines = """\
import stat
files = []
for number in range(256):
    try:
        if stat.S_ISREG(os.fstat(number).st_mode): files.append(number)
    except OSError:
        pass
found = files
"""
    assert tried(probe, lines) == "[]"


CALL = "libc = ctypes.CDLL(None, use_errno=True)\nif libc.{} == 0: found = 'had'\nelse: raise PermissionError(ctypes.get_errno(), 'x')"


@pytest.mark.parametrize(
    "lines",
    [
        CALL.format("unshare(0x10000000)"),
        CALL.format("mount(b'none', b'/tmp', b'tmpfs', 0, None)"),
        CALL.format("ptrace(16, 1, 0, 0)"),
        CALL.format("syscall(425, 1, 0)"),
        "os.setuid(0)\nfound = 'root'",
        "os.mknod('/tmp/disk', 0o60666, os.makedev(8, 0))\nfound = 'made'",
        "os.memfd_create('x')\nfound = 'made'",
        "os.chroot('/tmp')\nfound = 'changed'",
    ],
)
def test_no_right_can_be_had_back(probe: ModelProcess, lines: str) -> None:
    assert "PermissionError(1" in tried(probe, lines)


def test_it_sees_no_other_process(probe: ModelProcess) -> None:
    assert tried(probe, f"os.kill({os.getpid()}, 0)\nfound = 'seen'") == "ProcessLookupError(3, 'No such process')"


def test_a_fork_bomb_ends_at_its_limit(tmp_path: Path) -> None:
    lines = """\
        count = 0
        try:
            while count < 500:
                if os.fork() == 0: time.sleep(60)
                count += 1
        except OSError:
            return [count]
        """
    ((count,),) = said(tmp_path, lines, limits=ScoringLimits(seconds=60, memory_mb=16_384))["rows"]
    assert 0 < count < LIMITS.processes


def test_processes_that_it_leaves_behind_end_with_it(tmp_path: Path) -> None:
    with running(
        a_model(tmp_path / "model", "if os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\nreturn frame['amount']")
    ) as process:
        process.ask(["amount"], [["1"]])
        pid = process.process.pid
        assert rss_below(pid) > 0
    assert rss_below(pid) == 0


def test_memory_ends_at_its_limit(tmp_path: Path) -> None:
    assert "MemoryError" in str(said(tmp_path, "return [len(bytearray(3 << 30))]")["problem"])


def test_memory_of_many_processes_together_ends_at_its_limit(tmp_path: Path) -> None:
    lines = """\
        for n in range(8):
            if os.fork() == 0:
                kept = bytearray(300 << 20)
                for at in range(0, len(kept), 4096): kept[at] = 1
                time.sleep(60)
        time.sleep(60)
        """
    with pytest.raises(ScoringError, match="expected at most 1024 MB of memory"):
        said(tmp_path, lines)


def test_an_endless_loop_ends_when_time_is_up(tmp_path: Path) -> None:
    with pytest.raises(ScoringError, match="expected an end within 5 seconds"):
        said(tmp_path, "while True: pass", limits=ScoringLimits(seconds=5, memory_mb=1024))


def test_an_endless_load_ends_when_time_is_up(tmp_path: Path) -> None:
    model = a_model(tmp_path / "model", DOUBLED, load="while True: time.sleep(1)")
    with pytest.raises(ScoringError, match="expected an end within 4 seconds"), running(model, limits=ScoringLimits(seconds=4)):
        pass


@pytest.mark.parametrize("where", ["print('x' * 1000)", "os.write(1, b'x' * 1000)", "sys.__stderr__.write('x' * 1000)"])
def test_endless_messages_end_at_their_limit(tmp_path: Path, where: str) -> None:
    with pytest.raises(ScoringError, match="expected at most 1 MB of answers and messages"):
        said(tmp_path, f"while True: {where}", limits=ScoringLimits(seconds=60, memory_mb=1024, output_mb=1))


def test_a_huge_answer_ends_at_its_limit(tmp_path: Path) -> None:
    with pytest.raises(ScoringError, match="expected at most 1 MB of answers and messages"):
        said(tmp_path, "return ['x' * (8 << 20)]", limits=ScoringLimits(seconds=60, memory_mb=1024, output_mb=1))


def test_what_a_model_prints_is_no_answer(tmp_path: Path) -> None:
    answer = said(tmp_path, "print('{\"rows\": []}')\nos.system('x')\nreturn frame['amount']")
    assert answer["rows"] == [[1.0]]


def test_an_answer_in_another_form_is_none(tmp_path: Path) -> None:
    forged = "for n in range(3, 20):\n    try: os.write(n, b'[[[[\\n')\n    except OSError: pass\nreturn frame['amount']"
    with pytest.raises(ScoringError, match="expected an answer in JSON"):
        said(tmp_path, forged)


def test_an_answer_nested_without_end_is_none(tmp_path: Path) -> None:
    forged = "for n in range(3, 20):\n    try: os.write(n, b'[' * 200000 + b'\\n')\n    except OSError: pass\nreturn frame['amount']"
    with pytest.raises(ScoringError, match="expected an answer in JSON"):
        said(tmp_path, forged)


def test_an_object_that_runs_code_when_it_is_unpickled_is_a_text(tmp_path: Path) -> None:
    marker = tmp_path / "pwned"
    surprise = f"class Surprise:\n    def __reduce__(self): return (open, ({str(marker)!r}, 'w'))\nreturn [Surprise()]"
    (cell,) = said(tmp_path, surprise)["rows"][0]
    assert "Surprise object" in cell
    assert not marker.exists()


def test_a_pickle_that_runs_code_runs_it_where_it_can_do_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "pwned"
    load = f"import pickle\npickle.loads(b\"cposix\\nsystem\\n(S'touch {marker}'\\ntR.\")\nopen({str(marker)!r}, 'w')"
    with pytest.raises(ScoringError, match="FileNotFoundError"), running(a_model(tmp_path / "model", DOUBLED, load=load)):
        pass
    assert not marker.exists()


def test_a_crash_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScoringError, match="found its process ended with code 139"):
        said(tmp_path, "ctypes.string_at(0)")


def test_control_characters_of_a_model_do_not_reach_the_terminal(tmp_path: Path) -> None:
    model = a_model(tmp_path / "model", DOUBLED, load="raise RuntimeError('\\x1b[2J\\x07gone')")
    with pytest.raises(ScoringError) as raised, running(model):
        pass
    assert "\x1b" not in str(raised.value)


def test_where_it_cannot_be_enclosed_nothing_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # No folder to build the room in: as when namespaces or mounts are refused, the start ends before the model.
    monkeypatch.setattr("registry.versions.scoring_room.folders_of", lambda _python: [("/does-not-exist", "")])
    with (
        pytest.raises(ConfigurationError, match="expected to start the model's process without network"),
        running(a_model(tmp_path / "model", DOUBLED)),
    ):
        pass


def test_another_system_than_linux_scores_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring_process.sys, "platform", "darwin")
    with pytest.raises(ConfigurationError, match="this system is darwin"), running(a_model(tmp_path / "model", DOUBLED)):
        pass


def test_an_interpreter_that_would_show_a_home_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.versions.scoring_room._prefixes", lambda _python: ["/root"])
    with pytest.raises(ConfigurationError, match="expected an interpreter in a folder of its own, found one in /root"):
        folders_of(sys.executable)


def test_an_interpreter_below_tmp_is_started_although_the_room_has_a_tmp_of_its_own(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)  # whoever the model runs as has to reach it
        venv.create(folder, with_pip=False)
        limits = ScoringLimits(seconds=60, memory_mb=1024, python=f"{folder}/bin/python")
        with pytest.raises(ScoringError, match="No module named"), running(a_model(tmp_path / "model", DOUBLED), limits=limits):
            pass


def test_an_interpreter_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="expected a Python that starts"):
        folders_of("/bin/false")


BUILDING = """\
import json, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv.pop(1))
from registry.versions import scoring_jail as jail
os.setgid(65534); os.setuid(65534); jail._libc.prctl(4, 1, 0, 0, 0)
plan = json.loads(sys.argv[1])
jail._leave(plan)
if pid := os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
jail._build(Path(plan["room"]), plan)
jail._limit(plan["limits"])
jail._give_up(plan["user"])
jail._prove(plan["limits"])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_somebody_who_is_not_root_gets_the_same_room(tmp_path: Path) -> None:
    # Python itself lies in root's home on some machines: only whether the room is built is asked.
    room = tmp_path / "room"
    room.mkdir()
    for folder in (room, tmp_path, *list(tmp_path.parents)[:3]):
        folder.chmod(0o755)
    os.chown(room, 65534, 65534)
    plan = plan_of(room, a_model(tmp_path / "model", DOUBLED), (), LIMITS)
    plan["shown"] = [(path, leads_to) for path, leads_to in plan["shown"] if path.startswith(("/usr", "/lib", "/etc"))]
    root = Path(scoring_process.__file__).parents[2]
    done = subprocess.run([sys.executable, "-I", "-c", BUILDING, str(root), json.dumps(plan)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
