"""A release decision as lines of text: for terminals, logs and the artifacts of a run.

Put the plain wording of a release here; its page is ``release_page.py``, what people do with it ``release_act_text.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from registry.domain.decision import Verdict
from registry.domain.release import PreDeploymentGate
from registry.domain.release_run import CalendarEntry, GateStanding, KnownRelease, ReleaseDecision, SignOff
from reports.release_standing_view import overrides
from reports.release_summary import headline, question
from reports.release_view import can_be_signed
from reports.release_words import GATE_WORDS, replaced_words, role_words, switch_words
from reports.wording import counted

_MOST = 10
_MARKS = {Verdict.PASS: "pass", Verdict.FAIL: "FAIL", Verdict.INCONCLUSIVE: "OPEN"}


def release_lines(decision: ReleaseDecision) -> list[str]:
    """Return the verdict and what it rests on, the most important first."""
    gates = [f"{_mark(decision, one):<4}  {GATE_WORDS[one.gate]}: {one.reason}" for one in decision.gates]
    return [
        f"{decision.verdict.upper()}: {decision.action}",
        headline(decision),
        f"{decision.release_id}: {question(decision)} {decision.system}, {decision.artifact}, as of {decision.as_of:%Y-%m-%d %H:%M} UTC",
        f"proposed by {decision.proposed_by}, made by {', '.join(decision.made_by) or 'nobody named'}; its impact is reviewed on "
        f"{decision.calendar.review_on}",
        *_block("gates", gates),
        *_block("why", [one.text for one in decision.reasons]),
        *_block("not evaluated", [one.reason for one in decision.not_evaluated]),
    ]


def _mark(decision: ReleaseDecision, one: GateStanding) -> str:
    waits = one.gate is PreDeploymentGate.SIGN_OFF and can_be_signed(decision)
    return "wait" if waits else _MARKS[one.verdict]


def known_lines(known: KnownRelease, entry: CalendarEntry | None, today: date) -> list[str]:
    """Return one release as the ledger has it: its line of the calendar, who signed, and what was put in force.

    ``entry`` is None where the sealed decision could not be read. A review that is overdue and a switch that did not end come first.
    """
    signed = [_signed_text(one) for one in known.sign_offs]
    signed += [f"{_signed_text(one)}: disowned since, and counts no more" for one in known.disowned]
    return [
        f"{known.release_id}: {known.verdict.upper()}, {known.action}; {known.system_id}, {known.artifact} {known.candidate.version} "
        f"in place of {known.champion.version}",
        *(f"  ATTENTION: {text}" for text in attention(known, today)),
        f"  proposed by {known.proposed_by} on {known.proposed_at:%Y-%m-%d %H:%M} UTC, event {known.event}, package {known.bundle_digest}",
        *(calendar_lines(entry) if entry is not None else ["  its sealed decision cannot be read: run `proofloop evidence verify`"]),
        *_block("signed off by", signed or ["nobody"]),
        *_block("put in force", [*_switch_texts(known)] or ["not"]),
    ]


def attention(known: KnownRelease, today: date) -> list[str]:
    """Return what somebody has to look at: overrides, switches that did not end, and a review that is overdue."""
    over = list(dict.fromkeys(one.name for one in overrides(known)))
    unfinished = [one for one in known.switches if not one.ended_event]
    in_force = any(one.took_effect for one in known.switches)
    return [
        *([f"overridden: its gates do not all pass, {' and '.join(over)} answered for it"] if over else []),
        *(
            f"a switch was started and not ended (event {one.started_event}): run `proofloop triage`, or promote again"
            for one in unfinished
        ),
        *([f"its impact was to be reviewed by {known.review_on}"] if in_force and known.review_on < today else []),
    ]


def calendar_lines(entry: CalendarEntry) -> list[str]:
    """Return the line of the release calendar, a field a line."""
    fields: Sequence[tuple[str, str]] = (
        ("date", f"{entry.on}"),
        ("object", entry.object_type.value),
        ("change", entry.change),
        ("affected", entry.affected_population),
        ("risk tier", entry.risk_tier),
        ("evidence required", ", ".join(entry.evidence_required) or "none"),
        ("owner", entry.owner or "nobody"),
        ("canary", entry.canary or "none"),
        ("rollback", entry.rollback or "none"),
        ("review", f"{entry.review_on}"),
        ("decision log", entry.decision_log or "none"),
    )
    return [f"  {name:<18} {text}" for name, text in fields]


def _switch_texts(known: KnownRelease) -> Iterator[str]:
    for one in known.switches:
        yield f"{one.started_at:%Y-%m-%d %H:%M} UTC: {switch_words(one)}; by {one.by}"
    if known.replaced_by is not None:
        yield f"{known.replaced_by.started_at:%Y-%m-%d %H:%M} UTC: {replaced_words(known.replaced_by)}"


def _signed_text(one: SignOff) -> str:
    what = f"override, because: {one.reason}" if one.is_override else "signed"
    return f"{one.name} ({role_words(one.role)}), {what}; counts until {one.expires_at:%Y-%m-%d %H:%M} UTC, event {one.seq}"


def _block(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    more = [f"  and {counted(len(lines) - _MOST, 'more line')}: see the report"] if len(lines) > _MOST else []
    return ["", title, *(f"  {line}" for line in lines[:_MOST]), *more]
