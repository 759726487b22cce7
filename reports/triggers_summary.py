"""A trigger decision in one line: its verdict in words, what changed in a sentence, why nothing is asked, and the strip of numbers.

Put here what a reader sees before anything else, whatever the medium. The verdict is taken as decided. The terminal and the Prefect
artifact are ``triggers_text``.
"""

from __future__ import annotations

from registry.domain.decision import Verdict
from registry.domain.profile import WHOLE
from registry.domain.triggers import TriggerDecision, TriggerInputs, TriggerKind
from reports import standing_view, wording
from reports import triggers_view as view
from reports import triggers_words as words
from reports.condition_words import plain_reason
from reports.performance_view import ESTIMATED
from reports.triage_summary import Figure

_TOLD_ELSEWHERE = frozenset({TriggerKind.DATA_DRIFT, TriggerKind.PERFORMANCE_DROP, TriggerKind.QUALITY_DROP})


def is_unproven(decision: TriggerDecision) -> bool:
    """Return whether a pass rests on nothing: no row, or no cell that could be judged."""
    return decision.verdict is Verdict.PASS and not (decision.row_count and view.judged(decision.cells))


def tone(decision: TriggerDecision) -> str:
    """Return the colour family of the verdict; an unproven pass is not allowed to look like one."""
    return Verdict.INCONCLUSIVE.value if is_unproven(decision) else decision.verdict.value


def verdict_words(decision: TriggerDecision) -> str:
    """Return the verdict with what it means for requests, in a few words."""
    word = wording.VERDICT_WORDS[decision.verdict]
    if is_unproven(decision):
        return f"{word}, but nothing was judged"
    if decision.requests:
        asked = dict.fromkeys(words.ACTION_WORDS[request.action].lower() for request in decision.requests)
        return f"{word}: {', '.join(asked)}"
    return f"{word}: nothing is asked"


def headline(decision: TriggerDecision) -> str:
    """Return the window in one sentence, what changed first; what is zero is left out."""
    parts = [part for part in (_drift_part(decision), *_condition_parts(decision), *_due_parts(decision), _gap_part(decision)) if part]
    return " ".join(f"{part[:1].upper()}{part[1:]}." for part in parts or [_quiet_part(decision)])


def why_nothing(decision: TriggerDecision) -> str:
    """Return why nothing is asked; only for a decision without a request."""
    if decision.withheld:
        due = [f"{words.ACTION_WORDS[one.action]} was due and is withheld: {plain_reason(one.reason)}." for one in decision.withheld]
        return " ".join(due)
    if not decision.row_count:
        return "There was nothing to judge, so nothing can be asked. Repair what was not evaluated first."
    is_over = any(cell.state == "over" for cell in decision.cells)
    reasons = (
        (
            any(one.reason_code == "standing" for one in decision.triggers),
            "What stands was asked for before. It is asked for once, not every window.",
        ),
        (
            standing_view.standing(decision, "data_quality"),
            "The data are broken or recoded: that goes to the daily triage as an issue about data. Retraining would learn the fault.",
        ),
        (standing_view.standing(decision), "What stands goes to the daily triage as an issue; by the policy it asks for nothing more."),
        (is_over, "A column is over its threshold, not yet for as long as the policy asks before it counts as drift."),
        (decision.verdict is Verdict.INCONCLUSIVE, "No trigger fired among what could be judged; that is no all-clear for what could not."),
    )
    return next((text for holds, text in reasons if holds), "No trigger fired: every column stayed within its threshold.")


def figures(decision: TriggerDecision, inputs: TriggerInputs) -> tuple[Figure, ...]:
    """Return the strip of numbers under the verdict, each with what it is counted out of."""
    cells, judged = decision.cells, view.judged(decision.cells)
    whole = [cell for cell in cells if cell.segment == WHOLE]
    judged_whole = view.judged(whole)
    drifted = {cell.column for cell in view.moved(decision) if cell.state == "drifted" and not view.is_clearing(cell)}
    segments = {cell.segment for cell in cells if cell.segment != WHOLE}
    told = {cell.segment for cell in judged if cell.segment != WHOLE}
    days, all_days = inputs.profile.observed_days if inputs.profile else 0, decision.window.day_count
    return (
        Figure(
            f"{len(drifted):,}",
            f"{_noun(len(drifted), 'column')} drifted",
            f"of {len({cell.column for cell in cells}):,} watched",
            bool(drifted),
        ),
        Figure(
            f"{decision.row_count:,}",
            _noun(decision.row_count, "prediction"),
            f"on {days:,} of {wording.counted(all_days, 'day')}",
            not decision.row_count,
        ),
        Figure(
            f"{len(judged_whole):,}",
            f"{_noun(len(judged_whole), 'column')} judged",
            f"of {len(whole):,}, over all rows",
            len(judged_whole) < len(whole) or not whole,
        ),
        Figure(
            f"{len(told):,}",
            f"{_noun(len(told), 'segment')} judged",
            _of_segments(len(segments), len(told)),
            False,
        ),
        _label_figure(inputs),
        _alarm_figure(decision),
    )


