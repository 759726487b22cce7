"""What each public entry point does to an AI system: the one table that a preservation hold is enforced by.

Put a command or a flow here when it is made: a test walks every one of them and fails where this table has none, or one that is gone.

 * ``READS`` and ``RECORDS`` leave the system as it is: writing down what happened is never forbidden.
 * ``RETRAINS``, ``PROMOTES``, ``ALIASES`` and ``PURGES`` change it or what is known of it: refused while a hold of it is in force.
 * What is not in the table counts as doing everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Effect(StrEnum):
    READS = "reads"
    RECORDS = "records"
    RETRAINS = "retrains"
    PROMOTES = "promotes"
    ALIASES = "aliases"
    PURGES = "purges"


GUARDED = frozenset({Effect.RETRAINS, Effect.PROMOTES, Effect.ALIASES, Effect.PURGES})

_READS = frozenset({Effect.READS})
_RECORDS = frozenset({Effect.RECORDS})


def _each(names: str, effects: Iterable[Effect]) -> dict[str, frozenset[Effect]]:
    return dict.fromkeys(names.split(), frozenset(effects))


# Steps of people: a command and a flow of each. A containment changes an alias where its pattern is revert_artifact.
_STEPS: Mapping[str, frozenset[Effect]] = {
    **_each("assign classify root-cause plan add-evidence accept-risk suppress hold release-hold note reopen", _RECORDS),
    **_each("scope recovery not-applicable same-cause review", _RECORDS),
    **_each("contain", {Effect.RECORDS, Effect.ALIASES}),
    **_each("link-change implement", {Effect.RECORDS, Effect.PROMOTES}),
}

FLOWS: Mapping[str, frozenset[Effect]] = {
    **_each("daily-triage retraining-triggers recurrence-monitoring closure-verification", _RECORDS),
    **_each("eval-gate daily-seal versions-refresh issue-approve", _RECORDS),
    "versions-record": frozenset({Effect.RECORDS, Effect.PROMOTES}),
    **_each("reference-freeze request-close release-propose release-sign", _RECORDS),
    "training-start": frozenset({Effect.RECORDS, Effect.RETRAINS}),
    **_each("release release-promote release-rollback", {Effect.RECORDS, Effect.PROMOTES, Effect.ALIASES}),
    **{f"issue-{name}": effects for name, effects in _STEPS.items()},
}

# Acts on what watching predictions found: a command and a flow of each.
_ACTS = {"freeze": "reference-freeze", "close": "request-close", "start": "training-start"}

COMMANDS: Mapping[str, frozenset[Effect]] = {
    **_each("check doctor schema report binder as-of", _READS),
    **_each("init demo triage triggers recurrence closure gate replay deploy migrate", _RECORDS),
    **{f"anchor-to {name}": _RECORDS for name in ("bucket", "git", "mail", "time-authority")},
    **{f"evidence {name}": _READS for name in ("export", "exposure", "list", "recompute", "verify")},
    **{f"evidence {name}": _RECORDS for name in ("anchor", "copy", "restore", "rotate-key", "seal", "seal-day")},
    **{f"approve {name}": effects for name, effects in (("request", _READS), ("record", _RECORDS), ("list", _READS))},
    **{
        f"release {name}": effects
        for effects, names in ((_RECORDS, "propose sign"), (_READS, "request list show page"))
        for name in names.split()
    },
    **{f"versions {name}": effects for name, effects in (("list", _READS), ("at", _READS), ("digest", _READS), ("refresh", _RECORDS))},
    "versions record": FLOWS["versions-record"],
    "triggers list": _READS,
    **{f"triggers {name}": FLOWS[flow] for name, flow in _ACTS.items()},
    **{f"release {name}": FLOWS[f"release-{name}"] for name in ("promote", "rollback")},
    **{f"exchange import {name}": _RECORDS for name in ("defectdojo", "mlflow")},
    "exchange export": _READS,
    "narratives erase": frozenset({Effect.PURGES}),
    "retention due": _READS,
    **{f"retention {name}": _RECORDS for name in ("hold", "lift", "retire")},
    "retention delete": frozenset({Effect.PURGES}),
    **{f"issue {name}": _READS for name in ("list", "show", "page")},
    **{f"issue {name}": effects for name, effects in _STEPS.items()},
}


def effects_of_step(name: str) -> frozenset[Effect]:
    """Return what a step of people does, by the name of its command.

    >>> sorted(effects_of_step("note")), effects_of_step("never heard of") >= GUARDED
    ([<Effect.RECORDS: 'records'>], True)
    """
    return FLOWS.get(f"issue-{name}", frozenset(Effect))


def is_guarded(effects: Iterable[Effect]) -> bool:
    """Return whether a hold forbids something that does this."""
    return not GUARDED.isdisjoint(effects)
