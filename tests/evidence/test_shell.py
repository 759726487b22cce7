"""``verify.sh`` and the Python verifier give the same verdict on every way to alter an archive, in every shell and awk that is here."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.evidence.names import SCRIPT_FILE
from registry.evidence.report import VerificationReport
from registry.evidence.signing import public_line
from registry.evidence.verify import verify_archive
from tests.cli.calling import call
from tests.evidence.tampering import DOUBT, FAIL, MUTATIONS, PASS, cut, edit, flip, keys, leave_only, signers_of, the_archive

SCRIPT = Path(__file__).parents[2] / "registry/evidence" / SCRIPT_FILE


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    the_archive(folder)
    return folder


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Iterator[Path]:
    """Return a folder with a copy of the archive and the keys, and give it back when the test is over: there are many."""
    shutil.copytree(kept, tmp_path / "copy", symlinks=True)
    yield tmp_path / "copy"
    shutil.rmtree(tmp_path / "copy")


def run(archive: Path, *words: str, shell: tuple[str, ...] = ("sh",), path: str | None = None) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **({"PATH": path} if path else {})}
    return subprocess.run(
        [*shell, str(SCRIPT), *words, str(archive)], capture_output=True, text=True, check=False, env=environ, timeout=120
    )


def both_verdicts(
    folder: Path, *words: str, head: str | None = None, since: int = 0
) -> tuple[VerificationReport, subprocess.CompletedProcess[str]]:
    signers = signers_of(folder)
    report = verify_archive(folder / "archive", head, signers, since)
    return report, run(folder / "archive", "--signers", signers.name, *words)


def shown(report: VerificationReport) -> list[str]:
    """Return what both must say word for word: all but the problems."""
    problems = {f"{problem.verdict}: {problem}" for problem in report.problems}
    return [line for line in report.lines() if line not in problems]


@pytest.mark.parametrize("name", MUTATIONS)
def test_python_and_shell_agree(folder: Path, name: str) -> None:
    mutate, expected = MUTATIONS[name]
    mutate(folder / "archive")
    report, answer = both_verdicts(folder)
    assert (report.exit_code, answer.returncode) == (expected, expected), (report.lines(), answer.stdout, answer.stderr)
    if expected == PASS:
        assert answer.stdout.splitlines() == list(report.lines())
    else:
        assert answer.stdout.splitlines()[0] == report.lines()[0] and answer.stderr == ""


SAMPLE = (
    "nothing",
    "flip a bit of 000003/ledger.jsonl",
    "another hash",
    "the order added",
    "a part",
    "a removed file that is still there",
    "leave days out",
)


def kinds_of_shell() -> list[tuple[tuple[str, ...], str]]:
    """Return every shell with every awk that this machine has."""
    shells = [shell for shell in (("dash",), ("bash", "--posix"), ("busybox", "sh")) if shutil.which(shell[0])]
    return [(shell, awk) for shell in shells for awk in ("mawk", "gawk", "original-awk", "busybox") if shutil.which(awk)]


@pytest.mark.parametrize(("shell", "awk"), kinds_of_shell(), ids=lambda value: "-".join(value) if isinstance(value, tuple) else value)
@pytest.mark.parametrize("name", SAMPLE)
def test_every_shell_and_awk_gives_the_same_answer(folder: Path, tmp_path: Path, name: str, shell: tuple[str, ...], awk: str) -> None:
    mutate, expected = MUTATIONS[name]
    mutate(folder / "archive")
    (tmp_path / "bin").mkdir()
    for tool in ("awk", "find", "sha256sum", "sort", "wc", "grep", "cmp") if awk == "busybox" else ("awk",):
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(awk)))
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    answer = run(folder / "archive", "--signers", signers_of(folder).name, shell=shell, path=path)
    assert (answer.returncode, answer.stdout) == (expected, both_verdicts(folder)[1].stdout), answer.stderr


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_known_head_vouches_for_what_came_before_it(folder: Path, seq: int) -> None:
    head = verify_archive(folder / "archive").seals[seq - 1].digest
    report, answer = both_verdicts(folder, "--head", head, head=head)
    assert report.exit_code == answer.returncode == PASS
    assert answer.stdout.splitlines() == list(report.lines())
    assert "level L3 head known elsewhere, 5 of 5 seals signed" in report.lines()


@pytest.mark.parametrize(
    "head", ["", " ", "sha256:", "0" * 63, "0" * 65, "sha256:" + "A" * 64, "g" * 64, "sha256:sha256:" + "0" * 64, "0" * 64 + "\n"]
)
def test_a_head_that_is_no_digest_is_refused_and_not_left_out(folder: Path, capsys: pytest.CaptureFixture[str], head: str) -> None:
    told = call(capsys, "evidence", "verify", "--archive", folder / "archive", "--signers", signers_of(folder).name, "--head", head)
    answer = run(folder / "archive", "--signers", signers_of(folder).name, "--head", head)
    assert (told.code, told.out, answer.returncode, answer.stdout) == (2, "", 2, "")
    assert "64 of 0-9a-f" in told.err and "64 of 0-9a-f" in answer.stderr
    assert verify_archive(folder / "archive", head, signers_of(folder)).exit_code == FAIL


def test_what_the_holder_of_the_keys_rewrote_is_seen_with_a_known_head(folder: Path) -> None:
    head = verify_archive(folder / "archive").seals[3].digest
    for name in ("rewrite a file with the keys", "rewrite the time with the keys"):
        MUTATIONS[name][0](folder / "archive")
        report, answer = both_verdicts(folder, "--head", head, head=head)
        assert report.exit_code == answer.returncode == FAIL


@pytest.mark.parametrize(
    ("since", "change", "expected"),
    [
        (3, lambda _archive: None, DOUBT),  # the event by which the second key follows lies in the third package
        (2, lambda _archive: None, PASS),
        (2, edit("000001/decision.json", flip), PASS),
        (2, edit("000003/decision.json", flip), FAIL),
        (2, edit("seals/000002.seal", flip), FAIL),
        (2, edit("seals/000002.seal.sig", flip), FAIL),
        (2, edit("seals/000002.sha256", flip), FAIL),
        (2, edit("seals/000001.seal", flip), PASS),
        (2, lambda archive: (archive / "seals/000002.seal").unlink(), FAIL),
        (4, cut(5), DOUBT),
        (5, lambda _archive: None, DOUBT),
        (9, lambda _archive: None, DOUBT),
    ],
)
def test_a_stretch_is_verified_after_a_seal_and_says_so(folder: Path, since: int, change: Callable[[Path], Any], expected: int) -> None:
    change(folder / "archive")
    report, answer = both_verdicts(folder, "--since", str(since), since=since)
    assert (report.exit_code, answer.returncode) == (expected, expected), (report.lines(), answer.stdout)
    assert shown(report) == [line for line in answer.stdout.splitlines() if not line.startswith(("fail: ", "inconclusive: "))]
    if expected == PASS:
        assert f"only what came after seal {since:06d} sha256:" in report.lines()[0]


def test_a_head_before_the_stretch_cannot_be_told(folder: Path) -> None:
    head = verify_archive(folder / "archive").seals[0].digest
    report, answer = both_verdicts(folder, "--since", "2", "--head", head, head=head, since=2)
    assert report.exit_code == answer.returncode == DOUBT


def test_the_head_is_the_seal_that_the_stretch_begins_after(folder: Path) -> None:
    head = verify_archive(folder / "archive").seals[1].digest
    report, answer = both_verdicts(folder, "--since", "0002", "--head", head.removeprefix("sha256:"), head=head, since=2)
    assert report.exit_code == answer.returncode == PASS
    assert answer.stdout.splitlines() == list(report.lines())


def test_without_signers_signatures_are_not_enough(folder: Path) -> None:
    report, answer = verify_archive(folder / "archive"), run(folder / "archive")
    assert report.exit_code == answer.returncode == DOUBT
    assert answer.stdout.splitlines() == list(report.lines())


def test_a_whole_archive_can_be_asked_for(folder: Path) -> None:
    leave_only(2, 3)(folder / "archive")
    assert run(folder / "archive", "--signers", signers_of(folder).name, "--whole").returncode == DOUBT


SIGNERS = {
    "nobody": ("", DOUBT),
    "keys for other things": ('sealer namespaces="model_risk" {second}\nsealer {second}\n', DOUBT),
    "the key after the rotation": ('sealer namespaces="evidence-seal@v1" {second}\n', PASS),
    "the key before the rotation": ('sealer namespaces="evidence-seal@v1" {first}\n', FAIL),
    "two purposes, a comment, quotes": (
        '# evidence-seal@v1\n"the sealer" namespaces="file,evidence-seal@v1" {second} on the server\n',
        PASS,
    ),
    "a key in time": ('sealer namespaces="evidence-seal@v1",valid-after="20200101Z",valid-before="20210101000000Z" {second}\n', PASS),
    "a key too late": ('sealer valid-after="20200306Z",namespaces="evidence-seal@v1" {second}\n', FAIL),
    "a key too early": ('sealer namespaces="evidence-seal@v1",valid-before="202003061100Z" {second}\n', FAIL),
    "a time in no zone": ('sealer namespaces="evidence-seal@v1",valid-before="20300101" {second}\n', DOUBT),
    "an authority": ('sealer cert-authority,namespaces="evidence-seal@v1" {second}\n', DOUBT),
    "a key twice": ('sealer namespaces="evidence-seal@v1" {second}\nother namespaces="evidence-seal@v1" {second}\n', DOUBT),
    "half a key": ('sealer namespaces="evidence-seal@v1" ssh-ed25519 AAAA\n', DOUBT),
    "no key": ('sealer namespaces="evidence-seal@v1"\n', DOUBT),
    "a good and a bad line": ('sealer namespaces="evidence-seal@v1" {second}\nx namespaces="evidence-seal@v1" ssh-ed25519 x\n', DOUBT),
}


@pytest.mark.parametrize("name", SIGNERS)
def test_a_file_of_signers_is_read_the_same(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    text, expected = SIGNERS[name]
    first, second, _ = (" ".join(public_line(key.key).split()[:2]) for key in keys(folder))
    (folder / "signers").write_text(text.format(first=first, second=second))
    told = call(capsys, "evidence", "verify", "--archive", folder / "archive", "--signers", folder / "signers")
    answer = run(folder / "archive", "--signers", str(folder / "signers"))
    assert (told.code, answer.returncode) == (expected, expected), (told.out, answer.stdout)


@pytest.mark.parametrize("words", [("--signers",), ("--since", "x"), ("--since", ""), ("--head",), ("--unknown",), ("a", "b")])
def test_words_that_it_does_not_know_are_refused(words: tuple[str, ...], tmp_path: Path) -> None:
    done = subprocess.run(["sh", str(SCRIPT), *words], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stderr.startswith("usage: ")


@pytest.mark.parametrize("tool", ["awk", "sha256sum", "find", "ssh-keygen"])
@pytest.mark.parametrize("body", ["exit 1", "exit 0", "echo nonsense", "kill -9 $$"])
def test_a_tool_that_fails_or_lies_never_ends_in_a_pass(folder: Path, tmp_path: Path, tool: str, body: str) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / tool).write_text(f"#!/bin/sh\n{body}\n")
    (tmp_path / "bin" / tool).chmod(0o755)
    answer = run(folder / "archive", "--signers", signers_of(folder).name, path=f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    assert answer.returncode in {FAIL, DOUBT}, (answer.stdout, answer.stderr)


TOOLS = ("awk", "cat", "cmp", "cut", "find", "grep", "mkdir", "mktemp", "rm", "sha256sum", "sort", "touch", "uniq", "wc")


def run_with_tools(folder: Path, room: Path, tools: Iterable[str]) -> subprocess.CompletedProcess[str]:
    (room / "bin").mkdir()
    for tool in tools:
        (room / "bin" / tool).symlink_to(str(shutil.which(tool)))
    shell = (str(shutil.which("sh")),)
    return run(folder / "archive", "--signers", signers_of(folder).name, shell=shell, path=str(room / "bin"))


def test_no_other_tool_is_needed_than_those_it_asks_for(folder: Path, tmp_path: Path) -> None:
    answer = run_with_tools(folder, tmp_path, ("ssh-keygen", *TOOLS))
    assert (answer.returncode, answer.stderr) == (PASS, ""), answer.stdout


@pytest.mark.parametrize("missing", TOOLS)
def test_a_tool_that_is_missing_is_named_before_anything_is_judged(folder: Path, tmp_path: Path, missing: str) -> None:
    answer = run_with_tools(folder, tmp_path, (tool for tool in ("ssh-keygen", *TOOLS) if tool != missing))
    told = ["verdict inconclusive", f"inconclusive: this machine has no {missing}"]
    assert (answer.returncode, answer.stdout.splitlines(), answer.stderr) == (DOUBT, told, "")


def test_another_archive_found_by_cdpath_is_not_judged_instead(folder: Path) -> None:
    (folder / "room").mkdir()
    shutil.copytree(folder / "archive", folder / "room/archive")
    edit("000003/decision.json", flip)(folder / "room/archive")
    environ = {**os.environ, "CDPATH": str(folder), "IFS": "0", "GREP_OPTIONS": "-v"}
    words = ["sh", str(SCRIPT), "--signers", signers_of(folder).name, "archive"]
    altered = subprocess.run(words, cwd=folder / "room", env=environ, capture_output=True, text=True, check=False)
    assert altered.returncode == FAIL, altered.stdout
    whole = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert whole.returncode == PASS, whole.stdout


def test_no_archive_is_not_a_pass(tmp_path: Path) -> None:
    assert run(tmp_path).returncode == run(tmp_path / "missing").returncode == DOUBT


def test_it_leaves_nothing_behind_and_changes_nothing(folder: Path, tmp_path: Path) -> None:
    before = sorted((str(path), path.lstat().st_mtime_ns) for path in folder.rglob("*"))
    (tmp_path / "room").mkdir()
    environ = {**os.environ, "TMPDIR": str(tmp_path / "room")}
    subprocess.run(["sh", str(SCRIPT), str(folder / "archive")], env=environ, capture_output=True, check=False)
    assert list((tmp_path / "room").iterdir()) == []
    assert sorted((str(path), path.lstat().st_mtime_ns) for path in folder.rglob("*")) == before


def test_it_runs_where_it_lies_without_a_word(folder: Path) -> None:
    shutil.copytree(folder / "archive", folder / "here")
    for path in (folder / "here/seals").glob("*.sig"):
        path.unlink()
    done = subprocess.run(["sh", "here/verify.sh"], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[0]) == (FAIL, "verdict fail")


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not on this machine")
def test_shellcheck_finds_nothing() -> None:
    done = subprocess.run(["shellcheck", "--shell=sh", str(SCRIPT)], capture_output=True, text=True, check=False)
    assert done.stdout == ""