def _noun(count: int, singular: str) -> str:
    return singular if count == 1 else f"{singular}s"


def _of_segments(count: int, judged: int) -> str:
    if not count:
        return "none is watched"
    return f"of {count:,}{'; the others are listed' if judged < count else ''}"


def _label_figure(inputs: TriggerInputs) -> Figure:
    newest = inputs.outcomes[-1].of() if inputs.outcomes else None
    if not inputs.system.predictions.label:
        return Figure("none", "outcomes known", "no label is configured", False)
    if newest is None or not newest.prediction_count:
        return Figure("none", "outcomes known", "of windows that are old enough", False)
    ratio = newest.known_count / newest.prediction_count
    window = words.window_text(inputs.outcomes[-1].window, inputs.window_kind)
    return Figure(f"{100 * ratio:.0f} %", "outcomes known", f"of {newest.prediction_count:,} in {window}", False)


def _alarm_figure(decision: TriggerDecision) -> Figure:
    expected = decision.expected_false_alarms_per_month
    return Figure("not known" if expected is None else _short(expected), "false alarms a month", "expected by chance alone", False)


def _short(expected: float) -> str:
    """Return a figure as ``wording.measure`` does, in the room that a large number has."""
    return wording.measure(expected).replace("below ", "<")


def _drift_part(decision: TriggerDecision) -> str:
    moved = [cell for cell in view.moved(decision) if not view.is_clearing(cell)]
    drifted = [cell for cell in moved if cell.state == "drifted"]
    chosen = drifted or moved
    if not chosen:
        return ""
    whole = list(dict.fromkeys(cell.column for cell in chosen if cell.segment == WHOLE))
    parts = list(dict.fromkeys(cell.column for cell in chosen if cell.segment != WHOLE and cell.column not in whole))
    count, of = len(whole) + len(parts), wording.counted(len({cell.column for cell in decision.cells}), "column")
    named = "; ".join(filter(None, (words.listed(whole), f"in segments only {words.listed(parts)}" if parts else "")))
    return f"{count:,} of {of} {'drifted' if drifted else 'over the threshold, not yet for long enough'}: {named}"


def _condition_parts(decision: TriggerDecision) -> list[str]:
    data = list(dict.fromkeys(condition_text(one) for one in standing_view.standing(decision, "data_quality")))
    said = [_worse_part(decision), f"broken or recoded data: {words.listed(data)}" if data else ""]
    clearing = [one.subject for one in standing_view.conditions(decision, "drift") if one.stage is standing_view.Stage.CLEARING]
    over = [condition_text(one) for one in standing_view.conditions(decision) if one.stage is standing_view.Stage.OVER]
    said.append(f"clearing: {words.listed(clearing)}" if clearing else "")
    ended = [condition_text(one) for one in standing_view.conditions(decision) if one.stage is standing_view.Stage.SUPERSEDED]
    said.append(f"superseded by another reference: {words.listed(list(dict.fromkeys(ended)))}" if ended else "")
    return [*said, f"no longer found: {words.listed(list(dict.fromkeys(over)))}" if over else ""]


def _worse_part(decision: TriggerDecision) -> str:
    """Return each measure once, with where it is worse."""
    segments: dict[str, list[str]] = {}
    for one in standing_view.standing(decision, "performance"):
        segments.setdefault(one.problem, []).append(one.subject)
    told = "; ".join(f"{problem} in {words.listed(names)}" for problem, names in segments.items())
    return f"the model got worse: {told}" if told else ""


def _due_parts(decision: TriggerDecision) -> list[str]:
    """Return why a trigger fired that tells nothing of drift or of a loss, which are told as such."""
    return [plain_reason(one.reason) for one in view.fired(decision) if one.kind not in _TOLD_ELSEWHERE]


def condition_text(one: standing_view.Standing) -> str:
    """Return a condition in a few words."""
    return f"{one.subject} ({one.problem or 'drift'})"


def _gap_part(decision: TriggerDecision) -> str:
    whole = [cell for cell in decision.cells if cell.segment == WHOLE]
    if not decision.row_count:
        return "no prediction to judge"
    untold = len(whole) - len(view.judged(whole)) - sum(view.is_explained(cell) for cell in whole if cell.state == "not_evaluated")
    return f"{untold:,} of {wording.counted(len(whole), 'column')} not evaluated" if untold > 0 else "" if whole else "no column was judged"


def _quiet_part(decision: TriggerDecision) -> str:
    count = len({cell.column for cell in view.judged(decision.cells)})
    return f"{wording.counted(count, 'column')} judged, none drifted, nothing broken, {_performance_word(decision)}"


def _performance_word(decision: TriggerDecision) -> str:
    """Return what is known of performance where nothing is worse: that nobody could look is not the same."""
    if view.is_unmeasured(decision):
        return "performance not measured"
    return "nothing worse" if any(one.reason_code != ESTIMATED for one in decision.performance) else "no outcomes yet to judge by"
