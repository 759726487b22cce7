"""A run over every issue in verification in one answer: the worst of what it decided, and what stands in its way.

Put here how the decisions of many closures become one verdict. One closure is ``closure.py``, the portfolio ``portfolio.py``.

The rules, strictest first:
 * FAIL: a gate of a closure failed.
 * INCONCLUSIVE: a gate lacks something; or what was found on the way is in doubt (a package that is not sealed yet, a copy that lags).
 * Without an issue in verification there was nothing to judge: INCONCLUSIVE, and it says so.
 * PASS: every closure may be signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from checks.verdict import find_reasons, grouped, judge_overall
from registry.domain.closure import ClosureDecision, Portfolio
from registry.domain.closure_run import ClosureDay, ClosurePlan
from registry.domain.decision import Finding, KnowledgeCut, Reason, Verdict

CLOSURE = "closure"
_ALL = Reason("closable", "every closure that was judged may be signed")
_NOTHING = Finding(CLOSURE, "*", Verdict.INCONCLUSIVE, "no_closure", "no issue is in verification, so no closure could be judged")


def judge_closure_day(
    plan: ClosurePlan, closures: Sequence[ClosureDecision], portfolio: Portfolio, events: int, findings: tuple[Finding, ...] = ()
) -> ClosureDay:
    """Return the summary of a run over ``closures``; ``events`` is the newest event that it knows."""
    systems = {one.system for one in closures}
    day = ClosureDay(
        kind="closure_day",
        system=next(iter(systems)) if len(systems) == 1 else "*",
        as_of=plan.as_of,
        verdict=Verdict.INCONCLUSIVE,
        reasons=(),
        findings=(),
        not_evaluated=(),
        inputs=(),
        policy_digest=plan.policy.digest,
        knowledge_cut=KnowledgeCut(events, plan.data_before),
        business_date=plan.business_date,
        closures=tuple(closures),
        portfolio=portfolio,
    )
    return summarize(day, findings)


def summarize(day: ClosureDay, findings: tuple[Finding, ...]) -> ClosureDay:
    """Return ``day`` with what its closures and ``findings`` of the run add up to."""
    found = (*_of_closures(day.closures), *findings)
    verdict = judge_overall(found)
    return replace(
        day,
        verdict=verdict,
        reasons=(_ALL,) if verdict is Verdict.PASS else grouped(find_reasons(found)),
        findings=found,
        inputs=tuple(dict.fromkeys(digest for closure in day.closures for digest in closure.inputs)),
    )


def _of_closures(closures: Sequence[ClosureDecision]) -> Iterator[Finding]:
    if not closures:
        yield _NOTHING
    for closure in closures:
        lacking = [gate.gate.value.replace("_", " ") for gate in closure.gates if gate.verdict is not Verdict.PASS]
        told = f"{closure.title}: " + (f"{', '.join(lacking)} lacking" if lacking else "all gates passed")
        yield Finding(CLOSURE, closure.issue_id, closure.verdict, f"closure_{closure.verdict}", told, n=len(lacking))
