"""Exports for the page: a small signed one, and one with given texts wherever a text can stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from registry.domain.anchoring import Head, Receipt
from registry.domain.issue_export import (
    Erasure,
    Expectation,
    ExportedPackage,
    HeadSignature,
    IssueExport,
    KnownReceipt,
    Reason,
    Step,
)
from registry.evidence.levels import Level
from tests.reports import samples

SEALED_AT = datetime(2020, 10, 16, 10, tzinfo=UTC)
HEAD = Head(12, samples.digest("9"))
FINGERPRINT = "SHA256:kjDA3DAU914L4qwOTJ5Gej8xecXpyRT/ZUimKXWrUB8"
LINES = (
    "verdict pass (partial: 2 of 12 packages)",
    "2 packages, 30 files, 4000 bytes, 20 events",
    "level L1 signed chain, 12 of 12 seals signed",
    "  L0 manifests leaves unseen: much",
    "  L1 signed chain leaves unseen: less",
    f"head 000012 {HEAD.digest}",
    "note this head down elsewhere: only then is a rewritten or shortened archive visible",
)


def a_step(seq: int = 11, kind: str = "IssueOpened", package: int = 4, actor: str = "machine", **data: object) -> Step:
    return Step(seq, kind, SEALED_AT + timedelta(days=seq), actor, package, data or {"reason": "41 in 7 days against 12 expected"})


def an_export(**changes: object) -> IssueExport:
    export = IssueExport(
        issue=samples.an_issue(issue_id="ISS-20201016-0a1b2c3d"),
        steps=(
            a_step(),
            a_step(12, "IssueMoved", 7, "ana", **{"from": "new_signal", "to": "triage", "role": "model_owner", "reason": "seen"}),
        ),
        packages=(
            ExportedPackage(4, SEALED_AT, samples.digest("a"), (Reason.EVENTS, Reason.DECISION), ("decision.json", "report.html")),
            ExportedPackage(7, SEALED_AT, samples.digest("b"), (Reason.EVENTS,), ("ledger.jsonl",)),
        ),
        package_count=12,
        head=HEAD,
        sealed_at=SEALED_AT,
        last_event=102,
        signal_count=41,
        other_issue_count=3,
    )
    return replace(export, **changes)  # type: ignore[arg-type]


def an_expectation(**changes: object) -> Expectation:
    expected = Expectation(
        lines=LINES,
        lines_with_head=(*LINES[:2], "level L3 head known elsewhere, 12 of 12 seals signed", *LINES[3:]),
        file_count=115,
        last_listed="data/archive/seals/000012.sha256",
        script_digest="0" * 64,
        levels=tuple((str(level), level.invisible) for level in Level),
        signature=HeadSignature("ED25519", FINGERPRINT),
        fingerprints=(FINGERPRINT,),
    )
    return replace(expected, **changes)  # type: ignore[arg-type]


def named_by(texts: Sequence[str]) -> tuple[IssueExport, Expectation]:
    """Return an export with one of the texts in every place where a text can stand, and all of them where there can be many."""
    issue = samples.an_issue(issue_id="ISS-20201016-0a1b2c3d", title=texts[0], system_id=texts[0], owner=texts[0])
    steps = [
        step
        for seq, text in enumerate(texts, 1)
        for step in (
            a_step(seq, actor=text, reason=text),
            a_step(seq, "SeveritySet", severity=text, reason=text),
            a_step(seq, "FixReleased", effective_at=text, versions={text: text}),
            a_step(seq, "IssueMoved", **{"from": text, "to": text, "role": text, "reason": text}),
        )
    ]
    files = ExportedPackage(4, SEALED_AT, HEAD.digest, tuple(Reason), tuple(texts), tuple(texts))
    receipts = tuple(KnownReceipt(seq, 4, Receipt(Head(seq, text), SEALED_AT, text, text, text, text)) for seq, text in enumerate(texts, 1))
    export = an_export(
        issue=issue,
        steps=tuple(steps),
        packages=(files,),
        receipts=receipts,
        erasures=(Erasure(1, 4, 2),),
        signal_count=None,
        signals_missing=texts[-1],
    )
    return export, an_expectation()
