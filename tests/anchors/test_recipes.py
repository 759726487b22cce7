"""Repository, mailbox and bucket: each recipe against a real one on this machine."""

from __future__ import annotations

import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from deployments.anchors.git_remote import push_head
from deployments.anchors.head import read_head
from deployments.anchors.locked_bucket import put_head
from deployments.anchors.mailbox import MailServer, send_head
from registry.domain.anchoring import Head
from registry.errors import EvidenceError
from registry.evidence.anchors import heads_noted
from tests.anchors.sealed import a_sealed_workspace, head_and_path
from tests.object_store import ACCESS_KEY, SECRET_KEY, S3Server, new_bucket, s3_server

__all__ = ["s3_server"]


def a_remote(folder: Path) -> Path:
    """Return a bare repository whose branches can only grow."""
    git(folder, "init", "--quiet", "--bare", "--initial-branch", "main", ".")
    git(folder, "config", "receive.denyNonFastForwards", "true")
    git(folder, "config", "receive.denyDeletes", "true")
    return folder


def git(folder: Path, *words: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def push(remote: Path, clone: Path, head: Head, path: Path) -> str:
    return push_head(str(remote), "main", clone, head, path)


def test_a_recipe_refuses_a_seal_that_is_not_the_head_it_was_told(tmp_path: Path) -> None:
    head, path = head_and_path(a_sealed_workspace(tmp_path))
    for wrong in (Head(2, head.digest), Head(head.seal, "sha256:" + "0" * 64)):
        with pytest.raises(EvidenceError, match="anchor the newest seal"):
            read_head(wrong, path)
    with pytest.raises(EvidenceError, match="expected the seal file"):
        read_head(head, tmp_path / "nothing")


def test_heads_become_commits_that_the_remote_names(tmp_path: Path) -> None:
    workspace, remote = a_sealed_workspace(tmp_path / "w"), a_remote(tmp_path / "remote")
    answers = [push(remote, tmp_path / "clone", *head_and_path(workspace, seq)) for seq in (1, 2)]
    assert answers[-1] == f"{git(remote, 'rev-parse', 'main').strip()} on main"
    assert git(remote, "ls-tree", "-r", "--name-only", "main").split() == ["heads/000001", "heads/000002"]
    assert heads_noted(git(remote, "show", "main:heads/000002")) == (head_and_path(workspace, 2)[0],)
    assert len(git(remote, "log", "--format=%h", "main").split()) == 2


def test_a_head_that_is_there_makes_no_second_commit_from_any_clone(tmp_path: Path) -> None:
    workspace, remote = a_sealed_workspace(tmp_path / "w"), a_remote(tmp_path / "remote")
    first = push(remote, tmp_path / "clone", *head_and_path(workspace))
    assert push(remote, tmp_path / "another", *head_and_path(workspace)) == first


def test_another_head_under_the_same_number_is_a_rewritten_archive(tmp_path: Path) -> None:
    remote = a_remote(tmp_path / "remote")
    push(remote, tmp_path / "clone", *head_and_path(a_sealed_workspace(tmp_path / "w", packages=1)))
    rewritten = a_sealed_workspace(tmp_path / "x", packages=3)
    text = (rewritten.archive_dir / "seals/000003.seal").read_text().replace("seq: 000003", "seq: 000001")
    (rewritten.archive_dir / "seals/000001.seal").write_text(text)
    with pytest.raises(EvidenceError, match="the archive was rewritten"):
        push(remote, tmp_path / "clone", *head_and_path(rewritten, 1))


def test_heads_of_two_archives_meet_on_one_branch(tmp_path: Path) -> None:
    """A push that another one overtook is made again on top of it."""
    workspace, remote = a_sealed_workspace(tmp_path / "w"), a_remote(tmp_path / "remote")
    hook = remote / "hooks/pre-receive"
    moved = "git update-ref refs/heads/main $(git commit-tree -m other $(git hash-object -t tree -w /dev/null))"
    environment = "export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x; unset GIT_QUARANTINE_PATH"
    hook.write_text(f"#!/bin/sh\n[ -e met ] && exit 0\ntouch met\n{environment}\n{moved}\nexit 0\n")
    hook.chmod(0o755)
    push(remote, tmp_path / "clone", *head_and_path(workspace))
    assert len(git(remote, "log", "--format=%s", "main").splitlines()) == 2


def test_a_remote_that_refuses_or_is_not_there_is_no_anchor(tmp_path: Path) -> None:
    workspace, remote = a_sealed_workspace(tmp_path / "w"), a_remote(tmp_path / "remote")
    (remote / "hooks/pre-receive").write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    (remote / "hooks/pre-receive").chmod(0o755)
    with pytest.raises(EvidenceError, match="git push: expected exit code 0"):
        push(remote, tmp_path / "clone", *head_and_path(workspace))
    with pytest.raises(EvidenceError, match="git ls-remote: expected exit code 0"):
        push(tmp_path / "nowhere", tmp_path / "clone", *head_and_path(workspace))


class Sink(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it is given, and refuses recipients at ``refused.example``."""

    daemon_threads = True
    mails: list[bytes]


class Session(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        self._say("220 sink")
        while line := self.rfile.readline().strip().decode():
            verb = line.split()[0].upper()
            if verb == "DATA":
                self._say("354 go on")
                self._keep()
            self._say("221 bye" if verb == "QUIT" else "550 no" if "refused.example" in line and verb == "RCPT" else "250 ok")
            if verb == "QUIT":
                return

    def _keep(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.mails.append(b"".join(lines))

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def a_mail_server() -> Iterator[Sink]:
    with Sink(("127.0.0.1", 0), Session) as server:
        server.mails = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def send(server: Sink, *recipients: str, head: Head, path: Path) -> str:
    where = MailServer("127.0.0.1", server.server_address[1], "", is_plain=True)
    return send_head(where, "proofloop@bank.example", recipients, head, path)


def test_a_mail_carries_the_head_for_people_and_the_seal_itself(tmp_path: Path) -> None:
    head, path = head_and_path(a_sealed_workspace(tmp_path))
    with a_mail_server() as server:
        answer = send(server, "audit@outside.example", head=head, path=path)
    (mail,) = [message_from_bytes(mail, policy=policy.default) for mail in server.mails]
    body = mail.get_body()
    assert body is not None and heads_noted(body.get_content()) == (head,)
    assert [part.get_content().encode() for part in mail.iter_attachments()] == [path.read_bytes()]
    assert answer == f"{mail['Message-ID']} to audit@outside.example"


def test_one_refused_recipient_a_dead_server_or_a_password_in_the_clear_is_no_anchor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, path = head_and_path(a_sealed_workspace(tmp_path))
    with a_mail_server() as server:
        with pytest.raises(EvidenceError, match=r"found refused: b@refused\.example"):
            send(server, "audit@outside.example", "b@refused.example", head=head, path=path)
        with pytest.raises(EvidenceError, match="expected mail addresses"):
            send(server, "audit@outside.example\nBcc: x@y.example", head=head, path=path)
        port = server.server_address[1]
        with pytest.raises(EvidenceError, match="a password is sent through TLS only"):
            send_head(MailServer("127.0.0.1", port, "ana", True), "a@bank.example", ("b@x.example",), head, path)
        with pytest.raises(EvidenceError, match="expected it to take the mail"):
            send_head(MailServer("127.0.0.1", port, "ana", False), "a@bank.example", ("b@x.example",), head, path)
    with pytest.raises(EvidenceError, match="expected it to take the mail"):
        send(server, "audit@outside.example", head=head, path=path)


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("signed_in")
def test_a_locked_seal_cannot_be_deleted_and_is_put_once(s3_server: S3Server, tmp_path: Path) -> None:
    bucket = new_bucket(s3_server, ObjectLockEnabledForBucket=True)
    head, path = head_and_path(a_sealed_workspace(tmp_path))
    url = f"s3://{bucket}/heads"
    answer = put_head(url, 30, s3_server.endpoint, head, path)
    assert put_head(url, 30, s3_server.endpoint, head, path) == answer
    assert answer.endswith(f"locked until {(datetime.now(UTC) + timedelta(days=30)):%Y-%m-%d}")
    client: Any = s3_server.client()
    place = {"Bucket": bucket, "Key": "heads/000003.seal"}
    (version,) = client.call_s3("list_object_versions", Bucket=bucket)["Versions"]
    with pytest.raises(PermissionError):
        client.call_s3("delete_object", **place, VersionId=version["VersionId"])
    assert client.call_s3("head_object", **place, VersionId=version["VersionId"])["ObjectLockMode"] == "COMPLIANCE"


@pytest.mark.usefixtures("signed_in")
def test_a_bucket_without_lock_or_with_another_seal_is_no_anchor(s3_server: S3Server, tmp_path: Path) -> None:
    head, path = head_and_path(a_sealed_workspace(tmp_path))
    with pytest.raises(EvidenceError, match="made with object lock"):
        put_head(f"s3://{new_bucket(s3_server)}/heads", 30, s3_server.endpoint, head, path)
    locked = new_bucket(s3_server, ObjectLockEnabledForBucket=True)
    s3_server.client().call_s3("put_object", Bucket=locked, Key="heads/000003.seal", Body=b"another")
    with pytest.raises(EvidenceError, match="the archive was rewritten"):
        put_head(f"s3://{locked}/heads", 30, s3_server.endpoint, head, path)
    with pytest.raises(EvidenceError, match="expected the bucket to answer"):
        put_head("s3://no-such-bucket/heads", 30, s3_server.endpoint, head, path)
    with pytest.raises(EvidenceError, match="only S3 has object lock"):
        put_head("https://bucket/heads", 30, s3_server.endpoint, head, path)
