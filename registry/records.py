"""Reading decision records back: the bytes that were sealed become the value they were made from.

Put the reverse of ``registry.domain.canonical.record_json`` here, one function a kind of decision.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from registry.domain.triage import TriageDay
from registry.errors import EvidenceError

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def read_triage_day(content: bytes) -> TriageDay:
    """Return the decision in ``content``, as ``record_json`` wrote it.

    Raises:
        EvidenceError: the bytes are not a triage decision of this schema version.
    """
    from pydantic import ValidationError

    try:
        return _adapter().validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise EvidenceError(f"decision record: expected a triage decision of schema version 1, found {first['msg']} at {place}") from error


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[TriageDay]:
    from pydantic import TypeAdapter

    return TypeAdapter(TriageDay)
