"""The words of releases: what a gate, an action, a paper or a version is called by people who do not code.

Put here a word or phrase of releases that more than one report uses. What is shown is ``release_view``, the decision in a sentence
``release_summary``.
"""

from __future__ import annotations

from registry.domain.decision import Verdict
from registry.domain.gate import GateAction, PinnedVersion
from registry.domain.release import CardKind, PreDeploymentGate, RecordKind
from registry.domain.release_run import SwitchMade
from reports import wording

GATE_WORDS = {
    PreDeploymentGate.DOCUMENTATION: "Documentation",
    PreDeploymentGate.EVALUATION: "Evaluation",
    PreDeploymentGate.COMPLIANCE: "Compliance",
    PreDeploymentGate.ROLLBACK: "Rollback",
    PreDeploymentGate.SIGN_OFF: "Sign-off",
}
GATE_QUESTIONS = {
    PreDeploymentGate.DOCUMENTATION: "Do the model card and the system card say what they must, about these versions?",
    PreDeploymentGate.EVALUATION: "Did the evaluation gate decide that this candidate may replace what is in force?",
    PreDeploymentGate.COMPLIANCE: "Are the assessments approved and signed, for this purpose, and not expired?",
    PreDeploymentGate.ROLLBACK: "Does the version before still answer, and is going back to it fast enough?",
    PreDeploymentGate.SIGN_OFF: "Did everybody sign who has to, none of whom made it?",
}
ACTION_WORDS = {
    GateAction.APPROVE: "sign-off is asked for",
    GateAction.CANARY: "sign-off is asked for, on part of the traffic",
    GateAction.HOLD: "keep what is in force",
}
PAPER_WORDS = {
    CardKind.MODEL_CARD: "Model card",
    CardKind.SYSTEM_CARD: "System card",
    RecordKind.DPIA: "Impact assessment (DPIA)",
    RecordKind.TRA: "Risk assessment (TRA)",
    RecordKind.ROLLBACK_DRILL: "Rollback drill",
}
STATE_WORDS = {Verdict.PASS: "Passes", Verdict.FAIL: "Does not pass", Verdict.INCONCLUSIVE: "Not shown"}


def named(pinned: PinnedVersion) -> str:
    """Return a version by name; a bare number is hardly one, and one that is not known is not left blank.

    >>> named(PinnedVersion("champion", "7", "")), named(PinnedVersion("gpt-4o", "gpt-4o", "")), named(PinnedVersion("", "", ""))
    ('version 7', 'gpt-4o', 'a version that is not known')
    """
    return version_words(pinned.version)


def version_words(version: str) -> str:
    """Return the name of a version as people say it."""
    if not version:
        return "a version that is not known"
    return f"version {version}" if version.isdecimal() else version


def role_words(role: str) -> str:
    """Return a role in words.

    >>> role_words("governance_lead")
    'governance lead'
    """
    return wording.spoken(role).lower()


def replaced_words(made: SwitchMade) -> str:
    """Return what became of a version that was in force, by the switch that ended that."""
    to, by = version_words(made.to_version), "the way back" if made.is_rollback else f"release {made.release_id}"
    return f"not in force any more: {to} was put in its place by {by}, {made.by}"


def switch_words(made: SwitchMade) -> str:
    """Return what became of a switch: from which version to which, and whether it is known to have ended."""
    what = "rolled back" if made.is_rollback else "put in force" if made.share_percent == 100 else "put on part of the traffic"
    told = f"{version_words(made.to_version)} {what} ({made.share_percent} %) in place of {version_words(made.from_version)}"
    if not made.ended_event:
        return f"{told}: started and not ended, so nobody knows whether the alias was moved"
    return f"{told}, read back as {version_words(made.read_back)} after {made.seconds:.1f} s"
