"""The page of a gate decision: may this candidate replace the champion? For a model risk reviewer and a release lead, who do not code.

Page one holds the verdict, why, what is asked of whom, what was counted, what is pinned and what was not evaluated; then the forest
plot, every comparison in numbers, and the cases lost and won. Put here what this page shows; order and words are ``gate_view``,
``gate_cases_view``, ``gate_summary`` and ``gate_words``, markup is the template's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import MetricKind
from registry.domain.feed import FileRef
from registry.domain.gate import GateDecision, GateInputs
from reports import gate_asks as asks
from reports import gate_cases_view as cases_view
from reports import gate_summary as summary
from reports import gate_view as view
from reports import gate_words as words
from reports import triggers_words, wording
from reports.forest_plot import SHAPE_WORDS, legend_mark
from reports.gate_bundle import bundle_rows
from reports.rendering import is_package_file, render_page

MAX_ROWS, MAX_POWER_ROWS = 60, 24
MAX_PRINTED = 24  # folded rows in numbers that go on paper; gate.css hides the others
# Findings that pass, and what a reader should take from that; any other passes as it should be, or is only told.
_AS_IT_SHOULD_BE = frozenset(
    {"two_versions", "controls_held", "validated", "critical_cases", "disparity_within", "untaught", "unshared", "level_shown"}
)


@dataclass(frozen=True, slots=True)
class EmptyLine:
    """What stands where a section has nothing to show; a doubt is told in another colour."""

    text: str
    is_doubt: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A finding that is no comparison, as it is read: what it is about, what it came to, and the sentence of the check.

    ``note`` stands below what it is about: of a level, which has the name of its measure, how the candidate stands to it.
    """

    code: str
    tone: str
    state: str
    reason: str
    note: str = ""


def render_gate(
    decision: GateDecision,
    inputs: GateInputs,
    *,
    evidence: Sequence[FileRef] = (),
    record_name: str = "decision.json",
    charts_name: str = "",
) -> bytes:
    """Return the page of ``decision``: the same bytes for the same values.

    ``inputs`` are what it was judged from; outcomes that could not be had are said to be missing. ``evidence`` lists the other files of the
    package (``path`` is the name in it); plain names become links. ``record_name`` is the file of the decision record,
    ``charts_name`` that of a library's rendering (empty: none was asked for); one that is not in the package is said to be missing.
    """
    return render_page(
        "gate.html.j2",
        decision=decision,
        max_rows=MAX_ROWS,
        max_printed=MAX_PRINTED,
        **_verdict_values(decision, inputs),
        **_comparison_values(decision, inputs),
        **_case_values(decision, inputs),
        **_finding_values(decision, inputs),
        **_basis_values(decision, inputs),
        **_package_values(evidence, record_name, charts_name),
    )


def _verdict_values(decision: GateDecision, inputs: GateInputs) -> dict[str, Any]:
    entry = inputs.system
    causes = summary.causes(decision, inputs)
    return {
        "tone": decision.verdict.value,
        "verdict_word": summary.verdict_words(decision),
        "question": summary.question(decision),
        "headline": summary.headline(decision),
        "meaning": summary.meaning(decision),
        "causes": causes[:MAX_ROWS],
        "max_causes": summary.MAX_CAUSES,
        "total_text": summary.total_text(decision, inputs),
        "passed_text": summary.passed_text(decision),
        "small_losses": summary.small_losses(decision, inputs)[:MAX_ROWS],
        "ask": asks.ask(decision, entry),
        "asked_because": inputs.reason,
        "figures": summary.figures(decision, inputs),
        "system_name": entry.name,
        "system_id": entry.system_id,
        "decided_at": wording.time_text(decision.as_of, entry.timezone),
        "decided_utc": wording.time_text(decision.as_of, "UTC"),
    }


def _comparison_values(decision: GateDecision, inputs: GateInputs) -> dict[str, Any]:
    statistics = inputs.policy.statistics
    power = view.power_rows(decision, inputs)
    return {
        "measures": view.measures(decision, inputs),
        "legend": [(legend_mark(shape), SHAPE_WORDS[shape]) for shape in view.shapes(decision)],
        "outside": f"{100 * statistics.false_pass_probability:g}",
        "false_alarm": f"{100 * statistics.false_alarm_probability:g}",
        "power": power[:MAX_POWER_ROWS],
        "power_left_out": max(0, len(power) - MAX_POWER_ROWS),
        "target_power": f"{100 * statistics.target_power:g}",
    }


