"""A throwaway time authority: keys and answers made by ``openssl``, served on loopback by the standard library."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIGURATION = """\
[tsa]
default_tsa = local
[local]
dir = {folder}
serial = $dir/serial
signer_cert = $dir/tsa.pem
signer_key = $dir/tsa.key
certs = $dir/root.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
EXTENSIONS = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n"


@dataclass(frozen=True, slots=True)
class Authority:
    """A folder with the authority's keys; ``roots`` is what its customers keep."""

    folder: Path

    @property
    def roots(self) -> Path:
        return self.folder / "root.pem"

    def answer(self, request: bytes) -> bytes:
        (self.folder / "request.tsq").write_bytes(request)
        command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "request.tsq", "-out", "answer.tsr"]
        openssl(self.folder, *command[1:])
        return (self.folder / "answer.tsr").read_bytes()


def an_authority(folder: Path) -> Authority:
    """Return a new authority with a root of its own."""
    folder.mkdir(parents=True)
    openssl(
        folder,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "root.key",
        "-out",
        "root.pem",
        "-subj",
        "/CN=root",
        "-days",
        "3650",
    )
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=time")
    (folder / "tsa.ext").write_text(EXTENSIONS)
    sign = ["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-extfile", "tsa.ext", "-days", "3650"]
    openssl(folder, "x509", "-req", "-in", "tsa.csr", "-out", "tsa.pem", *sign)
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
    return Authority(folder)


@contextmanager
def served(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """Yield the address at which ``answer`` answers time requests."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsr"
    finally:
        server.shutdown()
        server.server_close()


def openssl(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``openssl`` in ``folder``; it must succeed."""
    return subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, check=True)
