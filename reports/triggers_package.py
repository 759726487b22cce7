"""What goes into the sealed package of a run of the retraining triggers, and under which names.

Put the naming of package files here; writing and sealing them is ``registry/evidence``. ``contents.json`` says what each file holds, so
that a stranger needs no other key to the package.

 * ``decision.json`` is the run; ``decision-00001.json`` is one window of one system, ``inputs-00001.json`` what it was judged from and
   ``report-00001.html`` its page. ``charts-00001`` is a library's rendering of a sample of rows: not the record.
 * ``report.html`` is what a person opens first: the page of the only window, or a list of all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from registry.domain.canonical import dense_json, digest_bytes, record_json
from registry.domain.feed import FileRef
from registry.domain.profile import ReferenceProfile
from registry.domain.sealed_triggers import sealed_trigger
from registry.domain.trigger_run import Judged, TriggersDay
from reports.drift_report import DriftReport
from reports.triage_package import CONTENTS, DECISION, PAGE, POLICIES
from reports.triggers_page import render_triggers


def record_name(number: int) -> str:
    """Return the file of a decision.

    >>> record_name(7)
    'decision-00007.json'
    """
    return f"decision-{number:05d}.json"


def reference_name(digest: str) -> str:
    """Return the file of a reference that a run froze, by its digest.

    >>> reference_name("sha256:" + "ab" * 32)
    'reference-abababababababab.json'
    """
    return f"reference-{digest.removeprefix('sha256:')[:16]}.json"


def page_name(number: int) -> str:
    """Return the file of a decision's page."""
    return f"report-{number:05d}.html"


def decision_files(one: Judged, program: Mapping[str, str], drawn: DriftReport | None = None) -> dict[str, bytes]:
    """Return the files of one window: its decision, what it was judged from, its page, and the charts where some were drawn.

    ``program`` names what judged it, each part with its version.
    """
    files = {
        record_name(one.number): record_json(one.decision),
        f"inputs-{one.number:05d}.json": dense_json(sealed_trigger(one.inputs, program)),
    }
    charts = ""
    if drawn is not None:
        charts = f"charts-{one.number:05d}.html"
        files |= {f"charts-{one.number:05d}.json": drawn.record, charts: drawn.page}
    evidence = [_ref(name, content) for name, content in files.items()]
    page = render_triggers(one.decision, one.inputs, evidence=evidence, record_name=record_name(one.number), charts_name=charts)
    return {**files, page_name(one.number): page}


def reference_file(reference: ReferenceProfile) -> bytes:
    """Return the bytes of a frozen reference; their digest is its own."""
    return record_json(reference)


def run_files(day: TriggersDay, policy_tables: bytes, first_page: bytes, names: Iterable[str]) -> dict[str, bytes]:
    """Return the files of the run as a whole; ``names`` are those of its windows and references."""
    files = {DECISION: record_json(day), POLICIES: policy_tables, PAGE: first_page}
    listed = [{"file": name, "holds": _holds(name)} for name in sorted([*files, *names])]
    return {**files, CONTENTS: record_json(listed)}


def opened_first(day: TriggersDay, judged: Sequence[Judged]) -> str:
    """Return the name of the page that stands for the run, empty where a list of several has to be made."""
    return page_name(judged[0].number) if len(judged) == 1 and len(day.days) == 1 else ""


_HOLDS = {
    DECISION: "the run: every system with its verdict",
    POLICIES: "the table of triggers it was judged by; its digest is the decisions' policy_digest",
    PAGE: "the page for people",
}
_KINDS = {
    ("decision", "json"): "the decision about one window of one system: a record",
    ("inputs", "json"): "what that window was judged from",
    ("report", "html"): "the page of that window for people",
    ("reference", "json"): "a reference that this run froze",
    ("charts", "json"): "what a library measured on a sample of rows: a rendering, not the record",
    ("charts", "html"): "charts of that sample: a rendering, not the record",
}


def _holds(name: str) -> str:
    kind, suffix = name.partition("-")[0], name.rpartition(".")[2]
    return _HOLDS.get(name) or _KINDS[kind, suffix]


def _ref(name: str, content: bytes) -> FileRef:
    return FileRef(name, digest_bytes(content), len(content), 0)
