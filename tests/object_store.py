"""A real S3 server for tests: the Ceph Object Gateway of Debian, with its monitor and one store in memory, as plain processes.

Put here what starts and empties it. ``from tests.object_store import s3_server, s3_bucket`` brings the fixtures into a module; a test that
asks for it is skipped where ``radosgw`` is not installed, which in CI is a failure: ``.ci/run`` installs it.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from registry.archive_copies import CopyTarget

ACCESS_KEY, SECRET_KEY = "EVIDENCEWRITER", "s3-secret-of-the-tests-only"
PROGRAMS = ("ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
_NUMBERS = count(1)
_LIMIT_SECONDS = 60

CONFIGURATION = """[global]
fsid = {fsid}
mon host = v2:127.0.0.1:{monitor}
mon initial members = a
public addr = 127.0.0.1
run dir = {folder}
admin socket =
log file = {folder}/$name.log
pid file = {folder}/$name.pid
keyring = {folder}/keyring
mon data = {folder}/mon
osd data = {folder}/osd
rgw data = {folder}/rgw
osd objectstore = memstore
memstore device bytes = 1073741824
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd crush chooseleaf type = 0
mon allow pool size one = true
rgw frontends = beast endpoint=127.0.0.1:{gateway}
rgw thread pool size = 16
"""


@dataclass(frozen=True)
class S3Server:
    """A running server and the one user it knows."""

    endpoint: str
    gateway: subprocess.Popen[bytes]

    def target(self, bucket: str, name: str = "offsite", **changed: str) -> CopyTarget:
        options = {"endpoint_url": self.endpoint, "key": ACCESS_KEY, "secret": SECRET_KEY, **changed}
        return CopyTarget(name, f"s3://{bucket}/bank", f"s3://{bucket}/bank", options, (options["key"], options["secret"]))

    def client(self) -> Any:
        import s3fs

        return s3fs.S3FileSystem(
            endpoint_url=self.endpoint, key=ACCESS_KEY, secret=SECRET_KEY, use_listings_cache=False, skip_instance_cache=True
        )


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """Yield a server with one user and no buckets."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"no {', '.join(missing)} here: apt-get install radosgw ceph-mon ceph-osd")
    with started_server() as server:
        yield server


@pytest.fixture
def s3_bucket(s3_server: S3Server) -> str:
    """Return the name of a new bucket."""
    return new_bucket(s3_server)


def new_bucket(server: S3Server, **options: Any) -> str:
    name = f"evidence-{next(_NUMBERS)}"
    server.client().call_s3("create_bucket", Bucket=name, **options)
    return name


@contextmanager
def started_server() -> Iterator[S3Server]:
    """Start monitor, store and gateway in a folder of their own, and end them by their own handles."""
    folder = Path(tempfile.mkdtemp(prefix="proofloop-s3-"))
    started: list[subprocess.Popen[bytes]] = []
    try:
        yield _start(folder, started)
    finally:
        for process in reversed(started):
            process.send_signal(signal.SIGKILL)  # its memory is its store: nothing is kept
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, started: list[subprocess.Popen[bytes]]) -> S3Server:
    ports = _free_ports(2)
    fsid, osd = str(uuid.uuid4()), str(uuid.uuid4())
    (folder / "ceph.conf").write_text(CONFIGURATION.format(folder=folder, fsid=fsid, monitor=ports[0], gateway=ports[1]))
    for part in ("mon", "osd", "rgw"):
        (folder / part).mkdir()
    for number, name in enumerate(("mon.", "client.admin", "osd.0", "client.rgw")):
        create = ["--create-keyring"] if number == 0 else []
        _run(folder, "ceph-authtool", "keyring", *create, "--gen-key", "-n", name, "--cap", "mon", "allow *", "--cap", "osd", "allow *")
    for part in ("osd", "rgw"):
        shutil.copy(folder / "keyring", folder / part / "keyring")
    _run(folder, "monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:127.0.0.1:{ports[0]}]", "monmap")
    _run(folder, "ceph-mon", "-c", "ceph.conf", "-i", "a", "--mkfs", "--monmap", "monmap", "--keyring", "keyring")
    started.append(_spawn(folder, "ceph-mon", "-i", "a"))
    _run(folder, "ceph", "-c", "ceph.conf", "auth", "import", "-i", "keyring")
    _run(folder, "ceph", "-c", "ceph.conf", "osd", "new", osd)
    _run(folder, "ceph-osd", "-c", "ceph.conf", "-i", "0", "--mkfs", "--osd-uuid", osd)
    started.append(_spawn(folder, "ceph-osd", "-i", "0"))
    _run(folder, "ceph", "-c", "ceph.conf", "osd", "crush", "add", "osd.0", "1.0", "host=here", "root=default")
    started.append(_spawn(folder, "radosgw", "-n", "client.rgw"))
    server = S3Server(f"http://127.0.0.1:{ports[1]}", started[-1])
    _wait_for(server.endpoint, started)
    _run(
        folder, "radosgw-admin", "-c", "ceph.conf", "user", "create", "--uid=bank", "--display-name=bank",
        f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}",
    )  # fmt: skip
    return server


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_LIMIT_SECONDS, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr[-2000:]}"


def _spawn(folder: Path, program: str, *arguments: str) -> subprocess.Popen[bytes]:
    with (folder / f"{program}.out").open("wb") as output:
        return subprocess.Popen([program, "-c", "ceph.conf", *arguments, "-f"], cwd=folder, stdout=output, stderr=output)


def _wait_for(endpoint: str, started: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + _LIMIT_SECONDS
    while True:
        assert all(process.poll() is None for process in started), "expected the server's processes to run, found one that ended"
        try:
            urlopen(endpoint, timeout=2).close()  # noqa: S310
        except (URLError, OSError):
            assert time.monotonic() < deadline, f"expected an answer at {endpoint}, found none"
            time.sleep(0.1)
        else:
            return


def _free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [found.getsockname()[1] for found in sockets]
    for found in sockets:
        found.close()
    return ports
