"""Is a closure refused whatever is wrong with it? Every seeded defect, and everything that can be taken away from one that passes.

Put here what must come of spoiled closures; the defects are ``tests/closure_defects.py`` and its neighbours. Run by ``make proof
WHAT=closure``; prints a table, writes it with each defect as JSON, and exits 1 when a row is not as expected.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from checks.closure import judge_closure
from registry.domain.closure import GateStanding, Lack
from registry.domain.decision import Verdict
from registry.domain.signal import Severity
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import StepKind
from tests.closure_builders import a_closure
from tests.closure_defects_computed import DEFECTS
from tests.closure_spoiling import Defect
from tests.closure_story import a_story
from tests.verdict_table import Row, rows_text, write_rows

BUILD = Path("build/proof")
SEVERITIES = (Severity.L2, Severity.L3)


@dataclass(frozen=True, slots=True)
class Refused:
    """One defect as it was judged: ``lack`` is the item that its gate named; None where it did not."""

    defect: Defect
    verdict: Verdict
    lack: Lack | None

    @property
    def ok(self) -> bool:
        return self.verdict is not Verdict.PASS and self.lack is not None


def main() -> int:
    """Judge, compare, print; return the exit code."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    started = time.perf_counter()
    refused = [judged(defect) for defect in DEFECTS]
    rows = [*_honest(), *_by_gate(refused), *_taken_away()]
    report(rows, refused, time.perf_counter() - started)
    return 0 if all(row.ok for row in rows) else 1


def judged(defect: Defect) -> Refused:
    """Return how a spoiled closure was judged, with the item that its gate names."""
    decision = judge_closure(defect.spoil())
    lacks = next(gate.lacks for gate in decision.gates if gate.gate is defect.gate)
    named = (lack for lack in lacks if lack.code == defect.code and defect.names in lack.missing)
    return Refused(defect, decision.verdict, next(named, None))


def _honest() -> Iterator[Row]:
    for severity in SEVERITIES:
        decision = judge_closure(a_closure(severity))
        earned = sum(gate.standing is GateStanding.EARNED for gate in decision.gates)
        ok = decision.verdict is Verdict.PASS and earned == len(ClosureGate)
        yield Row(f"an honest closure at {severity}", "passes, seven gates earned", f"{decision.verdict}, {earned} earned", ok)


def _by_gate(refused: list[Refused]) -> Iterator[Row]:
    for gate in ClosureGate:
        mine = [one for one in refused if one.defect.gate is gate]
        missed = [one.defect.name for one in mine if not one.ok]
        found = f"{len(mine) - len(missed)} refused" + (f"; not: {', '.join(missed)}" if missed else "")
        yield Row(f"{gate}: {len(mine)} seeded defects", "each refused, gate and item named", found, bool(mine) and not missed)


def _taken_away() -> Iterator[Row]:
    """Take one, and two, kinds of steps out of the story: what is left never passes, and never does better than with one less taken."""
    for severity in SEVERITIES:
        story = a_story(severity)
        kinds = [kind for kind in StepKind if story.steps(kind) and kind not in (StepKind.ASSIGN, StepKind.CLASSIFY)]
        singles = {kind: judge_closure(a_closure(severity, story.without(kind))).verdict for kind in kinds}
        pairs = {
            (one, other): judge_closure(a_closure(severity, story.without(one).without(other))).verdict
            for one, other in combinations(kinds, 2)
        }
        passed = [name for name, verdict in (*singles.items(), *pairs.items()) if verdict is Verdict.PASS]
        better = [
            pair for pair, verdict in pairs.items() if verdict is not Verdict.FAIL and Verdict.FAIL in (singles[pair[0]], singles[pair[1]])
        ]
        found = f"{len(passed)} passed, {len(better)} better"
        case = f"steps never taken at {severity}: {len(singles)} alone, {len(pairs)} in twos"
        yield Row(case, "0 passed, 0 better", found, not passed and not better)


def report(rows: list[Row], refused: list[Refused], took: float) -> None:
    """Print the table and write it, with every defect, as JSON."""
    print(rows_text(rows))
    print(f"{len(refused)} seeded defects in {took:.1f} s")
    defects = [
        {"name": one.defect.name, "gate": one.defect.gate, "code": one.defect.code, "verdict": one.verdict, "ok": one.ok}
        | {"missing": one.lack.missing if one.lack else "", "remedy": one.lack.remedy if one.lack else ""}
        for one in refused
    ]
    write_rows(BUILD / "closure.json", rows, took, defects=defects)


if __name__ == "__main__":
    sys.exit(main())
