"""The archive as its binder lists it: packages with what they are about, how much was verified, and the issues beside them.

Put here what a package is to a reader: whose it is, of which flow, of which day. Reading an archive is ``registry/evidence/binding.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from registry.domain.events import EventKind
from registry.domain.issue_file import IssueFile
from registry.domain.work import STEPS

_K = EventKind
FLOWS = ("triage", "triggers", "gate", "release", "recurrence", "closure", "steps", "approvals", "archive")
"""What a package is of, in the order of the binder; ``archive`` are days sealed, keys, holds and removals."""

FLOW_OF = {
    **{rule.event: "steps" for rule in STEPS.values()},
    _K.TRIAGE_DECIDED: "triage",
    **dict.fromkeys((_K.TRIGGERS_EVALUATED, _K.REFERENCE_FROZEN, _K.REQUEST_CLOSED, _K.TRAINING_STARTED), "triggers"),
    _K.GATE_DECIDED: "gate",
    **dict.fromkeys((_K.RELEASE_PROPOSED, _K.RELEASE_SIGNED, _K.SWITCH_STARTED, _K.SWITCH_ENDED, _K.ROLLBACK_REHEARSED), "release"),
    **dict.fromkeys((_K.WINDOW_JUDGED, _K.INDICATORS_READ), "recurrence"),
    **dict.fromkeys((_K.CLOSURE_JUDGED, _K.PORTFOLIO_READ), "closure"),
    _K.APPROVAL_RECORDED: "approvals",
}
"""The flow whose package an event of this kind cites; of any other kind it is the archive's own."""

VERDICTS = ("fail", "inconclusive", "pass", "none")
"""What a package says, the worst first; ``none`` where nothing was judged, as in a step that somebody took."""


@dataclass(frozen=True, slots=True)
class BoundFile:
    """One file of a package as its manifest lists it; one that is not here was removed under retention, or is missing."""

    name: str
    digest: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class BoundEvent:
    """One event in a package's copy of the ledger; ``cites`` is the bundle that it rests on (empty: none)."""

    seq: int
    digest: str
    kind: str
    system: str
    issue: str
    by: str
    cites: str


@dataclass(frozen=True, slots=True)
class BoundPackage:
    """One sealed package, and what it is about by the events that cite it."""

    seq: int
    sealed_at: datetime
    digest: str
    prev: str
    manifest_digest: str
    bundle_digest: str
    day: date
    flow: str
    verdict: str
    systems: tuple[str, ...]
    issues: tuple[str, ...]
    files: tuple[BoundFile, ...]
    events: tuple[BoundEvent, ...]

    @property
    def name(self) -> str:
        """The folder of the package."""
        return f"{self.seq:06d}"

    @property
    def month(self) -> str:
        """The month of the day that it is about."""
        return f"{self.day:%Y-%m}"

    @property
    def pages(self) -> tuple[str, ...]:
        """The sealed pages that are here, to be opened in a browser."""
        return tuple(file.name for file in self.files if file.is_here and file.name.endswith(".html"))


@dataclass(frozen=True, slots=True)
class Checked:
    """What was verified while the binder was made. ``leaves_unseen`` says what the level reached does not show."""

    verdict: str
    packages: int
    files: int
    events: int
    unsealed_events: int
    level: str
    leaves_unseen: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Binder:
    """Everything that a binder is made of. ``archive`` leads from the binder's folder of pages to the archive, as a quoted link."""

    made_at: datetime
    zone: str
    archive: str
    checked: Checked
    packages: tuple[BoundPackage, ...]
    issues: tuple[IssueFile, ...]
