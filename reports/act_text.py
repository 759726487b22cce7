"""What is said of acts on references and requests, as lines: what became of one, and which requests and conditions stand.

Put the wording of acts here, for the terminal and for the Prefect page alike.
"""

from __future__ import annotations

from registry.domain.trigger_acts import ActKind, ActResult, KnownRequest
from registry.domain.work import Refusal
from reports.condition_words import plain_reason

_SHORT = 19  # "sha256:" and twelve digits: enough to name one of millions


def short_id(request_id: str) -> str:
    """Return enough of a request's id to name it.

    >>> short_id("sha256:" + "0123456789abcdef" * 4)
    'sha256:0123456789ab'
    """
    return request_id[:_SHORT]


def act_lines(result: ActResult) -> list[str]:
    """Return what became of an act."""
    plan, request = result.decision.plan, result.decision.request
    if not result.seq:
        return [f"refused: {_subject(result)}; nothing was recorded", *refusal_lines(result.decision.refusals)]
    word = f"had been recorded before as event {result.seq}" if result.decision.repeated else f"recorded as event {result.seq}"
    if plan.kind is ActKind.CLOSE:
        version = f" with version {plan.document.version}" if plan.document.version else ""
        return [f"{_subject(result)}: {plan.document.outcome}{version}, {word}"]
    if plan.kind is ActKind.START and request is not None:
        run = f"run {result.run} of Prefect" if result.run else "no run yet: do it again"
        return [
            f"{_subject(result)}: started, {word}; {run}",
            f"  data of {request.data_from} to {request.data_to}; nothing is promoted: evaluate what comes of it, then close the request",
        ]
    frozen = f"  {result.reference_digest}; windows judged from now on are compared with it"
    return [f"{_subject(result)}: {word}", frozen, *(f"  not sealed yet: {finding.reason}" for finding in result.pending)]


def request_state(request: KnownRequest) -> str:
    """Return how far a request is, and why it was made."""
    if request.closed is not None:
        version = f" ({request.closed['version']})" if request.closed.get("version") else ""
        return f"closed by {request.closed['by']}: {request.closed['outcome'].replace('_', ' ')}{version}: {request.closed['reason']}"
    if request.started is not None:
        return f"training started by {request.started['by']}: {plain_reason(request.reason)}"
    return f"open: {plain_reason(request.reason)}"


def refusal_lines(refusals: tuple[Refusal, ...]) -> list[str]:
    """Return each refusal with its remedy below it."""
    return [line for refusal in refusals for line in (f"  {refusal.reason}", f"    -> {refusal.remedy}")]


def _subject(result: ActResult) -> str:
    plan, request = result.decision.plan, result.decision.request
    if plan.kind is ActKind.FREEZE:
        return f"reference of {plan.system_id}"
    return f"request {_named(request)}" if request else f"request {plan.document.request}"


def _named(request: KnownRequest) -> str:
    return f"{short_id(request.request_id)} of {request.system_id} to {request.action.replace('_', ' ')}"
