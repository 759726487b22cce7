"""Copies of the archive keep their promises in a folder, in memory and on a real S3 server; a killed copy is finished by the next."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from registry.archive_copies import CopyTarget
from registry.domain.decision import Verdict
from registry.errors import ConfigurationError, EvidenceError, EvidenceUnavailableError
from registry.evidence.archive import publish
from registry.evidence.draft import draft_package
from registry.evidence.files import refer
from registry.evidence.names import SCRIPT_FILE
from registry.evidence.replica import COPY_CHECKPOINTS, copy_archive
from registry.evidence.replica_reading import fetched_archive, restore_archive
from registry.evidence.report import Removal
from registry.evidence.stores import NOT_REFUSED, REFUSED, is_evidence, open_store
from registry.evidence.stores_folder import _give_name
from registry.evidence.stores_objects import ObjectStore
from registry.evidence.verify import verify_archive
from tests.evidence.archives import an_archive, content_of, evidence_of, ledger_of, sealed_at
from tests.object_store import SECRET_KEY, S3Server, new_bucket, s3_bucket, s3_server

__all__ = ["s3_bucket", "s3_server"]

ROOT = Path(__file__).parents[2]
STORES = ("folder", "memory", "s3")
OBJECTS = 15
"""Three packages, each of two data files, the ledger's events, a manifest and a seal."""
_NUMBERS = count(1)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    found = an_archive(tmp_path)
    (found / SCRIPT_FILE).unlink()  # a guide; what becomes of guides in copies has tests of its own
    return found


@pytest.fixture(params=STORES)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CopyTarget]:
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3_server")
        yield server.target(request.getfixturevalue("s3_bucket"))
    else:
        url = f"memory://copies-{next(_NUMBERS)}" if request.param == "memory" else (tmp_path / "elsewhere").as_uri()
        yield CopyTarget("offsite", url, url)


def objects_of(target: CopyTarget, folder: Path) -> dict[str, bytes]:
    """Return every object of evidence, read back."""
    store, found = open_store(target), {}
    for number, key in enumerate(sorted(filter(is_evidence, store.listing()))):
        store.fetch(key, folder / f"read-{number}-{next(_NUMBERS)}")
        found[key] = next(folder.glob(f"read-{number}-*")).read_bytes()
        next(folder.glob(f"read-{number}-*")).unlink()
    return found


def plant(target: CopyTarget, folder: Path, key: str, content: bytes) -> None:
    """Put an object there as a stranger would."""
    source = folder / f"planted-{next(_NUMBERS)}"
    source.write_bytes(content)
    assert open_store(target).create(key, source)


def remove(target: CopyTarget, key: str) -> None:
    """Remove an object as who holds the store would."""
    store = open_store(target)
    if isinstance(store, ObjectStore):
        store._files.rm_file(store._path(key))
    else:
        Path(target.url.removeprefix("file://"), key).unlink()


def verified(target: CopyTarget) -> Verdict:
    with fetched_archive(target) as (folder, problems):
        return verify_archive(folder).with_problems(problems).verdict


def test_an_archive_without_packages_has_no_copy_that_passes(tmp_path: Path, target: CopyTarget) -> None:
    report = copy_archive(tmp_path / "nothing", target)
    assert (report.verdict, report.put_count) == (Verdict.INCONCLUSIVE, 0)


def test_a_copy_that_holds_nothing_does_not_verify(target: CopyTarget) -> None:
    assert verified(target) is Verdict.INCONCLUSIVE


def test_a_copy_holds_every_object_of_the_archive_and_verifies_like_it(archive: Path, target: CopyTarget, tmp_path: Path) -> None:
    report = copy_archive(archive, target)
    assert (report.verdict, report.confirmed_to, report.put_count) == (Verdict.PASS, 3, OBJECTS)
    assert objects_of(target, tmp_path) == content_of(archive)
    with fetched_archive(target) as (folder, problems):
        assert (verify_archive(folder).head, problems) == (verify_archive(archive).head, ())


def test_copying_again_puts_nothing(archive: Path, target: CopyTarget) -> None:
    copy_archive(archive, target)
    again = copy_archive(archive, target)
    assert (again.verdict, again.put_count, again.object_count) == (Verdict.PASS, 0, OBJECTS)


