"""Is the reserve a set that nobody worked with? Cases of it that stand in the locked set, which everybody did.

Put here what the locked set says against the reserve. Reading it is ``registry/sources/evaluation_training.py``.

The rules:
 * One case of the reserve that stands in the locked set, by its id or by what it asks, is INCONCLUSIVE: a last decision on cases that
   candidates were chosen by is no second opinion.
 * A locked set without a row, or with rows that cannot be read, is INCONCLUSIVE: the cases may be in what was not seen.
 * Where it was looked through and no case is in it, that is told, with how it was looked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.gate_wiring import CHECK
from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import TrainingRead
from registry.domain.gate import GateInputs

SUBJECT = "reserve"
_NAMED = 5


def find_shared(inputs: GateInputs) -> tuple[Finding, ...]:
    """Return what the locked set says of the reserve; nothing where it was not read, which is told by who read it."""
    return () if inputs.shared is None else tuple(_found(inputs.shared, inputs))


def _found(read: TrainingRead, inputs: GateInputs) -> Iterator[Finding]:
    shared = tuple(dict.fromkeys((*read.by_id, *read.by_content)))
    total = len(inputs.cases.case_ids) if inputs.cases else 0
    if shared:
        named, more = ", ".join(shared[:_NAMED]), len(shared) - _NAMED
        text = f"expected no case of the reserve among the {read.row_count:,} of the locked set, found {len(shared):,} of {total:,} "
        text += (
            f"({len(read.by_id):,} by id, {len(read.by_content):,} by what they ask): {named}{f' and {more:,} more' if more > 0 else ''}"
        )
        yield _against("shared_cases", f"{text}; lock a reserve of cases that nobody works with", value=float(len(shared)), n=total)
    if not read.row_count or read.unreadable_count:
        text = f"expected the cases of the locked set, found {read.row_count:,} and {read.unreadable_count:,} that cannot be read; "
        yield _against("set_broken", text + "repair the locked set and lock it anew", n=read.unreadable_count)
    if not shared and read.row_count and not read.unreadable_count:
        by = "id or by what it asks" if inputs.spec.content else "id; what they ask was not compared, as the set has no content"
        text = f"no case of the reserve stands among the {read.row_count:,} of the locked set, by {by}"
        yield Finding(CHECK, SUBJECT, Verdict.PASS, "unshared", text, blocking=False, value=0.0, limit=0.0, n=total)


def _against(code: str, text: str, *, n: int, value: float | None = None) -> Finding:
    limit = None if value is None else 0.0
    return Finding(CHECK, SUBJECT, Verdict.INCONCLUSIVE, code, text, value=value, limit=limit, n=n)
