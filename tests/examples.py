"""How many examples a property test draws: as many as it asks for in `make test`, no more than the profile's in `make check`.

Put here what depends on Hypothesis' profile; the profiles are in ``tests/conftest.py``. What is drawn belongs to ``tests/strategies.py``.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings


def drawing(examples: int, **others: Any) -> settings:
    """Return settings of a test that asks for a number of examples of its own: a bare number would also hold in the quick profile."""
    if settings.get_current_profile_name() == "quick":
        examples = min(examples, settings.default.max_examples)
    return settings(max_examples=examples, **others)
