"""The closures of an archive, judged by what was sealed before them: was the issue closed as the ledger would have closed it?

Put rules here about a closed issue as a whole. Each of its signatures alone, and who gave them, is ``approval_walk.py``; whether gates and
windows come out again as they were judged is ``evidence verify --recompute``.

 * An issue is closed by the approval of a proposal that stands: seven gates, on the newest judgement of its window.
 * The package that the proposal cites was sealed, and so was that of the window's judgement.
 * A window whose days are over without evidence closes where risk and compliance signed, in this occurrence, that the risk is accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from registry.domain.catalogue import OwnerRole
from registry.domain.closing import is_of_closure, is_overtaken
from registry.domain.events import EventKind
from registry.domain.folding import fold
from registry.domain.issue import Issue, IssueState
from registry.domain.recurrence import Outcome
from registry.domain.retention import ApprovalKind
from registry.domain.work import StepKind
from registry.errors import IllegalMoveError
from registry.evidence.report import Problem


@dataclass(slots=True)
class _Life:
    """One issue so far, the newest judgement of its window and of its closure, and whether its risk was accepted with a signature."""

    issue: Issue | None = None
    window: Mapping[str, Any] | None = None
    closure: Mapping[str, Any] | None = None
    is_waived: bool = False


class ClosingWalk:
    """One walk along the sealed events of every issue; ``sealed`` are the digests of the packages that were sealed."""

    def __init__(self, sealed: Collection[str]) -> None:
        self._sealed = sealed
        self._lives: dict[str, _Life] = {}

    def see(self, seq: int, envelope: dict[str, Any]) -> list[Problem]:
        """Return what is wrong with the event if it closes its issue."""
        life = self._lives.setdefault(envelope["issue"], _Life())
        closes, place = envelope["data"].get("to") == IssueState.CLOSED, f"ledger event {seq}: issue {envelope['issue']} closed"
        problems: list[Problem] = []
        try:
            life.issue = fold(life.issue, envelope)
        except IllegalMoveError as error:
            problems = [Problem(place, "the approval of a proposal that stands", str(error))] if closes else []
        except (KeyError, ValueError, TypeError) as error:
            problems = [Problem(place, "an event that can be read", f"{type(error).__name__}: {error}")] if closes else []
        if closes:
            problems += self._find_unearned(place, life)
        self._remember(life, envelope)
        return problems

    def _find_unearned(self, place: str, life: _Life) -> Iterator[Problem]:
        for what, judged in (("proposal", life.closure), ("recurrence window", life.window)):
            digest = judged.get("bundle_digest", "") if judged else ""
            if digest not in self._sealed:
                yield Problem(place, f"the sealed package of its {what}", digest or "none")
        outcome = life.window["outcome"] if life.window else "none"
        if outcome == Outcome.ELAPSED_UNEVIDENCED and not life.is_waived:
            yield Problem(place, "an accepted risk that risk and compliance signed, for a window without evidence", "none")

    def _remember(self, life: _Life, envelope: Mapping[str, Any]) -> None:
        kind, data = envelope["kind"], envelope["data"]
        if kind == EventKind.ISSUE_REOPENED:
            life.window, life.closure, life.is_waived = None, None, False
        elif kind == EventKind.WINDOW_JUDGED and is_of_closure(data):
            life.window = data
        elif kind == EventKind.CLOSURE_JUDGED and not is_overtaken(data):
            life.closure = data
        elif kind == EventKind.APPROVAL_RECORDED and data.get("action") == StepKind.ACCEPT_RISK:
            is_signed = data.get("kind") == ApprovalKind.SIGNED and data.get("role") == OwnerRole.RISK_COMPLIANCE
            life.is_waived = life.is_waived or is_signed
        elif kind == EventKind.RISK_ACCEPTANCE_ENDED:
            life.is_waived = False
