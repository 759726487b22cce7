"""A history of approvals, taken apart and sealed again with something in it changed: what somebody could do who holds the archive's keys.

Put here how a history is taken apart and put together; what is changed belongs to the test.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.domain.canonical import canonical_json, digest_bytes, record_json
from registry.domain.events import GENESIS_HASH, EventKind, StoredEvent, chain_hash
from registry.domain.times import parse_instant
from registry.evidence.archive import publish
from registry.evidence.draft import draft_package
from registry.evidence.names import LEDGER_FILE
from registry.evidence.packages import list_packages
from registry.evidence.sealed_events import read_sealed_events
from tests.approvals.scenes import Scene
from tests.evidence.archives import FIRST_DAY, sealed_at

# A request says what its event says, under these names.
_THEIRS = {"document_digest": "evidence_digest", "name": "printed_name", "expires_at": "expires", "is_break_glass": "break_glass"}


@dataclass(slots=True)
class Story:
    """The envelopes of all events in order, and the files of each package by the digest that they name it with."""

    envelopes: list[dict[str, Any]]
    packages: dict[str, dict[str, bytes]]
    keys: Path

    @property
    def approvals(self) -> list[dict[str, Any]]:
        return [envelope for envelope in self.envelopes if envelope["kind"] == EventKind.APPROVAL_RECORDED]

    @property
    def plan(self) -> dict[str, Any]:
        (found,) = [envelope for envelope in self.envelopes if envelope["kind"] == EventKind.ACTIONS_PLANNED]
        return found

    def files(self, envelope: Mapping[str, Any]) -> dict[str, bytes]:
        """Return the files of the package that an event cites."""
        return self.packages[envelope["data"]["bundle_digest"]]

    def rewrite(self, envelope: dict[str, Any], *, key: str = "", namespace: str = "", issue: str = "", **changes: Any) -> None:
        """Change what an approval says, in its request and in its event alike, and sign it again as its role would."""
        data, files = envelope["data"], self.files(envelope)
        data.update(changes)
        envelope["actor"], envelope["issue"] = data["name"], issue or envelope["issue"]
        request = json.loads(files["request.json"]) | {_THEIRS.get(name, name): value for name, value in changes.items()}
        files["request.json"] = record_json(request | {"issue": envelope["issue"]})
        data["request_digest"] = digest_bytes(files["request.json"])
        role = data["role"]
        if "request.json.sig" in files:
            files["request.json.sig"] = self.signature(files["request.json"], key or role, namespace or role)

    def signature(self, content: bytes, key: str, namespace: str) -> bytes:
        """Return a signature of ``content``."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "request.json"
            path.write_bytes(content)
            subprocess.run(
                ["ssh-keygen", "-q", "-Y", "sign", "-f", self.keys / key, "-n", namespace, path], check=True, capture_output=True
            )
            return path.with_name("request.json.sig").read_bytes()

    def sealed(self, folder: Path) -> Path:
        """Seal the story as an archive of its own, in which every digest and hash is right."""
        events: list[StoredEvent] = []
        for number, envelope in enumerate(self.envelopes, 1):
            files = self.packages.get(envelope["data"].get("bundle_digest", ""))
            draft = draft_package(folder / "spool", files) if files else None
            if draft:
                envelope["data"]["bundle_digest"] = draft.bundle_digest
            events.append(_next(events, envelope))
            if draft:
                publish(folder / "archive", draft, events, sealed_at(number))
        publish(folder / "archive", draft_package(folder / "spool", {"day.json": b"{}\n"}), events, sealed_at(len(events) + 1))
        return folder / "archive"


def told(scene: Scene) -> Story:
    """Take the scene's archive apart."""
    return Story(*taken_apart(scene.archive), scene.keys)


def taken_apart(archive: Path) -> tuple[list[dict[str, Any]], dict[str, dict[str, bytes]]]:
    """Return the envelopes of an archive's events, and the files of its packages by their digests."""
    packages = {
        package.seal.bundle_digest: {path.name: path.read_bytes() for path in package.path.iterdir() if path.name != LEDGER_FILE}
        for package in list_packages(archive)
    }
    return [event.envelope() for event in read_sealed_events(archive)], packages


def later(envelope: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return an event like another, with other content and so another key."""
    return json.loads(json.dumps({**envelope, "key": digest_bytes(repr(changes).encode()), **changes}))  # type: ignore[no-any-return]


def _next(events: list[StoredEvent], envelope: Mapping[str, Any]) -> StoredEvent:
    previous, body = (events[-1].hash if events else GENESIS_HASH), canonical_json(envelope)
    parse_instant(envelope["as_of"])
    return StoredEvent(len(events) + 1, previous, body, chain_hash(previous, body), envelope["key"], FIRST_DAY)