@pytest.mark.parametrize("key", ["000002/decision.json", "000002/ledger.jsonl", "seals/000002.sha256", "seals/000002.seal"])
def test_an_object_with_other_content_is_a_fail_and_is_never_overwritten(
    archive: Path, target: CopyTarget, tmp_path: Path, key: str
) -> None:
    plant(target, tmp_path, key, b"forged\n")
    report = copy_archive(archive, target)
    assert report.verdict is Verdict.FAIL
    assert [problem.file for problem in report.problems] == [key]
    assert report.confirmed_to == 1
    found = objects_of(target, tmp_path)
    assert found[key] == b"forged\n"
    assert found.keys() == content_of(archive).keys()  # what follows is copied all the same


def test_a_confirmed_object_that_is_replaced_is_seen(archive: Path, target: CopyTarget, tmp_path: Path) -> None:
    copy_archive(archive, target)
    content = content_of(archive)["000001/decision.json"]
    remove(target, "000001/decision.json")
    plant(target, tmp_path, "000001/decision.json", bytes(reversed(content)))  # of the same size
    assert copy_archive(archive, target).verdict is Verdict.PASS  # every day only sizes of old objects are compared
    assert copy_archive(archive, target, read_all=True).verdict is Verdict.FAIL
    remove(target, "000001/decision.json")
    plant(target, tmp_path, "000001/decision.json", content + b" ")
    assert copy_archive(archive, target).verdict is Verdict.FAIL
    assert verified(target) is Verdict.FAIL


def test_a_confirmed_object_that_is_gone_is_a_fail_and_is_put_again(archive: Path, target: CopyTarget, tmp_path: Path) -> None:
    copy_archive(archive, target)
    remove(target, "000002/ledger.jsonl")
    report = copy_archive(archive, target)
    assert (report.verdict, report.put_count) == (Verdict.FAIL, 1)
    assert objects_of(target, tmp_path) == content_of(archive)


def test_a_copy_whose_objects_are_all_gone_is_not_begun_anew_in_silence(archive: Path, target: CopyTarget, tmp_path: Path) -> None:
    copy_archive(archive, target)
    for key in content_of(archive):
        remove(target, key)
    report = copy_archive(archive, target)
    assert (report.verdict, report.put_count) == (Verdict.FAIL, 0)
    assert objects_of(target, tmp_path) == {}


def test_an_object_that_does_not_belong_there_is_a_fail(archive: Path, target: CopyTarget, tmp_path: Path) -> None:
    plant(target, tmp_path, "000002/extra.json", b"{}")
    plant(target, tmp_path, "notes/readme.txt", b"hello")
    report = copy_archive(archive, target)
    assert report.verdict is Verdict.FAIL
    assert [problem.file for problem in report.problems] == ["000002/extra.json", "notes/readme.txt"]
    assert verified(target) is Verdict.FAIL


def test_a_time_token_that_comes_later_is_copied_later(archive: Path, target: CopyTarget, tmp_path: Path) -> None:
    copy_archive(archive, target)
    (archive / "seals/000003.seal.tsr").write_bytes(b"token")
    report = copy_archive(archive, target)
    assert (report.verdict, report.put_count) == (Verdict.PASS, 1)
    assert objects_of(target, tmp_path)["seals/000003.seal.tsr"] == b"token"


def test_a_package_without_its_seal_is_not_copied(archive: Path, target: CopyTarget, tmp_path: Path) -> None:
    (archive / "seals/000003.seal").unlink()
    report = copy_archive(archive, target)
    assert (report.sealed_to, report.put_count) == (2, 10)
    assert not any(key.startswith(("000003", "seals/000003")) for key in objects_of(target, tmp_path))


def test_a_local_file_that_was_altered_is_a_fail_and_is_not_copied(archive: Path, target: CopyTarget, tmp_path: Path) -> None:
    path = archive / "000002/decision.json"
    path.chmod(0o644)
    path.unlink()
    path.write_bytes(b"forged\n")
    assert copy_archive(archive, target).verdict is Verdict.FAIL
    assert "000002/decision.json" not in objects_of(target, tmp_path)


