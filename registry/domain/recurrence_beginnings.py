"""Where a window began: the first judgement of an issue's window in its present occurrence.

Put here how events tell it. What holds where the policy or the catalogue was changed since is ``checks/recurrence_policy.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from registry.domain.events import EventKind
from registry.domain.exposure import EffectKind, EffectSpec, FeedTerms, NamedBy


@dataclass(frozen=True, slots=True)
class Beginning:
    """The policy that the first judgement of a window names, the package in which its tables are sealed, and the terms of its feeds.

    ``terms`` None: the event does not tell them.
    """

    policy_digest: str
    bundle_digest: str
    terms: tuple[FeedTerms, ...] | None = None


def begun(known: dict[str, Beginning], envelope: Mapping[str, Any]) -> None:
    """Add to ``known``, by issue, what an event tells: the first judgement stays until the issue is opened again."""
    data = envelope["data"]
    if envelope["kind"] == EventKind.ISSUE_REOPENED:
        known.pop(envelope["issue"], None)
    elif envelope["kind"] == EventKind.WINDOW_JUDGED:
        known.setdefault(envelope["issue"], Beginning(data.get("policy_digest", ""), data.get("bundle_digest", ""), _terms(data)))


def terms_body(terms: Iterable[FeedTerms]) -> list[dict[str, Any]]:
    """Return ``terms`` as the event of a window tells them; no body holds a fraction, and a target has to come back as it was."""
    return [
        {
            "feed": one.feed,
            "effect": one.effect.kind,
            "max_ratio": None if one.effect.max_ratio is None else repr(float(one.effect.max_ratio)),
            "allowed_lateness_days": one.allowed_lateness_days,
            "named_by": one.named_by,
            "counted_by": one.counted_by,
        }
        for one in terms
    ]


def _terms(data: Mapping[str, Any]) -> tuple[FeedTerms, ...] | None:
    if "terms" not in data:
        return None
    return tuple(
        FeedTerms(
            feed=one["feed"],
            effect=EffectSpec(EffectKind(one["effect"]), None if one["max_ratio"] is None else float(one["max_ratio"])),
            allowed_lateness_days=one["allowed_lateness_days"],
            named_by=NamedBy(one["named_by"]),
            counted_by=one["counted_by"],
        )
        for one in data["terms"]
    )
