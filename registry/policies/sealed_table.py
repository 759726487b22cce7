"""Reading one sealed table back: the rows that a decision was made by become its policy again.

Put here what the tables that are sealed by themselves have in common; which value their rows become is beside their loaders. The tables of
a day of triage, sealed together, are ``sealed.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

from pydantic import ValidationError

from registry.errors import EvidenceError
from registry.policies.loader import Tables
from registry.schemas import Schema

T = TypeVar("T")


def read_sealed_table(content: bytes, table: str, models: Mapping[str, type[Schema]], policy_of: Callable[[Tables], T], told: str) -> T:
    """Return what ``policy_of`` makes of the rows of ``table`` in ``content``; ``told`` is what messages call the table.

    Raises:
        EvidenceError: a row or key that this version does not know how to read.
    """
    try:
        sealed = dict(json.loads(content)[table])
        return policy_of(Tables({table: {name: models[name].model_validate(row) for name, row in sealed.items()}}))
    except ValidationError as error:
        first = error.errors()[0]
        found = f"{first['msg']} at {'.'.join([error.title, *map(str, first['loc'])])}"
        raise EvidenceError(f"expected {told} that this version reads, found {found}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise EvidenceError(f"expected {told} that this version reads, found {type(error).__name__}: {error}") from error
