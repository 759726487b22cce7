"""What of a closure is shown, and in which words: who was affected, what changed, what proves it, and every gate with what it lacks.

Put here what ranks or joins a dossier's values for reading. Who signs is ``dossier_people.py``, the page ``dossier_page.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from registry.domain.closure import ClosureDecision, Dossier, GateStanding, Lack
from registry.domain.decision import Verdict
from registry.domain.evidence_graph import Node, NodeKind
from registry.domain.policy_work import Shows, WorkPolicies
from registry.domain.population import PopulationRead
from registry.domain.recurrence import WindowDecision
from registry.domain.steps import VerificationKind
from registry.domain.work import StepKind, StepTaken
from reports import wording
from reports.document_rows import Rows, document_rows
from reports.triage_summary import Figure
from reports.window_view import OUTCOME_TITLES
from reports.window_view import headline as window_headline

STANDING_WORDS = {
    GateStanding.EARNED: "earned",
    GateStanding.NOT_APPLICABLE: "does not apply, approved",
    GateStanding.RISK_ACCEPTED: "on an accepted risk",
    GateStanding.LACKING: "lacking",
}
_CUSTOMER_NUMBERS = (("contacted_count", "contacted"), ("remediated_count", "restored"), ("excluded_count", "left out, with a reason"))


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate as it is read; ``pieces`` is how many nodes of the evidence graph it rests on."""

    number: int
    name: str
    tone: str
    state: str
    summary: str
    pieces: str
    lacks: tuple[Lack, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document in full: what it is, who handed it in as what and when, its fields, and its digest."""

    heading: str
    by: str
    rows: Rows
    digest: str


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One planned action with the change that carries it out."""

    name: str
    kind: str
    what: str
    change: str
    request: str
    shows: str


@dataclass(frozen=True, slots=True)
class PieceRow:
    """One piece of evidence with its strength and its figures."""

    kind: str
    strength: str
    summary: str
    before: str
    after: str
    by: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackageRow:
    """One sealed package that the closure rests on, as it was checked again."""

    seal: str
    kind: str
    digest: str
    tone: str
    state: str
    recomputed: str


def gate_rows(decision: ClosureDecision) -> tuple[GateRow, ...]:
    """Return the seven gates in their order."""
    return tuple(
        GateRow(
            number,
            wording.spoken(gate.gate.value),
            gate.verdict.value,
            STANDING_WORDS[gate.standing],
            gate.summary,
            wording.counted(len(gate.evidence), "piece of evidence", "pieces of evidence"),
            gate.lacks,
        )
        for number, gate in enumerate(decision.gates, 1)
    )


def figures(dossier: Dossier) -> tuple[Figure, ...]:
    """Return the numbers of page one, each with what it is of."""
    decision, found, window = dossier.decision, dossier.decision.population, dossier.window
    passed = sum(gate.verdict is Verdict.PASS for gate in decision.gates)
    signals, settled = len(dossier.graph.of(NodeKind.SIGNAL)), _settled(found)
    signed = len(dossier.coverage.counted) if dossier.coverage else 0
    identified = (
        f"of {found.distinct_count:,} identified; {found.residual_count:,} not reached" if settled and found else "no list was counted"
    )
    watched = f"of {window.required_days:,} needed" if window else "no window was judged"
    sound = sum(not one.problem for one in dossier.archive.packages)
    return (
        Figure(f"{passed}", "gates passed", f"of {len(decision.gates)}", passed < len(decision.gates)),
        Figure(f"{signals:,}", "signals", "linked in the evidence graph", False),
        Figure(settled or "none", "customers settled", identified, bool(found and found.residual_count)),
        Figure(f"{window.observed_days:,}" if window else "none", "observed days", watched, window is None),
        Figure(f"{sound:,}", "packages as sealed", f"of {len(dossier.archive.packages):,} cited", sound < len(dossier.archive.packages)),
        Figure(f"{signed}", "signed", f"of {len(decision.asked)} asked" if decision.asked else "nobody is asked by policy", False),
    )


def _settled(found: PopulationRead | None) -> str:
    return "" if found is None or found.reason else f"{found.distinct_count - found.residual_count:,}"


def sheet(dossier: Dossier, kind: StepKind, heading: str, zone: str, leave_out: frozenset[str] = frozenset()) -> Sheet | None:
    """Return the newest document of ``kind`` of the present occurrence, or None where nobody handed one in."""
    step = dossier.case.latest(kind)
    return (
        None if step is None else Sheet(heading, by_text(step, zone), document_rows(step.document, zone, leave_out), step.document_digest)
    )


def by_text(step: StepTaken, zone: str) -> str:
    """Return who took a step as what, and when: a name that was typed."""
    return f"{step.by} as {step.role.replace('_', ' ')} (asserted), {wording.time_text(step.at, zone)}, event {step.seq:,}"


def customer_rows(found: PopulationRead | None) -> list[tuple[str, str]]:
    """Return what became of everybody on the counted list, each with its denominator."""
    if found is None or found.reason:
        return []
    of = f"of {found.distinct_count:,}"
    rows = [("identified", f"{found.distinct_count:,} in {found.row_count:,} rows")]
    rows += [(label, f"{getattr(found, name):,} {of}") for name, label in _CUSTOMER_NUMBERS]
    rows.append(("not reached", f"{found.residual_count:,} {of}"))
    rows += [(f"left out: {reason}", f"{count:,} of {found.excluded_count:,}") for reason, count in found.exclusions]
    rows += [(f"not reached: {case}", reason) for case, reason in found.residuals]
    return rows


def action_rows(dossier: Dossier) -> tuple[ActionRow, ...]:
    """Return what was planned, and the change that carries each action out."""
    plan, links = dossier.case.latest(StepKind.PLAN), dossier.case.links()
    return tuple(_action(one, links.get(one.action)) for one in plan.document.actions) if plan else ()


def _action(action: object, link: StepTaken | None) -> ActionRow:
    change = (
        f"{link.document.name} {link.document.version} ({wording.spoken(link.document.artifact.value).lower()})" if link else "no change"
    )
    request = f"{link.document.change_request}, approved by {link.document.approver}" if link else "linked to nothing"
    name, kind, what, proof, again = (getattr(action, field) for field in ("action", "kind", "what", "closure_evidence", "reopen_trigger"))
    return ActionRow(name, kind.value, what, change, request, f"shown by: {proof}" + (f"; it is open again on: {again}" if again else ""))


def piece_rows(dossier: Dossier, work: WorkPolicies, zone: str) -> tuple[PieceRow, ...]:
    """Return the evidence of the present occurrence, oldest first, with the strength that policy gives its kind."""
    rules = {rule.kind: rule for rule in work.evidence}
    rows = []
    for step in reversed(tuple(dossier.case.current(StepKind.ADD_EVIDENCE))):
        one, rule = step.document, rules.get(step.document.kind)
        strength = "no row of the policy" if rule is None else wording.spoken(rule.strength.value)
        if rule is not None and rule.shows is Shows.RECOVERY:
            strength += ", of recovery and not of the fix"
        figures = (f"{one.before} ({one.quality_before.value})", f"{one.after} ({one.quality_after.value})")
        rows.append(PieceRow(_kind(one.kind), strength, one.summary, *figures, by_text(step, zone), one.pointers))
    return tuple(rows)


def _kind(kind: VerificationKind) -> str:
    return wording.spoken(kind.value).replace("Production kri", "Production KRI").replace("Human qa", "Human QA")


def window_line(window: WindowDecision | None) -> str:
    """Return how the newest window ended, in a sentence."""
    return "No window was judged." if window is None else f"{OUTCOME_TITLES[window.outcome]}: {window_headline(window)}."


def package_rows(dossier: Dossier) -> tuple[PackageRow, ...]:
    """Return every package that is cited, what is wrong first."""
    words: Mapping[Verdict, str] = {
        Verdict.PASS: "came out again",
        Verdict.FAIL: "came out otherwise",
        Verdict.INCONCLUSIVE: "not done again",
    }
    ordered = sorted(dossier.archive.packages, key=lambda one: (not one.problem, one.seal, one.bundle_digest))
    return tuple(
        PackageRow(
            f"{one.seal:06d}",
            wording.spoken(one.kind),
            one.bundle_digest,
            "fail" if one.problem or one.recomputed is Verdict.FAIL else "pass",
            one.problem or "as sealed",
            words[one.recomputed] + (f": {one.recomputed_reason}" if one.recomputed_reason else ""),
        )
        for one in ordered
    )


def sealed_in(node: Node) -> str:
    """Return the folder of a node's package in the archive, whatever machine it was read on; what signals tell is sealed with them."""
    if node.package:
        return Path(node.package).name
    return "not sealed yet" if node.event else "with the signals that tell it"
