"""What people did in the bank: two issues worked from their opening to a fix in force, and what was said of one of them afterwards.

Put documents and the order of steps here; the bank and its days are ``recurrence_bank.py``. The causes and changes are told, not known: the
public complaints say what happened to customers and nothing of what was done in the bank. Every count in a document is taken from the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tests.clocks import set_clock
from tests.real.recurrence_bank import FRAUD, HANDLING, MODEL_OWNER, Bank, at
from tests.real.work import APPROVERS, LEAD, MODEL, PLAN, PRODUCT, ROOT_CAUSE, WORKFLOW

_LATE_ANSWERS = """\
confirmed_failure: In June 2021, {late} of {count} complaints got no answer in time; in the month before it were {late_before}.
direct_cause: The router puts every complaint of deposit customers into one queue, whose desk can answer a quarter of those that arrive.
contributing_causes:
  - Two sites were joined in May 2021, and half of the desks of that queue were given up.
control_failure: The weekly count of open complaints adds all queues up, so that one full queue is seen once its complaints are overdue.
family: workflow
evidence: [complaints joined to the issue in the ledger, count of open complaints by queue]
corrective_action: Release router version 2, which spreads the complaints of a full queue over the desks that have places free.
preventive_action: Count open complaints for each queue, with a limit and an alarm of its own.
five_whys:
  - Deadlines passed because complaints waited in a queue for longer than fifteen days.
  - They waited because one queue received four times what its desk can do.
  - It received so many because the router looks at the product and never at the length of the queue.
  - The router was built when each product had a desk that was large enough.
  - Joining two sites is no reason to look at the routing in the procedure.
reach: {{artifacts: [complaint_handling], features: [Product]}}
"""
_FRAUD_FAILURE = (
    "From October 2020 on, holders of benefit cards complained of frozen accounts {after} times in a month, {before} times before."
)


@dataclass(frozen=True, slots=True)
class Fix:
    """One fix: when its work began and when it served, the worksheet of its cause, and how its documents differ from the fraud filter's."""

    system: str
    worked_on: date
    served_on: date
    root_cause: str
    names: tuple[tuple[str, str], ...] = ()


def fraud_fix(before: int, after: int) -> Fix:
    """Return the fix of the card fraud filter, in mid-2021."""
    first, *rest = ROOT_CAUSE.splitlines()
    assert first.startswith("confirmed_failure")
    told = f'confirmed_failure: "{_FRAUD_FAILURE.format(before=before, after=after)}"'
    return Fix(FRAUD, date(2021, 5, 17), date(2021, 6, 7), "\n".join([told, *rest]))


def handling_fix(late_before: int, late: int, count: int) -> Fix:
    """Return the fix of the router of complaints, in November 2021."""
    names = (("filter-2", "router-2"), ("programme-limits", "queue-limits"), ("name: fraud_filter", f"name: {HANDLING}"))
    texts = (
        ("Filter version 2 sends flagged benefit cards to a person.", "Router version 2 spreads a full queue over other desks."),
        ("Complaints about frozen benefit cards back at the rate of 2019.", "Share of late answers back at that of 2019."),
        ("A complaint about a freeze that version 2 or later decided.", "A share of late answers above that of 2019."),
        ("The weekly check of freezes has a limit for each programme.", "The count of open complaints has a limit for each queue."),
        ("The check of October 2020, run again, names benefit cards.", "The count of June 2021, done again, names the full queue."),
        ("A programme above its limit for a week without an alarm.", "A queue above its limit for a week without an alarm."),
        (
            "Replay of the joined complaints under both versions, then the complaint rate of benefit cards for 60 days.",
            "Count of late answers among all complaints, by day, until it is back at 2019.",
        ),
    )
    cause = _LATE_ANSWERS.format(late_before=late_before, late=late, count=count)
    return Fix(HANDLING, date(2021, 10, 18), date(2021, 11, 1), cause, (*names, *texts))


