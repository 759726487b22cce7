"""What the days show of an effect that should be gone, in words: enough silence, not yet, or never, and of whose decisions.

Put here how silence reads, and the value of a segment whose decisions alone count. How it is weighed is ``recurrence_evidence.py``, which
findings there are ``recurrence_findings.py``.
"""

from __future__ import annotations

from checks.recurrence_cells import NOT_MATCHED, WITHOUT_TRAFFIC, lack_of
from checks.recurrence_evidence import Weighed
from registry.domain.recurrence import WindowInputs
from registry.domain.recurrence_levels import Holder


def silence_evidence(inputs: WindowInputs, weighed: Weighed, unit: str) -> tuple[str, str]:
    """Return what a silence lacks as a reason code, empty where it shows enough, and the same in words."""
    before, exposure, holder = weighed.before, weighed.after.exposure_count, weighed.holder
    if weighed.required is None:
        if holder and weighed.hopeless == NOT_MATCHED:
            return NOT_MATCHED, lack_text(holder, unit)
        least = inputs.policy.silence.min_pre_fix_occurrence_count
        told = f"{before.occurrence_count} occurrences in {before.day_count} observed days before the fix"
        return weighed.hopeless, f"{told}; fewer than {least} tell no rate, and no silence that it fell"
    if holder and holder.has_no_traffic:
        return WITHOUT_TRAFFIC, lack_text(holder, unit)
    sure = f"{inputs.policy.silence.silence_confidence:.0%}"
    if weighed.is_shown:
        told = f"{exposure:,} {unit}s without an occurrence, {weighed.required:,.1f} being enough for {sure} certainty"
        return "", told + _counted(holder, unit)
    told = f"{exposure:,} {unit}s without an occurrence of the {weighed.required:,.1f} that {sure} certainty needs"
    told += f", reports of the last {inputs.lateness_days} days outstanding"
    return "exposure_too_small", told + _counted(holder, unit)


def lack_text(holder: Holder, unit: str) -> str:
    """Return why quiet, or a share, shows nothing where ``holder`` is."""
    held = f"{_held(holder)} of {_value(holder)}"
    if lack_of(holder) == NOT_MATCHED:
        told = f"{held}, of which {holder.before_count:,} {unit}s were counted on those {holder.day_count:,} days: whether there are any"
        return f"{told} since is not known; let exposure.segment name its values as the signals do"
    told = f"{held}, and of the {holder.of_after_count:,} {unit}s since none was ({_a_day(holder)} a day before)"
    return f"{told}: where nobody decides, nothing can come back"


def _counted(holder: Holder | None, unit: str) -> str:
    if holder is None:
        return ""
    told = f"; the {_a_day(holder)} {unit}s a day of {_value(holder)} alone count: {_held(holder)} of it"
    if holder.unnamed_count:
        told += f", and {holder.unnamed_count:,} {unit}s before it name no {holder.name} and may have been"
    return told


def _held(holder: Holder) -> str:
    return f"{holder.occurrence_count:,} of {holder.of_occurrence_count:,} occurrences before the fix were"


def _value(holder: Holder) -> str:
    return f"{holder.name} {holder.value!r}"


def _a_day(holder: Holder) -> str:
    return f"{holder.before_count / holder.day_count:,.1f}" if holder.day_count else "0"
