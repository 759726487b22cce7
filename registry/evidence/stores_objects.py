"""A copy of the archive in an object store, through fsspec: S3 and what speaks like it, and stores of other kinds.

Put here what differs between fsspec's stores. What may be relied on is ``store_guarantees.py``.

 * On S3 an object is one request with ``If-None-Match: *``. Never in parts: Ceph 16 refuses to overwrite in one request and overwrites when
   an upload in parts is completed.
 * Servers exist that answer such a request with success and overwrite (rclone 1.75, JuiceFS 1.4; Ceph 16 where the bucket keeps
   versions). So it is tried first, with the same bytes; where the server does not refuse, each object is looked for before it is put.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from registry.archive_copies import CopyTarget
from registry.errors import ConfigurationError, EvidenceError, EvidenceUnavailableError
from registry.evidence.files import CHUNK_BYTES, FileRef, write_durably
from registry.evidence.names import WORKROOM
from registry.evidence.store_guarantees import NOT_KNOWN, guarantees_of, protocol_of
from registry.evidence.stores import NOT_REFUSED, NOT_TRIED, REFUSED, reached, told

ONE_REQUEST_BYTES = 5 * 2**30
TRIED_KEY = f"{WORKROOM}/write-once"

_TRIED = b"proofloop tries with this object whether the store refuses to overwrite. It is no evidence.\n"
_EXISTS = frozenset({"PreconditionFailed", "412"})
_NO_LOCK = frozenset({"ObjectLockConfigurationNotFoundError", "ObjectLockConfigurationNotFound"})
_DENIED = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket", "AllAccessDisabled", "ExpiredToken"})


def open_objects(target: CopyTarget) -> ObjectStore:
    """Return the store that fsspec knows for the URL.

    Raises:
        ConfigurationError: no library for it is installed, or an option is not one of its.
    """
    import fsspec

    protocol = protocol_of(target.url)
    try:
        files: Any = fsspec.filesystem(protocol, **_options(protocol, target.options))
    except (ImportError, ValueError, TypeError) as error:
        wanted = "install proofloop[s3]" if protocol == "s3" else "install the fsspec library for it, or correct its options"
        raise ConfigurationError(
            [f"archive copy {target.name}: {target.shown} cannot be opened: {told(error, target)}; {wanted}"]
        ) from None
    return ObjectStore(target, files, protocol)


def _options(protocol: str, given: Mapping[str, str]) -> dict[str, Any]:
    """What a listing said before must never be answered again, and an outage must show within a minute."""
    quick = {"config_kwargs": {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 2, "mode": "standard"}}}
    fixed: dict[str, Any] = {"use_listings_cache": False, **quick} if protocol == "s3" else {}
    region = {"client_kwargs": {"region_name": given["region"]}} if protocol == "s3" and "region" in given else {}
    rest = {name: value for name, value in given.items() if not (protocol == "s3" and name == "region")}
    return {"skip_instance_cache": True, **fixed, **region, **rest}


class ObjectStore:
    """Objects below one prefix of one bucket, or below one folder of another store."""

    def __init__(self, target: CopyTarget, files: Any, protocol: str) -> None:
        self.shown = target.shown
        self._target = target
        self._files = files
        self._is_s3 = protocol == "s3"
        self._root = str(files._strip_protocol(target.url)).rstrip("/")
        self._write_once = NOT_TRIED
        if self._is_s3:
            files.retries = 2  # s3fs repeats five times on top of what botocore repeats

    def listing(self) -> Mapping[str, int]:
        with reached(self._target):
            self._files.invalidate_cache()
            try:
                found = self._files.find(self._root, detail=True)
            except FileNotFoundError:
                if self._is_s3:
                    raise  # the bucket: a prefix that nothing has yet is an empty listing
                return {}
            return {name.removeprefix(f"{self._root}/"): int(info["size"]) for name, info in found.items()}

    def create(self, key: str, source: Path) -> bool:
        size = source.stat().st_size
        if size >= ONE_REQUEST_BYTES:
            raise EvidenceError(
                f"{key}: expected less than {ONE_REQUEST_BYTES} bytes for one request, found {size}; keep it in a folder copy"
            )
        with reached(self._target):
            if self._write_once != REFUSED and self._files.exists(self._path(key)):
                return False
            return self._put_new(key, source)

    def refer(self, key: str) -> FileRef:
        hasher, size = hashlib.sha256(), 0
        with reached(self._target):
            for chunk in self._chunks(key):
                hasher.update(chunk)
                size += len(chunk)
        return FileRef(key, f"sha256:{hasher.hexdigest()}", size)

    def fetch(self, key: str, target: Path) -> FileRef:
        with reached(self._target):
            return write_durably(target, self._chunks(key))

    def try_write_once(self) -> str:
        if self._is_s3 and self._write_once == NOT_TRIED:
            with tempfile.NamedTemporaryFile() as sample, reached(self._target):
                sample.write(_TRIED)
                sample.flush()
                twice = self._put_new(TRIED_KEY, Path(sample.name)) and self._put_new(TRIED_KEY, Path(sample.name))
            self._write_once = NOT_REFUSED if twice else REFUSED
        return self._write_once if self._is_s3 else guarantees_of(self._target.url).write_once

    def protection(self) -> str:
        if not self._is_s3:
            return guarantees_of(self._target.url).lock
        return f"versions: {self._asked(self._versions)}; object lock: {self._asked(self._lock)}"

    def _put_new(self, key: str, source: Path) -> bool:
        whole = {"chunksize": ONE_REQUEST_BYTES} if self._is_s3 else {}
        try:
            self._files.put_file(str(source), self._path(key), mode="create", **whole)
        except FileExistsError:
            return False
        except Exception as error:  # noqa: BLE001 - s3fs has no exception of its own for a refused condition
            code = _code_of(error)
            if code in _EXISTS:
                return False
            raise PermissionError(f"{code}: {error}") from None if code in _DENIED else error
        return True

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}"

    def _chunks(self, key: str) -> Iterator[bytes]:
        try:
            with self._files.open(self._path(key), "rb", block_size=CHUNK_BYTES * 8) as handle:
                while chunk := handle.read(CHUNK_BYTES):
                    yield chunk
        except FileNotFoundError:
            raise EvidenceUnavailableError(
                f"{key}: expected the object that the store lists, found none; the next run looks again"
            ) from None

    def _asked(self, question: Any) -> str:
        try:
            return str(question())
        except Exception as error:  # noqa: BLE001 - a server without this question answers in its own way
            return "off" if _code_of(error) in _NO_LOCK else f"{NOT_KNOWN} ({_code_of(error) or type(error).__name__})"

    def _versions(self) -> str:
        answer = self._files.call_s3("get_bucket_versioning", Bucket=self._bucket)
        return str(answer.get("Status") or "off").lower().replace("enabled", "on")

    def _lock(self) -> str:
        answer = self._files.call_s3("get_object_lock_configuration", Bucket=self._bucket)
        rule = (answer.get("ObjectLockConfiguration") or {}).get("Rule", {}).get("DefaultRetention")
        if not rule:
            return "no default retention"
        length = f"{rule['Days']} days" if rule.get("Days") else f"{rule.get('Years')} years"
        return f"{str(rule.get('Mode', '')).lower()} {length}"

    @property
    def _bucket(self) -> str:
        return self._root.partition("/")[0]


def _code_of(error: BaseException) -> str:
    """Return the code that an S3 server answered with: in the library's exception, or in one that it was made from."""
    seen: BaseException | None = error
    while seen is not None:
        response = getattr(seen, "response", None)
        if isinstance(response, dict):
            return str(response.get("Error", {}).get("Code", ""))
        seen = seen.__cause__
    found = re.search(r"\(([A-Za-z0-9]+)\) when calling", str(error))
    return found[1] if found else ""
