"""Did two versions make the same of everything, to the last character?

Put here what tells the outcomes of two versions from one version's under two names. Whether the versions are two is
``checks/gate_wiring.py``; a single column that is the other's ``checks/gate_columns.py``.

The rules, over every value that both versions gave:
 * Every column alike, amounts included: the outcomes of one version under two names. FAIL.
 * Answers, scores and what passed alike, amounts not: two good versions may agree on every case, and one version that ran twice takes other
   seconds. Nobody can tell them apart by these outcomes, so it is told, and blocks nothing.
"""

from __future__ import annotations

from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import VersionOutcomes

Columns = list[tuple[tuple[object, ...], tuple[object, ...]]]
Pairs = list[tuple[object, object]]


def find_copied(check: str, champion: VersionOutcomes, candidate: VersionOutcomes) -> Finding:
    """Return whether the candidate's outcomes are the champion's, for ``check``."""
    passed = [(champion.passed[name], candidate.passed.get(name, ())) for name in champion.passed]
    judged = _both_gave([(champion.answers, candidate.answers), (champion.scores, candidate.scores), *passed])
    amounts = _both_gave([(champion.amounts[name], candidate.amounts.get(name, ())) for name in champion.amounts])
    pairs = [*judged, *amounts]
    if pairs and _are_alike(pairs):
        text = f"both versions made the same of all {len(pairs):,} values that both gave, to the last character; "
        text += "look whether the outcomes are those of two versions"
        return Finding(check, "candidate", Verdict.FAIL, "same_outcomes", text, n=len(pairs))
    if judged and _are_alike(judged):
        text = f"both versions answered alike in all {len(judged):,} values that both gave, and only their amounts differ; "
        text += "two versions may agree, and one version that ran twice does: look whether the outcomes are those of two"
        return Finding(check, "candidate", Verdict.PASS, "same_answers", text, blocking=False, n=len(judged))
    text = "another version than the champion" + (", and other outcomes" if pairs else "")
    return Finding(check, "candidate", Verdict.PASS, "two_versions", text, blocking=False, n=len(pairs))


def _both_gave(columns: Columns) -> Pairs:
    paired = (pair for was, is_ in columns for pair in zip(was, is_, strict=False))
    return [pair for pair in paired if pair[0] is not None and pair[1] is not None]


def _are_alike(pairs: Pairs) -> bool:
    return all(was == is_ for was, is_ in pairs)
