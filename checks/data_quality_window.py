"""A window as a whole: are its rows there, all of them, with their columns and their days?

Put a rule here when it judges the rows of a window before any column's values.

The rules, in order:
 * Empty: no row at all. Nothing can be judged; INCONCLUSIVE, never quiet. Where the reference has none on such days either it is called
   ``usual_gap``, and nothing more is waited for.
 * Stale: the data were read before the window's last day had ended; its rows may still be coming. INCONCLUSIVE.
 * Missing column: a column of the reference is not in the source at all.
 * Undated rows: rows without a readable time that the reference did not have are more than ``max_missing_rise_ratio`` of the window's rows:
   they belong to no window, so this one may lack them.
 * Its days: the feed stopped, most rows are missing, or few of the usual days are there (``data_quality_days.py``).
 * Incomplete: where rows may still come, or get their times, or were written twice (``duplicates.py``), the window is judged by what is
   there and read again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime

from checks.data_quality_days import find_few_days, find_stop, find_volume_drop, is_usual_gap
from checks.data_quality_pair import Problem, percent
from checks.shares import is_more
from registry.domain.decision import Finding, Verdict
from registry.domain.policy_triggers import TriggerPolicies
from registry.domain.profile import ReferenceProfile, WindowProfile
from registry.domain.times import local_date

CHECK = "data_quality"
_INCOMPLETE = frozenset({"empty_window", "stale", "volume_drop", "few_days", "undated_rows", "duplicates"})


def find_window_problems(
    reference: ReferenceProfile,
    profile: WindowProfile,
    policies: TriggerPolicies,
    level: float,
    data_before: datetime | None,
    closed_on: Collection[date] = (),
) -> Iterator[Finding]:
    """Yield what is wrong with a window's rows as a whole; none are expected on the days ``closed_on``."""
    yield from _not_there(reference, profile, data_before, closed_on)
    for column in profile.missing_columns:
        text = f"{column}: the column is not in the source, expected as in the reference; ask the source, or freeze a new reference"
        yield finding_of(column, Problem("missing_column", text, n=profile.row_count))
    for rule, verdict in _RULES:
        problem = rule(reference, profile, policies, level, closed_on)
        if problem is not None:
            yield finding_of("rows", problem, verdict)


def is_incomplete(findings: Iterable[Finding]) -> bool:
    """Return whether rows of the window seem to be missing that may still come, or to be there twice."""
    return any(finding.check == CHECK and finding.subject == "rows" and finding.reason_code in _INCOMPLETE for finding in findings)


def finding_of(subject: str, problem: Problem, verdict: Verdict = Verdict.FAIL) -> Finding:
    """Return a problem as the finding that a decision carries."""
    return Finding(
        check=CHECK,
        subject=subject,
        verdict=verdict,
        reason_code=problem.code,
        reason=problem.text,
        blocking=problem.blocking,
        value=problem.value,
        baseline=problem.baseline,
        limit=problem.limit,
        n=problem.n,
    )


def _not_there(
    reference: ReferenceProfile, profile: WindowProfile, data_before: datetime | None, closed_on: Collection[date]
) -> Iterator[Finding]:
    start_on, end_on = profile.window.start_on, profile.window.end_on
    if profile.row_count == 0:
        code, text = "empty_window", f"no row from {start_on} until {end_on}, expected some; look whether the source delivered"
        text += ", or name the days on which nothing comes in the catalogue (monitoring.closed_on)"
        if is_usual_gap(reference, profile.window, closed_on):
            code, text = "usual_gap", f"no row from {start_on} until {end_on}, as on such days of the reference or on closed ones: "
            text += "nothing to judge"
        yield finding_of("rows", Problem(code, text, 0.0, n=0), Verdict.INCONCLUSIVE)
    if data_before is not None and local_date(data_before, reference.zone) < end_on:
        text = f"the data were read up to {local_date(data_before, reference.zone)}, expected a read after the window's end on {end_on}; "
        text += "read again"
        yield finding_of("rows", Problem("stale", text, n=profile.row_count), Verdict.INCONCLUSIVE)


def _undated(
    reference: ReferenceProfile, profile: WindowProfile, policies: TriggerPolicies, level: float, _: Collection[date]
) -> Problem | None:
    known, rows_before = reference.profile.undated_count, reference.profile.row_count
    # One growing source still holds the rows that it had at the freeze; a source of the window alone has its own, at the reference's rate.
    expected = known if profile.undated_count >= known else round(known * profile.row_count / max(1, rows_before))
    extra = profile.undated_count - expected
    rows, limit = profile.row_count + max(0, extra), policies.data_quality.max_missing_rise_ratio
    if extra <= limit * rows or not is_more(extra, 0, rows, rows_before, level):
        return None
    text = f"{extra:,} rows more than in the reference have no readable time beside {profile.row_count:,} in this window, expected at most "
    text += f"{percent(limit)}; some may belong to it: ask the source for their times"
    return Problem("undated_rows", text, extra / rows, limit, float(expected), rows)


_RULES = (
    (_undated, Verdict.FAIL),
    (find_stop, Verdict.INCONCLUSIVE),
    (find_volume_drop, Verdict.INCONCLUSIVE),
    (find_few_days, Verdict.FAIL),
)
