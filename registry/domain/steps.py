"""The steps people take on an issue: one typed document each, and where in an issue's life each may be taken.

Put a document's fields here, and the states a step is taken in. What a step requires beyond its state is ``checks/work``; what it does
to an issue is ``folding.py``. The same classes are read from YAML, from command-line options and from a Prefect form, and the text
below a field is the help that all three show. Numbers are whole: documents go into ledger events, which carry no floats.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from registry.domain.signal import Severity
from registry.domain.step_examples import field_title, show_examples
from registry.domain.times import Timed

# How pydantic reads the classes: the text below a field is its help, and a key nobody knows is an error.
DOCUMENT = {
    "use_attribute_docstrings": True,
    "extra": "forbid",
    "str_strip_whitespace": True,
    "field_title_generator": field_title,
    "json_schema_extra": show_examples,
}


class ContainmentPattern(StrEnum):
    PAUSE_AUTOMATION = "pause_automation"
    NARROW_SCOPE = "narrow_scope"
    RAISE_HUMAN_GATE = "raise_human_gate"
    REVERT_ARTIFACT = "revert_artifact"
    CUSTOMER_RECOVERY = "customer_recovery"
    EVIDENCE_HOLD = "evidence_hold"
    RISK_ACCEPTANCE = "risk_acceptance"
    NOT_NEEDED = "not_needed"


class CauseFamily(StrEnum):
    DATA_QUALITY = "data_quality"
    DATASET_COVERAGE = "dataset_coverage"
    LABEL_TAXONOMY = "label_taxonomy"
    MODEL_BEHAVIOR = "model_behavior"
    PROMPT_BEHAVIOR = "prompt_behavior"
    RAG_KNOWLEDGE = "rag_knowledge"
    TOOL_AGENT = "tool_agent"
    WORKFLOW = "workflow"
    POLICY = "policy"
    HUMAN_ADOPTION = "human_adoption"
    VENDOR = "vendor"
    GOVERNANCE = "governance"


class IncidentClass(StrEnum):
    """Classes of production incidents; each has clocks of its own in the policy table ``incidents``."""

    DATA_BREACH = "data_breach"
    SAFETY_FAILURE = "safety_failure"
    INFRA_ERROR = "infra_error"


class ActionKind(StrEnum):
    CORRECTIVE = "corrective"
    PREVENTIVE = "preventive"


class Artifact(StrEnum):
    """What a change can change."""

    MODEL = "model"
    PROMPT = "prompt"
    DATASET = "dataset"
    EVAL_SET = "eval_set"
    INDEX = "index"
    TOOL_POLICY = "tool_policy"
    POLICY = "policy"
    WORKFLOW = "workflow"
    COMMUNICATION = "communication"


class VerificationKind(StrEnum):
    """Ways of showing that a fix works, weakest first; customer remediation proves recovery, not the fix."""

    CONTRACT_TEST = "contract_test"
    REGRESSION_EVAL = "regression_eval"
    COUNTERFACTUAL_REPLAY = "counterfactual_replay"
    SHADOW_OR_CANARY = "shadow_or_canary"
    HUMAN_QA_SAMPLE = "human_qa_sample"
    PRODUCTION_KRI = "production_kri"
    CUSTOMER_REMEDIATION = "customer_remediation"


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"


class ReopenTo(StrEnum):
    """Where an issue that comes back starts: a new occurrence is triaged, a known cause is analysed again."""

    TRIAGE = "triage"
    RCA_IN_PROGRESS = "rca_in_progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Who works on the issue, what comes next and by when."""

    __pydantic_config__ = DOCUMENT
    owner: str
    """The person in charge from now on, by the name the catalogue uses."""
    next_step: str
    """What that person does next, in one sentence."""
    due_on: date
    """The day by which it is done, like 2026-03-31."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineReport(Timed):
    """A report that meets a deadline: which one, when it was made, and what shows it."""

    __pydantic_config__ = DOCUMENT
    deadline: str
    """The row of the policy table `deadlines` that it meets."""
    reported_at: datetime
    """When it was made, as an instant with its offset."""
    receipt: str
    """What shows it: the authority's receipt, a case number, a link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification(Timed):
    """A severity set by a person, with what regulation counts from. A machine never changes it again."""

    __pydantic_config__ = DOCUMENT
    severity: Severity
    """L0 learning signal, L1 control weakness, L2 customer inconvenience, L3 material harm, L4 systemic or regulatory."""
    reason: str
    """Why it is this severity: the harm that was seen, or that was looked for and not found."""
    deadlines: tuple[str, ...] = ()
    """Rows of the policy table `deadlines` that apply, like eu_ai_act_serious_incident; leave empty if none does."""
    aware_at: datetime | None = None
    """When the organisation became aware, as an instant with its offset; needed as soon as a deadline applies."""
    causal_link_at: datetime | None = None
    """When a causal link to the AI system was established or found reasonably likely; leave empty if it is not."""
    causal_link_pending: str = ""
    """Why no causal link is established yet; needed where a deadline counts from it and causal_link_at is empty."""
    incident: IncidentClass | None = None
    """The class of production incident, if it is one: its clocks count from aware_at, or from this classification."""
    reports: tuple[DeadlineReport, ...] = ()
    """Reports made since; a deadline that one meets is owed no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Containment(Timed):
    """What protects customers until the cause is fixed, or why nothing has to."""

    __pydantic_config__ = DOCUMENT
    pattern: ContainmentPattern
    """The temporary control; not_needed and risk_acceptance ask for an approver."""
    measure: str
    """What was done, where, and what it covers."""
    in_force_at: datetime
    """Since when it holds, as an instant with its offset, like 2026-03-10T14:00:00-05:00."""
    approver: str = ""
    """Who agreed that nothing has to be done; somebody other than yourself."""
    evidence: tuple[str, ...] = ()
    """Where it can be seen: links to tickets, configuration, dashboards, logs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What the failure came through, so that other systems with the same part can be found."""

    __pydantic_config__ = DOCUMENT
    artifacts: tuple[str, ...] = ()
    """Names of models or prompts, as MLflow calls them."""
    data_sources: tuple[str, ...] = ()
    """Paths or connections, as the catalogue calls them."""
    vendors: tuple[str, ...] = ()
    """Vendors whose part failed."""
    features: tuple[str, ...] = ()
    """Columns or features that were wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RootCause:
    """The worksheet: what failed, why, and why no control caught it. Shallow or repeated answers are refused."""

    __pydantic_config__ = DOCUMENT
    confirmed_failure: str
    """What was observed to fail: an observation with place, time and number, not an opinion."""
    direct_cause: str
    """What made it fail."""
    contributing_causes: tuple[str, ...]
    """What else had to be so; at least one, one item each."""
    control_failure: str
    """Which control should have caught it, and why it did not."""
    family: CauseFamily
    """The family of the cause."""
    evidence: tuple[str, ...]
    """What shows it: links to analyses, replays, logs, records; at least one."""
    corrective_action: str
    """What will be changed so that this failure ends."""
    preventive_action: str
    """What will be changed so that failures of this kind are caught or cannot happen."""
    five_whys: tuple[str, ...]
    """The chain of whys, from the failure to the cause: five answers, one item each."""
    reach: Reach = Reach()
    """What the failure came through; other systems with the same part are named for you."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAction:
    """One corrective or preventive action."""

    __pydantic_config__ = DOCUMENT
    action: str
    """A short name without blanks, like new-filter: changes are linked to it."""
    kind: ActionKind
    """corrective ends this failure, preventive those of its kind."""
    what: str
    """What will be done."""
    owner: str
    """Who does it."""
    due_on: date
    """The day by which it is done."""
    closure_evidence: str
    """What will show that it worked."""
    reopen_trigger: str
    """What would show that it did not, so that the issue comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPlan:
    """What will be done: at least one corrective and one preventive action, and how the fix will be verified."""

    __pydantic_config__ = DOCUMENT
    actions: tuple[PlannedAction, ...]
    """At least one corrective and one preventive action, one item each."""
    verification: str
    """How it will be shown that the fix works: what is compared, on which data, until when."""
    reason: str = ""
    """Where a plan was approved already: why that one cannot be carried out. Its approvals do not carry over."""
