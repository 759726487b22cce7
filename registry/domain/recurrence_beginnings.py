"""Where a window began: the first judgement of an issue's window in its present occurrence.

Put here how events tell it. What holds where the policy was changed since is ``checks/recurrence_policy.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.domain.events import EventKind


@dataclass(frozen=True, slots=True)
class Beginning:
    """The policy that the first judgement of a window names, and the package in which its tables are sealed."""

    policy_digest: str
    bundle_digest: str


def begun(known: dict[str, Beginning], envelope: Mapping[str, Any]) -> None:
    """Add to ``known``, by issue, what an event tells: the first judgement stays until the issue is opened again."""
    data = envelope["data"]
    if envelope["kind"] == EventKind.ISSUE_REOPENED:
        known.pop(envelope["issue"], None)
    elif envelope["kind"] == EventKind.WINDOW_JUDGED:
        known.setdefault(envelope["issue"], Beginning(data.get("policy_digest", ""), data.get("bundle_digest", "")))
