"""Everything that is told of one issue at an instant: its events, signals, graph, what it lacks, what is owed, and what comes next.

Put here what the command line and the page of an issue both show. How it is decided is ``checks/work``, how it is shown ``reports``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from registry.domain.evidence_graph import EvidenceGraph, Gap
from registry.domain.triage import Duty
from registry.domain.work import Case
from registry.domain.work_run import HoldInForce


@dataclass(frozen=True, slots=True)
class NextStep:
    """What has to be done next on an issue: the step, why, who may take it, what it asks for, and the command to start from.

    ``step`` is empty where nobody has to do anything; ``people`` are (role, name) pairs, none where the catalogue names nobody.
    """

    step: str
    why: str
    people: tuple[tuple[str, str], ...] = ()
    lacks: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """One event of the issue: its number, hash and envelope, and the package it is sealed in (empty: not yet)."""

    seq: int
    digest: str
    envelope: Mapping[str, Any]
    package: str


@dataclass(frozen=True, slots=True)
class IssueFile:
    """An issue as it is told at ``as_of``: the same values give the same page. ``zone`` is the reader's.

    ``untold`` says what could not be told, such as what is owed while the catalogue cannot be read.
    """

    case: Case
    events: tuple[ToldEvent, ...]
    signals: tuple[tuple[str, Mapping[str, Any]], ...]
    graph: EvidenceGraph
    gaps: tuple[Gap, ...]
    next_step: NextStep
    duties: tuple[Duty, ...]
    holds: tuple[HoldInForce, ...]
    as_of: datetime
    zone: str
    untold: tuple[str, ...] = ()
