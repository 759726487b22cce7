"""The closure dossier: one page that a regulator reads alone, from what happened to what remains.

Page one holds the verdict, why, who must act by when, the numbers with their denominators and what was not evaluated; then what happened,
who was affected, the cause, what changed, the proof, the seven gates, who signed, what remains, the evidence graph and every package that
is cited. Put here what the page shows and in which order; rows are ``dossier_view.py`` and ``dossier_people.py``, markup is the template's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from registry.domain.closure import Dossier
from registry.domain.decision import Verdict
from registry.domain.evidence_graph import NodeKind, missing_nodes
from registry.domain.feed import FileRef
from registry.domain.policy_work import WorkPolicies
from registry.domain.work import StepKind
from reports import dossier_people as people
from reports import dossier_view as view
from reports import wording
from reports.document_rows import chunks
from reports.graph_chart import graph_svg, kind_word
from reports.rate_plot import change_rows
from reports.rendering import is_package_file, render_page

MAX_ROWS, MAX_NODES = 60, 400
_MEANINGS = {
    Verdict.PASS: "All seven gates pass on this evidence. People sign; with the last signature that is asked the issue is closed.",
    Verdict.INCONCLUSIVE: "Not everything that a closure needs is shown. The issue stays open until it is.",
    Verdict.FAIL: "Something speaks against closing. The issue stays open.",
}
_TITLES = {Verdict.PASS: "Proposed for closure", Verdict.INCONCLUSIVE: "Not closed: evidence lacks", Verdict.FAIL: "Not closed"}


def render_dossier(
    dossier: Dossier, work: WorkPolicies, zone: str, *, evidence: Sequence[FileRef] = (), record_name: str = "decision.json"
) -> bytes:
    """Return the page of ``dossier``: the same bytes for the same values.

    ``work`` says how strong a kind of evidence is. ``evidence`` lists the other files of the package (``path`` is the name in it); plain
    names become links. ``record_name`` is the file of the decision record.
    """
    return render_page(
        "dossier.html.j2",
        decision=dossier.decision,
        max_rows=MAX_ROWS,
        **_first_values(dossier, zone),
        **_story_values(dossier, zone),
        **_proof_values(dossier, work, zone),
        **_people_values(dossier, zone),
        **_graph_values(dossier, zone),
        package=[(file.path, file.digest) for file in evidence],
        files=frozenset(file.path for file in evidence if is_package_file(file.path)),
        record_name=record_name,
    )


def _first_values(dossier: Dossier, zone: str) -> dict[str, Any]:
    decision = dossier.decision
    acts, more_acts = people.acts(dossier)
    closed = wording.time_text(dossier.closed_at, zone) if dossier.closed_at else ""
    return {
        "tone": decision.verdict.value,
        "title": f"Closed {closed}" if closed else _TITLES[decision.verdict],
        "closed": closed,
        "meaning": _MEANINGS[decision.verdict],
        "lacking": [(wording.spoken(gate.gate.value), gate.summary) for gate in decision.gates if gate.verdict is not Verdict.PASS],
        "severity_word": wording.SEVERITY_WORDS[decision.severity],
        "date_text": wording.day_text(decision.business_date),
        "decided_at": wording.time_text(decision.as_of, zone),
        "decided_utc": wording.time_text(decision.as_of, "UTC"),
        "data_before_utc": wording.time_text(decision.knowledge_cut.data_before, "UTC"),
        "figures": view.figures(dossier),
        "acts": acts,
        "more_acts": more_acts,
        "gaps": decision.not_evaluated,
        "gates": view.gate_rows(decision),
    }


def _story_values(dossier: Dossier, zone: str) -> dict[str, Any]:
    issue = dossier.case.issue
    waived = list(dossier.case.current(StepKind.NOT_APPLICABLE))
    return {
        "issue": issue,
        "opened_at": wording.time_text(issue.opened_at, zone),
        "signal_count": f"{len(dossier.graph.of(NodeKind.SIGNAL)):,}",
        "scope": view.sheet(dossier, StepKind.SCOPE, "Scope", zone),
        "classified": view.sheet(dossier, StepKind.CLASSIFY, "Severity", zone),
        "contained": view.sheet(dossier, StepKind.CONTAIN, "Containment", zone),
        "customers": view.customer_rows(dossier.decision.population),
        "uncounted": (dossier.decision.population.reason if dossier.decision.population else "")
        or "No list of affected customers was counted.",
        "bad_rows": dossier.decision.population.bad_rows if dossier.decision.population else (),
        "recovery": view.sheet(dossier, StepKind.RECOVERY, "Recovery", zone),
        "waived": [(step.document.gate.value, step.document.reason, view.by_text(step, zone)) for step in waived],
        "cause": view.sheet(dossier, StepKind.ROOT_CAUSE, "Root cause", zone),
        "actions": view.action_rows(dossier),
        "released": view.sheet(dossier, StepKind.IMPLEMENT, "Release", zone),
    }


def _proof_values(dossier: Dossier, work: WorkPolicies, zone: str) -> dict[str, Any]:
    decision, window = dossier.decision, dossier.window
    return {
        "pieces": view.piece_rows(dossier, work, zone),
        "changes": change_rows(decision.before_after),
        "shared": change_rows(
            [one.change for one in decision.shared], [f"{one.system_id}, {one.artifact} {one.version}" for one in decision.shared]
        ),
        "unit": f"{window.unit}s" if window and window.unit else "observed days",
        "window": window_values(dossier),
        "packages": view.package_rows(dossier),
        "archive": dossier.archive,
        "digests": [(item.name, item.digest) for item in decision.inputs],
    }


def window_values(dossier: Dossier) -> dict[str, str]:
    """Return how the window ended in words, and the tone to say it in."""
    tone = dossier.window.verdict.value if dossier.window else "inconclusive"
    return {"tone": tone, "line": view.window_line(dossier.window), "missing": "; ".join(dossier.window.missing) if dossier.window else ""}


def _people_values(dossier: Dossier, zone: str) -> dict[str, Any]:
    risk = view.sheet(dossier, StepKind.ACCEPT_RISK, "Accepted risk", zone)
    return {
        "signers": people.signers(dossier, zone),
        "earlier": people.earlier_approvals(dossier, zone),
        "is_proposed": dossier.coverage is not None,
        "residual": chunks(dossier.decision.residual) if dossier.decision.residual else (),
        "risk": risk,
        "reviews": [
            (step.document.forum, step.document.conclusion.value, step.document.observed, view.by_text(step, zone))
            for step in dossier.case.current(StepKind.REVIEW)
        ],
    }


def _graph_values(dossier: Dossier, zone: str) -> dict[str, Any]:
    nodes = [node for node in dossier.graph.nodes if node.kind is not NodeKind.SIGNAL]
    anchors = {node.node_id: f"n{number}" for number, node in enumerate(nodes[:MAX_NODES])}
    gaps = missing_nodes(dossier.graph, dossier.case.issue.state)
    rows = [
        (
            f"n{number}",
            kind_word(node.kind),
            node,
            wording.time_text(node.at, zone) if node.at else "",
            view.sealed_in(node),
        )
        for number, node in enumerate(nodes[:MAX_NODES])
    ]
    return {
        "drawing": graph_svg(dossier.graph, gaps, anchors),
        "nodes": rows,
        "more_nodes": max(0, len(nodes) - MAX_NODES),
        "graph_gaps": [(kind_word(gap.kind), gap.reason) for gap in gaps],
    }
