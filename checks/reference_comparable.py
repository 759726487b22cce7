"""Whether a window may be compared with its reference at all: another model's rows, or the reference's own.

Put a rule here when what it finds is no difference of columns but makes the comparison mean nothing. Descriptions of the predictions are
compared in ``reference_description.py``.

The rules, in order:
 * Rows that a version of the model decided which the reference has no row of: INCONCLUSIVE, ``new_version``. Another model's scores are no
   measure of this one's, whether they look alike or not. Rows without a version are told the same way, where the reference has none. At
   most ``max_other_version_ratio`` of the rows (a shadow call, a retry) are told and do not block: so few say nothing of the others.
 * The same rows: every count, range and total of every cell is the reference's. INCONCLUSIVE, ``same_rows``: what is compared with itself
   never passes. A number without a known total cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.data_quality_pair import percent
from registry.domain.decision import Finding, Verdict
from registry.domain.drift_sample import ColumnKind
from registry.domain.policy_triggers import DataQualityPolicy
from registry.domain.profile import CellCounts, ReferenceProfile, WindowProfile

CHECK = "reference"


def find_incomparable(reference: ReferenceProfile, profile: WindowProfile, policy: DataQualityPolicy) -> Iterator[Finding]:
    """Yield why the window's comparison with its reference means nothing."""
    yield from _new_versions(reference, profile, policy.max_other_version_ratio)
    if _is_the_same(reference, profile):
        text = f"all {len(profile.cells)} cells have the counts, ranges and totals of the reference, expected other rows; see whether the "
        text += "export repeats the reference's days under later dates"
        yield Finding(CHECK, "rows", Verdict.INCONCLUSIVE, "same_rows", text, n=profile.row_count)


def _new_versions(reference: ReferenceProfile, profile: WindowProfile, limit: float) -> Iterator[Finding]:
    known = dict(reference.profile.versions)
    new = [(name, count) for name, count in profile.versions if name not in known]
    if not new:
        return
    found = ", ".join(f"{count:,} by {name or 'no version'}" for name, count in new)
    text = f"of {profile.row_count:,} rows {found}, expected {' or '.join(sorted(name or 'no version' for name in known)) or 'none'} as in "
    share = sum(count for _, count in new) / profile.row_count
    if is_blocking := share > limit:
        text += f"the reference; once it has served for long enough, freeze anew with `proofloop triggers freeze {reference.system_id}`"
    else:
        text += f"the reference; at most {percent(limit)} of the rows, too few to be in the way of comparing the others"
    yield Finding(CHECK, "versions", Verdict.INCONCLUSIVE, "new_version", text, is_blocking, share, limit=limit, n=profile.row_count)


def _is_the_same(reference: ReferenceProfile, profile: WindowProfile) -> bool:
    if not profile.row_count or profile.row_count != reference.profile.row_count:
        return False
    numbers = {bins.name for bins in reference.columns if bins.kind is ColumnKind.NUMBER}
    before = {(cell.column, cell.segment): cell for cell in reference.profile.cells}
    now = {(cell.column, cell.segment): cell for cell in profile.cells}
    return bool(now) and before == now and not any(_is_untold(cell) for cell in profile.cells if cell.column in numbers)


def _is_untold(cell: CellCounts) -> bool:
    return cell.total is None and cell.value_count > 0
