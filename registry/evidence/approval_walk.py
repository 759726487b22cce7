"""The approvals of an archive, judged by what was sealed around them: who else did what, and what was approved before.

Put the walk along the events here; what one issue's story says of an approval is ``approval_story.py``, one approval alone
``approval_package.py``. ``verify.sh`` has none of these: an archive can be whole, byte for byte, and hold an approval that nobody had the
right to give.

 * What is approved is the newest of its kind, recorded before in this occurrence of the issue; a plan is no older than its root cause.
 * No nonce is used twice. Nobody, and no key, approves a document twice, but to sign what was typed or a sentence of a higher severity.
 * Who approves took none of the steps that made what is approved, nor carries it out later; of a closure, nor owns an action of the plan.
 * A plan is carried out, and an issue closed, only once everybody approved it whom the last approval names as asked: in these roles, signed
   where that was asked, or for a plan enough people who broke the glass. What closes beside that is ``closing_walk.py``.
 * Signed approvals without signers known from outside are INCONCLUSIVE, as the signatures of seals are.
 * In a partial archive each approval is looked at alone, and the report says so.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.domain.approving import person_key
from registry.domain.catalogue import OwnerRole
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.issue import IssueState
from registry.domain.retention import ApprovalKind
from registry.domain.times import parse_instant
from registry.domain.work import StepKind
from registry.errors import EvidenceError, UnavailableError
from registry.evidence.approval_package import APPROVAL, RecordedApproval, find_package_problems
from registry.evidence.approval_story import Story, find_given_twice, find_own_approvals, find_own_work, find_superseded, step_of
from registry.evidence.closing_walk import ClosingWalk
from registry.evidence.names import LEDGER_FILE, PACKAGES_FILE
from registry.evidence.packages import list_packages
from registry.evidence.report import Problem
from registry.evidence.role_signatures import names_roles
from registry.evidence.sealed_events import package_events
from registry.evidence.signed_papers import RoleSigners

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
        self._stories: dict[str, Story] = defaultdict(Story)
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
            step = step_of(seq, envelope)
            problems += find_own_approvals(story, step, envelope["issue"])
            story.steps.append(step)
        if data.get("to") in _LEADS and not self._is_partial:
            problems += _uncovered(story, seq, envelope["issue"], IssueState(data["to"]))
        self._problems += problems if is_wanted else []

    def _judge(self, story: Story, approval: RecordedApproval, *, is_wanted: bool) -> list[Problem]:
        nonce = str(approval.data.get("nonce"))
        before = self._nonces.setdefault(nonce, approval.seq)
        problems = [] if before == approval.seq else [Problem(approval.place, "a nonce that was never used", f"that of event {before}")]
        if is_wanted:
            self._seen.append(approval)
            problems += find_package_problems(approval, self._known_signers())
        if self._is_partial:
            return problems
        return [*problems, *find_superseded(story, approval), *find_own_work(story, approval), *find_given_twice(story, approval)]

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


def _uncovered(story: Story, seq: int, issue: str, to: IssueState) -> Iterator[Problem]:
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
