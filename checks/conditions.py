"""Conditions: the names under which broken data and worse performance are remembered from window to window.

Put here how a finding is named in the ledger. Which conditions are new or over, is ``checks/retraining.py``.

The rules:
 * Only a blocking FAIL is a condition: what could not be judged is not, nor is a note.
 * Data quality is named by column and problem, performance by measure and segment, so that the same trouble keeps its name.
"""

from __future__ import annotations

from collections.abc import Iterable

from registry.domain.decision import Finding, Verdict


def condition_key(finding: Finding) -> str:
    """Return the name of a finding's condition.

    >>> condition_key(Finding("data_quality", "emp_length", Verdict.FAIL, "unseen_level", ""))
    'data_quality|emp_length|unseen_level'
    >>> condition_key(Finding("performance", "term=60", Verdict.FAIL, "calibration", ""))
    'performance|calibration|term=60'
    """
    if finding.check == "performance":
        return f"{finding.check}|{finding.reason_code}|{finding.subject}"
    return f"{finding.check}|{finding.subject}|{finding.reason_code}"


def find_conditions(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the names of what stands broken or worse, each once, sorted."""
    return tuple(sorted({condition_key(one) for one in findings if one.blocking and one.verdict is Verdict.FAIL}))