def test_a_file_removed_under_retention_is_not_copied_is_told_where_it_still_lies_and_is_not_restored(
    archive: Path, target: CopyTarget, tmp_path: Path
) -> None:
    copy_archive(archive, target)
    removed = "000001/report.html"
    line = f"{refer(archive / removed).digest.removeprefix('sha256:')}  {removed}\n".encode()
    publish(archive, draft_package(tmp_path / "spool", {"removed.sha256": line}), ledger_of(8), sealed_at(4))
    (archive / removed).unlink()
    report = copy_archive(archive, target)
    assert [(found.file, found.verdict) for found in report.problems] == [(removed, Verdict.INCONCLUSIVE)]
    assert "retention" in report.problems[0].found
    before = evidence_of(archive)
    shutil.rmtree(archive)
    assert restore_archive(target, archive, verify_archive).removals == (Removal(removed, 4),)
    assert evidence_of(archive) == before
    remove(target, removed)
    shutil.rmtree(archive / ".publish", ignore_errors=True)
    assert copy_archive(archive, target).verdict is Verdict.PASS


def test_what_helps_a_reader_is_put_once_and_is_never_compared_or_brought_back(archive: Path, target: CopyTarget, tmp_path: Path) -> None:
    (archive / "verify.sh").write_bytes(b"#!/bin/sh\nexit 3\n")
    assert copy_archive(archive, target).verdict is Verdict.PASS
    (archive / "verify.sh").unlink()
    (archive / "verify.sh").write_bytes(b"#!/bin/sh\n# a newer one\nexit 3\n")
    assert copy_archive(archive, target).verdict is Verdict.PASS
    assert objects_of(target, tmp_path)["verify.sh"] == b"#!/bin/sh\nexit 3\n"
    with fetched_archive(target) as (folder, problems):
        assert (problems, (folder / "verify.sh").exists()) == ((), False)


