"""Grading tables: severity, grade and usage rows, laid out so that every signal meets exactly one row.

Put here how a decision table is completed and refused. Its rows are ``registry/policies``; what a signal is asked
for is ``checks/signals.py``.

The rules:
 * The first row that matches decides, so the order of rows is part of the policy; an empty list in a row matches everything.
 * A table with a hole (a category and impact, or a set of facts, that no row matches) is refused, naming the hole.
 * A category has exactly one usage row.
"""

from __future__ import annotations

from itertools import product

from registry.domain.policy import Fact, GradeRule, SeverityRule, UsageRule
from registry.domain.signal import CustomerImpact, SignalCategory
from registry.errors import PolicyError

Facts = tuple[bool, ...]  # in the order of ``Fact``


def severity_table(rules: tuple[SeverityRule, ...], category: SignalCategory) -> dict[CustomerImpact, SeverityRule]:
    """Return the row that decides for each impact of a signal of ``category``.

    Raises:
        PolicyError: an impact that no row matches.
    """
    table = {}
    for impact in CustomerImpact:
        row = next((rule for rule in rules if _matches(rule, category, impact)), None)
        if row is None:
            raise PolicyError(
                [f"severity: expected a row for {category} with impact {impact}, found none; end the table with a row for all"]
            )
        table[impact] = row
    return table


def grade_table(rules: tuple[GradeRule, ...]) -> dict[Facts, GradeRule]:
    """Return the row that decides for each set of facts.

    Raises:
        PolicyError: a set of facts that no row accepts.
    """
    table = {}
    for facts in product((False, True), repeat=len(Fact)):
        known = {fact for fact, holds in zip(Fact, facts, strict=True) if holds}
        row = next((rule for rule in rules if known.issuperset(rule.requires)), None)
        if row is None:
            facts_text = ", ".join(sorted(known)) or "no fact"
            raise PolicyError(
                [f"grade: expected a row for a signal with {facts_text}, found none; end the table with a row that requires nothing"]
            )
        table[facts] = row
    return table


def usage_of(rules: tuple[UsageRule, ...], category: SignalCategory) -> dict[str, str]:
    """Return what signals of ``category`` may be used for.

    Raises:
        PolicyError: no row for the category, or more than one.
    """
    rows = [rule for rule in rules if rule.category is category]
    if len(rows) != 1:
        raise PolicyError([f"usage: expected one row for {category}, found {len(rows)}; write exactly one"])
    return {"train": rows[0].train, "eval": rows[0].eval, "rca": rows[0].rca, "audit": rows[0].audit}


def _matches(rule: SeverityRule, category: SignalCategory, impact: CustomerImpact) -> bool:
    return (not rule.categories or category in rule.categories) and (not rule.impacts or impact in rule.impacts)
