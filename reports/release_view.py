"""What the page of a release shows of its decision, row by row: gates, what was read, what was found, and what was not evaluated.

Put here which rows there are, in which order and with which look; who signs and what became of it is ``release_standing_view``, words are
``release_words``, markup is the template's. Nothing is judged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from registry.domain.approving import SignatureVerdict
from registry.domain.decision import Finding, Verdict
from registry.domain.release import PreDeploymentGate
from registry.domain.release_read import CardRead, SignedRecord
from registry.domain.release_run import GateStanding, ReleaseDecision, ReleaseInputs, SignOff
from reports import wording
from reports.gate_words import counted_verdict
from reports.release_words import (
    GATE_QUESTIONS,
    GATE_WORDS,
    PAPER_WORDS,
    STATE_WORDS,
    named,
    role_words,
    version_words,
)
from reports.triggers_words import listed, short_digest

_ORDER = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: what it is about, a state with its look, what there is to say, and a file of the package that shows it."""

    name: str
    tone: str
    state: str
    text: str
    note: str = ""
    file: str = ""


def gate_rows(decision: ReleaseDecision, signed: Sequence[SignOff] | None) -> list[Row]:
    """Return the gates in their order; sign-off is open until people signed, and says so instead of looking like a failure."""
    return [_gate_row(one, signed, is_open=can_be_signed(decision)) for one in decision.gates]


def can_be_signed(decision: ReleaseDecision) -> bool:
    """Return whether nothing is found against the last gate: it is open because nobody signed yet."""
    ours = [one for one in decision.findings if one.check == PreDeploymentGate.SIGN_OFF.value and one.blocking]
    return bool(ours) and all(counted_verdict(one) is Verdict.PASS for one in ours)


def _gate_row(one: GateStanding, signed: Sequence[SignOff] | None, *, is_open: bool) -> Row:
    name, question = GATE_WORDS[one.gate], GATE_QUESTIONS[one.gate]
    if one.gate is PreDeploymentGate.SIGN_OFF and is_open:
        told = f"{wording.counted(len(signed), 'signature')} so far: see who signs, below" if signed else one.reason
        return Row(name, "muted", "For people", told, question)
    return Row(name, one.verdict.value, STATE_WORDS[one.verdict], one.reason or "no reason is recorded", question)


def read_rows(inputs: ReleaseInputs, files: Collection[str]) -> list[Row]:
    """Return everything that was read, papers first; a file of the package is named where the paper lies in it."""
    return [
        _judged_row(inputs),
        *(_card_row(one, files) for one in inputs.cards),
        *(_record_row(one, files) for one in inputs.records),
        *_rehearsal_rows(inputs),
        *_budget_rows(inputs),
        *_condition_rows(inputs),
    ]


def _judged_row(inputs: ReleaseInputs) -> Row:
    found = inputs.judged
    if found is None:
        return Row("Evaluation gate", "inconclusive", "No decision", "The gate decided nothing about this candidate.")
    what = f"{found.verdict.value}, {found.action.value}: {named(found.candidate)} against {named(found.champion)}"
    told = f"{what}, of {wording.day_text(found.decided_on)}; event {found.event:,}, package {short_digest(found.bundle_digest)}"
    reserve = " on the set kept for the last decision" if found.on_reserve else ""
    if not found.is_verified:
        return Row("Evaluation gate", "fail", "Not as sealed", f"{told}. Its package is not what the event says, or is not there.")
    return Row("Evaluation gate", "muted", "Read", told + reserve)


def _card_row(one: CardRead, files: Collection[str]) -> Row:
    name, file = PAPER_WORDS[one.kind], f"{one.kind.value}.md"
    if one.problem:
        return Row(name, "inconclusive", "Not read", one.problem, one.path)
    versions = listed([f"{artifact} {version}" for artifact, version in sorted(one.versions.items())], 4) or "no version"
    text = (
        f"of {one.system_id or 'no system'}, about {versions}; {wording.counted(len(one.sections), 'section')}; {short_digest(one.digest)}"
    )
    return Row(name, "muted", "Read", text, one.path, file if file in files else "")


