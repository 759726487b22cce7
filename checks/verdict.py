"""Roll-up: how many findings become one verdict, and which of them are its reasons.

Put here what holds for every kind of decision. What a finding is worth is the business of the check that made it.

The rules, strictest first:
 * A verdict name that is none of the three is an error.
 * A blocking finding whose numbers hold a NaN or an infinity is a FAIL, whatever it says of itself.
 * The worst blocking finding decides: FAIL, then INCONCLUSIVE, then PASS. Nothing is averaged.
 * No blocking finding at all is INCONCLUSIVE: nothing was judged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from registry.domain.decision import Finding, Reason, Verdict

_BADNESS = {Verdict.PASS: 0, Verdict.INCONCLUSIVE: 1, Verdict.FAIL: 2}
_NOTHING_JUDGED = Reason("nothing_judged", "no blocking finding was made, so nothing was judged; an empty decision never passes")


def judge_overall(findings: Iterable[Finding]) -> Verdict:
    """Return the worst verdict among the blocking ``findings``.

    >>> judge_overall(())
    <Verdict.INCONCLUSIVE: 'inconclusive'>

    Raises:
        ValueError: a finding carries a verdict that is none of the three.
    """
    verdicts = [verdict_of(finding) for finding in findings if finding.blocking]
    return max(verdicts, key=_BADNESS.__getitem__, default=Verdict.INCONCLUSIVE)


def find_reasons(findings: Iterable[Finding]) -> tuple[Reason, ...]:
    """Return why ``judge_overall`` did not say PASS, worst first and otherwise in the order found; empty for a PASS."""
    blocking = [finding for finding in findings if finding.blocking]
    against = [finding for finding in blocking if verdict_of(finding) is not Verdict.PASS]
    against.sort(key=lambda finding: -_BADNESS[verdict_of(finding)])
    if not blocking:
        return (_NOTHING_JUDGED,)
    return tuple(Reason(finding.reason_code, _told(finding)) for finding in against)


def _told(finding: Finding) -> str:
    """Return a finding's subject and reason; one that names its subject first has said it."""
    subject = f"{finding.subject}: "
    return finding.reason if finding.reason.startswith(subject) else subject + finding.reason


def grouped(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return one reason for each code, in the order found: the first's text, and how many more there are."""
    same: dict[str, list[Reason]] = {}
    for reason in reasons:
        same.setdefault(reason.code, []).append(reason)
    return tuple(Reason(code, found[0].text + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")) for code, found in same.items())


def badness(verdict: Verdict) -> int:
    """Return how bad news ``verdict`` is, for the worst of several: the larger, the worse."""
    return _BADNESS[verdict]


def verdict_of(finding: Finding) -> Verdict:
    """Return the verdict a finding counts with: its own, or FAIL when one of its numbers was not computed."""
    stated = Verdict(finding.verdict)
    numbers = (finding.value, finding.baseline, finding.limit, *(finding.interval or ()))
    broken = any(number is not None and not math.isfinite(number) for number in numbers)
    return Verdict.FAIL if broken else stated