def _case_values(decision: GateDecision, inputs: GateInputs) -> dict[str, Any]:
    lost, won = cases_view.lost_and_won(decision, inputs)
    return {
        "lost": lost,
        "won": won,
        "segment_columns": ", ".join(inputs.cases.segments) if inputs.cases else "",
        "has_passed": any(one.kind is MetricKind.PASSED for one in inputs.spec.metrics),
        "is_free_text": not inputs.spec.answers,
        "has_labels": bool(inputs.cases and inputs.cases.labels),
        "tallies": cases_view.tallies(inputs),
        "gaps": cases_view.gate_gaps(decision, inputs),
    }


def _finding_values(decision: GateDecision, inputs: GateInputs) -> dict[str, Any]:
    compared = {(one.metric, one.segment.name) for one in decision.comparisons}
    others = [one for one in decision.findings if (one.check, one.subject) not in compared]
    critical = [one for one in others if one.check == "critical"]
    fairness = [one for one in others if one.check == "fairness"]
    return {
        "critical": _told(critical),
        "fairness": _told(fairness),
        "levels": [replace(told, code=one.subject, note=told.code) for one, told in _ranked(one for one in others if one.check == "level")],
        "wiring": _told(one for one in others if one.check not in ("critical", "fairness", "level")),
        "critical_line": _empty("the catalogue names none", is_set_up=bool(inputs.spec.critical)),
        "fairness_line": _empty("the catalogue names no groups of customers", is_set_up=bool(inputs.spec.fairness.columns)),
        "looks_text": _looks_text(decision, inputs),
        "is_looked_at_too_often": decision.looks >= inputs.policy.most_looks(on_reserve=decision.on_reserve),
    }


def _told(findings: Iterable[Finding]) -> list[Told]:
    """Return findings as they are read, what failed first."""
    return [told for _, told in _ranked(findings)]


def _ranked(findings: Iterable[Finding]) -> list[tuple[Finding, Told]]:
    order = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)
    ranked = sorted(findings, key=lambda one: (order.index(words.counted_verdict(one)), not one.blocking))
    return [(one, _told_one(one)) for one in ranked]


def _told_one(finding: Finding) -> Told:
    verdict, code = words.counted_verdict(finding), words.reason_words(finding.reason_code)
    if finding.blocking and verdict is not Verdict.PASS:
        tone, state = verdict.value, "Fails the candidate" if verdict is Verdict.FAIL else "Blocks until repaired"
    elif finding.reason_code == "too_few":
        tone, state = "inconclusive", "Not evaluated"
    elif verdict is Verdict.PASS and finding.reason_code in _AS_IT_SHOULD_BE:
        tone, state = "pass", "As it should be"
    else:
        tone, state = "muted", "Told, does not block"
    return Told(code[:1].upper() + code[1:], tone, state, finding.reason)


def _empty(missing: str, *, is_set_up: bool) -> EmptyLine:
    return EmptyLine("Set up, and not looked at.", is_doubt=True) if is_set_up else EmptyLine(f"Not set up: {missing}.", is_doubt=False)


def _looks_text(decision: GateDecision, inputs: GateInputs) -> str:
    looks, most = decision.looks, inputs.policy.most_looks(on_reserve=decision.on_reserve)
    name = "reserve, which is kept for last decisions," if decision.on_reserve else "locked set"
    before = f"was looked at {wording.counted(looks, 'time')} before, by other candidates or other outcomes"
    text = f"This {name} {before if looks else 'was not looked at before'}; policy allows {most:,}."
    advice = " A set that is looked at often is learned by those who look: lock a new one" + (" now." if looks >= most else " soon.")
    return text + (advice if looks * 2 >= most else "")


def _basis_values(decision: GateDecision, inputs: GateInputs) -> dict[str, Any]:
    short = triggers_words.short_digest
    return {
        "versions": [(role, one, short(one.digest)) for role, one in (("Candidate", decision.candidate), ("Champion", decision.champion))],
        "bundle": bundle_rows(decision),
        "set_name": "Reserve" if decision.on_reserve else "Locked set",
        "set_digest": decision.set_digest or inputs.spec.set_digest,
        "short_set": short(decision.set_digest) if decision.set_digest else "",
        "short_policy": short(decision.policy_digest),
        "inputs": [(item.name, item.digest) for item in decision.inputs],
    }


def _package_values(evidence: Sequence[FileRef], record_name: str, charts_name: str) -> dict[str, Any]:
    return {
        "files": frozenset(file.path for file in evidence if is_package_file(file.path)),
        "package": [(file.path, file.digest) for file in evidence],
        "record_name": record_name,
        "charts": (charts_name,) if charts_name else (),
    }