def _record_row(one: SignedRecord, files: Collection[str]) -> Row:
    name, file = PAPER_WORDS[one.kind], f"{one.kind.value}.yaml"
    if one.problem:
        return Row(name, "inconclusive", "Not read", one.problem, one.path)
    text = f"{one.outcome or 'no outcome'}, by {one.by or 'nobody'} ({role_words(one.role) or 'no role'})"
    if one.approved_on is not None:
        text += f" on {wording.day_text(one.approved_on)}"
    text += f", until {wording.day_text(one.expires_on)}" if one.expires_on is not None else ", without an end"
    text += f'; for "{one.purpose}"' if one.purpose else ""
    if one.version or one.measured_seconds is not None:
        took = "no time" if one.measured_seconds is None else f"{one.measured_seconds:,} s"
        text += f"; went back to {version_words(one.version)} in {took}"
    file = file if file in files else ""
    if one.signature.verdict is not SignatureVerdict.GOOD:
        why = one.signature.reason or wording.spoken(one.signature.verdict.value)
        return Row(name, "fail", "Signature not good", f"{text}; {why}", one.path, file)
    return Row(name, "muted", "Read, signed", f"{text}; key {one.signature.fingerprint}", one.path, file)


def _rehearsal_rows(inputs: ReleaseInputs) -> Iterator[Row]:
    found = inputs.rehearsal
    if found is None:
        if inputs.spec.smoke is not None:
            yield Row("Rollback rehearsal", "inconclusive", "Not tried", "The version before was not asked the smoke cases.")
        return
    text = f"{version_words(found.version)} answered {found.answered_count:,} of {found.asked_count:,} smoke cases, from start to end in "
    text += f"{wording.amount(found.seconds)} s; {short_digest(found.version_digest) or 'no digest'}"
    if found.problem:
        yield Row("Rollback rehearsal", "inconclusive", "Broke off", f"{found.problem} ({text})")
    else:
        yield Row("Rollback rehearsal", "muted", "Tried", text, wording.time_text(found.at, inputs.system.timezone))


def _budget_rows(inputs: ReleaseInputs) -> Iterator[Row]:
    found, policy = inputs.budget, inputs.policy.error_budget
    if found is None:
        yield Row("Error budget", "muted", "Not set up", "The catalogue names none, so none can freeze a release.")
    elif found.problem:
        yield Row("Error budget", "inconclusive", "Not read", found.problem)
    else:
        text = f"{wording.counted(len(found.minutes_by_day), 'day')} of minutes, {policy.window_days:,} days are looked at; "
        text += f"{policy.budget_minutes:g} minutes may be used in them"
        yield Row("Error budget", "muted", "Read", text)


def _condition_rows(inputs: ReleaseInputs) -> Iterator[Row]:
    zone = inputs.system.timezone
    for one in inputs.holds:
        text = f"set by {one.by} for issue {one.issue_id}: {one.reason}"
        yield Row("Preservation hold", "fail", "In force", text, f"since {wording.time_text(one.set_at, zone)}")
    for artifact, serving in ((inputs.spec.artifact, inputs.in_force), *sorted(inputs.others.items())):
        told = listed([f"{version_words(one.version)} ({one.share_percent} %)" for one in serving], 5)
        tone, state = ("muted", "Read") if told else ("inconclusive", "Not known")
        yield Row(f"In force now: {artifact}", tone, state, told or "Nobody recorded what is in force.")


def gap_rows(decision: ReleaseDecision) -> list[Row]:
    """Return what was not evaluated: what keeps the release open first, then what policy or catalogue do not ask for."""
    open_ones = [one for one in decision.findings if one.blocking and counted_verdict(one) is Verdict.INCONCLUSIVE]
    return [
        *(
            Row(f"{wording.spoken(one.check)}: {one.subject}", "inconclusive", wording.spoken(one.reason_code), one.reason)
            for one in open_ones
        ),
        *(Row(wording.spoken(one.subject), "muted", wording.spoken(one.reason_code), one.reason) for one in decision.not_evaluated),
    ]


def finding_rows(findings: Sequence[Finding]) -> list[Row]:
    """Return what the checks found, what failed first."""
    ordered = sorted(findings, key=lambda one: (_ORDER.index(counted_verdict(one)), not one.blocking))
    return [_finding_row(one) for one in ordered]


def _finding_row(one: Finding) -> Row:
    verdict = counted_verdict(one)
    name, note = wording.spoken(one.reason_code), f"{wording.spoken(one.check)}: {one.subject}"
    if verdict is Verdict.PASS:
        return Row(name, "pass", "As it should be", one.reason, note)
    return Row(name, verdict.value if one.blocking else "muted", STATE_WORDS[verdict] if one.blocking else "Told", one.reason, note)
