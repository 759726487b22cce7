"""The fraud filter's issue from five years of real complaints, worked from containment to a fix in force.

Put the steps of that issue here; the replay that opened it is ``tests/real/triage.py``, whose workspace is copied and not changed. The new
filter is registered with a real MLflow server. Run by ``make real WHAT=work`` after ``make real WHAT=triage``; prints what each step came
to, exits 1 when the issue does not end as it should, 0 with a message where there is no replay.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.real.complaints import FILE, OWNERS
from tests.versions.servers import serving

BUILD = Path("build/real")
OPENED = "ISS-20200415-"
PRODUCT, LEAD, OWNER = "product@bank.example", "operations@bank.example", "model@bank.example"
APPROVERS = {"product_owner": PRODUCT, "risk_compliance": "compliance@bank.example", "model_risk": "validation@bank.example"}
DAY = "%Y-%m-%d"

ROOT_CAUSE = """\
confirmed_failure: From April 2020 on, holders of benefit cards complained three times as often as before of frozen accounts.
direct_cause: The filter freezes an account on one flag of possible fraud, and the flags were tuned on cards that are used in another way.
contributing_causes:
  - Benefit claims rose within weeks and most holders were new to the card.
  - A freeze replaced the investigation that a claim is owed.
control_failure: The monthly check of false positives samples all cards together, where benefit cards are too few to be seen.
family: model_behavior
evidence: [complaints joined to the issue in the ledger, exact rate tests of 2020-04-15 and 2020-10-09]
corrective_action: Release filter version 2, which sends a flagged benefit card to a person in place of freezing it.
preventive_action: Watch freezes for each card programme with a limit of its own and a weekly sample of each.
five_whys:
  - Accounts were frozen because one flag of the filter is enough.
  - One flag is enough because every card programme got the same rule.
  - The rule was tuned on purchases of ordinary cards, long before this programme grew.
  - Growth of a programme is no reason to review the rules in the procedure.
  - The procedure names model changes as its only trigger.
reach: {artifacts: [fraud_filter], features: [Sub-product]}
"""
PLAN = """\
actions:
  - {{action: filter-2, kind: corrective, what: "Filter version 2 sends flagged benefit cards to a person.", owner: model@bank.example,
     due_on: {soon}, closure_evidence: "Complaints about frozen benefit cards back at the rate of 2019.",
     reopen_trigger: "A complaint about a freeze that version 2 or later decided."}}
  - {{action: programme-limits, kind: preventive, what: "The weekly check of freezes has a limit for each programme.",
     owner: operations@bank.example, due_on: {later}, closure_evidence: "The check of October 2020, run again, names benefit cards.",
     reopen_trigger: "A programme above its limit for a week without an alarm."}}
verification: Replay of the joined complaints under both versions, then the complaint rate of benefit cards for 60 days.
"""
MODEL = """\
action: filter-2
artifact: model
name: fraud_filter
version: "2"
change_request: CHG-1001
approver: compliance@bank.example
controls:
  - {control: model_change_reason, answer: yes, evidence: "CHG-1001: no freeze on one flag; complaints of benefit cards back at 2019"}
  - {control: model_regression_eval, answer: yes, evidence: "evaluation 31, locked set by programme"}
  - {control: model_stress, answer: yes, evidence: "evaluation 32, new holders and first purchases"}
  - {control: model_independent_challenge, answer: yes, evidence: "validation note 9"}
  - {control: model_threshold, answer: yes, evidence: "CHG-1001 names the flag threshold and its effect"}
  - {control: model_watch, answer: yes, evidence: "dashboard freezes by version and programme"}
  - {control: model_rollback, answer: yes, evidence: "version 1 redeployed on staging"}
"""
WORKFLOW = """\
action: programme-limits
artifact: workflow
name: weekly check of freezes
version: "3"
change_request: CHG-1002
approver: product@bank.example
controls:
  - {control: workflow_process_map, answer: yes, evidence: "CHG-1002"}
  - {control: workflow_procedure, answer: yes, evidence: "procedure freezes, version 3"}
  - {control: workflow_capacity, answer: yes, evidence: "staffing plan 2021"}
  - {control: workflow_training, answer: yes, evidence: "minutes of the fraud desk"}
  - {control: workflow_records, answer: not_applicable, evidence: "frozen accounts are restored under CHG-1001"}
  - {control: workflow_reason_codes, answer: not_applicable, evidence: "nothing that customers read is changed"}
  - {control: policy_eval_update, answer: not_applicable, evidence: "no evaluation case rests on the weekly check"}
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """The copied workspace and the commands typed in it."""

    root: Path
    issue: str

    def say(self, *words: str) -> dict[str, Any]:
        """Run a command and return its document."""
        return _said(self.root, *words)

    def take(self, step: str, by: str, role: str, document: str = "", **options: str) -> str:
        """Take a step and return where the issue stands, or what the step lacks."""
        words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        if document:
            path = self.root / f"{step}.yaml"
            path.write_text(document, encoding="utf-8")
            words = ["--file", str(path)]
        said = self.say("issue", step, self.issue, "--by", by, "--role", role, *words)
        return str(said["receipt"]["state"]) if said["receipt"] else "; ".join(refusal["reason"] for refusal in said["refusals"])

    def sign(self, role: str, name: str) -> Path:
        """Let a person sign the plan with a key of their own, and return the request; its signature lies beside it."""
        key, request = self.root / f"{role}.key", self.root / f"{role}.json"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        kind, text, *_ = key.with_suffix(".key.pub").read_text().split()
        with (self.root / "allowed_signers").open("a") as signers:
            signers.write(f'{name} namespaces="{role}" {kind} {text}\n')
        self.say("approve", "request", self.issue, "--action", "plan", "--by", name, "--role", role, "--out", str(request))
        subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", role, "-f", str(key), str(request)], check=True)
        return request

    def approve(self, role: str, name: str) -> str:
        """Hand a person's signed approval in, and return where the issue stands."""
        request = self.sign(role, name)
        said = self.say("approve", "record", self.issue, "--request", str(request), "--signature", f"{request}.sig")
        return f"{said['receipt']['state']}, still asked: {', '.join(said['missing']) or 'nobody'}"