def test_an_outage_at_any_object_is_reported_and_the_next_run_goes_on(
    archive: Path, target: CopyTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(open_store(target))
    create, left = kind.create, [0]

    def failing(self: Any, key: str, source: Path) -> bool:
        left[0] -= 1
        if left[0] < 0:
            raise EvidenceUnavailableError("archive copy offsite: expected an answer, found none")
        return bool(create(self, key, source))

    monkeypatch.setattr(kind, "create", failing)
    puts = []
    for _ in range(OBJECTS):
        left[0] = 1
        report = copy_archive(archive, target)
        puts.append(report.put_count)
    assert puts == [1] * OBJECTS
    assert (report.verdict, report.confirmed_to) == (Verdict.PASS, 3)
    assert objects_of(target, tmp_path) == content_of(archive)


def test_a_copy_cut_short_ends_in_no_package_that_looks_whole(archive: Path, target: CopyTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type(open_store(target))
    create = kind.create

    def failing(self: Any, key: str, source: Path) -> bool:
        if key == "seals/000003.seal":
            raise EvidenceUnavailableError("archive copy offsite: expected an answer, found none")
        return bool(create(self, key, source))

    monkeypatch.setattr(kind, "create", failing)
    report = copy_archive(archive, target)
    assert (report.verdict, report.confirmed_to, bool(report.outage)) == (Verdict.INCONCLUSIVE, 2, True)
    assert verified(target) is Verdict.INCONCLUSIVE


def test_objects_are_put_in_the_order_they_were_published(archive: Path, target: CopyTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    for suffix in (".seal.sig", ".seal.tsr"):
        (archive / f"seals/000001{suffix}").write_bytes(b"not looked into here\n")
    kind = type(open_store(target))
    create, order = kind.create, []

    def noting(self: Any, key: str, source: Path) -> bool:
        order.append(key)
        return bool(create(self, key, source))

    monkeypatch.setattr(kind, "create", noting)
    copy_archive(archive, target)
    first = [key for key in order if "000001" in key]
    assert first == [
        *sorted(key for key in content_of(archive) if key.startswith("000001/")),
        *(f"seals/000001{suffix}" for suffix in (".sha256", ".seal.sig", ".seal", ".seal.tsr")),
    ]
    assert [key for key in order if key.endswith(".seal")] == [f"seals/00000{seq}.seal" for seq in (1, 2, 3)]


def test_a_name_in_a_folder_is_taken_once_even_by_who_looked_before(tmp_path: Path) -> None:
    (tmp_path / "late").write_bytes(b"late")
    (tmp_path / "taken").write_bytes(b"first")
    with pytest.raises(FileExistsError):
        _give_name(tmp_path / "late", tmp_path / "taken")
    assert (tmp_path / "taken").read_bytes() == b"first"


def test_every_named_point_of_a_copy_is_passed_in_order(archive: Path, target: CopyTarget) -> None:
    passed: list[str] = []
    copy_archive(archive, target, checkpoint=passed.append)
    assert tuple(dict.fromkeys(passed)) == COPY_CHECKPOINTS
    assert (Counter(passed)["object_put"], Counter(passed)["noted"]) == (OBJECTS, 3)


def die_at(point: str, url: str, options: dict[str, str]) -> None:
    """Copy the archive below the current folder and kill this process when it first passes ``point``."""

    def checkpoint(name: str) -> None:
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    copy_archive(Path("archive"), CopyTarget("offsite", url, url, options), checkpoint=checkpoint)


def child(folder: Path, program: str) -> subprocess.Popen[bytes]:
    code = f"from tests.evidence.test_copies import CopyTarget, Path, copy_archive, die_at; {program}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", code], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def run_killed(folder: Path, target: CopyTarget, point: str) -> None:
    process = child(folder, f"die_at({point!r}, {target.url!r}, {dict(target.options)!r})")
    _, errors = process.communicate()
    assert process.returncode == -signal.SIGKILL, errors.decode()


def lasting(request: pytest.FixtureRequest, kind: str, folder: Path) -> CopyTarget:
    """Return a store that outlives a process."""
    if kind == "folder":
        return CopyTarget("offsite", (folder / "elsewhere").as_uri(), (folder / "elsewhere").as_uri())
    server: S3Server = request.getfixturevalue("s3_server")
    bucket = new_bucket(server)
    if kind == "s3 with versions":
        server.client().call_s3("put_bucket_versioning", Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return server.target(bucket)


def written_at(target: CopyTarget) -> dict[str, str]:
    """Return when each object was last written, as its store says."""
    store = open_store(target)
    if isinstance(store, ObjectStore):
        found = store._files.find(store._root, detail=True)
        return {name: str(info["LastModified"]) for name, info in found.items() if "/.publish/" not in name}
    root = Path(target.url.removeprefix("file://"))
    return {str(path): str(path.stat().st_mtime_ns) for path in root.rglob("*") if path.is_file() and ".publish" not in path.parts}


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_killed_after_each_object_and_run_again_gives_every_object_once(
    request: pytest.FixtureRequest, archive: Path, tmp_path: Path, kind: str
) -> None:
    target = lasting(request, kind, tmp_path)
    written: dict[str, str] = {}
    for done in range(1, OBJECTS + 1):
        run_killed(tmp_path, target, "object_put")
        now = written_at(target)
        assert len(now) == done
        assert written.items() <= now.items()  # what was there was not written again
        written = now
    report = copy_archive(archive, target)
    assert (report.verdict, report.put_count) == (Verdict.PASS, 0)
    assert objects_of(target, tmp_path) == content_of(archive)
    assert (verified(target), written_at(target)) == (Verdict.PASS, written)


@pytest.mark.parametrize("point", [point for point in COPY_CHECKPOINTS if point != "object_put"])
@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_killed_at_any_other_point_and_run_again_gives_every_object_once(
    request: pytest.FixtureRequest, archive: Path, tmp_path: Path, kind: str, point: str
) -> None:
    target = lasting(request, kind, tmp_path)
    run_killed(tmp_path, target, point)
    written = written_at(target) if kind == "folder" or point not in {"locked", "listed", "tried"} else {}
    assert copy_archive(archive, target).verdict is Verdict.PASS
    assert objects_of(target, tmp_path) == content_of(archive)
    assert written.items() <= written_at(target).items()


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_two_machines_that_copy_at_once_put_every_object_once(
    request: pytest.FixtureRequest, archive: Path, tmp_path: Path, kind: str
) -> None:
    target = lasting(request, kind, tmp_path)
    assert sum(copied_by_two(target, archive, tmp_path)) == OBJECTS
    assert objects_of(target, tmp_path) == content_of(archive)


def test_where_a_bucket_keeps_versions_the_server_does_not_refuse_and_nothing_is_lost(
    request: pytest.FixtureRequest, archive: Path, tmp_path: Path
) -> None:
    target = lasting(request, "s3 with versions", tmp_path)
    copied_by_two(target, archive, tmp_path)
    assert open_store(target).try_write_once() == NOT_REFUSED
    assert copy_archive(archive, target).verdict is Verdict.PASS
    assert objects_of(target, tmp_path) == content_of(archive)
    client = request.getfixturevalue("s3_server").client()
    listed = client.call_s3("list_object_versions", Bucket=target.url.split("/")[2])
    assert not listed.get("DeleteMarkers")
    tags = {version["Key"]: version["ETag"] for version in listed["Versions"]}
    assert all(tags[version["Key"]] == version["ETag"] for version in listed["Versions"])  # a second version holds the same bytes


def copied_by_two(target: CopyTarget, archive: Path, folder: Path) -> list[int]:
    """Copy one archive from two processes with locks of their own, as two machines would, and return what each put."""
    for name in ("one", "other"):
        shutil.copytree(archive, folder / name / "archive")
    program = f"r = copy_archive(Path('archive'), CopyTarget('offsite', {target.url!r}, {target.url!r}, {dict(target.options)!r}))"
    processes = [child(folder / name, f"{program}; print(r.put_count, r.verdict.value)") for name in ("one", "other")]
    answers = [process.communicate() for process in processes]
    assert [output.split()[1:] for output, _ in answers] == [[b"pass"], [b"pass"]], answers
    return [int(output.split()[0]) for output, _ in answers]


def test_a_server_that_overwrites_is_found_out_before_anything_is_written(archive: Path, tmp_path: Path) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    class Overwriting(MemoryFileSystem):  # type: ignore[misc]
        def put_file(self, lpath: str, rpath: str, **_: Any) -> None:
            self.pipe_file(rpath, Path(lpath).read_bytes())

    files = Overwriting(skip_instance_cache=True)
    url = f"memory://overwriting-{next(_NUMBERS)}"
    store = ObjectStore(CopyTarget("offsite", url, url), files, "s3")
    assert store.try_write_once() == NOT_REFUSED
    (tmp_path / "a").write_bytes(b"first")
    (tmp_path / "b").write_bytes(b"second")
    assert store.create("000001/x", tmp_path / "a")
    assert not store.create("000001/x", tmp_path / "b")
    assert files.cat_file(f"{url}/000001/x") == b"first"


def test_the_s3_server_of_the_tests_refuses_to_overwrite(s3_server: S3Server, s3_bucket: str) -> None:
    assert open_store(s3_server.target(s3_bucket)).try_write_once() == REFUSED


def test_a_locked_bucket_keeps_what_was_put_there(s3_server: S3Server, archive: Path) -> None:
    bucket = new_bucket(s3_server, ObjectLockEnabledForBucket=True)
    rule = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}}
    client = s3_server.client()
    client.call_s3("put_object_lock_configuration", Bucket=bucket, ObjectLockConfiguration=rule)
    target = s3_server.target(bucket)
    assert copy_archive(archive, target).verdict is Verdict.PASS
    assert open_store(target).protection() == "versions: on; object lock: compliance 1 days"
    version = client.call_s3("list_object_versions", Bucket=bucket, Prefix="bank/seals/000001.seal")["Versions"][0]
    with pytest.raises(PermissionError):
        client.call_s3("delete_object", Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])


