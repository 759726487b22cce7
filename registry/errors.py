"""Every error the product raises, one tree on one page.

Put an error here when a caller must tell it from the others; messages say what was expected, what was found and what to do.
Only the ``...UnavailableError`` branch is retried: an outage may pass, a refusal will not.
"""

from __future__ import annotations


class ProofloopError(Exception):
    """Root of the tree. ``exit_code`` is what the command line returns for it."""

    exit_code = 2


class ConfigurationError(ProofloopError):
    """A workspace file is wrong; ``problems`` holds every problem found, not the first."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class WorkspaceNotFoundError(ProofloopError):
    """No ``proofloop.yaml`` from here upwards."""


class PolicyError(ConfigurationError):
    """A decision table is malformed, empty, or has an unknown or duplicate key."""


class SourceError(ProofloopError):
    """A feed could not be read; carries ``reason_code`` so that it becomes a finding, never silence."""

    def __init__(self, message: str, reason_code: str = "errored") -> None:
        self.reason_code = reason_code
        super().__init__(message)


class SchemaBrokenError(SourceError):
    """A feed lost a required column or type and is refused whole."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason_code="schema_broken")


class ScoringError(ProofloopError):
    """A model was not scored to the end: it is not allowed, is another than was allowed, or took more than it may."""


class LedgerError(ProofloopError):
    """The ledger refused a write or does not look as it should."""


class LedgerSchemaError(LedgerError):
    """Tables, triggers or constraints differ from the golden list; the program refuses to run."""


class IllegalMoveError(LedgerError):
    """A state change that the legal-moves table does not list."""


class ApprovalRefusedError(LedgerError):
    """An approval whose nonce was used before, or that is not one."""


class IdempotencyConflictError(LedgerError):
    """The same key came back with other content."""


class StaleIssueError(LedgerError):
    """The issue moved since it was read; reload and decide again: safe to retry."""

    exit_code = 4


class LeaseLostError(LedgerError):
    """Another run took over this (flow, system, business date); this run must not write. A retry finds that run's result."""

    exit_code = 4


class EvidenceError(ProofloopError):
    """The archive cannot be written or does not verify."""


class ReportError(ProofloopError):
    """A page cannot be made of what was given, or not safely; nothing was rendered."""


class UnavailableError(ProofloopError):
    """A dependency is out of reach; safe to retry."""

    exit_code = 4


class SourceUnavailableError(UnavailableError):
    """A database or file share behind a feed does not answer."""


class LedgerUnavailableError(UnavailableError):
    """The ledger's database is out of reach or locked."""


class VersionsUnavailableError(UnavailableError):
    """The model registry does not answer."""


class TrainingUnavailableError(UnavailableError):
    """The Prefect server that runs the team's training does not answer."""


class EvidenceUnavailableError(UnavailableError):
    """The archive's storage does not answer or is full."""
