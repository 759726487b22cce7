"""The forms of the steps towards a closure at a browser: what each shows, what is wrong in one, and what is right.

Put here what a form is filled with. The bank is that of ``closed_bank``, its issue in verification; where its pages are is ``forms.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.domain.events import EventKind
from registry.evidence.packages import find_package
from tests.closed_bank import ANA, BEN, OTTO, ClosedBank
from tests.fixed_bank import BOT, FIRST, FIX_ON, at
from tests.forms import Desk, artifact_of, until
from tests.ledger_writes import opened

OTHER_ID = "ISS-20260327-89abcdef"
ROWS = "case_ref,outcome,reason\nC-1,remediated,\nC-2,excluded,asked twice about one fee\n"


@dataclass(frozen=True, slots=True)
class ClosingForm:
    """One form: the fields of its document, a document that is refused with what is said then, and one that is recorded as an event."""

    title: str
    fields: tuple[str, ...]
    by: str
    role: str
    right: Mapping[str, Any]
    wrong: Mapping[str, Any]
    refused: str
    recorded: EventKind

    @property
    def titles(self) -> list[str]:
        return ["Issue", "Your name", "You act as", self.title, *self.fields, "Counts from (Optional)", "Workspace (Optional)"]


@dataclass(frozen=True, slots=True)
class ClosingDesk(Desk):
    """The pages of the server, and the bank whose workspace is written into each form."""

    bank: ClosedBank

    def fill_step(self, name: str, form: ClosingForm, issue_id: str, document: Mapping[str, Any]) -> None:
        """Open a form and fill in everything that it asks for; anew where the page was rendered once more meanwhile, on a busy machine."""

        def filled() -> bool:
            self.open_form(name)
            self._say_who(issue_id, form.by, form.role)
            self.fill(document, self.field(form.title))
            return {issue_id, form.by, form.role, *_texts(document)} <= set(self.shown())

        assert until(filled, bool), self.shown()

    def name_issue(self) -> None:
        """Fill in which issue a closure verification is asked for."""
        self.use("Issues (Optional)", "list")
        self.fill({"issues": [self.bank.issue.issue_id]}, self.browser.find_element("tag name", "form"))
        self.write("Workspace (Optional)", str(self.bank.root))

    def signed(self, role: str) -> dict[str, str]:
        """Return the texts of a request to close and of its signature, as the person of a role makes them in a shell."""
        request = self.bank.sign(role)
        return {"request": request.read_text(), "signature": request.with_name(f"{request.name}.sig").read_text()}

    def approve(self, role: str, name: str, **papers: str) -> Any:
        """Approve the closure by the form, with the texts of ``papers``, and return the run."""
        self.open_form("issue-approve")
        self._say_who(self.bank.issue.issue_id, name, role)
        self.fill({"action": "close", **papers}, self.field("Approval"))
        return self.carry_out()

    def read_page(self, run: Any, text: str, key: str = "") -> str:
        """Open the page that a run left, wait until it says ``text``, and return what it says."""
        self.see(f"artifacts/artifact/{artifact_of(run, key).id}", "article.markdown-renderer")
        return str(until(lambda: self.browser.find_element("tag name", "body").text, lambda found: text in found))

    def issue_page(self) -> Path:
        """Return the page of the issue, as a command writes it."""
        page = self.bank.root / "issue.html"
        self.bank.say("issue", "page", self.bank.issue.issue_id, "--out", page)
        return page

    def dossier(self) -> Path:
        """Return the dossier that was sealed with the last signature."""
        last = self.bank.events(EventKind.APPROVAL_RECORDED)[-1]["data"]["bundle_digest"]
        package = find_package(self.bank.workspace.archive_dir, last)
        assert package is not None
        return package.path / "dossier.html"

    def recorded(self, kind: EventKind, issue_id: str) -> list[dict[str, Any]]:
        """Return the events of a kind on an issue."""
        return [event for event in self.bank.events(kind) if event["issue"] == issue_id]

    def _say_who(self, issue_id: str, name: str, role: str) -> None:
        self.write("Issue", issue_id)
        self.write("Your name", name)
        self.choose("You act as", role)
        self.write("Workspace (Optional)", str(self.bank.root))


def _texts(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what fields show as it was typed; an instant is shown otherwise."""
    for name, value in document.items():
        if not name.endswith("_at"):
            yield from value if isinstance(value, list) else [str(value)]


