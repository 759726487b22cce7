"""What earlier decisions of the gate say of a question: how often its set was looked at, and which outcomes were judged on it already.

Put here what is read back out of ``GateDecided``; its body is ``checks/gate_event.py``. A decision comes as the number of its event and the
envelope, in the order of the ledger.

The rules:
 * Only decisions that compared something count: where nothing was compared, nothing was told of the cases, and nothing learned.
 * A look is one candidate with one table of outcomes: the same ones asked about again show nothing new, other outcomes do.
 * The outcomes of a version on a set are those of the first decision about it, in whichever role. Other ones take their place by a decision
   that was asked for with a reason, so that asking twice, or going back to the ones before, needs a reason too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from registry.domain.evaluation import VersionOutcomes
from registry.domain.gate import ChangedOutcomes, GateInputs, PinnedVersion

Decided = tuple[int, Mapping[str, Any]]
_ROLES = ("candidate", "champion")


def count_looks(decided: Iterable[Decided], inputs: GateInputs) -> int:
    """Return how often the set was looked at before: by other candidates, or by this one with other outcomes."""
    ours = inputs.candidate.digest, _digest(inputs.candidate_outcomes)
    before = (envelope["data"] for _, envelope in _of_the_set(decided, inputs))
    return len({(one["candidate"]["digest"], one["outcomes"]["candidate"]) for one in before} - {ours})


def changed_outcomes(decided: Iterable[Decided], inputs: GateInputs) -> tuple[ChangedOutcomes, ...]:
    """Return which of the two versions has other outcomes than those that count for it on this set."""
    ours = [one for one in _of_the_set(decided, inputs) if one[1]["system"] == inputs.system.system_id]
    sides = ((inputs.candidate, inputs.candidate_outcomes), (inputs.champion, inputs.champion_outcomes))
    by_digest = {pinned.digest: (pinned, outcomes) for pinned, outcomes in sides}
    found = (_changed(ours, pinned, _digest(outcomes)) for pinned, outcomes in by_digest.values())
    return tuple(one for one in found if one)


def _of_the_set(decided: Iterable[Decided], inputs: GateInputs) -> Iterator[Decided]:
    digest = inputs.cases.digest if inputs.cases else inputs.spec.set_digest
    return (one for one in decided if one[1]["data"]["compared"] and one[1]["data"]["set_digest"] == digest)


def _changed(decided: Iterable[Decided], pinned: PinnedVersion, outcomes: str) -> ChangedOutcomes | None:
    """Return the decision whose outcomes count, where those now are others."""
    counting, told = "", None
    for seq, envelope in decided:
        for digest in _judged_of(envelope["data"], pinned):
            if not counting or (digest != counting and envelope["data"]["reason"]):
                counting = digest
                told = ChangedOutcomes(pinned.version, date.fromisoformat(envelope["business_date"]), seq)
    return told if outcomes and outcomes != counting else None


def _judged_of(data: Mapping[str, Any], pinned: PinnedVersion) -> Iterator[str]:
    return (data["outcomes"][role] for role in _ROLES if data[role]["digest"] == pinned.digest and data["outcomes"][role])


def _digest(outcomes: VersionOutcomes | None) -> str:
    return outcomes.digest if outcomes else ""