def main() -> int:
    """Work the issue and print what each step came to; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    arguments = parser.parse_args()
    if not (BUILD / "triage/.state").is_dir() or not (arguments.data / FILE).is_file():
        print("skipped: there is no replay to go on from; run `make real WHAT=triage` where the data are")
        return 0
    root = BUILD / "work"
    copy_replay(root)
    with serving(root / "mlflow") as server:
        follow_mlflow(root, server.uri)
        desk = Desk(root, issue_of(root))
        for what, came_to in _worked(desk):
            print(f"{what:<24} {came_to}")
    return judge_end(desk)


def copy_replay(root: Path) -> None:
    """Copy the replay's workspace and bring its ledger to the newest tables; sealed packages are linked, as nobody writes to them."""
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(BUILD / "triage", root, ignore=lambda folder, _: ["archive"] if Path(folder).name == ".state" else [])
    shutil.copytree(BUILD / "triage/.state/archive", root / ".state/archive", copy_function=os.link)
    (root / "mlflow").mkdir()
    _said(root, "migrate")


def issue_of(root: Path) -> str:
    """Return the fraud filter's issue of the replay."""
    return next(str(issue["issue_id"]) for issue in _said(root, "issue", "list")["issues"] if issue["issue_id"].startswith(OPENED))


def judge_end(desk: Desk) -> int:
    """Print where the issue ended; return 0 if that is as it should be and the archive is sound."""
    shown = desk.say("issue", "show", desk.issue)
    desk.say("issue", "page", desk.issue, "--out", str(desk.root / "issue.html"))
    verdict = desk.say("evidence", "verify")["verdict"]
    print(f"{'evidence verify':<24} {verdict}")
    print(f"{desk.issue}: {shown['issue']['state']}, {len(shown['signals'])} signals, page {desk.root / 'issue.html'}")
    return 0 if (shown["issue"]["state"], verdict) == ("implemented", "pass") else 1


def _worked(desk: Desk) -> Iterator[tuple[str, str]]:
    soon, later = ((datetime.now(UTC) + timedelta(days=days)).strftime(DAY) for days in (14, 21))
    yield "assign", desk.take("assign", PRODUCT, "product_owner", **assignment(soon))
    yield "contain", desk.take("contain", LEAD, "operations_lead", **containment())
    yield "root-cause", desk.take("root-cause", PRODUCT, "product_owner", ROOT_CAUSE)
    yield "plan", desk.take("plan", LEAD, "operations_lead", PLAN.format(soon=soon, later=later))
    for role, name in APPROVERS.items():
        yield f"approve as {role}", desk.approve(role, name)
    absent = MODEL.replace('version: "2"', 'version: "3"')
    yield "link version 3", desk.take("link-change", OWNER, "model_owner", absent)
    yield "link version 2", desk.take("link-change", OWNER, "model_owner", MODEL)
    yield "link the weekly check", desk.take("link-change", LEAD, "operations_lead", WORKFLOW)
    yield "implement", desk.take("implement", OWNER, "model_owner", **implementation())


def assignment(due_on: str) -> dict[str, str]:
    """Return who is in charge of the issue, until a day."""
    return {"owner": LEAD, "next_step": "Stop freezing benefit cards on one flag", "due_on": due_on}


def containment() -> dict[str, str]:
    """Return what protects the holders of the cards from now on."""
    measure = "Flagged benefit cards wait for a person; none is frozen by the filter alone."
    return {"pattern": "raise_human_gate", "measure": measure, "in_force_at": _now(), "evidence": "CHG-1000"}


def implementation() -> dict[str, str]:
    """Return that both changes are in force from now on."""
    return {"deployed_at": _now(), "share_percent": "100", "rollback": "redeploy version 1 by step 5 of the runbook"}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def follow_mlflow(root: Path, uri: str) -> None:
    """Register the filter as it was and as it will be, and let the system follow the registry."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_registered_model("fraud_filter")
    for _ in range(2):
        client.create_model_version("fraud_filter", source="s3://models/fraud_filter")
    client.set_registered_model_alias("fraud_filter", "champion", "1")
    settings, system = root / "proofloop.yaml", root / "systems/fraud_filter.yaml"
    settings.write_text(settings.read_text() + f"mlflow_uri: {uri}\n")
    text = system.read_text().replace('{recorded: "1"}', "{mlflow_model: fraud_filter, alias: champion}")
    system.write_text(text.replace(OWNERS, OWNERS[:-1] + f", model_owner: {OWNER}}}"))


def _said(root: Path, *words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "deployments.cli.main", "--workspace", str(root), *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise SystemExit(f"{' '.join(words)}: {done.stderr}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


if __name__ == "__main__":
    sys.exit(main())
