"""Which columns each feed needs, and whether its source has them.

Put the comparison of a feed's mapping with a source's header here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from registry.domain.catalogue import FeedSpec
from registry.domain.validation import RuleStatus, SuiteResult
from registry.errors import SourceError
from registry.sources.plan import FeedKey, SourcePlan, feed_key

if TYPE_CHECKING:
    from registry.sources.staging import Stage


def required_columns(spec: FeedSpec) -> tuple[str, ...]:
    """Return every column that ``spec`` maps, each once, in the order of its fields."""
    named = (
        spec.signal_id, spec.occurred_at.column, spec.received_at.column, spec.impact.column, spec.journey_step, spec.narrative,
        spec.synthetic, spec.reproducible, spec.ai_system, *spec.segment.values(), *spec.versions.values(), *spec.source_evidence,
        *spec.fingerprint, *spec.known_values,
    )  # fmt: skip
    return tuple(dict.fromkeys(name for name in named if name))


def check_columns(plan: SourcePlan, stage: Stage) -> SuiteResult:
    """Return what validation says of the columns that all feeds of the plan need together; asked once for each stage."""
    required = tuple(sorted({name for _, spec in plan.feeds for name in required_columns(spec)}))
    key = ("columns", required)
    if key not in stage.memo:
        stage.memo[key] = plan.validator.validate_columns(_everywhere(stage), required)
    result: SuiteResult = stage.memo[key]
    return result


def find_broken(plan: SourcePlan, stage: Stage, result: SuiteResult) -> dict[FeedKey, str]:
    """Return the feeds that lack a column, with what was expected, found and to be done."""
    missing = {rule.rule.removeprefix("column:") for rule in result.rules if rule.status is RuleStatus.FAILED}
    broken = {}
    for pair in plan.feeds:
        lacking = [name for name in required_columns(pair[1]) if name in missing]
        if lacking:
            broken[feed_key(pair)] = "; ".join(_explained(name, stage) for name in lacking)
    return broken


def refuse_repeated(name: str, columns: Sequence[str]) -> None:
    """Refuse a source in which two columns are not told apart.

    Raises:
        SourceError: two names differ in no more than case.
    """
    folded = [column.casefold() for column in columns]
    if len(set(folded)) != len(folded):
        twice = next(column for column in columns if folded.count(column.casefold()) > 1)
        raise SourceError(f"{name}: expected column names that differ in more than case, found {twice!r} twice; rename one in the export")


def suggestion(name: str, found: Iterable[str]) -> str:
    """Return a hint at the column that was probably meant, or an empty text."""
    folded = {other.strip().casefold(): other for other in found}
    close = get_close_matches(name.strip().casefold(), folded, n=1, cutoff=0.7)
    return f" (did you mean {folded[close[0]]!r}?)" if close else ""


def _everywhere(stage: Stage) -> tuple[str, ...]:
    # A file that holds no row at all may lack columns (JSON Lines); one with a header may not.
    named = [set(part.columns) for part in stage.parts if part.columns]
    return tuple(sorted(set.intersection(*named))) if named else ()


def _explained(name: str, stage: Stage) -> str:
    part = next((part for part in stage.parts if name not in part.columns), stage.parts[0])
    return (
        f"{part.name}: expected a column {name!r}, found none{suggestion(name, part.columns)}; "
        "correct the feed's fields or have the export corrected"
    )
