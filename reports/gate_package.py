"""What goes into the sealed package of one decision of the evaluation gate, and under which names.

Put the naming of package files here; writing and sealing them is ``registry/evidence``. ``contents.json`` says what each file holds, so
that a stranger needs no other key to the package.
"""

from __future__ import annotations

from collections.abc import Mapping

from registry.domain.canonical import dense_json, digest_bytes, record_json
from registry.domain.feed import FileRef
from registry.domain.gate import GateDecision, GateInputs
from registry.domain.gate_run import sealed_gate
from reports.gate_charts import render_gate_charts
from reports.gate_junit import junit_of
from reports.gate_page import render_gate
from reports.triage_package import CONTENTS, DECISION, INPUTS, PAGE, POLICIES

JUNIT = "junit.xml"
CHARTS, CHARTS_RECORD = "evidently.html", "evidently.json"
_HOLDS = {
    DECISION: "the decision: the record",
    INPUTS: "what it was judged from: cases by id with labels and segments, and both versions' outcomes; not what the cases ask",
    POLICIES: "the table gate it was judged by; its digest is the decision's policy_digest",
    PAGE: "the page for people",
    JUNIT: "the decision as test results, for the program that asked",
    CHARTS_RECORD: "what a library measured of the same outcomes, or why nothing was: a rendering, not the record",
    CHARTS: "charts of that: a rendering, not the record",
    CONTENTS: "this list",
}


def gate_files(inputs: GateInputs, decision: GateDecision, policy_table: bytes, program: Mapping[str, str]) -> dict[str, bytes]:
    """Return every file of the package by name; ``program`` names what judged, each part with its version."""
    files = {
        DECISION: record_json(decision),
        INPUTS: dense_json(sealed_gate(inputs, program)),
        POLICIES: policy_table,
        JUNIT: junit_of(decision),
    }
    charts = render_gate_charts(decision, inputs, record_name=CHARTS_RECORD, decision_name=DECISION)
    if charts is not None:
        files |= {CHARTS_RECORD: charts.record, **({CHARTS: charts.page} if charts.page else {})}
    evidence = [FileRef(name, digest_bytes(content), len(content), 0) for name, content in files.items()]
    files[PAGE] = render_gate(decision, inputs, evidence=evidence, record_name=DECISION, charts_name=CHARTS if charts else "")
    listed = [{"file": name, "holds": _HOLDS[name]} for name in sorted((*files, CONTENTS))]
    return {**files, CONTENTS: record_json(listed)}
