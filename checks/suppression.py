"""Suppressions: named, dated decisions not to act on matching signals.

Put matching and expiry here; what a suppressed signal does not do is ``checks/changes.py``.

The rules:
 * A rule matches a feed's fingerprint when its system, its feed (if named) and every field it names are equal.
 * It holds through its last day, ``expires_on``; after it, it hides nothing and is reported as expired.
 * ``monitor`` hides nothing and reports what it would hide. When an enforced rule matches too, the enforced one counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from registry.domain.decision import Finding, Verdict
from registry.domain.policy import Suppression, SuppressionMode

_WARNING = timedelta(days=10)


def find_suppression(rules: Sequence[Suppression], system_id: str, feed: str, fields: Mapping[str, str], on: date) -> Suppression | None:
    """Return the rule in force that matches, enforced ones first, or None."""
    matching = [rule for rule in rules if on <= rule.expires_on and _matches(rule, system_id, feed, fields)]
    return min(matching, key=lambda rule: (rule.mode is not SuppressionMode.ENFORCE, rule.suppression_id), default=None)


def find_expiring(rules: Sequence[Suppression], on: date) -> tuple[Finding, ...]:
    """Return a note for each rule that has expired or will within ten days."""
    return tuple(_expiry(rule, on) for rule in sorted(rules, key=lambda rule: rule.suppression_id) if rule.expires_on - _WARNING <= on)


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
