"""What comes of the demonstration's issues with a fix when every story of them is found, for tests to spoil one thing of.

Put builders of played closings here; built replays are ``true_replay.py``, built candidates ``true_releases.py``.
"""

from __future__ import annotations

from datetime import date

from deployments.demo.played import PlayedClosing
from registry.domain.decision import Verdict
from registry.domain.issue import IssueState
from registry.domain.recurrence import Outcome
from registry.domain.signal import Severity

SIGNERS = ("service.owner@smallbank.example", "operations.lead@smallbank.example")
_SOUND = (Verdict.PASS, Verdict.PASS)


def true_closings() -> dict[str, PlayedClosing]:
    """Return what came of each case, by its story; the caller may change the mapping."""
    closed = PlayedClosing(
        "closed",
        "ISS-1",
        IssueState.CLOSED,
        severity=Severity.L2,
        outcomes=((date(2026, 5, 14), Outcome.WATCHING), (date(2026, 6, 16), Outcome.CLEAN)),
        verdict=Verdict.PASS,
        signed_by=SIGNERS,
        checked=_SOUND,
    )
    refused = PlayedClosing(
        "refused",
        "ISS-2",
        IssueState.VERIFYING,
        severity=Severity.L1,
        outcomes=((date(2026, 5, 30), Outcome.ELAPSED_UNEVIDENCED),),
        verdict=Verdict.INCONCLUSIVE,
        lacks=("verification: too_weak", "recurrence: silence_not_accepted", "evidence: not_walked"),
        refusals=("close: nothing waits for approval",),
        checked=_SOUND,
    )
    returned = PlayedClosing(
        "came back",
        "ISS-3",
        IssueState.RCA_IN_PROGRESS,
        2,
        Severity.L3,
        outcomes=((date(2026, 5, 20), Outcome.WATCHING), (date(2026, 6, 2), Outcome.RECURRED)),
        checked=_SOUND,
    )
    return {one.story: one for one in (closed, refused, returned)}
