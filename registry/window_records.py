"""Reading back the records of recurrence windows: the bytes that were sealed become the value they were made from.

Put here the reverse of what ``reports/recurrence_package.py`` writes, one function a kind of record; how bytes are read is ``records.py``.
"""

from __future__ import annotations

from registry.domain.recurrence import WindowDecision
from registry.domain.recurrence_run import RecurrenceDay
from registry.domain.recurrence_sealed import SealedIndicators, SealedWindow
from registry.records import read_value


def read_recurrence_day(content: bytes) -> RecurrenceDay:
    """Return the run in ``content``, as ``record_json`` wrote it.

    Raises:
        EvidenceError: the bytes are not a run of the recurrence monitoring of this schema version.
    """
    day: RecurrenceDay = read_value(RecurrenceDay, content, "decision record", "a run of the recurrence monitoring of schema version 1")
    return day


def read_window_decision(content: bytes) -> WindowDecision:
    """Return the decision in ``content``, as ``record_json`` wrote it.

    Raises:
        EvidenceError: the bytes are not a window's decision of this schema version.
    """
    decision: WindowDecision = read_value(WindowDecision, content, "decision record", "a window's decision of schema version 1")
    return decision


def read_sealed_window(content: bytes) -> SealedWindow:
    """Return the inputs in ``content``, as ``dense_json`` wrote them.

    Raises:
        EvidenceError: the bytes are not such inputs of this schema version.
    """
    inputs: SealedWindow = read_value(SealedWindow, content, "inputs record", "inputs of a window of schema version 1")
    return inputs


def read_sealed_indicators(content: bytes) -> SealedIndicators:
    """Return what indicators were read by in ``content``, as ``dense_json`` wrote it.

    Raises:
        EvidenceError: the bytes are not such inputs of this schema version.
    """
    inputs: SealedIndicators = read_value(SealedIndicators, content, "inputs record", "inputs of indicators of schema version 1")
    return inputs
