"""What goes into the sealed package of one release decision, and under which names.

Put the naming of package files here; writing and sealing them is ``registry/evidence``. ``contents.json`` says what each file holds, so
that a stranger needs no other key to the package.
"""

from __future__ import annotations

from collections.abc import Mapping

from registry.domain.canonical import dense_json, digest_bytes, record_json
from registry.domain.feed import FileRef
from registry.domain.release import CardKind, RecordKind
from registry.domain.release_run import ReleaseDecision, ReleaseInputs
from registry.domain.release_sealed import sealed_release
from reports.release_page import render_release
from reports.release_text import release_lines
from reports.release_words import PAPER_WORDS
from reports.triage_package import CONTENTS, DECISION, INPUTS, PAGE, POLICIES

LINES = "report.txt"
_HOLDS = {
    DECISION: "the decision: the record, whose digest is signed off",
    INPUTS: "what it was judged from: the gate's decision, cards, records, rehearsal, error budget, holds, what was in force",
    POLICIES: "the table release it was judged by; its digest is the decision's policy_digest",
    PAGE: "the page for people",
    LINES: "the decision as lines of text",
    CONTENTS: "this list",
}


def paper_name(kind: CardKind | RecordKind, *, is_signature: bool = False) -> str:
    """Return the name that a card or record has in the package; of a record, that of its signature too.

    >>> paper_name(CardKind.MODEL_CARD), paper_name(RecordKind.DPIA, is_signature=True)
    ('model_card.md', 'dpia.yaml.sig')
    """
    return f"{kind.value}.md" if isinstance(kind, CardKind) else f"{kind.value}.yaml{'.sig' if is_signature else ''}"


def release_package(
    inputs: ReleaseInputs, decision: ReleaseDecision, policy_table: bytes, program: Mapping[str, str], papers: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Return every file of the package by name; ``program`` names what judged, each part with its version.

    ``papers`` are the cards and records byte for byte as they were read, under the names of ``paper_name``; one that could not be read is
    not among them.

    Raises:
        ValueError: a paper has a name that none has.
    """
    files = {
        DECISION: record_json(decision),
        INPUTS: dense_json(sealed_release(inputs, program)),
        POLICIES: policy_table,
        LINES: "".join(f"{line}\n" for line in release_lines(decision)).encode(),
        **_known_papers(papers),
    }
    evidence = [FileRef(name, digest_bytes(content), len(content), 0) for name, content in files.items()]
    files[PAGE] = render_release(decision, inputs, evidence=evidence, record_name=DECISION)
    held = _HOLDS | _PAPERS
    return {**files, CONTENTS: record_json([{"file": name, "holds": held[name]} for name in sorted((*files, CONTENTS))])}


_PAPERS = {
    **{paper_name(kind): f"as it was read: {PAPER_WORDS[kind]}" for kind in (*CardKind, *RecordKind)},
    **{paper_name(kind, is_signature=True): f"the signature of {paper_name(kind)}" for kind in RecordKind},
}


def _known_papers(papers: Mapping[str, bytes]) -> Mapping[str, bytes]:
    strange = sorted(set(papers) - set(_PAPERS))
    if strange:
        raise ValueError(f"expected papers under the names of paper_name, found {', '.join(strange)}; name them by it")
    return papers
