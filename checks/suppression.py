"""Suppressions: named, dated decisions not to act on matching signals.

Put matching and expiry here; what a suppressed signal does not do is ``checks/symptoms.py``.

The rules:
 * A rule matches a feed's fingerprint when its system, its feed (if named) and every field it names are equal.
 * It holds through its last day, ``expires_on``; after it, it hides nothing and is reported as expired.
 * ``monitor`` hides nothing and reports what it would hide. When an enforced rule matches too, the enforced one counts.
 * A person's suppression is of its issue's fingerprint, through every feed, until the day it names; the newest of an issue counts, and
   none outlives the issue's return. Its end is told for ten days before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from registry.domain.decision import Finding, Verdict
from registry.domain.policy import Suppression, SuppressionMode
from registry.domain.work import Case, StepKind

_WARNING = timedelta(days=10)


def find_suppression(rules: Sequence[Suppression], system_id: str, feed: str, fields: Mapping[str, str], on: date) -> Suppression | None:
    """Return the rule in force that matches, enforced ones first, or None."""
    matching = [rule for rule in rules if on <= rule.expires_on and _matches(rule, system_id, feed, fields)]
    return min(matching, key=lambda rule: (rule.mode is not SuppressionMode.ENFORCE, rule.suppression_id), default=None)


def find_expiring(rules: Sequence[Suppression], on: date) -> tuple[Finding, ...]:
    """Return a note for each rule that has expired or will within ten days."""
    return tuple(_expiry(rule, on) for rule in sorted(rules, key=lambda rule: rule.suppression_id) if rule.expires_on - _WARNING <= on)


def find_quiet(cases: Iterable[Case], on: date) -> dict[tuple[str, str], str]:
    """Return the symptoms (system and fingerprint) that people suppressed on ``on``, each with the id of its issue."""
    latest = [(case.issue, case.latest(StepKind.SUPPRESS)) for case in cases]
    return {(issue.system_id, issue.fingerprint): issue.issue_id for issue, step in latest if step and on < step.document.until_on}


def find_quiet_ends(cases: Iterable[Case], on: date) -> Iterator[Finding]:
    """Yield a note for each suppression by a person that ends soon, or has ended not long ago."""
    for case in cases:
        step = case.latest(StepKind.SUPPRESS)
        if step and step.document.until_on - _WARNING <= on < step.document.until_on + _WARNING:
            ended, until_on = on >= step.document.until_on, step.document.until_on
            code = "suppression_expired" if ended else "suppression_expiring"
            shown = "are shown again since" if ended else "will be shown from"
            reason = f"new signals of the issue, suppressed by {step.by}, {shown} {until_on}"
            yield Finding("suppression", case.issue.issue_id, Verdict.INCONCLUSIVE, code, reason, blocking=False)


def would_hide(rule: Suppression, what: str, count: int, on: date) -> Finding:
    """Return the note that a rule on trial would hide ``what``."""
    reason = f"on {on} the rule would hide {what}"
    return Finding("suppression", rule.suppression_id, Verdict.PASS, "would_hide", reason, blocking=False, n=count)


def _matches(rule: Suppression, system_id: str, feed: str, fields: Mapping[str, str]) -> bool:
    same_feed = rule.system_id == system_id and rule.feed in {"", feed}
    return same_feed and all(fields.get(name) == text for name, text in rule.match.items())


def _expiry(rule: Suppression, on: date) -> Finding:
    expired = on > rule.expires_on
    word = "expired on" if expired else "expires on"
    return Finding(
        check="suppression",
        subject=rule.suppression_id,
        verdict=Verdict.INCONCLUSIVE,
        reason_code="suppression_expired" if expired else "suppression_expiring",
        reason=f"rule {rule.suppression_id} of {rule.owner} {word} {rule.expires_on}; renew it with a reason or remove it",
        blocking=False,
    )
