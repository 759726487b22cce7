"""How far the evidence is sealed and anchored, in words: the page's footer, the Prefect summary and the terminal read this.

Put here what is shown of exposure and of the daily seal. Whether an age is too old was judged before.
"""

from __future__ import annotations

from registry.domain.anchoring import Attempt, AttemptStatus, Exposure, SealedDay, spoken_age
from registry.domain.decision import Finding, Verdict
from registry.domain.triage import TriageDay
from reports import wording

EXPOSURE_CHECKS = ("sealing", "anchor")

_ATTEMPTS = {
    AttemptStatus.ANCHORED: "the head was anchored by this run",
    AttemptStatus.ALREADY: "the head had been anchored before",
    AttemptStatus.FAILED: "the anchor command failed; the next run tries again",
    AttemptStatus.NOT_CONFIGURED: "no anchor_command is set: nobody else knows the head",
    AttemptStatus.NOTHING_SEALED: "nothing is sealed, so nothing was anchored",
    AttemptStatus.LEFT_TO_SEALER: "left to the account that seals: its `proofloop evidence seal` anchors too",
}


def exposure_rows(exposure: Exposure) -> tuple[tuple[str, str], ...]:
    """Return the exposure window as label and text, what could be lost first."""
    unsealed = f"{exposure.unsealed_count:,} of {wording.counted(exposure.recorded, 'event')}"
    if exposure.receipts:
        unsealed += f", {exposure.receipts:,} of them receipts of anchors"
    if exposure.unsealed_since:
        unsealed += f", the oldest {spoken_age(exposure.unsealed_age)} ago"
    unanchored = f"{exposure.unanchored_count:,} of {wording.counted(exposure.sealed, 'sealed event')}"
    unanchored += f", {exposure.unanchored_seal_count:,} of {wording.counted(exposure.seal, 'seal')}"
    if exposure.unanchored_since:
        unanchored += f", the oldest sealed {spoken_age(exposure.unanchored_age)} ago"
    return (
        ("recorded, not sealed", unsealed),
        ("sealed, not anchored", unanchored),
        ("newest anchor", newest_anchor(exposure)),
        *((f"seal {seal:06d}", "is not the one that was anchored: the archive was rewritten") for seal in exposure.contradicted),
    )


def newest_anchor(exposure: Exposure) -> str:
    """Return the newest anchor and its age in words."""
    if exposure.anchor_age is not None:
        return f"seal {exposure.anchored_seal:06d}, {spoken_age(exposure.anchor_age)} ago"
    return "none yet" if exposure.has_command else "none: no anchor_command is set, so a rewritten or shortened archive is invisible"


def attempt_text(attempt: Attempt) -> str:
    """Return what became of handing out the head, with the reason of a failure."""
    return f"{_ATTEMPTS[attempt.status]}: {attempt.reason}" if attempt.reason else _ATTEMPTS[attempt.status]


def exposure_findings(day: TriageDay) -> tuple[Finding, ...]:
    """Return what the day says of its evidence: how much was unsealed, and how old the newest anchor was."""
    return tuple(finding for finding in day.findings if finding.check in EXPOSURE_CHECKS and not finding.blocking)


def exposure_notes(day: TriageDay) -> tuple[tuple[str, Finding], ...]:
    """Return the day's findings about its evidence, each with the words of the page's footer."""
    return tuple((_note(finding, day.knowledge_cut.events), finding) for finding in exposure_findings(day))


def sealed_day_lines(day: SealedDay) -> list[str]:
    """Return the daily seal for a terminal, verdict first."""
    lines = [f"{wording.VERDICT_WORDS[day.verdict].upper()}  daily seal of {wording.day_text(day.business_date)}"]
    lines += [f"  - {reason.text}" for reason in day.reasons]
    lines += [f"  {label}: {text}" for label, text in sealed_day_rows(day)]
    return lines


def sealed_day_rows(day: SealedDay) -> list[tuple[str, str]]:
    """Return what was sealed and anchored as label and text."""
    head = f"seal {day.seal:06d} {day.digest}" if day.seal else "nothing is sealed"
    return [
        ("record of the day", day.statement or "none needed: everything of the day was sealed before"),
        ("head", head),
        ("anchor", _ATTEMPTS[day.attempt]),
        *exposure_rows(day.exposure),
        *((finding.check, finding.reason) for finding in day.findings if finding.verdict is not Verdict.PASS),
    ]


def _note(finding: Finding, known: int) -> str:
    """The decision knows events that came after the last seal: how many is a figure of the day, not of a moment."""
    if finding.check != "sealing" or finding.n is None:
        return finding.reason
    return f"{finding.reason}; not sealed when this day was decided: {max(0, known - finding.n):,} of {wording.counted(known, 'event')}"
