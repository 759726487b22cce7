"""Kinds of expectation of the demonstration, the words of its table for each, and what a story is.

Put a kind of expectation here. Which story has which is ``truth.py``; the comparison of each is named in ``expectations.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from deployments.demo.story import AMBIGUOUS_COUNT, UNMATCHED_COUNT, WATCHED_ON
from registry.domain.signal import Severity


class Expect(StrEnum):
    """Kinds of expectation; each has one comparison in ``expectations.py``."""

    OPENED = "opened"
    ESCALATED = "escalated"
    BATCH = "batch"
    DIP = "dip"
    COUNTED_ONCE = "counted_once"
    SCHEMA_BROKEN = "schema_broken"
    QUARANTINED = "quarantined"
    STOPPED = "stopped"
    NOT_OPENED = "not_opened"
    SUPPRESSED = "suppressed"
    MONITORED = "monitored"
    UNMATCHED = "unmatched"
    VERSION = "version"
    INVESTIGATE = "investigate"
    RETRAIN = "retrain"
    DATA_QUALITY = "data_quality"
    REASSESS = "reassess"
    QUIET = "quiet"
    NOTHING_ELSE = "nothing_else"
    RELEASED = "released"
    HELD = "held"
    CLOSED = "closed"
    REFUSED = "refused"
    RECURRED = "recurred"


@dataclass(frozen=True, slots=True)
class Truth:
    """One injected story: what happened, and between which business dates it must be found, as what, and where.

    ``place`` is a system, or a system and its feed; ``subject`` is the text that tells the story from others: a symptom, a channel,
    an artifact.
    """

    case: str
    what: str
    from_on: date
    to_on: date
    expect: Expect
    place: str = ""
    subject: str = ""
    min_severity: Severity = Severity.L0

    @property
    def system_id(self) -> str:
        return self.place.partition("/")[0]

    @property
    def feed(self) -> str:
        return self.place.partition("/")[2]


EXPECTED = {
    Expect.OPENED: "exactly one issue, in time and severe enough",
    Expect.ESCALATED: "the live issue escalated in time, still one issue",
    Expect.BATCH: "a named batch, no spike issue",
    Expect.DIP: "a completeness warning that ends after recovery, never a pass",
    Expect.COUNTED_ONCE: "each signal counted once, on its own day",
    Expect.SCHEMA_BROKEN: "feed refused whole, others read, not a pass; next day nothing lost",
    Expect.QUARANTINED: "the bad rows set aside with row and reason, the others counted",
    Expect.STOPPED: "stale or no_data in time, not a pass",
    Expect.NOT_OPENED: "rows read, neither an issue nor a batch",
    Expect.SUPPRESSED: "signals counted as suppressed, no issue",
    Expect.MONITORED: "one issue as usual, and notes of what the rule would hide",
    Expect.UNMATCHED: f"{UNMATCHED_COUNT} unmatched and {AMBIGUOUS_COUNT} ambiguous, listed",
    Expect.VERSION: "the version before, then the one after, from that day",
    Expect.INVESTIGATE: "asked to investigate and no more, one issue the next morning",
    Expect.RETRAIN: "asked to retrain once, for a loss on known outcomes; one issue",
    Expect.DATA_QUALITY: "one issue about the data; no drift, and nothing asked because of it",
    Expect.REASSESS: "asked to reassess controls, once; one issue",
    Expect.QUIET: f"{len(WATCHED_ON)} months judged, each a pass, nothing asked",
    Expect.NOTHING_ELSE: "issues opened, and none that is not told here",
    Expect.RELEASED: "gate and release pass, two people sign, it serves, and is taken back",
    Expect.HELD: "the gate fails, the release is held, and promoting it is refused",
    Expect.CLOSED: "a clean window, seven gates, two signatures; closed, and the archive bears it out",
    Expect.REFUSED: "refused by three gates, each with what it lacks; there is nothing to sign",
    Expect.RECURRED: "watched, then back in time; reopened by the machine, more severe",
}
WHERE = {
    Expect.OPENED: "the issue and the day's report",
    Expect.ESCALATED: "the issue's events",
    Expect.BATCH: "batches in the report",
    Expect.DIP: "dips in the report",
    Expect.COUNTED_ONCE: "feeds in the report, signals in the package",
    Expect.SCHEMA_BROKEN: "feeds in the report",
    Expect.QUARANTINED: "quarantine in the package",
    Expect.STOPPED: "feeds in the report",
    Expect.NOT_OPENED: "feeds in the report",
    Expect.SUPPRESSED: "suppressed in the report",
    Expect.MONITORED: "would_hide in decision.json",
    Expect.UNMATCHED: "unmatched and ambiguous in the report",
    Expect.VERSION: "proofloop versions list SYSTEM",
    Expect.INVESTIGATE: "proofloop triggers --as-of DATE, and its report",
    Expect.RETRAIN: "proofloop triggers --as-of DATE, and its report",
    Expect.DATA_QUALITY: "proofloop triggers --as-of DATE, and its report",
    Expect.REASSESS: "proofloop triggers --as-of DATE, and its report",
    Expect.QUIET: "proofloop triggers --as-of DATE, and its report",
    Expect.NOTHING_ELSE: "proofloop issue list",
    Expect.RELEASED: "proofloop release list, made today, after the last morning",
    Expect.HELD: "proofloop release list, made today, after the last morning",
    Expect.CLOSED: "proofloop issue show ISSUE, and its dossier",
    Expect.REFUSED: "proofloop closure ISSUE --dry-run --as-of DATE, and its dossier",
    Expect.RECURRED: "proofloop issue show ISSUE, and the report of the window",
}
