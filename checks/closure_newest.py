"""Is it the newest that is known? The date of a closure beside those that the ledger has runs for, and the window that it rests on.

Put a rule here when it says that something newer than what a closure is judged from is, or has to be, known. What a window says is
``closure_recurrence.py``.

The rules:
 * The date that is judged for is the newest that the ledger has a run for, of any flow and system: what runs of later dates brought (a
   signal that came back, a window that is open again) is not read for an earlier one, so that nobody could sign it in good faith. A run
   that was missed, or that starts late, proposes nothing once the next morning's triage is recorded; the run of the newest date does.
 * Such a closure says nothing of a proposal that stands, either (``registry/domain/closing.py``).
 * The window is the newest judgement that the issue knows of, by the policy of now, not older than that allows, and not of a day that has
   not come; the issue is not more severe since.
"""

from __future__ import annotations

from collections.abc import Iterator

from registry.domain.closure import KNOWN_LATER, ClosureInputs, Lack
from registry.domain.decision import Verdict
from registry.domain.evidence_graph import NodeKind
from registry.domain.recurrence import WindowDecision
from registry.domain.signal import Severity

WATCH = "run `proofloop recurrence` for today"


def find_overtaken(inputs: ClosureInputs) -> Iterator[Lack]:
    """Yield that the ledger has runs of a later date."""
    if inputs.is_overtaken:
        missing = f"expected {inputs.business_date} to be the newest date that a run is recorded for, found {inputs.newest_on}"
        yield Lack(KNOWN_LATER, missing, "judge for today, with what came since: `proofloop closure`")


def find_not_newest(inputs: ClosureInputs, window: WindowDecision) -> Iterator[Lack]:
    """Yield where a window is not the newest judgement that a closure can rest on."""
    if (newest := inputs.case.issue.window) != window.outcome:
        missing = f"expected the newest judgement of the window, {newest or 'none since the fix'}, found {window.outcome}"
        yield Lack("not_newest", missing, WATCH)
    if window.policy_digest != inputs.window_policy:
        missing = f"expected a window judged by the present policy, {inputs.window_policy}, found one judged by {window.policy_digest}"
        yield Lack("other_policy", missing, "wait for the next run of the recurrence monitoring, which judges by the present policy")
    yield from _find_raised(inputs, window)
    age, limit = (inputs.business_date - window.business_date).days, inputs.policy.max_window_age_days
    if age < 0 and not inputs.is_overtaken:
        missing = f"expected a judgement of {inputs.business_date} or before, found one of {window.business_date}"
        yield Lack("window_in_future", missing, WATCH, Verdict.FAIL)
    elif age > limit:
        missing = f"expected a judgement of the last {limit} days, found one of {window.business_date}, {age} days ago"
        yield Lack("stale_window", missing, WATCH)


def _find_raised(inputs: ClosureInputs, window: WindowDecision) -> Iterator[Lack]:
    since = [Severity(node.title) for node in inputs.graph.of(NodeKind.CLASSIFICATION) if node.event > inputs.window_event]
    if (highest := max(since, key=lambda severity: severity.rank, default=window.severity)).rank > window.severity.rank:
        missing = f"expected a window of the days that {highest} asks, found one judged at {window.severity}, before the issue became that"
        yield Lack("other_severity", missing, WATCH)
