"""Reading back the records of closures: the bytes that were sealed become the value they were made from.

Put here the reverse of what ``reports/dossier_package.py`` and ``closure_package.py`` write, one function a kind of record; how bytes are
read is ``records.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from registry.domain.closure import ClosureDecision, Dossier
from registry.domain.closure_run import ClosureDay
from registry.domain.closure_sealed import SealedClosure, SealedPortfolio
from registry.domain.reading import from_plain
from registry.domain.work import STEPS, Case
from registry.errors import EvidenceError
from registry.records import read_value

H = TypeVar("H", SealedClosure, Dossier)


def read_closure_decision(content: bytes) -> ClosureDecision:
    """Return the decision in ``content``, as ``record_json`` wrote it.

    Raises:
        EvidenceError: the bytes are not a closure's decision of this schema version.
    """
    decision: ClosureDecision = read_value(ClosureDecision, content, "decision record", "a closure's decision of schema version 1")
    return decision


def read_closure_day(content: bytes) -> ClosureDay:
    """Return the run in ``content``, as ``record_json`` wrote it.

    Raises:
        EvidenceError: the bytes are not a run of the closure verification of this schema version.
    """
    day: ClosureDay = read_value(ClosureDay, content, "decision record", "a run of the closure verification of schema version 1")
    return day


def read_sealed_closure(content: bytes) -> SealedClosure:
    """Return the inputs in ``content``, as ``dense_json`` wrote them.

    Raises:
        EvidenceError: the bytes are not such inputs of this schema version.
    """
    inputs: SealedClosure = read_value(SealedClosure, content, "inputs record", "inputs of a closure of schema version 1")
    return _with_documents(inputs)


def read_dossier(content: bytes) -> Dossier:
    """Return what the page of a closure shows, as ``record_json`` wrote it.

    Raises:
        EvidenceError: the bytes are not such a record of this schema version.
    """
    dossier: Dossier = read_value(Dossier, content, "dossier record", "what the page of a closure shows, of schema version 1")
    return _with_documents(dossier)


def read_sealed_portfolio(content: bytes) -> SealedPortfolio:
    """Return what a portfolio was counted by in ``content``, as ``dense_json`` wrote it.

    Raises:
        EvidenceError: the bytes are not such inputs of this schema version.
    """
    inputs: SealedPortfolio = read_value(SealedPortfolio, content, "inputs record", "inputs of a portfolio of schema version 1")
    return inputs


def _with_documents(holder: H) -> H:
    """A step's document is read as the kind that its step has."""
    return replace(holder, case=_typed(holder.case))


def _typed(case: Case) -> Case:
    try:
        steps = tuple(replace(step, document=from_plain(STEPS[step.kind].document, step.document)) for step in case.steps)
    except (KeyError, ValueError, TypeError) as error:
        raise EvidenceError(f"case: expected steps with their documents, found {error}") from error
    return replace(case, steps=steps)
