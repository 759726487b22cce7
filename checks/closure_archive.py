"""The archive under a closure: is everything that it cites there, as it was sealed, and does its arithmetic come out again?

Put here what is asked of packages. Verifying digests and doing arithmetic again is the work of tasks; they hand in what they found.

The rules:
 * The archive was verified, and is as it was sealed.
 * Every step and approval that the closure rests on lies in a sealed package that was found, and so does the window that was judged last.
 * No cited package is altered, and none recomputes to another record. The window's package recomputes, and holds its event.
 * A document is the one whose digest was recorded, of this issue: another issue's, or an edited one, has another.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.closure_cause import standing_cause
from registry.domain.canonical import digest_of, plain
from registry.domain.closure import ArchiveCheck, CitedPackage, ClosureInputs, Lack
from registry.domain.decision import Verdict
from registry.domain.evidence_graph import EvidenceGraph
from registry.domain.work import Case, StepKind, StepTaken

_VERIFY = "run `proofloop evidence verify`, and find out what happened to the archive"
# Kinds of steps on which no gate rests.
_BESIDE = frozenset({StepKind.NOTE, StepKind.HOLD, StepKind.RELEASE_HOLD, StepKind.SUPPRESS, StepKind.CLOSE})
# Fields that documents recorded before them do not have.
_ADDED = frozenset({"quality_before", "quality_after"})


def find_archive_lacks(inputs: ClosureInputs) -> Iterator[Lack]:
    """Yield what of the archive keeps the closure from being believed."""
    check = inputs.archive
    if check.verdict is not Verdict.PASS:
        missing = f"expected an archive that is as it was sealed, found {check.verdict}: {check.reason or 'no reason given'}"
        yield Lack("archive_not_verified", missing, _VERIFY, Verdict(check.verdict))
    if not check.packages:
        yield Lack("nothing_cited", "expected the packages that the closure rests on checked, found none", "run the closure again")
    yield from _find_altered(check)
    yield from _find_absent(inputs)
    yield from _find_window(inputs)
    for step in cited_steps(inputs.case, inputs.graph):
        yield from _find_other_document(inputs, step)


def cited_steps(case: Case, graph: EvidenceGraph) -> tuple[StepTaken, ...]:
    """Return the steps that a closure rests on: those of the present occurrence, and the root cause that stands."""
    _, cause = standing_cause(case, graph)
    steps = {step.seq: step for step in case.steps if step.seq > case.reopened_seq and step.kind not in _BESIDE}
    return tuple((steps | ({cause.seq: cause} if cause else {})).values())


def find_cited(case: Case, graph: EvidenceGraph) -> tuple[tuple[str, str], ...]:
    """Return every package that the steps of a closure and their approvals lie in, by its digest, each with what it is the package of."""
    steps = cited_steps(case, graph)
    documents = {step.document_digest for step in steps}
    given = (found for found in case.approvals if found.document_digest in documents)
    taken = ((f"step `{step.kind}` of event {step.seq}", step.bundle_digest) for step in steps)
    return (*taken, *((f"approval by {found.name} of event {found.seq}", found.bundle_digest) for found in given))


def _find_altered(check: ArchiveCheck) -> Iterator[Lack]:
    for package in check.packages:
        if package.problem:
            missing = f"expected package {_named(package)} as it was sealed, found {package.problem}"
            yield Lack("package_altered", missing, _VERIFY, Verdict.FAIL)
        if package.recomputed is Verdict.FAIL:
            missing = f"expected package {_named(package)} to recompute to its record, found another: {package.recomputed_reason}"
            yield Lack("not_reproduced", missing, "run `evidence verify --recompute`, and find out which number is wrong", Verdict.FAIL)


def _find_absent(inputs: ClosureInputs) -> Iterator[Lack]:
    present = {package.bundle_digest for package in inputs.archive.packages}
    for name, bundle in find_cited(inputs.case, inputs.graph):
        if not bundle or bundle not in present:
            missing = f"expected the package of the {name} in the archive, found {'none cited' if not bundle else 'it missing'}"
            yield Lack("package_missing", missing, "seal it with `proofloop evidence seal`, or bring the archive back whole")


def _find_window(inputs: ClosureInputs) -> Iterator[Lack]:
    if inputs.window is None:
        return
    package = next((one for one in inputs.archive.packages if one.bundle_digest == inputs.window_bundle), None)
    if package is None:
        missing = f"expected the package of the window of event {inputs.window_event} in the archive, found it missing"
        yield Lack("package_missing", missing, "bring the archive back whole, or run `proofloop recurrence` again")
    elif package.events and inputs.window_event not in package.events:
        missing = f"expected the window's package {_named(package)} to hold event {inputs.window_event}, found {list(package.events)}"
        yield Lack("other_package", missing, _VERIFY, Verdict.FAIL)
    elif package.recomputed is Verdict.INCONCLUSIVE:
        missing = f"expected the window's package {_named(package)} recomputed, found that it was not: {package.recomputed_reason}"
        yield Lack("not_recomputed", missing, "run the closure where its packages can be recomputed")


def _find_other_document(inputs: ClosureInputs, step: StepTaken) -> Iterator[Lack]:
    document = plain(step.document)
    older = {name: value for name, value in document.items() if name not in _ADDED}
    own = {digest_of({"issue": inputs.case.issue.issue_id, "step": step.kind, "document": told}) for told in (document, older)}
    if step.document_digest not in own:
        missing = f"expected the document of the step `{step.kind}` of event {step.seq} by its digest, found another"
        yield Lack("other_document", missing, _VERIFY, Verdict.FAIL)


def _named(package: CitedPackage) -> str:
    return f"{package.seal:06d} ({package.kind})"
