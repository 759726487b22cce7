"""Fourteen real language models judged in all 182 ordered pairs, and a credit model fitted anew, by the gate with the shipped policies.

Put the expected answers here; the workspaces are ``tests/real/evaluated.py``, the matrix ``tests/real/pairs.py``. Run by
``make real WHAT=gate``; prints a table and the matrix, writes both as JSON and exits 1 when a row is not as expected, 0 with a message
where the data are absent.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from registry.domain.decision import Verdict
from registry.domain.gate import Comparison, ComparisonState, GateDecision
from registry.domain.segments import WHOLE, Segment
from tests.real.evaluated import LOANS_MODELS, ROUTERS, Evaluated, write_workspace
from tests.real.pairs import AS_OF, Pairs, is_by_segment, judge_pairs, matrix, totals
from tests.real.scored import score_loans
from tests.verdict_table import Row, rows_text, write_rows

BUILD = Path("build/real")
EXITS = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 3}
SONNET = "claude-3.5-sonnet"
NAMED = (
    ("gpt-4o", "gpt-4.5-preview"),
    ("gemini-1.5-pro", "gemini-2.0-flash"),
    (SONNET, "claude-3.5-haiku"),
    (SONNET, SONNET),
    (SONNET, "claude-3.7-sonnet"),
)


def main() -> int:
    """Judge, compare, print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    arguments = parser.parse_args()
    if absent := [one.file for one in (ROUTERS, LOANS_MODELS) if not (arguments.data / one.file).is_file()]:
        print(f"skipped: {arguments.data / absent[0]} is not here; name the folder with DATA=")
        return 0
    routers, loans = (_workspace(one, arguments.data) for one in (ROUTERS, LOANS_MODELS))
    started = time.perf_counter()
    judged = judge_pairs(routers, ROUTERS)
    seconds = time.perf_counter() - started
    rows = [*_routers(judged), *_commanded(routers, ROUTERS, NAMED, judged)]
    credit = judge_pairs(loans, LOANS_MODELS)
    pair = (LOANS_MODELS.champion, LOANS_MODELS.versions[-1])
    rows += [*_loans(credit[pair]), *_commanded(loans, LOANS_MODELS, (pair,), credit)]
    scored = score_loans((BUILD / "gate" / "scored").resolve(), arguments.data)
    rows += [*_loans(scored.decision, "loans scored here"), *scored.rows]
    _report(rows, judged, seconds)
    return 0 if all(row.ok for row in rows) else 1


def _workspace(evaluated: Evaluated, data: Path) -> Path:
    root = BUILD / "gate" / evaluated.system_id
    shutil.rmtree(root, ignore_errors=True)
    return write_workspace(root, data, evaluated).resolve()


def _routers(judged: Pairs) -> list[Row]:
    preview, flash, haiku, itself, newer = (judged[pair] for pair in NAMED)
    return [
        _by_segment(preview, "retail_banking"),
        Row(_named(flash), "not PASS", _told(flash), flash.verdict is not Verdict.PASS),
        Row(
            _named(haiku),
            "FAIL of all complaints",
            _told(haiku),
            haiku.verdict is Verdict.FAIL and _of(haiku).state is ComparisonState.WORSE,
        ),
        Row(_named(itself), "a wiring error", _told(itself), itself.verdict is Verdict.FAIL and "same_version" in _codes(itself)),
        _within_margin(newer),
        *_wiring(judged),
        _every_pair(judged),
        _never_hidden(judged),
        _never_itself(judged),
    ]


def _by_segment(decision: GateDecision, product: str) -> Row:
    whole, segment = _of(decision), _of(decision, Segment("product", product))
    is_hidden = whole.state is ComparisonState.NOT_WORSE and segment.state is ComparisonState.WORSE
    found = f"{decision.verdict}: all {_counted(whole)}, {product} {_counted(segment)}"
    return Row(_named(decision), f"not PASS, by {product} alone", found, decision.verdict is not Verdict.PASS and is_hidden)


def _within_margin(decision: GateDecision) -> Row:
    segment = _of(decision, Segment("product", "credit_reporting"))
    (told,) = [one for one in decision.findings if one.subject == segment.segment.name and one.check == segment.metric]
    ok = segment.is_shown and told.reason_code == "loss_within_margin" and decision.verdict is Verdict.PASS
    return Row(
        _named(decision), "credit_reporting told, and within its margin", f"{decision.verdict}: {told.reason_code}: {told.reason}", ok
    )


def _wiring(judged: Pairs) -> Iterator[Row]:
    lite = judged["gpt-4o", "gemini-2.0-flash-lite"]
    for version, answer in (("gpt-4o", "auto_loan"), ("gemini-2.0-flash-lite", "student_loans")):
        told = [one.reason for one in lite.findings if one.reason_code == "off_contract" and one.subject == version]
        yield Row(f"answers of {version}", f"{answer} is told as none of those agreed", "; ".join(told), answer in " ".join(told))
    told = [one.reason for one in lite.findings if one.reason_code == "duplicate_cases"]
    ok = any("16 of 1,000" in one and "3 groups" in one for one in told)
    yield Row("the set", "16 duplicates, 3 groups with conflicting labels", "; ".join(told), ok)


