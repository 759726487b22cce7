"""Retention: which sealed files may go, from when on, and what keeps the others.

Put a rule about terms and holds here; terms are the policy table ``retention``, removing is ``registry/evidence/removal.py``.

The rules, in the order the code applies them, the first that keeps a file deciding:
 * A certificate of a removal never goes: it excuses what is gone. A file of a kind without a rule never goes, and is listed.
 * A legal hold wins over every term. A package whose systems cannot be told is held by any hold on a system or an issue.
 * What an open issue rests on stays while it is open.
 * A term counts from its start: the sealing; the closing of the last of the package's issues (its sealing where it has none); the
   retirement of the last of its systems. An unknown start is never due, and listed.
 * Years are added to the date; 29 February becomes 1 March where the year has none. The day that results is the first on which it may go.
 * Names of files tell their kind. Nothing is due unless a rule, a start and a date say so.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, timedelta

from registry.domain.retention import (
    HoldScope,
    KeptFile,
    KeptPackage,
    LegalHold,
    RecordKind,
    RetentionFacts,
    RetentionItem,
    RetentionPolicy,
    RetentionRule,
    RetentionStatus,
    TermStart,
)

_KINDS = (
    (RecordKind.CERTIFICATE, r"certificate\.json|removed\.sha256|request\.json(\.sig)?"),
    (RecordKind.DECISION, r"(decision|contents|inputs|policies|catalogue|step|reference|snapshot-[a-z]+)\.json|report\.html|junit\.xml"),
    (RecordKind.DECISION, r"(decision|inputs|charts)-[0-9]{5}\.json|(report|charts)-[0-9]{5}\.html|reference-[0-9a-f]{16}\.json"),
    (RecordKind.SIGNALS, r"signals-[0-9]+\.jsonl"),
    (RecordKind.ROWS, r"quarantine\.(csv|json)|rows\.csv"),
    (RecordKind.VALIDATION, r"validation-[0-9]+\.json|validation\.html"),
    (RecordKind.SEAL_RECORD, r"(day|rotation)\.json"),
)


def kind_of(name: str) -> RecordKind:
    """Return what a package's file of this name holds.

    >>> kind_of("signals-0001.jsonl").value, kind_of("notes.txt").value
    ('signals', 'unknown')
    """
    return next((kind for kind, pattern in _KINDS if re.fullmatch(pattern, name)), RecordKind.UNKNOWN)


def due_date(start: date, keep_years: int, keep_days: int) -> date:
    """Return the first day on which something kept from ``start`` on may go.

    >>> due_date(date(2024, 2, 29), 10, 0), due_date(date(2024, 2, 29), 4, 0)
    (datetime.date(2034, 3, 1), datetime.date(2028, 2, 29))
    """
    try:
        later = start.replace(year=start.year + keep_years)
    except ValueError:
        later = date(start.year + keep_years, 3, 1)
    return later + timedelta(days=keep_days)


def judge_retention(facts: RetentionFacts, policy: RetentionPolicy, today: date) -> tuple[RetentionItem, ...]:
    """Return every sealed file with what becomes of it on ``today``, in the order of packages and names."""
    rules = {rule.kind: rule for rule in policy.rules}
    return tuple(
        _judge_file(package, file, rules.get(kind_of(file.name)), facts, today)
        for package in sorted(facts.packages, key=lambda package: package.number)
        for file in sorted(package.files, key=lambda file: file.name)
    )


def find_holds(holds: Collection[LegalHold], package: int, systems: Collection[str], issues: Collection[str]) -> tuple[LegalHold, ...]:
    """Return the holds that keep what belongs to these systems and issues; ``package`` is 0 for what lies in none."""
    return tuple(hold for hold in holds if _holds(hold, package, systems, issues))


def keeps(facts: RetentionFacts, package: KeptPackage) -> bool:
    """Return whether a legal hold or an open issue keeps everything of ``package``, whatever was approved before."""
    return bool(find_holds(facts.holds, package.number, package.systems, package.issues) or _open_issues(facts, package))


def _open_issues(facts: RetentionFacts, package: KeptPackage) -> list[str]:
    return [issue for issue in package.issues if facts.issues.get(issue) is None]


def _holds(hold: LegalHold, package: int, systems: Collection[str], issues: Collection[str]) -> bool:
    if hold.scope is HoldScope.PACKAGE:
        return hold.target == f"{package:06d}"
    if not systems:
        return True
    return hold.target in (systems if hold.scope is HoldScope.SYSTEM else issues)


def _judge_file(package: KeptPackage, file: KeptFile, rule: RetentionRule | None, facts: RetentionFacts, today: date) -> RetentionItem:
    kind, start = kind_of(file.name), _start(package, rule.start, facts) if rule else None
    due_on = due_date(start, rule.keep_years, rule.keep_days) if rule and start else None
    holds = find_holds(facts.holds, package.number, package.systems, package.issues)
    still_open = _open_issues(facts, package)
    if rule is None:
        status, reason = RetentionStatus.NO_RULE, f"no rule for {kind.value}: it is kept"
    elif holds:
        status, reason = RetentionStatus.HELD, f"legal hold {', '.join(hold.hold_id for hold in holds)}"
    elif still_open:
        status, reason = RetentionStatus.ISSUE_OPEN, f"issue {still_open[0]} is open" + _more(still_open)
    elif due_on is None:
        status, reason = RetentionStatus.NO_START, f"its term counts from {rule.start.value}, which is not known"
    else:
        status = RetentionStatus.DUE if due_on <= today else RetentionStatus.KEPT
        reason = f"{_term(rule)} from {start} ({rule.start.value})"
    return RetentionItem(package.number, file.name, file.digest, file.size_bytes, kind, status, start, due_on, reason)


def _start(package: KeptPackage, start: TermStart, facts: RetentionFacts) -> date | None:
    """Return the day a term counts from; a date before the sealing cannot be one, so the sealing is the earliest."""
    if start is TermStart.SEALED:
        return package.sealed_on
    names, ends = (package.issues, facts.issues) if start is TermStart.ISSUE_CLOSED else (package.systems, facts.retired)
    if start is TermStart.SYSTEM_RETIRED and not names:
        return None
    days = [ends.get(name) for name in names]
    known = [day for day in days if day is not None]
    return max([package.sealed_on, *known]) if len(known) == len(days) else None


def _term(rule: RetentionRule) -> str:
    parts = [f"{count} {unit}" for count, unit in ((rule.keep_years, "years"), (rule.keep_days, "days")) if count]
    return " and ".join(parts)


def _more(names: list[str]) -> str:
    return f" and {len(names) - 1} more" if len(names) > 1 else ""