def prepare(bank: ClosedBank) -> ClosedBank:
    """Put the list of a recovery into the bank, and another issue beside its own."""
    (bank.root / "data/restored.csv").write_text(ROWS, encoding="utf-8")
    bank.ledger.append(list(opened(OTHER_ID, system_id=BOT, fingerprint="fp-other")))
    return bank


def _scope(**changes: Any) -> dict[str, Any]:
    return {
        "customers": "Whoever asked the assistant about a fee and complained.",
        "segments": ["all"],
        "journeys": ["all"],
        "versions": ["model v1"],
        "from_at": at(FIRST, 0).replace(day=1).isoformat(),
        "until_at": at(FIX_ON, 12).isoformat(),
        "evidence": ["complaints joined to the issue in the ledger"],
    } | changes


def _recovery(**changes: Any) -> dict[str, Any]:
    return {
        "query": "select case_ref from complaints where issue = 'Fee explained wrongly'",
        "counted_at": at(FIX_ON, 20).isoformat(),
        "identified_count": 2,
        "list_path": "data/restored.csv",
        "list_sha256": hashlib.sha256(ROWS.encode()).hexdigest(),
        "checker": BEN,
        "check": "Both of the 2 cases were looked up in the fee ledger, and nothing was owed any more.",
        "evidence": ["letters of campaign 12"],
    } | changes


def _nothing_to_restore(**changes: Any) -> dict[str, Any]:
    reason = "All 10 answers were looked up in the fee ledger: nobody paid a fee because of one."
    return {"gate": "customer_recovery", "reason": reason, "evidence": ["analysis 12"]} | changes


def _same_cause(bank_issue: str) -> dict[str, Any]:
    return {"issue": bank_issue, "reason": "Answers on the phone were read from the same outdated page.", "evidence": ["analysis 13"]}


def _review(**changes: Any) -> dict[str, Any]:
    observed = "6 of 4 days observed, 600 answers, none about the fee complained of."
    return {"forum": "weekly operations review", "conclusion": "carry_on", "observed": observed} | changes


def closing_form(name: str, issue_id: str) -> ClosingForm:
    """Return the form of a deployment; ``issue_id`` is the bank's issue."""
    lead = "product_owner"
    forms = {
        "issue-scope": ClosingForm(
            "Extent",
            ("Customers", "Segments", "Journeys", "Versions", "From", "Until", "Evidence"),
            *(ANA, lead, _scope(), _scope(versions=["model v7"])),
            "versions: expected everything that signals of the issue report, found model v1 left out",
            EventKind.SCOPE_RECORDED,
        ),
        "issue-recovery": ClosingForm(
            "What customers got",
            ("Query", "Counted at", "Identified count", "List path", "Sha256 of the list", "Checker", "Check", "Evidence"),
            *(OTTO, "operations_lead", _recovery(), _recovery(identified_count=3)),
            "identified_count: expected the 2 cases of the list, found 3",
            EventKind.RECOVERY_RECORDED,
        ),
        "issue-not-applicable": ClosingForm(
            "Gate that does not apply",
            ("Gate", "Reason", "Evidence"),
            *(OTTO, "operations_lead", _nothing_to_restore(), _nothing_to_restore(gate="scope")),
            "gate: expected customer_recovery, the only one that may not apply, found scope",
            EventKind.NOT_APPLICABLE_RECORDED,
        ),
        "issue-same-cause": ClosingForm(
            "Same cause",
            ("Other issue", "Reason", "Evidence"),
            *(ANA, lead, _same_cause(issue_id), _same_cause("ISS-20260101-00000000")),
            "issue: expected one of the ledger, found 'ISS-20260101-00000000', which is none",
            EventKind.SAME_CAUSE_RECORDED,
        ),
        "issue-review": ClosingForm(
            "Review",
            ("Forum", "Conclusion", "Observed"),
            *(BEN, "operations_lead", _review(), _review(conclusion="effective")),
            "conclusion: expected carry_on or reopen before the issue is closed, found effective",
            EventKind.WINDOW_REVIEWED,
        ),
    }
    return forms[name]
