"""Was a version taught the cases that it is examined on? Cases of the locked set that stand in recorded training data.

Put here what recorded training data says against the locked set. Reading it is ``registry/sources/evaluation_training.py``.

The rules:
 * One case of the set that stands in it, by its id or by what it asks, is INCONCLUSIVE: what was learned by heart shows nothing of other
   cases. It blocks whichever version was taught it: a champion that knows the answers is no measure either.
 * Data without a row, or with rows that cannot be read, is INCONCLUSIVE: the cases may be in what was not seen.
 * Where it was looked through and no case is in it, that is told. Where the catalogue names none, nothing was looked at: it is listed.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.gate_wiring import CHECK
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.evaluation import TrainingRead
from registry.domain.gate import GateInputs

SUBJECT = "training data"
_NAMED = 5


def find_taught(inputs: GateInputs) -> tuple[Finding, ...]:
    """Return what recorded training data says of the set; nothing where none was read, which is told by who read it."""
    read = inputs.training
    return () if inputs.spec.training is None or read is None else tuple(_found(read, inputs))


def find_untaught(inputs: GateInputs) -> Iterator[NotEvaluated]:
    """Yield that no training data is named, or that some was and could not be read."""
    if inputs.spec.training is None:
        text = "the catalogue names no training data, so nobody knows whether a version was taught the cases of this set; "
        yield NotEvaluated(SUBJECT, "not_configured", text + "name it under evaluation, training")
    elif inputs.training is None:
        yield NotEvaluated(SUBJECT, "no_data", "training data is named and was not looked through")


def _found(read: TrainingRead, inputs: GateInputs) -> Iterator[Finding]:
    taught = tuple(dict.fromkeys((*read.by_id, *read.by_content)))
    total = len(inputs.cases.case_ids) if inputs.cases else 0
    if taught:
        named, more = ", ".join(taught[:_NAMED]), len(taught) - _NAMED
        text = f"expected no case of the set among the {read.row_count:,} rows of training data, found {len(taught):,} of {total:,} "
        text += (
            f"({len(read.by_id):,} by id, {len(read.by_content):,} by what they ask): {named}{f' and {more:,} more' if more > 0 else ''}"
        )
        text += "; train without them, or lock a set that nothing was trained on"
        yield _against("taught_cases", text, value=float(len(taught)), n=total)
    if not read.row_count:
        text = "expected recorded training data, found no row; name the data that the versions were trained on"
        yield _against("no_data", text, n=0)
    if read.unreadable_count:
        text = f"expected rows of training data, found {read.unreadable_count:,} that cannot be read, and cases may be among them; "
        yield _against("malformed_rows", text + "have them corrected where the data is written", n=read.unreadable_count)
    if read.row_count and not taught and not read.unreadable_count:
        by = " or by ".join(name for name, is_asked in _ways(inputs) if is_asked)
        text = f"no case of the set stands among the {read.row_count:,} rows of training data, by {by}"
        yield Finding(CHECK, SUBJECT, Verdict.PASS, "untaught", text, blocking=False, value=0.0, limit=0.0, n=total)


def _ways(inputs: GateInputs) -> Iterator[tuple[str, bool]]:
    training = inputs.spec.training
    yield "id", bool(training and training.case_id)
    yield "what it asks", bool(training and training.content)


def _against(code: str, text: str, *, n: int, value: float | None = None) -> Finding:
    limit = None if value is None else 0.0
    return Finding(CHECK, SUBJECT, Verdict.INCONCLUSIVE, code, text, value=value, limit=limit, n=n)
