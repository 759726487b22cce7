"""The seal in a bucket with object lock: nobody can delete or replace that version before its time, its owner included.

Put here what is done with the bucket. S3's object lock in compliance mode, with whatever server speaks it; access comes from the
environment as boto's does (``AWS_ACCESS_KEY_ID`` and the like), and should be allowed to put and to read, nothing else.

 * The lock is asked for with the object and read back from the server; a bucket without lock is refused, not used without.
 * Another seal under the same number is refused, since it means that the archive was rewritten.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deployments.anchors.head import read_head
from registry.domain.anchoring import Head
from registry.errors import EvidenceError

_MODE = "COMPLIANCE"


def put_head(url: str, retain_days: int, endpoint: str, head: Head, path: Path) -> str:
    """Put the seal below ``url`` under a lock of ``retain_days``, unless it is there under one, and return where, and its version.

    Raises:
        EvidenceError: the bucket cannot be reached, keeps no lock, or holds another seal under this number.
    """
    read_head(head, path)
    place, content = _place(url, head), path.read_bytes()
    files = _open(endpoint)
    held = _held(files, place)
    if held is not None and held != content:
        raise EvidenceError(f"{_shown(place)}: expected {head.digest}, found another seal under this number: the archive was rewritten")
    if held is None:
        _put(files, place, content, datetime.now(UTC) + timedelta(days=retain_days))
    found = _call(files, "head_object", place)
    if found.get("ObjectLockMode") != _MODE or "ObjectLockRetainUntilDate" not in found:
        raise EvidenceError(f"{_shown(place)}: expected a lock in {_MODE} mode, found {found.get('ObjectLockMode') or 'none'}; lock it")
    until = found["ObjectLockRetainUntilDate"]
    return f"{_shown(place)} version {found.get('VersionId', 'none')} locked until {until:%Y-%m-%d}"


def _place(url: str, head: Head) -> dict[str, str]:
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise EvidenceError(f"--url {url}: expected s3://BUCKET/PREFIX, found another address; only S3 has object lock")
    prefix = parts.path.strip("/")
    return {"Bucket": parts.netloc, "Key": f"{prefix}/{head.seal:06d}.seal".lstrip("/")}


def _open(endpoint: str) -> Any:
    import fsspec

    config = {"connect_timeout": 10, "read_timeout": 30, "retries": {"max_attempts": 2, "mode": "standard"}}
    options = {"endpoint_url": endpoint or None, "config_kwargs": config, "skip_instance_cache": True, "use_listings_cache": False}
    try:
        return fsspec.filesystem("s3", **options)
    except ImportError as error:
        raise EvidenceError("bucket: expected the library s3fs, found none; install proofloop[s3]") from error


def _held(files: Any, place: dict[str, str]) -> bytes | None:
    try:
        return bytes(files.cat_file(f"{place['Bucket']}/{place['Key']}"))
    except FileNotFoundError:
        _call(files, "head_bucket", {"Bucket": place["Bucket"]})
        return None
    except Exception as error:
        raise _refused(place, error) from error


def _put(files: Any, place: dict[str, str], content: bytes, until: datetime) -> None:
    sums = {"ContentMD5": base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()}  # locks are asked for with one
    _call(files, "put_object", {**place, **sums, "Body": content, "ObjectLockMode": _MODE, "ObjectLockRetainUntilDate": until})


def _call(files: Any, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = files.call_s3(method, **arguments)
    except Exception as error:
        raise _refused(arguments, error) from error
    return answer


def _refused(place: dict[str, Any], error: Exception) -> EvidenceError:
    cause = error.__cause__ or error
    told = f"{type(cause).__name__}: {cause}"[:300]
    advice = "check its name, the access, and that it was made with object lock"
    return EvidenceError(f"{_shown(place)}: expected the bucket to answer, found {told}; {advice}")


def _shown(place: dict[str, Any]) -> str:
    return f"s3://{place['Bucket']}/{place.get('Key', '')}".rstrip("/")
