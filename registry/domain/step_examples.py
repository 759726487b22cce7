"""How a form shows people's steps: the title of a field, and the example in it while it is empty; the JSON Schemas tell editors the same.

Put an example here for every field that is written as text; the help below a field belongs to the field. They tell one story, of a card
fraud filter that blocked a new kind of terminal; each document of them can be read, and stands for nothing that happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "Assignment": {
        "owner": "operations.lead@bank.example",
        "next_step": "Find which purchases the filter blocks, and stop it where it is wrong.",
        "due_on": "2026-03-31",
    },
    "Classification": {
        "severity": "L3",
        "reason": "Customers could not pay with their card: 41 complaints in 7 days where 12 were expected.",
        "deadlines": ["eu_ai_act_serious_incident"],
        "aware_at": "2026-03-10T09:30:00-04:00",
    },
    "Containment": {
        "pattern": "raise_human_gate",
        "measure": "Purchases at unattended terminals that the filter would block go to an agent of the card desk, in all regions.",
        "in_force_at": "2026-03-10T14:00:00-04:00",
        "approver": "risk@bank.example",
        "evidence": ["https://changes.bank.example/CHG-2041"],
    },
    "Reach": {
        "artifacts": ["card_fraud_filter"],
        "data_sources": ["data/complaints.csv"],
        "vendors": ["Terminal Data Ltd"],
        "features": ["terminal_type"],
    },
    "RootCause": {
        "confirmed_failure": "From 3 to 10 March 2026 the filter blocked 312 of 940 purchases at unattended terminals; before, 9 of 900.",
        "direct_cause": "The field terminal_type came with the new code U2, which the model reads as an unknown merchant.",
        "contributing_causes": ["The vendor announced U2 in a notice that only the card desk receives."],
        "control_failure": "The schema check lets unknown codes of terminal_type pass, because it tests the type and not the values.",
        "family": "data_quality",
        "evidence": ["https://analyses.bank.example/blocked-by-terminal"],
        "corrective_action": "Train the filter on purchases with U2, and map U2 to U until it serves.",
        "preventive_action": "Refuse unknown codes of terminal_type at the door, and subscribe the model owner to the vendor's notices.",
        "five_whys": [
            "Why were purchases blocked? The filter scored them as those of an unknown merchant.",
            "Why unknown? The code U2 of the new terminals was in none of the purchases it learned from.",
            "Why did U2 reach the filter? The schema check tests the type of the code and lets every value pass.",
            "Why was U2 not announced to us? The vendor's notice went to the card desk and no further.",
            "Why no further? No procedure says that the model owner reads notices about the filter's inputs.",
        ],
    },
    "PlannedAction": {
        "action": "new-filter",
        "kind": "corrective",
        "what": "Train and release a filter that knows the terminal code U2.",
        "owner": "operations.lead@bank.example",
        "due_on": "2026-03-31",
        "closure_evidence": "Share of blocked purchases at unattended terminals, two weeks before and after.",
        "reopen_trigger": "More than 2 in 100 purchases at unattended terminals blocked on any day.",
    },
    "ActionPlan": {
        "verification": "Blocked share at unattended terminals, from the switch's log, two weeks before and after the release.",
        "reason": "The vendor delivers purchases with U2 in July, so the filter cannot learn from them by the day that was planned.",
    },
    "ControlAnswer": {
        "control": "model_regression_eval",
        "answer": "yes",
        "evidence": "https://evaluations.bank.example/card_fraud_filter/2.4.0",
    },
    "ChangeLink": {
        "action": "new-filter",
        "artifact": "model",
        "name": "card_fraud_filter",
        "version": "2.4.0",
        "change_request": "CHG-2050",
        "approver": "risk@bank.example",
    },
    "Implementation": {
        "deployed_at": "2026-03-24T06:00:00-04:00",
        "share_percent": 100,
        "rollback": "Serve 2.3.0 again: runbook RB-12, step 4; it takes two minutes.",
    },
    "VerificationEvidence": {
        "kind": "production_kri",
        "summary": "Share of blocked purchases at unattended terminals, from the switch's log.",
        "before": "33 in 100, 3 to 10 March",
        "after": "1 in 100, 24 March to 7 April",
        "pointers": ["https://analyses.bank.example/blocked-after-release"],
    },
    "RiskAcceptance": {
        "owner": "risk@bank.example",
        "reason": "The few purchases still blocked are rung through by hand, and the vendor withdraws the code in May.",
        "proof": ["https://risk.bank.example/register/R-77"],
        "expires_on": "2026-05-31",
    },
    "IssueSuppression": {
        "reason": "Every complaint of this kind until the release is the known one; the count is kept.",
        "until_on": "2026-03-25",
    },
    "PreservationHold": {
        "reason": "The supervisor asked on 12 March that the filter stay as it was.",
        "model": "card_fraud_filter 2.3.0, copied to the vault as model-2.3.0.tar",
        "data_window": "1 February to 12 March 2026, in the vault under window-0312",
        "configuration": "Tag hold-0312 of the configuration repository",
        "logs": "Decision log of 1 February to 12 March 2026, in the vault under log-0312",
        "data_from_on": "2026-02-01",
    },
    "HoldRelease": {
        "hold": "preserve-9f2c41d07b3e",
        "reason": "The supervisor closed the inquiry on 2 May, letter 26/118.",
    },
    "ReferenceFreeze": {"reason": "Version 2.4.0 was trained on purchases up to April: windows from May on are compared with those."},
    "RequestClosure": {
        "request": "sha256:9f2c41d07b3e",
        "outcome": "retrained",
        "reason": "Trained anew with purchases at the new terminals; the comparison is in analyses.bank.example/retrain-0512.",
        "version": "2.4.0",
    },
    "TrainingStart": {
        "request": "sha256:9f2c41d07b3e",
        "reason": "The new terminals are here to stay, and the filter loses on them: see the decision of 1 May.",
    },
    "Note": {"text": "The vendor expects to withdraw the code U2 in May; asked again on 20 March."},
    "Reopening": {
        "to": "rca_in_progress",
        "reason": "Purchases at unattended terminals are blocked again since 2 June: 40 of 300 on the first day.",
        "evidence": ["https://analyses.bank.example/blocked-in-june"],
    },
    "Scope": {
        "customers": "Holders of debit cards who paid at an unattended terminal with the code U2: 287 of them, by the decision log.",
        "segments": ["Debit card"],
        "journeys": ["card payment"],
        "versions": ["model 2.3.0"],
        "from_at": "2026-03-03T00:00:00-05:00",
        "until_at": "2026-03-10T14:00:00-04:00",
        "evidence": ["https://analyses.bank.example/blocked-by-terminal"],
    },
    "Recovery": {
        "query": "select distinct case_ref from decisions where terminal_type = 'U2' and decision = 'block' and day >= '2026-03-03'",
        "counted_at": "2026-03-11T09:00:00-04:00",
        "identified_count": 287,
        "list_path": "recovery/blocked-at-terminals.csv",
        "list_sha256": "4b1c0d6d1f3e5a7796b8c2d4e6f8091a2b3c4d5e6f708192a3b4c5d6e7f80912",
        "checker": "data.owner@bank.example",
        "check": "30 of the 287 cases against the card ledger: each charge for a second card was refunded, each letter sent.",
        "evidence": ["https://recovery.bank.example/letters-0412"],
    },
    "NotApplicable": {
        "gate": "customer_recovery",
        "reason": "All 312 blocked purchases were looked up in the card ledger: each was paid another way, none cost a fee.",
        "evidence": ["https://analyses.bank.example/nothing-to-restore"],
    },
    "SameCause": {
        "issue": "ISS-20260310-1a2b3c4d",
        "reason": "These refusals at ticket machines carry the terminal code U2 too, which the filter did not know.",
        "evidence": ["https://analyses.bank.example/refusals-at-ticket-machines"],
    },
    "WindowReview": {
        "forum": "weekly operations review",
        "conclusion": "carry_on",
        "observed": "21 of 60 days observed, 18,400 purchases at unattended terminals, none blocked for the terminal code.",
    },
}


TITLES: Mapping[str, str] = {"from_at": "From", "until_at": "Until", "issue": "Other issue", "list_sha256": "Sha256 of the list"}


def field_title(name: str, _info: Any) -> str:
    """Return the title of a field: its name as words, where those say enough beside the fields that every form has.

    >>> field_title("in_force_at", None), field_title("issue", None)
    ('In force at', 'Other issue')
    """
    return TITLES.get(name, name.replace("_", " ").capitalize())


def show_examples(schema: dict[str, Any], document: type) -> None:
    """Add the examples of ``document`` to its JSON Schema, in place; a field of a list shows the example of one item.

    Free text has its example in the help as well, because Prefect's form shows nothing in an empty field.
    """
    for field, example in EXAMPLES.get(document.__name__, {}).items():
        shape = schema["properties"].get(field, {})
        told, text = (shape.get("items", {}), example[0]) if isinstance(example, list) else (shape, example)
        told["examples"] = [text]
        if told.get("type") == "string" and "format" not in told and " like " not in shape.get("description", " like "):
            shape["description"] = f"{shape['description']} Example: {text}"
