"""What an export of one issue holds, in values: its story, the packages that came with it and why, and how it is checked.

Put values here that the exporter makes and the export's page shows. Choosing packages and writing the folder is ``registry/evidence``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from registry.domain.anchoring import Head, Receipt
from registry.domain.issue import Issue

ARCHIVE_FOLDER = "data/archive"
"""The partial archive inside an export, where ``verify.sh`` lies."""
SIGNERS_FILE = "data/allowed_signers"
EVENTS_FILE = "data/events.jsonl"
ISSUE_FILE = "data/issue.json"
CONTENTS_FILE = "data/export.json"
RECEIPTS_FILE = "data/anchors.json"
PAGE_FILE = "index.html"
DOSSIER_FILE = "data/dossier.html"
"""Of a closed issue: the page that the package of its last signature holds."""
DOSSIER_PAGE, DOSSIER_RECORD = "dossier.html", "dossier.json"
"""What that package calls the page, and the record that it shows."""


class Reason(StrEnum):
    """Why a package is in an export."""

    EVENTS = "events"  # events of the issue were sealed in it
    DECISION = "decision"  # the decision that made such an event is in it
    SIGNALS = "signals"  # signals on the issue are in it
    HOLD = "hold"  # a legal hold on the issue was set or lifted in it
    ERASURE = "erasure"  # it says that narratives of its signals were erased
    SEALING_KEY = "sealing_key"  # the sealing key changed in it, which the signatures after it need
    REMOVAL = "removal"  # it says which files of the packages here were removed, and who approved it


@dataclass(frozen=True, slots=True)
class ExportedPackage:
    """One package of the export: when it was sealed, why it is here, its files, and those removed from it under retention."""

    seq: int
    sealed_at: datetime
    digest: str
    reasons: tuple[Reason, ...]
    files: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One event of the issue, as sealed in package ``package``."""

    seq: int
    kind: str
    as_of: datetime
    actor: str
    package: int
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Erasure:
    """That narratives of ``signal_count`` signals on the issue were erased on request."""

    event: int
    package: int
    signal_count: int


@dataclass(frozen=True, slots=True)
class KnownReceipt:
    """A receipt of an anchor, and the package that its event was sealed in."""

    event: int
    package: int
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class IssueExport:
    """An issue and everything that goes with it, as an archive whose newest seal is ``head`` tells it.

    ``signal_count`` is None where the sealed signals cannot be told any more; ``signals_missing`` then says why. ``package_count`` is that
    of the whole archive. ``other_issue_count`` are other issues whose events lie in the packages of the export.
    """

    issue: Issue
    steps: tuple[Step, ...]
    packages: tuple[ExportedPackage, ...]
    package_count: int
    head: Head
    sealed_at: datetime
    last_event: int
    signal_count: int | None
    other_issue_count: int
    signals_missing: str = ""
    erasures: tuple[Erasure, ...] = ()
    receipts: tuple[KnownReceipt, ...] = ()

    @property
    def removed(self) -> tuple[str, ...]:
        """The removed files of its packages, by path in the archive."""
        return tuple(f"{package.seq:06d}/{name}" for package in self.packages for name in package.removed)


@dataclass(frozen=True, slots=True)
class HeadSignature:
    """Who signed the newest seal: the key as ``ssh-keygen -Y check-novalidate`` names it."""

    key_type: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a recipient sees when the export is whole: the lines that ``verify.sh`` prints without and with the head named.

    ``levels`` are all levels of reliance with what each leaves unseen, lowest first; ``last_listed`` is the last file that the bag's
    manifest lists.
    """

    lines: tuple[str, ...]
    lines_with_head: tuple[str, ...]
    file_count: int
    last_listed: str
    script_digest: str
    levels: tuple[tuple[str, str], ...]
    signature: HeadSignature | None = None
    fingerprints: tuple[str, ...] = ()