def work(bank: Bank, fix: Fix) -> Iterator[tuple[str, str]]:
    """Take the issue from triage to a fix in force, and yield what each step came to."""
    begun, soon = fix.worked_on, fix.served_on
    set_clock(at(begun, 10))
    yield "assign", bank.take("assign", PRODUCT, "product_owner", owner=LEAD, next_step="Protect customers first", due_on=soon.isoformat())
    control = {"pattern": "raise_human_gate", "measure": "A person looks at each case before the customer feels it", "evidence": "CHG-1000"}
    yield "contain", bank.take("contain", LEAD, "operations_lead", in_force_at=at(begun, 9).isoformat(), **control)
    yield "root-cause", bank.take("root-cause", PRODUCT, "product_owner", fix.root_cause)
    plan = _named(PLAN.format(soon=soon, later=soon + timedelta(days=1)), fix)
    yield "plan", bank.take("plan", LEAD, "operations_lead", plan)
    for role in _missing(bank, "plan"):
        yield f"approve as {role}", approve(bank, role, "plan")
    yield "link the model", bank.take("link-change", MODEL_OWNER, "model_owner", _named(MODEL, fix))
    yield "link the workflow", bank.take("link-change", LEAD, "operations_lead", _named(WORKFLOW, fix))
    set_clock(at(fix.served_on, 12))
    served = at(fix.served_on, 10).isoformat()
    rollback = "redeploy version 1 by step 5 of the runbook"
    yield "implement", bank.take("implement", MODEL_OWNER, "model_owner", deployed_at=served, share_percent="100", rollback=rollback)
    words = ["--from", served, "--by", MODEL_OWNER, "--role", "model_owner", "--reason", "release of the fix"]
    said = bank.say("versions", "record", fix.system, "model", "2", *words)
    yield "versions record", "recorded" if said["accepted"] else str(said["refusals"])


def approve(bank: Bank, role: str, action: str) -> str:
    """Let the person of a role sign, hand it in, and return where the issue stands."""
    request = bank.sign(role, APPROVERS.get(role, LEAD), action)
    said = bank.say("approve", "record", bank.issue, "--request", str(request), "--signature", f"{request}.sig")
    told = [refusal["reason"] for refusal in said["refusals"]]
    return "; ".join(told) or f"{said['receipt']['state']}, still asked: {', '.join(said['missing']) or 'nobody'}"


def _missing(bank: Bank, action: str) -> list[str]:
    standings = bank.say("approve", "list", bank.issue)["standings"]
    return next(list(one["missing"]) for one in standings if one["action"] == action)


def _named(text: str, fix: Fix) -> str:
    for name, own in fix.names:
        text = text.replace(name, own)
    return text


def tell_scope(bank: Bank, first: date, until: date) -> str:
    """Say who was affected, as far as the complaints tell."""
    document = {
        "customers": "Holders of benefit cards who complained; how many were affected and did not, no file tells.",
        "segments": ["all"],
        "journeys": ["all"],
        "versions": ["model 1"],
        "from_at": at(first, 0).isoformat(),
        "until_at": at(until, 23).isoformat(),
        "evidence": ["complaints joined to the issue in the ledger"],
    }
    return bank.take("scope", PRODUCT, "product_owner", _yaml(document))


def tell_evidence(bank: Bank, before: str, after: str) -> str:
    """Hand in what production counted: the complaints, which is all there is."""
    document = {
        "kind": "production_kri",
        "summary": "Complaints about benefit cards as a share of all complaints, counted in the public file.",
        "before": before,
        "after": after,
        "pointers": [str(Path("data/complaints.parquet"))],
        "quality_before": "E3",
        "quality_after": "E3",
    }
    return bank.take("add-evidence", LEAD, "operations_lead", _yaml(document))


def accept_risk(bank: Bank) -> str:
    """Let somebody answer for living with what the window cannot show, and risk and compliance sign it."""
    document = {
        "owner": "process@bank.example",
        "reason": "The share of complaints is not shown to be back where it was, and not shown to be above it either.",
        "proof": ["the window's record of 30 December 2021"],
        "expires_on": "2022-03-31",
    }
    taken = bank.take("accept-risk", PRODUCT, "product_owner", _yaml(document))
    return f"{taken}; {approve(bank, 'risk_compliance', 'accept-risk')}"


def _yaml(document: object) -> str:
    import yaml

    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
