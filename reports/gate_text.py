"""A decision of the evaluation gate as lines of text: for terminals, logs and the artifacts of a run.

Put the plain wording of a decision here; its page is ``gate_page.py``.
"""

from __future__ import annotations

from registry.domain.decision import Finding
from registry.domain.gate import GateDecision
from registry.domain.segments import WHOLE
from reports.gate_bundle import bundle_lines
from reports.gate_summary import against, headline
from reports.wording import counted

_MOST = 10
_AS_IT_SHOULD_BE = frozenset({"two_versions", "controls_held", "validated"})
# They pass because policy asks for more than chance, or for more of a loss; a reader has to know of them all the same.
_DOUBTS = frozenset({"loss_within_margin", "disparity_not_shown"})


def gate_lines(decision: GateDecision) -> list[str]:
    """Return the verdict and what it rests on, the most important first."""
    why = [one.reason for one in against(decision)] or [reason.text for reason in decision.reasons]
    compared = len({one.segment for one in decision.comparisons if one.segment != WHOLE})
    return [
        f"{decision.verdict.upper()}: {decision.action}",
        headline(decision),
        f"may {_named(decision, 'candidate')} replace {_named(decision, 'champion')} of {decision.system}, as of "
        f"{decision.as_of:%Y-%m-%d %H:%M} UTC",
        *(f"bundle: {bundle}" for bundle in bundle_lines(decision)),
        f"{_cases(decision, compared)}; the {_set(decision)} was looked at {counted(decision.looks, 'time')} before",
        *_block("why", why),
        *_block("all cases", [one.reason for one in decision.findings if _is_whole(decision, one) and one.reason not in why]),
        *_block("levels", [one.reason for one in decision.findings if one.check == "level" and one.reason not in why]),
        *_block("told, and did not block", [one.reason for one in decision.findings if _is_told(one) and not _is_whole(decision, one)]),
        *_block("not evaluated", [f"{one.subject}: {one.reason}" for one in decision.not_evaluated]),
    ]


def _cases(decision: GateDecision, segments: int) -> str:
    read = f"{counted(decision.case_count, 'case')}, {counted(segments, 'segment')}"
    return read if decision.set_digest else f"the {_set(decision)} was not read"


def _set(decision: GateDecision) -> str:
    return "reserve, which is kept for last decisions," if decision.on_reserve else "locked set"


def _named(decision: GateDecision, which: str) -> str:
    pinned = decision.candidate if which == "candidate" else decision.champion
    asked = f", asked for as {pinned.asked}" if pinned.asked != pinned.version else ""
    return f"{pinned.version} ({pinned.digest[:19]}{asked})"


def _is_whole(decision: GateDecision, finding: Finding) -> bool:
    return finding.subject == WHOLE.name and any(one.metric == finding.check for one in decision.comparisons)


def _is_told(finding: Finding) -> bool:
    """What did not decide and is worth a line: everything that is not simply as it should be."""
    return finding.reason_code in _DOUBTS or not (finding.blocking or finding.reason_code in _AS_IT_SHOULD_BE)


def _block(title: str, lines: list[str]) -> list[str]:
    if not lines:
        return []
    more = [f"  and {len(lines) - _MOST:,} more: see the report"] if len(lines) > _MOST else []
    return ["", title, *(f"  {line}" for line in lines[:_MOST]), *more]
