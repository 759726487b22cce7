"""Validation of an evaluation's tables: a second opinion on every row, of an engine that is not ours.

Put here what validation of an evaluation is, and what happens where it says something else than the reading. The suites are
``checks/expectations/evaluations.py``.

 * A rule that could not run refuses the table: what was not validated is not judged.
 * The reading says which rows break a rule. Where the engine names others, one of the two is wrong, and nothing is taken.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from registry.domain.validation import RuleStatus, SuiteResult
from registry.errors import SourceError


class EvaluationValidator(Protocol):
    """What validates an evaluation: ``checks.expectations.evaluations`` is one."""

    def validate_cases(self, columns: Mapping[str, Sequence[Any]], /) -> SuiteResult:
        """Return what the suite of cases says."""

    def validate_outcomes(self, columns: Mapping[str, Sequence[Any]], /) -> SuiteResult:
        """Return what the suite of outcomes says."""


def refuse_unvalidated(name: str, result: SuiteResult, broken: Mapping[str, Collection[int]]) -> None:
    """Refuse a table of which ``result`` says something else than that the rows ``broken`` by rule, and no others, break it.

    Raises:
        SourceError: it does, or a rule could not run (``not_validated``).
    """
    unclear = [rule for rule in result.rules if rule.status in (RuleStatus.ERRORED, RuleStatus.EMPTY)]
    if unclear or not result.rules:
        found = f"{unclear[0].rule}: {unclear[0].detail or unclear[0].status.value}" if unclear else "no rule at all"
        text = (
            f"{name}: expected every validation rule to answer, found one that did not ({found}); nothing was taken, mend it and run again"
        )
        raise SourceError(text, "not_validated")
    for rule in result.rules:
        if set(rule.failed_rows) != set(broken.get(rule.rule, ())) or bool(rule.failed_rows) != (rule.status is RuleStatus.FAILED):
            ours, theirs = len(set(broken.get(rule.rule, ()))), rule.failed_count
            text = f"{name}: expected validation ({rule.rule}) to refuse the {ours:,} rows that the reading refuses, found {theirs:,}; "
            raise SourceError(text + "the suite and the reading disagree, report this", "not_validated")