def _every_pair(judged: Pairs) -> Row:
    counted = totals(judged)
    found = ", ".join(f"{count} {verdict}" for verdict, count in counted.items())
    alone = [_of(one) for one in judged.values() if is_by_segment(one)]
    better = sum(one.difference is not None and one.difference.difference > 0 for one in alone)
    found += f"; {len(alone)} fail by products alone, {better} of them with more right answers in all"
    return Row("all ordered pairs", "182 answers", found, sum(counted.values()) == 182)


def _never_hidden(judged: Pairs) -> Row:
    """A total never hides a segment: whatever passed has no comparison that is worse."""
    passed = [one for one in judged.values() if one.verdict is Verdict.PASS]
    hidden = [one for one in passed if any(each.state is ComparisonState.WORSE for each in one.comparisons)]
    return Row("pairs that pass", "none is worse in any product", f"{len(hidden)} of {len(passed)} are", bool(passed) and not hidden)


def _never_itself(judged: Pairs) -> Row:
    alone = [one for (champion, candidate), one in judged.items() if champion == candidate]
    ok = len(alone) == 14 and all(one.verdict is Verdict.FAIL and "same_version" in _codes(one) for one in alone)
    return Row("each model against itself", "14 wiring errors", f"{sum(one.verdict is Verdict.FAIL for one in alone)} FAIL", ok)


def _loans(decision: GateDecision, name: str = "loans") -> Iterator[Row]:
    """A model fitted again on newer loans; two small segments in which it did worse by chance must not keep it back."""
    sixty = Segment("term", "60")
    for metric, segment in (("brier", WHOLE), ("brier", sixty)):
        one = _of(decision, segment, metric)
        better = one.difference is not None and one.difference.low > 0
        yield Row(f"{name}: {metric} of {segment.name}", "better, as shown", _counted(one), better)
    for segment in (Segment("purpose", "wedding"), Segment("addr_state", "MO")):
        found = [one for one in decision.comparisons if one.segment == segment]
        worse = [one.metric for one in found if one.state is ComparisonState.WORSE]
        text = "; ".join(f"{one.metric} {_counted(one)}" for one in found)
        yield Row(f"{name}: {segment.name}", "noise, fails nothing", text, bool(found) and not worse)
    few = sum(one.reason_code == "too_few" for one in decision.not_evaluated)
    text = f"{decision.verdict}, {decision.action}; {few} comparisons have too few loans"
    yield Row(f"{name}: the answer", "PASS", text, decision.verdict is Verdict.PASS)


def _commanded(root: Path, evaluated: Evaluated, pairs: Iterable[tuple[str, str]], judged: Pairs) -> Iterator[Row]:
    """Ask the command for the named pairs, and compare what it answers with what was judged here."""
    for champion, candidate in pairs:
        command = [sys.executable, "-m", "deployments.cli.main", "--workspace", str(root), "gate", evaluated.system_id]
        words = ["--candidate", candidate, "--champion", champion, "--as-of", AS_OF.isoformat(), "--json"]
        done = subprocess.run([*command, *words], capture_output=True, text=True, check=False)
        wanted = judged[champion, candidate].verdict
        ok = done.returncode == EXITS[wanted] and json.loads(done.stdout)["verdict"] == wanted
        found = f"exit code {done.returncode}" + ("" if ok else f": {done.stderr.strip()[-300:]}")
        yield Row(f"proofloop gate: {champion} to {candidate}", f"{wanted}, exit code {EXITS[wanted]}", found, ok)


def _of(decision: GateDecision, segment: Segment = WHOLE, metric: str = "accuracy") -> Comparison:
    return next(one for one in decision.comparisons if (one.metric, one.segment) == (metric, segment))


def _codes(decision: GateDecision) -> set[str]:
    return {one.reason_code for one in decision.findings}


def _named(decision: GateDecision) -> str:
    return f"{decision.champion.version} to {decision.candidate.version}"


def _counted(one: Comparison) -> str:
    if one.difference is None:
        return f"too few: {one.n}"
    differing = f", {one.counts.lost} lost, {one.counts.won} won" if one.counts else ""
    found = one.difference
    return f"{found.champion:.4f} to {found.candidate:.4f} ({one.n}{differing}, p {found.harm_p:.2g}, from {found.low:+.4f})"


def _told(decision: GateDecision) -> str:
    kept = [one.reason for one in decision.findings if one.verdict is decision.verdict and one.verdict is not Verdict.PASS]
    return "; ".join([str(decision.verdict), *kept[:3]])


def _report(rows: Sequence[Row], judged: Pairs, seconds: float) -> None:
    """Print the table and the matrix, and write both as JSON."""
    print(rows_text(rows))
    print(f"{len(judged)} decisions in {seconds:.1f} s, {1000 * seconds / len(judged):.0f} ms each")
    print("\n".join(matrix(judged, ROUTERS.versions)))
    pairs = {f"{champion} to {candidate}": one.verdict for (champion, candidate), one in judged.items()}
    write_rows(BUILD / "gate.json", rows, seconds, pairs=pairs)


if __name__ == "__main__":
    sys.exit(main())