def test_a_bucket_without_protection_says_so(s3_server: S3Server, s3_bucket: str) -> None:
    assert open_store(s3_server.target(s3_bucket)).protection() == "versions: off; object lock: off"


@pytest.mark.parametrize(
    ("changed", "bucket", "outcome"),
    [
        ({"secret": "wrong-secret-of-the-tests"}, "", "refused"),
        ({"key": "NOBODY"}, "", "refused"),
        ({}, "no-such-bucket", "refused"),
        ({"endpoint_url": "http://127.0.0.1:9"}, "", "outage"),
    ],
)
def test_a_store_that_refuses_or_does_not_answer_is_told_apart_and_no_secret_is_told(
    s3_server: S3Server, s3_bucket: str, archive: Path, changed: dict[str, str], bucket: str, outcome: str
) -> None:
    report = copy_archive(archive, s3_server.target(bucket or s3_bucket, **changed))
    assert report.verdict is Verdict.INCONCLUSIVE
    assert bool(report.refused) is (outcome == "refused"), report
    assert bool(report.outage) is (outcome == "outage"), report
    assert not any(secret in repr(report) for secret in (SECRET_KEY, "wrong-secret-of-the-tests", "NOBODY"))


def test_a_secret_in_a_librarys_message_is_cut_out(tmp_path: Path) -> None:
    from registry.evidence.stores import reached

    target = CopyTarget("nas", "sftp://bank:${PW}@host/x", "sftp://bank:p%40ss word@host/x", {}, ("p@ss word",))
    with pytest.raises(EvidenceUnavailableError) as caught, reached(target):
        raise OSError("cannot reach sftp://bank:p@ss word@host or p%40ss%20word")
    assert "ss" not in str(caught.value).replace("access", "").replace("passes", "").partition("found")[2]
    assert caught.value.__suppress_context__
    assert "p@ss" not in repr(target)


