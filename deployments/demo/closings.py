"""What people of the demonstration do about issues with a fix: three cases, as they are written in ``closings.yaml``.

Put here how that file is read and on which mornings something is due. How it is done is passed in from outside; what must come of it is
``closing_stories.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from registry.documents import read_document
from registry.domain.catalogue import OwnerRole
from registry.domain.work import STEPS, StepKind
from registry.step_documents import read_step

MONITORED_ON = tuple(date(2026, 5, day) for day in (9, 13, 14, 20, 27, 30)) + tuple(date(2026, 6, day) for day in (2, 9, 16, 23))
"""The mornings on which windows are judged: the first of each, one a week, and those on which something is news."""
VERIFIED_ON = (date(2026, 5, 30), date(2026, 6, 23))
"""The mornings on which closures are judged: those on which a window is over."""


@dataclass(frozen=True, slots=True)
class Act:
    """What one person does on one day: a step with its document, or the approval of the newest of its kind."""

    on: date
    kind: StepKind
    by: str
    role: OwnerRole
    document: Any = None

    @property
    def is_approval(self) -> bool:
        return self.document is None


@dataclass(frozen=True, slots=True)
class ClosingCase:
    """One issue, told by its system and the words of its title, and everything that is done about it in order."""

    story: str
    system_id: str
    subject: str
    acts: tuple[Act, ...]


@cache
def closing_cases() -> tuple[ClosingCase, ...]:
    """Return the cases in the order of the file.

    Raises:
        ConfigurationError: a document that is none of its step.
    """
    told = read_document(Path(__file__).parent / "closings.yaml").value
    return tuple(
        ClosingCase(one["story"], one["system"], one["subject"], tuple(_act(act, told["controls"]) for act in one["acts"]))
        for one in told["cases"]
    )


def _act(told: Mapping[str, Any], controls: Mapping[str, Any]) -> Act:
    on, by, role = date.fromisoformat(told["on"]), told["by"], OwnerRole(told["role"])
    if "approve" in told:
        return Act(on, StepKind(told["approve"]), by, role)
    kind, document = StepKind(told["step"]), dict(told["document"])
    if isinstance(name := document.get("controls"), str):
        document["controls"] = controls[name]
    return Act(on, kind, by, role, read_step(STEPS[kind].document, document))
