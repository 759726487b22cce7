"""What the days show of a rate, in words: within its limit, not yet, or never, and what can be done about it.

Put here how the evidence of a share reads. How it is weighed is ``recurrence_evidence.py``, which findings there are
``recurrence_findings.py``.
"""

from __future__ import annotations

from checks.recurrence_cells import lack_of
from checks.recurrence_evidence import Weighed
from checks.recurrence_feeds import LEFT, left_text
from checks.recurrence_silence_text import lack_text
from checks.recurrence_taken_back import TakenBack, taken_back_text
from registry.domain.recurrence import WindowInputs


def rate_evidence(inputs: WindowInputs, weighed: Weighed) -> tuple[str, str]:
    """Return what a rate lacks as a reason code, empty where it is shown to be within its limit, and the same in words."""
    if weighed.hopeless == LEFT:
        return LEFT, left_text(inputs)
    if weighed.limit is None:
        return weighed.hopeless, _no_limit(inputs, weighed)
    if weighed.hopeless:
        return weighed.hopeless, _never_above(inputs, weighed)
    if weighed.holder and lack_of(weighed.holder) and not weighed.is_shown:
        return lack_of(weighed.holder), lack_text(weighed.holder, inputs.unit)
    after, sure = weighed.after, f"{inputs.policy.rate.confidence:.0%}"
    told = counted_text(inputs, weighed)
    if after.exposure_count:
        told += (
            f"; with {sure} certainty, whenever one looks, at most {share_text(after.high)}, where {share_text(weighed.limit)} is allowed"
        )
    return "" if weighed.is_shown else "not_within_limit", told


def counted_text(inputs: WindowInputs, weighed: Weighed) -> str:
    """Return the occurrences since the fix with the decisions that they are of."""
    after = weighed.after
    if not after.exposure_count:
        return f"no {inputs.unit} is older than the {inputs.lateness_days} days that reports may take"
    told = f"{after.occurrence_count:,} of {after.exposure_count:,} {inputs.unit}s older than the {inputs.lateness_days} days"
    return f"{told} that reports may take ({share_text(after.ratio)})"


def above_text(inputs: WindowInputs, weighed: Weighed, taken_back: TakenBack) -> str:
    """Return the least that the share is since the fix, or on the days on which the fix was taken back."""
    if taken_back.is_above and (level := taken_back.share):
        told = f"{level.occurrence_count:,} of {level.exposure_count:,} {inputs.unit}s ({share_text(level.ratio)})"
        told += f" on the whole days on which the fix was taken back, {taken_back_text(taken_back.gaps)}"
        told += f"; on them the share is {share_text(level.low)} at the least"
    else:
        told = f"{counted_text(inputs, weighed)}; by every day up to yesterday the share is {share_text(weighed.after.low)} at the least"
    return f"{told}, where {share_text(weighed.limit)} is allowed"


def share_text(ratio: float | None) -> str:
    """Return a share in percent.

    >>> share_text(0.0102), share_text(None)
    ('1.020%', 'an unknown share')
    """
    return "an unknown share" if ratio is None else f"{ratio:.3%}"


def _no_limit(inputs: WindowInputs, weighed: Weighed) -> str:
    if not inputs.unit:
        return "nothing counts decisions, and a rate is a share of them; give the system an exposure in the catalogue"
    known, least = weighed.normal.exposure_count if weighed.normal else 0, inputs.policy.rate.min_normal_exposure_count
    told = f"the level before {inputs.began_on} is known of {known:,} {inputs.unit}s, and a limit needs {least:,}"
    return f"{told}; give the feed a target in the catalogue, or read older days"


def _never_above(inputs: WindowInputs, weighed: Weighed) -> str:
    level, sure = weighed.standing, f"{inputs.policy.rate.confidence:.0%}"
    counted = f"no {inputs.unit} was counted on an observed day"
    if level and level.exposure_count:
        counted = f"{level.occurrence_count:,} of {level.exposure_count:,} {inputs.unit}s ({share_text(level.ratio)})"
        counted += f", with {sure} certainty at least {share_text(level.low)}"
    told = f"from {inputs.began_on} up to {'the fix' if inputs.contained_at is None else 'the control'}, {counted}, where"
    told += f" {share_text(weighed.limit)} is allowed: a rate that was not above that for certain shows no fix by staying within it"
    how = (
        "set a target below the level before the fix" if inputs.effect.max_ratio is not None else "give the feed a target in the catalogue"
    )
    return f"{told}; {how}, or let a named person accept the risk when the days are over"
