"""The approvals of an archive, judged by what was sealed around them: who else did what, and what was approved before.

Put the rules here that need more than one event; one approval alone is ``approval_package.py``. ``verify.sh`` has none of these: an
archive can be whole, byte for byte, and hold an approval that nobody had the right to give.

 * What is approved is the newest of its kind, recorded before in this occurrence of the issue; a plan is no older than its root cause.
 * No nonce is used twice. Nobody, and no key, approves a document twice, but to sign what was typed or a sentence of a higher severity.
 * Who approves took none of the steps that made what is approved, nor carries it out later.
 * A plan is carried out, and an issue closed, only once everybody approved it whom the last approval names as asked: in these roles, signed
   where that was asked, or for a plan enough people who broke the glass. What closes beside that is ``closing_walk.py``.
 * Signed approvals without signers known from outside are INCONCLUSIVE, as the signatures of seals are.
 * In a partial archive each approval is looked at alone, and the report says so.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from registry.domain.approving import person_key, severity_meant
from registry.domain.catalogue import OwnerRole
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.hands import HANDS, hands_of
from registry.domain.issue import IssueState
from registry.domain.retention import ApprovalKind
from registry.domain.times import parse_instant
from registry.domain.work import StepKind
from registry.errors import EvidenceError, UnavailableError
from registry.evidence.approval_package import APPROVAL, RecordedApproval, find_package_problems
from registry.evidence.closing_walk import ClosingWalk
from registry.evidence.names import LEDGER_FILE, PACKAGES_FILE
from registry.evidence.packages import list_packages
from registry.evidence.report import Problem
from registry.evidence.role_signatures import names_roles
from registry.evidence.sealed_events import package_events
from registry.evidence.signed_papers import RoleSigners

_LATER = HANDS - {StepKind.PLAN}
_LEADS = {IssueState.ACTION_APPROVED: StepKind.PLAN, IssueState.CLOSED: StepKind.CLOSE}
_OF = {StepKind.PLAN: "the plan that is carried out", StepKind.CLOSE: "the proposal that closes it"}
_DONE = {StepKind.PLAN: "the plan is carried out", StepKind.CLOSE: "the issue is closed"}


@dataclass(frozen=True, slots=True)
class ApprovalFindings:
    """What was found of all approvals: problems, how many there are of each kind, and a line for people about those in an emergency."""

    problems: tuple[Problem, ...] = ()
    signed_count: int = 0
    asserted_count: int = 0
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """Return what is said beside the problems; nothing where nobody approved anything."""
        counted = (f"approvals: {self.signed_count} signed, {self.asserted_count} asserted",)
        return (*(counted if self.signed_count + self.asserted_count else ()), *self.notes)


@dataclass(slots=True)
class _Step:
    """One step of the present occurrence of an issue."""

    seq: int
    kind: str
    actor: str
    digest: str


@dataclass(slots=True)
class _Story:
    """What was seen of one issue so far. Steps are those of its present occurrence."""

    steps: list[_Step] = field(default_factory=list)
    approvals: list[RecordedApproval] = field(default_factory=list)

    def newest(self, kind: str) -> _Step | None:
        return next((step for step in reversed(self.steps) if step.kind == kind), None)

    def of(self, step: _Step) -> list[RecordedApproval]:
        """Return the approvals of what a step recorded."""
        return [found for found in self.approvals if found.seq > step.seq and found.data.get("document_digest") == step.digest]


def check_approvals(archive: Path, signers: RoleSigners | None, since: int = 0) -> ApprovalFindings:
    """Look at every approval of an archive that was sealed after ``since``. Never raises: what cannot be judged is INCONCLUSIVE."""
    walk = _Walk(archive, signers, since)
    try:
        walk.run()
    except (EvidenceError, UnavailableError, OSError) as error:
        walk.note(Problem("approvals", "approvals that can be judged to the end", str(error), Verdict.INCONCLUSIVE))
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the answer must not be a pass
        found = f"{type(error).__name__}: {error}"
        walk.note(Problem("approvals", "approvals that can be judged to the end", found, Verdict.INCONCLUSIVE))
    return walk.findings()


class _Walk:
    """One walk along the sealed events."""

    def __init__(self, archive: Path, signers: RoleSigners | None, since: int) -> None:
        self._archive, self._signers, self._since = archive, signers, since
        self._is_partial = (archive / PACKAGES_FILE).exists()
        self._stories: dict[str, _Story] = defaultdict(_Story)
        self._nonces: dict[str, int] = {}
        self._seen: list[RecordedApproval] = []
        self._problems: list[Problem] = []

    def note(self, problem: Problem) -> None:
        self._problems.append(problem)

    def findings(self) -> ApprovalFindings:
        signed = sum(found.data.get("kind") == ApprovalKind.SIGNED for found in self._seen)
        glass = [found for found in self._seen if found.data.get("is_break_glass")]
        told = (f"the glass was broken on issue {found.issue} by {found.data.get('name')} (event {found.seq})" for found in glass)
        alone = ("each approval was looked at alone: a part of an archive lacks what others did",)
        return ApprovalFindings(
            tuple(self._problems), signed, len(self._seen) - signed, (*told, *(alone if self._is_partial and self._seen else ()))
        )

    def run(self) -> None:
        packages = list_packages(self._archive) if self._archive.is_dir() else ()
        closings = ClosingWalk({package.seal.bundle_digest for package in packages})
        folders = {package.seal.bundle_digest: package.path for package in packages if package.path.is_dir()}
        for package in packages:
            for seq, envelope in package_events(package.path / LEDGER_FILE):
                if envelope.get("issue"):
                    is_wanted = package.seal.seq > self._since
                    self._see(seq, envelope, folders, is_wanted=is_wanted)
                    problems = [] if self._is_partial else closings.see(seq, envelope)
                    self._problems += problems if is_wanted else []
        self._ask_for_signers()

    def _see(self, seq: int, envelope: dict[str, Any], folders: dict[str, Path], *, is_wanted: bool) -> None:
        story, data, kind = self._stories[envelope["issue"]], envelope["data"], envelope["kind"]
        problems: list[Problem] = []
        if kind == EventKind.ISSUE_REOPENED:
            story.steps.clear()
        if kind == EventKind.APPROVAL_RECORDED:
            folder = folders.get(data.get("bundle_digest", ""))
            approval = RecordedApproval(seq, envelope["issue"], envelope["actor"], parse_instant(envelope["as_of"]), data, folder)
            problems += self._judge(story, approval, is_wanted=is_wanted)
            story.approvals.append(approval)
        elif "step" in data:
            step = _Step(seq, data["step"], envelope["actor"], data.get("document_digest", ""))
            problems += _own_approvals(story, step, envelope["issue"])
            story.steps.append(step)
        if data.get("to") in _LEADS and not self._is_partial:
            problems += _uncovered(story, seq, envelope["issue"], IssueState(data["to"]))
        self._problems += problems if is_wanted else []

    def _judge(self, story: _Story, approval: RecordedApproval, *, is_wanted: bool) -> list[Problem]:
        nonce = str(approval.data.get("nonce"))
        before = self._nonces.setdefault(nonce, approval.seq)
        problems = [] if before == approval.seq else [Problem(approval.place, "a nonce that was never used", f"that of event {before}")]
        if is_wanted:
            self._seen.append(approval)
            problems += find_package_problems(approval, self._known_signers())
        if self._is_partial:
            return problems
        return [*problems, *_superseded(story, approval), *_own_work(story, approval), *_given_twice(story, approval)]

    def _known_signers(self) -> RoleSigners | None:
        """Return who may approve; None for a file that names only those who seal: it says nothing of approvals."""
        roles = [role.value for role in OwnerRole]
        return self._signers if self._signers and names_roles(self._signers.text, roles) else None

    def _ask_for_signers(self) -> None:
        signed = [found for found in self._seen if found.data.get("kind") == ApprovalKind.SIGNED]
        if signed and self._known_signers() is None:
            found = f"{self._signers.name} names nobody who may" if self._signers else "none given"
            self.note(
                Problem("approvals", "signers in their roles to compare approvals with (--signers FILE)", found, Verdict.INCONCLUSIVE)
            )


def _superseded(story: _Story, approval: RecordedApproval) -> Iterator[Problem]:
    newest, digest = story.newest(str(approval.data.get("action"))), approval.data.get("document_digest")
    if newest is None or newest.digest != digest:
        found = f"{newest.digest} of event {newest.seq}" if newest else "none"
        yield Problem(approval.place, f"{digest} as the newest {approval.data.get('action')} of the issue recorded before it", found)
    elif newest.kind == StepKind.PLAN and (cause := story.newest(StepKind.ROOT_CAUSE)) and cause.seq > newest.seq:
        yield Problem(approval.place, f"a plan that follows the root cause of event {cause.seq}", f"that of event {newest.seq}")


def _own_work(story: _Story, approval: RecordedApproval) -> Iterator[Problem]:
    name, newest = person_key(str(approval.data.get("name"))), story.newest(str(approval.data.get("action")))
    hands = hands_of(str(approval.data.get("action")))
    made = (step for step in story.steps if step.kind in hands or step is newest)
    for step in (step for step in made if person_key(step.actor) == name):
        found = f"{step.actor}, who took the step {step.kind} (event {step.seq})"
        yield Problem(approval.place, "an approver who made nothing of what is approved", found)


def _own_approvals(story: _Story, step: _Step, issue: str) -> Iterator[Problem]:
    """Yield that whoever carries the present plan out approved it."""
    plan = story.newest(StepKind.PLAN)
    if plan is None or step.kind not in _LATER:
        return
    for approval in story.of(plan):
        if person_key(str(approval.data.get("name"))) == person_key(step.actor):
            found = f"{step.actor}, who took the step {step.kind} of issue {issue} later (event {step.seq})"
            yield Problem(approval.place, "an approver who does not carry out what was approved", found)


def _given_twice(story: _Story, approval: RecordedApproval) -> Iterator[Problem]:
    step = story.newest(str(approval.data.get("action")))
    for before in story.of(step) if step else ():
        if approval.at >= parse_instant(before.data["expires_at"]) or _was_less(before, approval):
            continue
        if person_key(str(before.data.get("name"))) == person_key(str(approval.data.get("name"))):
            yield Problem(approval.place, "somebody who had not approved it yet", f"an approval by the same person, event {before.seq}")
        elif before.data.get("fingerprint") and before.data.get("fingerprint") == approval.data.get("fingerprint"):
            yield Problem(approval.place, "a key that had not approved it yet", f"an approval by the same key, event {before.seq}")


def _was_less(before: RecordedApproval, approval: RecordedApproval) -> bool:
    """Whether an approval counted for less than a later one: typed, and then signed, or given at a lower severity."""
    then, now = (severity_meant(str(found.data.get("meaning"))) for found in (before, approval))
    signed = (before.data.get("kind"), approval.data.get("kind")) == (ApprovalKind.ASSERTED, ApprovalKind.SIGNED)
    return (signed or bool(then and now and then.rank < now.rank)) and before.data.get("role") == approval.data.get("role")


def _uncovered(story: _Story, seq: int, issue: str, to: IssueState) -> Iterator[Problem]:
    kind = _LEADS[to]
    given = story.of(step) if (step := story.newest(kind)) else []
    if not given:
        yield Problem(f"ledger event {seq}: issue {issue} to {to}", f"approvals of {_OF[kind]}", "none")
        return
    rule, least = _asked(given[-1])
    valid = [found for found in given if given[-1].at < parse_instant(found.data["expires_at"])]
    signed = [found for found in valid if found.data.get("kind") == ApprovalKind.SIGNED]
    glass = {person_key(str(found.data.get("name"))) for found in signed if found.data.get("is_break_glass")}
    counted = [found for found in (signed if rule.get("needs_signature", True) else valid) if not found.data.get("is_break_glass")]
    missing = sorted(set(rule.get("roles", ["everybody"])) - {found.data.get("role") for found in counted})
    if missing and (len(glass) < least or kind is StepKind.CLOSE):
        yield Problem(given[-1].place, f"approvals by {', '.join(missing)} too before {_DONE[kind]}", "none that counts")


def _asked(approval: RecordedApproval) -> tuple[dict[str, Any], int]:
    """Return what the policy asked, as it was sealed with an approval, and how many break the glass; what cannot be read asks everybody."""
    try:
        coverage = json.loads((approval.package / APPROVAL).read_bytes())["coverage"] if approval.package else {}
        return dict(coverage["rule"]), max(2, int(coverage["min_break_glass_approvers"]))
    except (OSError, ValueError, KeyError, TypeError):
        return {}, 2
