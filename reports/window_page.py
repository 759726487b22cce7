"""The page of one recurrence window: did it stay away, and does that show anything? For reviewers who do not code.

Page one holds the outcome, why, who must act by when, the numbers with their denominators and what was not evaluated; then the days
drawn, the bound against what may be, the rates before and after, every signal that counts, and what was read. Put here what the page shows;
rows and words are ``window_view.py``, markup is the template's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from registry.domain.exposure import EffectKind
from registry.domain.feed import FileRef
from registry.domain.recurrence import Indicator, Level, Purpose, WindowDecision, WindowInputs
from reports import window_view as view
from reports import wording
from reports.rate_plot import change_rows, level_text
from reports.rendering import is_package_file, render_page
from reports.window_acts import acts
from reports.window_chart import bound_chart, day_kinds, letter, per_thousand, timeline
from reports.window_units import held_text

MAX_ROWS = 30


def render_window(
    decision: WindowDecision,
    inputs: WindowInputs,
    indicators: Sequence[Indicator] = (),
    *,
    evidence: Sequence[FileRef] = (),
    record_name: str = "decision.json",
    run_page: str = "",
) -> bytes:
    """Return the page of ``decision``: the same bytes for the same values.

    ``inputs`` are what it was judged from, ``indicators`` those of its system on that day. ``evidence`` lists other files of the package
    (``path`` is the name in it); plain names become links. ``run_page`` is the page of the run it is part of (empty: none).
    """
    return render_page(
        "window.html.j2",
        decision=decision,
        inputs=inputs,
        max_rows=MAX_ROWS,
        **_first_values(decision, inputs),
        **_drawn_values(decision, inputs),
        **_basis_values(decision, inputs, indicators),
        files=frozenset(name for name in (*(file.path for file in evidence), run_page) if is_package_file(name)),
        package=[(file.path, file.digest) for file in evidence],
        record_name=record_name,
        run_page=run_page,
    )


def _first_values(decision: WindowDecision, inputs: WindowInputs) -> dict[str, Any]:
    return {
        "tone": decision.verdict.value,
        "title": view.OUTCOME_TITLES[decision.outcome],
        "headline": view.headline(decision),
        "meaning": view.meaning(decision),
        "verdict_word": wording.VERDICT_WORDS[decision.verdict],
        "severity_word": wording.SEVERITY_WORDS[decision.severity],
        "date_text": wording.day_text(decision.business_date),
        "decided_at": wording.time_text(decision.as_of, decision.zone),
        "decided_utc": wording.time_text(decision.as_of, "UTC"),
        "data_before_utc": wording.time_text(decision.knowledge_cut.data_before, "UTC"),
        "is_review": decision.purpose is Purpose.EFFECTIVENESS,
        "acts": acts(decision, inputs),
        "figures": view.figures(decision),
        "gaps": decision.not_evaluated,
    }


def _drawn_values(decision: WindowDecision, inputs: WindowInputs) -> dict[str, Any]:
    moments = view.moments(decision, inputs)
    gaps, more_gaps = view.stretches(decision, inputs)
    kinds = day_kinds(inputs, decision)
    return {
        "timeline": timeline(inputs, decision, moments),
        "moments": [(letter(number), wording.day_text(one.on), one.what, one.tone) for number, one in enumerate(moments)],
        "day_counts": {kind: f"{len(days):,}" for kind, days in kinds.items()},
        "stretches": gaps,
        "more_stretches": more_gaps,
        "bound": bound_chart(decision) or "",
        "bound_facts": _bound_facts(decision),
        "changes": change_rows(decision.segments),
        "is_rate": decision.effect.kind is EffectKind.RATE,
    }


def _bound_facts(decision: WindowDecision) -> list[tuple[str, str]]:
    """Return what the bound is made of, so that a reader can redo it."""
    is_rate = decision.effect.kind is EffectKind.RATE
    facts = [("Counted decisions", held_text(decision))] if decision.holder else []
    facts.append(("Before the fix", _level_words(decision.before, decision.unit)))
    if decision.normal is not None:
        facts.append(("Before the issue", _level_words(decision.normal, decision.unit)))
    line = "nothing tells it" if decision.limit is None else f"{per_thousand(decision.limit)} in 1,000"
    why = "what the share may be" if is_rate else "the least that the rate before was, on the lower side of its interval"
    facts.append(("The line", f"{line}: {why}"))
    facts.append(("Since the fix", _level_words(decision.after, decision.unit)))
    if not is_rate:
        asked = "cannot be known" if decision.required_exposure is None else f"{decision.required_exposure:,.1f}"
        facts.append(
            ("Exposure", f"{decision.exposure:,} of {asked} {decision.unit}s that silence needs, on observed days whose reports are in")
        )
    return facts


def _level_words(level: Level, unit: str) -> str:
    count, rate = level_text(level)
    return (
        f"{count} {unit}s on {wording.counted(level.day_count, 'observed day')}: {rate} in 1,000"
        if level.exposure_count
        else f"{count} {unit}s"
    )


def _basis_values(decision: WindowDecision, inputs: WindowInputs, indicators: Sequence[Indicator]) -> dict[str, Any]:
    return {
        "returns": view.seen_rows(decision.occurrences[-MAX_ROWS:], decision.zone),
        "late": view.seen_rows(decision.late[-MAX_ROWS:], decision.zone),
        "lights": [(wording.spoken(one.kind.value), view.LIGHT_TONES[one.light], one.light.value, one.reason) for one in indicators],
        "versions": [(f"{one.artifact} {one.version}", wording.time_text(one.from_at, decision.zone)) for one in inputs.versions],
        "fix_versions": ", ".join(f"{name} {version}" for name, version in sorted(inputs.fix.versions.items())),
        "findings": [(one.verdict.value, wording.spoken(one.check), one.reason) for one in decision.findings],
        "digests": [(item.name, item.digest) for item in decision.inputs],
    }
