"""The page of a trigger decision, one system and one window: for a model risk reviewer and a product owner, who do not code.

Page one holds the verdict, what is asked of whom, what was withheld and what was not judged; then the map, the columns that moved, data
quality and performance. Put here what this page shows and what it leaves out when there is too much; order and words shared with the
terminal and the artifact are ``triggers_view``, ``triggers_summary`` and ``triggers_words``, markup is the template's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from registry.domain.decision import Verdict
from registry.domain.feed import FileRef
from registry.domain.triggers import TriggerDecision, TriggerInputs
from reports import standing_view, triggers_summary, wording
from reports import triggers_view as view
from reports import triggers_words as words
from reports.condition_words import plain_reason
from reports.distribution_view import distributions
from reports.drift_sentences import alarm_sentence, drift_lines
from reports.gaps_view import gaps
from reports.heat_map import BAND_WORDS, heat_map
from reports.performance_view import WIDTH, measure_tables, outcome_lines, outcome_words
from reports.rendering import is_package_file, render_page
from reports.trigger_steps import next_steps

MAX_ROWS, MAX_OPEN = 60, 8


def render_triggers(
    decision: TriggerDecision,
    inputs: TriggerInputs,
    *,
    evidence: Sequence[FileRef] = (),
    record_name: str = "decision.json",
    charts_name: str = "",
) -> bytes:
    """Return the page of ``decision``: the same bytes for the same values.

    ``inputs`` are what it was judged from: system, owners, policies, reference, counts, outcomes and history; what is missing among them is
    said on the page. ``evidence`` lists the other files of the package (``path`` is the name in it); plain names become links.
    ``record_name`` is the file of the decision record, ``charts_name`` that of a library's rendering (empty: none was made).
    """
    return render_page(
        "triggers.html.j2",
        decision=decision,
        max_rows=MAX_ROWS,
        **_verdict_values(decision, inputs),
        **_asked_values(decision, inputs),
        **_drift_values(decision, inputs),
        **_condition_values(decision),
        **_basis_values(decision, inputs),
        **_package_values(evidence, record_name, charts_name),
    )


def _verdict_values(decision: TriggerDecision, inputs: TriggerInputs) -> dict[str, Any]:
    entry = inputs.system.entry
    return {
        "tone": triggers_summary.tone(decision),
        "verdict_word": triggers_summary.verdict_words(decision),
        "headline": triggers_summary.headline(decision),
        "meaning": words.VERDICT_MEANINGS[Verdict.INCONCLUSIVE if triggers_summary.is_unproven(decision) else decision.verdict],
        "figures": triggers_summary.figures(decision, inputs),
        "system_name": entry.name,
        "system_id": entry.system_id,
        "window_text": words.window_text(decision.window, decision.window_kind),
        "window_days": words.days_text(decision.window),
        "zone": entry.timezone,
        "decided_at": wording.time_text(decision.as_of, entry.timezone),
        "decided_utc": wording.time_text(decision.as_of, "UTC"),
        "data_before_utc": wording.time_text(decision.knowledge_cut.data_before, "UTC"),
    }


def _asked_values(decision: TriggerDecision, inputs: TriggerInputs) -> dict[str, Any]:
    return {
        "asks": view.asks(decision, inputs),
        "why_nothing": triggers_summary.why_nothing(decision),
        "withheld": decision.withheld,
        "action_words": words.ACTION_WORDS,
        "earlier": view.earlier_requests(inputs, inputs.system.entry.timezone),
        "gap_groups": _groups(gaps(decision)),
        "gap_count": len(gaps(decision)),
        "triggers": view.ordered_triggers(decision),
        "plain": plain_reason,
        "kind_words": words.KIND_WORDS,
        "score_note": view.score_note(decision, inputs.history),
        "steps": next_steps(decision, inputs),
    }


def _groups(found: Sequence[Any]) -> list[Sequence[Any]]:
    """Return one table, or two where there are many: the second is folded away on a screen."""
    shown = found[:MAX_ROWS]
    return [part for part in (shown[:MAX_OPEN], shown[MAX_OPEN:]) if part]


def _drift_values(decision: TriggerDecision, inputs: TriggerInputs) -> dict[str, Any]:
    drawn, not_drawn = distributions(decision, inputs.reference, inputs.profile)
    in_segments = view.moved_in_segments(decision)
    return {
        "drifts": drift_lines(decision),
        "alarm_sentence": alarm_sentence(decision),
        "heat": heat_map(decision, inputs.history),
        "band_words": BAND_WORDS,
        "segment_groups": _groups(in_segments),
        "segment_count": len(in_segments),
        "drawn": drawn,
        "not_drawn": not_drawn,
        "psi_text": words.psi_text,
    }


def _condition_values(decision: TriggerDecision) -> dict[str, Any]:
    told = {standing_view.parts_of(key)[1:] for key in decision.conditions}
    notes = [one for one in decision.data_quality if (one.subject, one.reason_code) not in told and one.verdict is not Verdict.INCONCLUSIVE]
    return {
        "drift_conditions": _groups(standing_view.conditions(decision, "drift")),
        "data_conditions": _groups(standing_view.conditions(decision, "data_quality")),
        "performance_conditions": _groups(standing_view.conditions(decision, "performance")),
        "data_notes": notes[:MAX_ROWS],
        "measures": measure_tables(decision),
        "chart_width": WIDTH,
    }


def _basis_values(decision: TriggerDecision, inputs: TriggerInputs) -> dict[str, Any]:
    reference = inputs.reference
    return {
        "has_reference": reference is not None,
        "reference_days": words.days_text(reference.profile.window) if reference else "",
        "reference_rows": f"{reference.profile.row_count:,}" if reference else "",
        "reference_digest": words.short_digest(decision.reference_digest) if decision.reference_digest else "none",
        "reference_versions": reference.versions if reference else (),
        "outcome_lines": outcome_lines(inputs),
        "outcome_words": outcome_words(inputs),
        "unmeasured": "" if inputs.system.predictions.label else view.UNMEASURED,
        "undated": inputs.profile.undated_count if inputs.profile else 0,
        "source_digest": words.short_digest(inputs.profile.source_digest) if inputs.profile and inputs.profile.source_digest else "",
        "min_psi": words.psi_text(inputs.policies.drift.min_psi),
        "inputs": [(item.name, item.digest) for item in decision.inputs],
    }


def _package_values(evidence: Sequence[FileRef], record_name: str, charts_name: str) -> dict[str, Any]:
    return {
        "files": frozenset(file.path for file in evidence if is_package_file(file.path)),
        "package": [(file.path, file.digest) for file in evidence],
        "record_name": record_name,
        "charts": (charts_name,) if charts_name else (),
    }
