"""What goes into the sealed package of a run of the recurrence monitoring, and under which names.

Put the naming of package files here; writing and sealing them is ``registry/evidence``. ``contents.json`` says what each file holds, so
that a stranger needs no other key to the package.

 * ``decision.json`` is the run, ``inputs.json`` what its indicators were read by, beside the ledger.
 * ``decision-00001.json`` is one window, ``inputs-00001.json`` what it was judged from.
 * ``report.html`` is what a person opens first.
"""

from __future__ import annotations

from collections.abc import Sequence

from registry.domain.canonical import dense_json, record_json
from registry.domain.recurrence_run import RecurrenceDay, WindowJudged
from registry.domain.recurrence_sealed import SealedIndicators, sealed_window
from reports.triage_package import CONTENTS, DECISION, INPUTS, PAGE, POLICIES
from reports.triggers_package import record_name
from reports.window_pages import window_pages

_HOLDS = {
    DECISION: "the run: every window and every indicator",
    INPUTS: "the catalogue and the tables that its indicators were read by; issues and counts are the ledger's",
    POLICIES: "the table it was judged by; its digest is the decisions' policy_digest",
    PAGE: "the page for people",
}
_KINDS = {
    ("decision", "json"): "the decision about one window: a record",
    ("inputs", "json"): "what that window was judged from",
    ("report", "html"): "the page of that window for people",
}


def inputs_name(record: str) -> str:
    """Return the file of what a decision was judged from, by the file of the decision.

    >>> inputs_name("decision-00007.json")
    'inputs-00007.json'
    """
    return record.replace("decision-", "inputs-")


def recurrence_files(
    day: RecurrenceDay, judged: Sequence[WindowJudged], policy_tables: bytes, indicated: SealedIndicators
) -> dict[str, bytes]:
    """Return the files of a run by name; ``indicated`` is what its indicators were read by, with the zone and the program of the run."""
    files = {DECISION: record_json(day), INPUTS: dense_json(indicated), POLICIES: policy_tables}
    for number, one in enumerate(judged, 1):
        files[record_name(number)] = record_json(one.decision)
        files[inputs_name(record_name(number))] = dense_json(sealed_window(one.inputs, indicated.program))
    files |= window_pages(day, judged, indicated.zone)
    listed = [{"file": name, "holds": _holds(name)} for name in sorted(files)]
    return {**files, CONTENTS: record_json(listed)}


def _holds(name: str) -> str:
    kind, suffix = name.partition("-")[0], name.rpartition(".")[2]
    return _HOLDS.get(name) or _KINDS[kind, suffix]
