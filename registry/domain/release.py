"""A release: the candidate that a system puts in force next, and what has to be shown before it may.

Put here what the catalogue says of a system's releases and what a person hands in to propose one. How a release is judged, signed and
carried out is ``release_run.py``; the numbers are ``policy_release.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from registry.domain.catalogue import SourceSpec, SystemEntry
from registry.domain.steps import DOCUMENT


class ObjectType(StrEnum):
    """What is released; each asks for a review of its own."""

    MODEL = "model"
    PROMPT = "prompt"
    DATA = "data"
    KNOWLEDGE = "knowledge"
    TOOL = "tool"
    POLICY = "policy"
    WORKFLOW = "workflow"
    DASHBOARD = "dashboard"


class PreDeploymentGate(StrEnum):
    """The five gates before deployment, in their order."""

    DOCUMENTATION = "documentation"
    EVALUATION = "evaluation"
    COMPLIANCE = "compliance"
    ROLLBACK = "rollback"
    SIGN_OFF = "sign_off"


class ReleaseAct(StrEnum):
    """What people do to a release besides signing it off, named as in the table ``acts``, which says who may."""

    PROPOSE = "propose"
    SWITCH = "switch"
    ROLLBACK = "rollback"


class CardKind(StrEnum):
    MODEL_CARD = "model_card"
    SYSTEM_CARD = "system_card"


class RecordKind(StrEnum):
    """Signed records of other people's work: impact and risk assessments, and a rollback that was tried where we cannot try it."""

    DPIA = "dpia"
    TRA = "tra"
    ROLLBACK_DRILL = "rollback_drill"


@dataclass(frozen=True, slots=True)
class ErrorBudgetSpec:
    """Where the minutes that the system was not available are written down: one row per civil day, days without any included."""

    source: SourceSpec
    day: str
    minutes: str


@dataclass(frozen=True, slots=True)
class SmokeSpec:
    """The cases that a version must answer before it counts as able to serve: ``columns`` are the model's inputs."""

    source: SourceSpec
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SmokeCases:
    """The cases that a version is asked in a rehearsal: rows of texts, as the source has them, in the order of ``columns``.

    What a text means is the model's signature to say. None is an empty cell.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    digest: str


@dataclass(frozen=True, slots=True)
class ReleaseSpec:
    """What the catalogue says of a system's releases. Paths are below an allowed root, relative to the workspace.

    ``purpose`` is what the system is used for, in the words that assessments approve. ``artifact`` is what is switched, as
    ``evaluation.artifact``. ``smoke`` is None where versions cannot be loaded here: then ``records`` holds a rollback drill.
    """

    artifact: str
    object_type: ObjectType
    purpose: str
    cards: dict[CardKind, str]
    records: dict[RecordKind, str]
    smoke: SmokeSpec | None = None
    error_budget: ErrorBudgetSpec | None = None
    canary_alias: str = "canary"
    needs_reserve: bool = False
    """Whether a set is kept for the last decision of the evaluation gate, which a release then has to rest on."""
    set_digest: str = ""
    """The digest of the set that this decision has to be about: the reserve's where one is kept, else the locked set's."""


@dataclass(frozen=True, slots=True)
class ReleasedSystem:
    """A system of the catalogue and how its candidates are put in force."""

    entry: SystemEntry
    release: ReleaseSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseProposal:
    """A candidate is to be put in force: what the release calendar says of it."""

    __pydantic_config__ = DOCUMENT
    change: str
    """What changes, in a sentence that a reader of the release calendar understands. It is sealed: no personal data and no secrets."""
    affected_population: str
    """Who is affected: which customers, products, channels, regions."""
    made_by: tuple[str, ...]
    """Who made the candidate, by the names the catalogue or allowed_signers has: none of them signs it off."""
    rollback_plan: str
    """How it is taken back, and by whom, when it goes wrong."""
    review_on: date | None = None
    """The day of the post-release impact review; leave empty for the one that policy sets for the system's risk tier."""
    decision: str = ""
    """The gate's decision about the candidate: the digest of its package, or its beginning. Leave empty for the newest one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """Another version is put in force: a release that was signed off, or the way back."""

    __pydantic_config__ = DOCUMENT
    release: str = ""
    """The release that is carried out, by its id; empty for a rollback."""
    system_id: str = ""
    """For a rollback: the AI system."""
    version: str = ""
    """For a rollback: the version to go back to; leave empty for the one that was in force before."""
    share_percent: int = 100
    """How much of the traffic it gets; less than 100 is a canary."""
    reason: str = ""
    """Why now; needed for a rollback. It is sealed: no personal data and no secrets."""