def test_a_store_whose_library_is_not_here_says_what_to_install(archive: Path) -> None:
    with pytest.raises(ConfigurationError, match="install"):
        copy_archive(archive, CopyTarget("x", "nosuchstore://a/b", "nosuchstore://a/b"))


def test_a_link_in_a_folder_copy_is_a_fail(archive: Path, tmp_path: Path) -> None:
    url = (tmp_path / "elsewhere").as_uri()
    target = CopyTarget("offsite", url, url)
    copy_archive(archive, target)
    remove(target, "000001/decision.json")
    (tmp_path / "elsewhere/000001/decision.json").symlink_to(archive / "000001/decision.json")
    assert copy_archive(archive, target).verdict is Verdict.FAIL
    assert verified(target) is Verdict.FAIL


def test_a_folder_that_cannot_be_read_does_not_look_empty(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = (tmp_path / "elsewhere").as_uri()
    copy_archive(archive, CopyTarget("offsite", url, url))
    scandir = os.scandir

    def failing(path: Any) -> Any:
        if str(path).endswith("elsewhere/seals"):
            raise OSError(5, "Input/output error")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", failing)
    report = copy_archive(archive, CopyTarget("offsite", url, url))
    assert (report.verdict, bool(report.outage), report.problems) == (Verdict.INCONCLUSIVE, True, ())


def test_a_folder_whose_share_is_not_mounted_is_refused(archive: Path, tmp_path: Path) -> None:
    url = (tmp_path / "not/mounted").as_uri()
    report = copy_archive(archive, CopyTarget("nas", url, url))
    assert "mount or make it" in report.refused
    assert not (tmp_path / "not").exists()


def test_a_lost_archive_is_restored_from_a_copy_and_used_again(archive: Path, target: CopyTarget) -> None:
    copy_archive(archive, target)
    before = content_of(archive)
    shutil.rmtree(archive)
    report = restore_archive(target, archive, verify_archive)
    assert report.verdict is Verdict.PASS
    assert content_of(archive) == before
    assert copy_archive(archive, target).verdict is Verdict.PASS


def test_restoring_never_replaces_what_lies_there(archive: Path, target: CopyTarget) -> None:
    copy_archive(archive, target)
    before = content_of(archive)
    with pytest.raises(EvidenceError, match="move it away"):
        restore_archive(target, archive, verify_archive)
    assert content_of(archive) == before


def test_a_copy_that_was_altered_is_not_restored(archive: Path, target: CopyTarget, tmp_path: Path) -> None:
    copy_archive(archive, target)
    remove(target, "000002/report.html")
    plant(target, tmp_path, "000002/report.html", b"<p>forged</p>\n")
    shutil.rmtree(archive)
    assert restore_archive(target, archive, verify_archive).verdict is Verdict.FAIL
    assert not archive.exists()


def test_an_empty_or_mistyped_copy_puts_no_empty_archive_in_place(archive: Path, target: CopyTarget) -> None:
    shutil.rmtree(archive)
    before = sorted(archive.parent.iterdir())
    report = restore_archive(target, archive, verify_archive)
    assert (report.verdict, report.head) == (Verdict.INCONCLUSIVE, None)
    assert sorted(archive.parent.iterdir()) == before


@pytest.mark.parametrize("key", ["000001/a b", "../outside", "000001/sub/x", "elsewhere/x", "seals/x.seal", "000001/con"])
def test_an_object_with_a_strange_name_is_a_fail_and_is_not_written_here(archive: Path, tmp_path: Path, key: str) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    url = f"memory://strange-{next(_NUMBERS)}"
    target = CopyTarget("offsite", url, url)
    copy_archive(archive, target)
    MemoryFileSystem.store[f"/{url.removeprefix('memory://')}/{key}"] = MemoryFileSystem.store[
        f"/{url.removeprefix('memory://')}/seals/000001.seal"
    ]
    with fetched_archive(target) as (folder, problems):
        assert len(problems) == 1
        assert content_of(folder) == content_of(archive)
        assert [path.name for path in folder.parent.iterdir()] == ["archive"]
