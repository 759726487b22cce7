"""Acts of people on what watching predictions found: may this person do it, and is there anything to do it to?

Put here what every act requires, and what closing a request requires beside it. Freezing a reference is ``reference_freeze.py``, starting
a training ``training_start.py``; which requests there are is ``retraining.py``.

The rules, all of them told at once:
 * The request is one that the ledger knows, and no other begins like it; nothing else can be told of one that is not known.
 * Somebody named acts, in a role that they hold for the system (``work/actor.py``) and that the policy table ``acts`` names for it.
 * The reason is not empty, and holds no personal data (``work/contents.py``).
 * Closing: the request is open. What was retrained names the version that came of it, and nothing else names one.
The same close by the same person is no second event: doing it again after a run was cut off says which event it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.work.actor import find_actor_refusals
from checks.work.contents import find_document_refusals
from checks.work.nearest import nearest
from registry.domain.canonical import plain
from registry.domain.events import Event, EventKind
from registry.domain.times import local_date
from registry.domain.trigger_acts import ActDecision, ActPlan, KnownRequest, RequestOutcome, find_requests
from registry.domain.work import Refusal


def judge_request_close(plan: ActPlan, requests: Sequence[KnownRequest]) -> ActDecision:
    """Return whether the plan's request may be closed as it says, and the event if so."""
    request = meant_request(plan, requests)
    if request is None:
        return ActDecision(plan, (unknown_request(plan, requests),))
    said = {**_said(plan, request), "by": plan.by}
    if request.closed == said:
        return ActDecision(plan, (), request=request, repeated=request.close_event)
    refusals = (*find_common(plan, request.system_id), *find_closed(request), *_find_version(plan))
    return decided(plan, refusals, EventKind.REQUEST_CLOSED, request)


def decided(plan: ActPlan, refusals: tuple[Refusal, ...], kind: EventKind, request: KnownRequest) -> ActDecision:
    """Return the act refused, or with its event."""
    if refusals:
        return ActDecision(plan, refusals, request=request)
    system = plan.system(request.system_id)
    event = Event(
        kind=kind,
        system_id=request.system_id,
        subject=request.request_id,
        as_of=plan.as_of,
        business_date=local_date(plan.as_of, system.timezone if system else plan.zone),
        body=_said(plan, request),
        actor=plan.by,
    )
    return ActDecision(plan, (), event, request)


def _said(plan: ActPlan, request: KnownRequest) -> dict[str, object]:
    document = {name: value for name, value in plain(plan.document).items() if name != "request"}
    return {**document, "request_id": request.request_id, "role": plan.role.value, "approval": "asserted"}


def meant_request(plan: ActPlan, requests: Sequence[KnownRequest]) -> KnownRequest | None:
    """Return the request that the plan's document means; None where there is none, or more than one."""
    found = find_requests(plan.document.request, requests)
    return found[0] if len(found) == 1 else None


def unknown_request(plan: ActPlan, requests: Sequence[KnownRequest]) -> Refusal:
    """Return why no request can be told from what the plan's document names."""
    name, meant = plan.document.request, find_requests(plan.document.request, requests)
    if meant:
        listed = ", ".join(one.request_id for one in meant)
        return Refusal("ambiguous_request", f"request: expected the beginning of one id, found that of {listed}", "write more of it")
    near = nearest(name, (one.request_id for one in requests if one.is_open) if any(one.is_open for one in requests) else ())
    remedy = f"did you mean {near}? " if near else "there is none open; "
    return Refusal("unknown_request", f"request: expected one that was made, found {name!r}", f"{remedy}see `proofloop triggers list`")


def find_common(plan: ActPlan, system_id: str) -> Iterator[Refusal]:
    """Yield what is missing before anybody may act at all."""
    yield from find_actor_refusals(plan.by, plan.role, system_id, plan.system(system_id), plan.deputies)
    if plan.role not in plan.roles:
        listed = ", ".join(plan.roles) or "nobody"
        reason = f"{plan.kind}: expected one of {listed}, as the policy table acts says, found {plan.role}"
        yield Refusal("wrong_role", reason, "ask one of them to do it")
    if not plan.document.reason.strip():
        yield Refusal("no_reason", "reason: expected why, found nothing", "say it in a sentence")
    yield from find_document_refusals(plan.document, plan.as_of, plan.redacted_kinds)


def find_closed(request: KnownRequest) -> Iterator[Refusal]:
    """Yield the refusal of a request that is done with."""
    if request.closed is not None:
        found = f"one that {request.closed['by']} closed as {request.closed['outcome']} (event {request.close_event})"
        yield Refusal(
            "already_closed", f"request: expected an open one, found {found}", "wait for the next request, or note it on the issue"
        )


def _find_version(plan: ActPlan) -> Iterator[Refusal]:
    outcome, version = plan.document.outcome, plan.document.version.strip()
    if outcome is RequestOutcome.RETRAINED and not version:
        yield Refusal("no_version", "version: expected the version that was trained, found nothing", "name it")
    if outcome is not RequestOutcome.RETRAINED and version:
        reason = f"version: expected none where the outcome is {outcome}, found {version!r}"
        yield Refusal("needless_version", reason, "leave it out, or say that it was retrained")
