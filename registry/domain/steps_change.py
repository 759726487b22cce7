"""More steps of people: linking and releasing a change, evidence, accepted risk, holds, and what is said beside them.

Put documents here that belong to changing and proving, or that may come at any time; those from signal to plan are ``steps.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from registry.domain.steps import DOCUMENT, Answer, Artifact, ReopenTo, VerificationKind
from registry.domain.times import Timed


class EvidenceQuality(StrEnum):
    """How a figure was had, weakest first."""

    ANECDOTAL = "E1"
    SAMPLED = "E2"
    INSTRUMENTED = "E3"
    EXPERIMENT = "E4"
    CERTIFIED = "E5"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlAnswer:
    """One control of the update-governance checklist, answered."""

    __pydantic_config__ = DOCUMENT
    control: str
    """The control's row in the policy table `controls`; a refusal names those that are not answered, with their questions."""
    answer: Answer
    """yes, no, or not_applicable."""
    evidence: str
    """Where it can be seen; for not_applicable, why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLink:
    """The change that carries out one planned action: which artifact becomes which version, under which change request."""

    __pydantic_config__ = DOCUMENT
    action: str
    """The short name of the planned action that this change carries out."""
    artifact: Artifact
    """What is changed."""
    name: str
    """Its name: for models and prompts, as MLflow calls it."""
    version: str
    """The exact version or digest that will serve."""
    change_request: str
    """The change request, pull request or ticket under which it is made."""
    approver: str
    """Who approved the change request; not who made it."""
    controls: tuple[ControlAnswer, ...] = ()
    """An answer to each control that the checklist asks for this kind of artifact, one item each; without them you are told which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Implementation(Timed):
    """The linked changes are in force: from here on, what the new versions decide counts for or against the fix."""

    __pydantic_config__ = DOCUMENT
    deployed_at: datetime
    """Since when they serve, as an instant with its offset; after the plan was approved."""
    share_percent: int
    """How much of the traffic they serve, 1 to 100."""
    rollback: str
    """How it is taken back: the version to return to and the command or runbook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationEvidence:
    """One piece of evidence that the fix works, or does not."""

    __pydantic_config__ = DOCUMENT
    kind: VerificationKind
    """How it was shown."""
    summary: str
    """What was compared, and what came out."""
    before: str
    """The figure before the fix, with its unit and window."""
    after: str
    """The same figure after it."""
    pointers: tuple[str, ...]
    """Where the data and the report are; at least one."""
    quality_before: EvidenceQuality = EvidenceQuality.SAMPLED
    """How the figure before was had: E1 anecdotal, E2 sampled, E3 instrumented, E4 by experiment, E5 certified."""
    quality_after: EvidenceQuality = EvidenceQuality.SAMPLED
    """How the figure after was had: as well as the one before, or better; else the issue is not closed on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskAcceptance:
    """Somebody answers for living with the issue for a while; it comes back by itself when that ends."""

    __pydantic_config__ = DOCUMENT
    owner: str
    """Who answers for the risk: not the person who asks for it."""
    reason: str
    """Why the risk is acceptable."""
    proof: tuple[str, ...]
    """What shows that it is understood and bounded; at least one link."""
    expires_on: date
    """The day on which the issue comes back; within the longest time the policy allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueSuppression:
    """New signals of the issue's symptom are counted and not shown until a day."""

    __pydantic_config__ = DOCUMENT
    reason: str
    """Why showing them helps nobody."""
    until_on: date
    """The first day on which they are shown again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreservationHold:
    """Nothing about the issue's system may be retrained, promoted, re-aliased or purged until the hold is released."""

    __pydantic_config__ = DOCUMENT
    reason: str
    """Why the system must stay as it is: the investigation, authority or claim."""
    model: str
    """The model version that is preserved, with where its copy is."""
    data_window: str
    """Which data are preserved, from when to when, with where they are."""
    configuration: str
    """Where the configuration, prompts and policies in force are preserved."""
    logs: str
    """Where the logs are preserved, from when to when."""
    data_from_on: date | None = None
    """The first day of that window: sealed packages from it on are listed with their digests. Leave empty for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRelease:
    """The end of a preservation hold."""

    __pydantic_config__ = DOCUMENT
    hold: str
    """The hold's id, as `proofloop issue show` prints it."""
    reason: str
    """Why the system may change again, and who said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something worth keeping that changes nothing."""

    __pydantic_config__ = DOCUMENT
    text: str
    """What is noted. It is sealed: no personal data and no secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """A closed issue, or one under verification, comes back."""

    __pydantic_config__ = DOCUMENT
    to: ReopenTo
    """triage for a new occurrence, rca_in_progress where the same cause came back."""
    reason: str
    """What was seen."""
    evidence: tuple[str, ...]
    """Where it can be seen; at least one link."""
