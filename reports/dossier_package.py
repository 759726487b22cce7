"""What goes into the sealed package of one closure, and under which names.

Put the naming of package files here; writing and sealing them is ``registry/evidence``. ``contents.json`` says what each file holds, so
that a stranger needs no other key to the package.

 * ``decision.json`` is the record, ``dossier.json`` everything that the page shows, ``report.html`` the page.
 * What a closure was judged from, its tables and the proposal that people sign are made elsewhere and come in by name.
"""

from __future__ import annotations

from collections.abc import Mapping

from registry.domain.canonical import digest_bytes, record_json
from registry.domain.closure import Dossier
from registry.domain.feed import FileRef
from registry.domain.policy_work import WorkPolicies
from reports.closure_text import dossier_lines
from reports.dossier_page import render_dossier
from reports.triage_package import CONTENTS, DECISION, INPUTS, PAGE, POLICIES

DOSSIER, LINES, STEP = "dossier.json", "report.txt", "step.json"
_HOLDS = {
    DECISION: "the decision: the record, whose digest the proposal names",
    DOSSIER: "everything that the page shows, as values",
    INPUTS: "what it was judged from",
    POLICIES: "the tables it was judged by; the decision's policy_digest is of them",
    STEP: "the proposal that people sign",
    PAGE: "the page for people",
    LINES: "the decision as lines of text",
    CONTENTS: "this list",
}


def dossier_package(dossier: Dossier, work: WorkPolicies, zone: str, sealed: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return every file of a closure's package by name: the same bytes for the same values.

    ``work`` says how strong a kind of evidence is. ``sealed`` are the files that are made elsewhere, under the names of this module:
    inputs, tables, and the proposal where it passed.

    Raises:
        ValueError: a file has a name that none of them has.
    """
    if strange := sorted(set(sealed) - {INPUTS, POLICIES, STEP}):
        raise ValueError(f"expected {INPUTS}, {POLICIES} and {STEP}, found {', '.join(strange)}; name them by this module")
    files = {
        DECISION: record_json(dossier.decision),
        DOSSIER: record_json(dossier),
        LINES: "".join(f"{line}\n" for line in dossier_lines(dossier)).encode(),
        **sealed,
    }
    evidence = [FileRef(name, digest_bytes(content), len(content), 0) for name, content in sorted(files.items())]
    files[PAGE] = render_dossier(dossier, work, zone, evidence=evidence, record_name=DECISION)
    return {**files, CONTENTS: record_json([{"file": name, "holds": _HOLDS[name]} for name in sorted((*files, CONTENTS))])}
