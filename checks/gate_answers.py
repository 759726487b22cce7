"""What is kept of answers before they are judged, and so of what is sealed with the decision.

Put here what of a text the judgement needs. Identifiers in it are taken out by ``checks/redaction.py``, as the policy says.

The rules:
 * An answer that is a label of the set, one of those agreed or a refusal stays as it is: it is a code, and what is judged is whether it is
   the label.
 * Where answers are agreed, any other is told by its beginning, with identifiers taken out, so that a person sees what came instead.
 * Where none are agreed, an answer is free text about a customer: only its digest is kept. It says whether two answers are the same.
Of an error the reader of the outcomes has kept what may be kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from registry.domain.canonical import digest_bytes
from registry.domain.evaluation import EvaluationSet, EvaluationSpec, VersionOutcomes

Redact = Callable[[str], tuple[str, dict[str, int]]]

_SHOWN, _MARK = 40, 16


def kept_outcomes(outcomes: VersionOutcomes, cases: EvaluationSet, spec: EvaluationSpec, redact: Redact) -> VersionOutcomes:
    """Return the outcomes with what is kept of each answer; their digest stays that of what was read."""
    codes = frozenset({*cases.labels, *spec.answers, *spec.refusals})

    @cache
    def kept(answer: str) -> str:
        return answer if answer in codes else _told(answer, bool(spec.answers), redact)

    def each(answers: tuple[str | None, ...]) -> tuple[str | None, ...]:
        return tuple(None if answer is None else kept(answer) for answer in answers)

    return replace(outcomes, answers=each(outcomes.answers), repeats=tuple(map(each, outcomes.repeats)))


def _told(answer: str, is_agreed: bool, redact: Redact) -> str:
    mark = digest_bytes(answer.encode("utf-8", "replace"))[: len("sha256:") + _MARK]
    if not is_agreed:
        return f"text {mark}"
    clean = redact(answer)[0]
    shown = clean if len(clean) <= _SHOWN else clean[:_SHOWN].rstrip() + "..."
    return shown if shown == answer else f"{shown} ({mark})"  # two long answers that begin alike are still two
