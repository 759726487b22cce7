"""Does it exist elsewhere? What other systems share with a failure, and the live issues whose causes came through the same part.

Put the values of that sweep here; how parts are compared is ``checks/work/sweep.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from registry.domain.steps import Reach


class PartKind(StrEnum):
    """What two systems can have in common."""

    MODEL = "model"
    PROMPT = "prompt"
    DATA_SOURCE = "data_source"
    VENDOR = "vendor"
    FEATURE = "feature"


class Basis(StrEnum):
    """How it is known that the failure came through a part: somebody said so, or the failed system's entry has it."""

    WORKSHEET = "worksheet"
    CATALOGUE = "catalogue"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a system is made of: ``where`` its entry says so."""

    kind: PartKind
    name: str
    where: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class IssueReach:
    """A live issue of another system whose root cause says what its failure came through."""

    issue_id: str
    system_id: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class LinkProposal:
    """Another system to look at: what it shares, why that matters, and its live issues that came through the same part."""

    system: str
    shared: tuple[Part, ...]
    issues: tuple[str, ...]
    why: str
