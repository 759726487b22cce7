"""The words of the retraining triggers: kinds, actions, bands and windows as a reviewer says them, the same on page, artifact and terminal.

Put here a word or phrase about triggers that more than one of these shows. What is shown, and in which order, is ``triggers_view``.
"""

from __future__ import annotations

from datetime import timedelta

from registry.domain.catalogue import OwnerRole
from registry.domain.decision import Verdict
from registry.domain.monitoring import Window, WindowKind
from registry.domain.triggers import DriftKind, TriggerAction, TriggerKind
from reports import wording

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip

VERDICT_MEANINGS = {
    Verdict.PASS: "Everything that matters was judged, and nothing moved, broke or got worse by more than chance and policy allow.",
    Verdict.INCONCLUSIVE: "Not everything that matters could be judged. Do not read this window as quiet.",
    Verdict.FAIL: "Something moved, broke, got worse or is due. That says where to look; it does not say that the model must be replaced.",
}
KIND_WORDS = {
    TriggerKind.DATA_DRIFT: "Drift of inputs or scores",
    TriggerKind.PERFORMANCE_DROP: "The model got worse",
    TriggerKind.QUALITY_DROP: "Quality fell against the quarter before",
    TriggerKind.NEW_LABELS: "Enough new outcomes to learn from",
    TriggerKind.SCHEDULE: "Retraining is due by schedule",
    TriggerKind.INCIDENTS: "Many incidents in 30 days",
    TriggerKind.POLICY_CHANGE: "A policy or law took effect",
}
ACTION_WORDS = {
    TriggerAction.RETRAIN: "Retrain",
    TriggerAction.INVESTIGATE: "Investigate",
    TriggerAction.REVIEW_DATASET: "Review the data set",
    TriggerAction.RCA_REVIEW: "Review root causes",
    TriggerAction.REASSESS_CONTROLS: "Reassess controls",
}
ACTION_MEANINGS = {
    TriggerAction.RETRAIN: "Train a candidate on the days of data given here. It goes through evaluation, approval by people and a canary.",
    TriggerAction.INVESTIGATE: "Find out what changed, and whether the model still serves these cases. Nothing is retrained for this.",
    TriggerAction.REVIEW_DATASET: "Look at the data the model was made from and is judged on: is it still what it is used for?",
    TriggerAction.RCA_REVIEW: "Look at the incidents together: do they have one cause?",
    TriggerAction.REASSESS_CONTROLS: "Check the controls of this system against the policy or law that took effect.",
}
# Of whom each action is asked: the first of these roles that the catalogue names a person for.
ACTION_ROLES = {
    TriggerAction.RETRAIN: (OwnerRole.MODEL_OWNER, OwnerRole.PRODUCT_OWNER),
    TriggerAction.INVESTIGATE: (OwnerRole.MODEL_OWNER, OwnerRole.PRODUCT_OWNER),
    TriggerAction.REVIEW_DATASET: (OwnerRole.DATA_OWNER, OwnerRole.MODEL_OWNER, OwnerRole.PRODUCT_OWNER),
    TriggerAction.RCA_REVIEW: (OwnerRole.OPERATIONS_LEAD, OwnerRole.PRODUCT_OWNER),
    TriggerAction.REASSESS_CONTROLS: (OwnerRole.RISK_COMPLIANCE, OwnerRole.MODEL_RISK, OwnerRole.PRODUCT_OWNER),
}
DRIFT_TITLES = {DriftKind.DATA: "Data drift", DriftKind.PREDICTION: "Prediction drift", DriftKind.CONCEPT: "Concept drift"}
# What data quality found, in a few words; the reason beside it has the numbers.
PROBLEM_WORDS = {
    "unseen_level": "levels never seen before",
    "vanished_level": "a level vanished",
    "recoded": "recoded",
    "grid_moved": "values moved to another price list or grid",
    "unreadable_values": "something that is no number",
    "missing_block": "many values missing",
    "missing_gone": "gaps filled where there were some",
    "all_missing": "all values missing",
    "infinite_values": "infinite values",
    "constant_now": "one value only",
    "range_break": "a value far out of range",
    "missing_column": "column missing",
    "few_days": "days without rows",
    "undated_rows": "rows without a time",
    "empty_window": "no row",
    "usual_gap": "no row, as usual",
    "known_before_prediction": "outcomes known before their prediction",
    "stale": "read too early",
    "same_rows": "the reference's own rows",
    "new_version": "rows of a version that the reference has none of",
    "no_id": "rows without an id",
}


def problem_text(code: str) -> str:
    """Return a problem of the data in words.

    >>> problem_text("unseen_level"), problem_text("brand_new")
    ('levels never seen before', 'brand new')
    """
    return PROBLEM_WORDS.get(code) or wording.spoken(code).lower()


def window_text(window: Window, kind: WindowKind) -> str:
    """Return a window by name.

    >>> from datetime import date
    >>> window_text(Window(date(2010, 5, 1), date(2010, 6, 1)), WindowKind.MONTH)
    'May 2010'
    >>> window_text(Window(date(2010, 5, 3), date(2010, 5, 10)), WindowKind.WEEK)
    'Week from 3 May 2010'
    """
    start = window.start_on
    if kind is WindowKind.MONTH:
        return f"{_MONTHS[start.month - 1]} {start.year}"
    return f"Week from {wording.day_text(start)}" if kind is WindowKind.WEEK else wording.day_text(start)


def short_window_text(window: Window, kind: WindowKind) -> tuple[str, str]:
    """Return a window in two short lines, for the head of a narrow column.

    >>> from datetime import date
    >>> short_window_text(Window(date(2010, 5, 1), date(2010, 6, 1)), WindowKind.MONTH)
    ('May', '2010')
    """
    day, month, year = wording.day_text(window.start_on).split()
    return (month, year) if kind is WindowKind.MONTH else (f"{day} {month}", year)


def days_text(window: Window) -> str:
    """Return the first and last day of a window, both in it.

    >>> from datetime import date
    >>> days_text(Window(date(2009, 1, 1), date(2010, 1, 1)))
    '1 Jan 2009 to 31 Dec 2009'
    """
    last = window.end_on - timedelta(days=1)
    first = wording.day_text(window.start_on)
    return first if last <= window.start_on else f"{first} to {wording.day_text(last)}"


def psi_text(psi: float | None) -> str:
    """Return a PSI to two figures after the point, and never a small one as zero.

    >>> psi_text(1.4231), psi_text(0.004), psi_text(None)
    ('1.42', 'below 0.01', 'not computed')
    """
    if psi is None:
        return "not computed"
    return "below 0.01" if 0 < psi < 0.005 else f"{psi:.2f}"


def short_digest(digest: str) -> str:
    """Return enough of a digest to compare by eye.

    >>> short_digest("sha256:0123456789abcdef0123")
    'sha256:0123456789ab'
    """
    return digest[: len("sha256:") + 12]


def listed(names: list[str] | tuple[str, ...], most: int = 3) -> str:
    """Return names in a row, the first few of them, with how many more there are.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c", "d", "e"])
    ('a', 'a and b', 'a, b, c and 2 more')
    """
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
