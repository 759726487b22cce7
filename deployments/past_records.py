"""The sealed record that an event cites, byte for byte.

Put here how an event names a record; which packages there are is ``pasts.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from registry.domain.canonical import digest_bytes
from registry.errors import EvidenceError
from registry.evidence.packages import PackageSummary
from registry.evidence.sealed_days import DECISION


def sealed_record(packages: Iterable[PackageSummary], seq: int, data: dict[str, Any]) -> bytes:
    """Return the record that event ``seq`` with the body ``data`` cites: the decision of its package, or the one of several it names.

    Raises:
        EvidenceError: the package or the record is not there, or is not what the event cites.
    """
    bundle, name = str(data["bundle_digest"]), str(data.get("record", DECISION))
    package = next((one for one in packages if one.seal.bundle_digest == bundle), None)
    if package is None:
        raise EvidenceError(f"package {bundle} of event {seq}: expected it in the archive, found none")
    path = package.path / name
    if not path.is_file():
        raise EvidenceError(f"{path.parent.name}/{name}: expected the sealed decision, found none: it was removed since")
    content = path.read_bytes()
    if digest_bytes(content) != data.get("record_digest", data.get("decision_digest")):
        raise EvidenceError(f"{path.parent.name}/{name}: expected the digest that event {seq} cites, found another")
    return content
