"""The dossier of a closed issue, which is sealed with the signature that closed it, made again from what the proposal was judged from.

Put here how that dossier is held against its proposal, the events before it and the approval beside it. The proposal itself is judged again
where its own event stands (``recompute_closure.py``); whether signatures are good is for the verification to say.

The rules:
 * FAIL: it shows another decision, window, evidence graph or archive than the proposal that was signed; another case than the events before
   it tell; other signatures than the approval's own record; another instant than its event; or its page is not the page of all that.
 * INCONCLUSIVE: the package of the proposal is not there, or cannot be read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from deployments.recompute_closure import ClosureWalk, other_case
from deployments.recompute_pages import find_other_pages, is_comparable
from deployments.recompute_record import UnreadableError, sealed_content, sealed_inputs, told
from registry.closure_records import read_closure_decision, read_dossier, read_sealed_closure
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.closure import Dossier
from registry.domain.closure_sealed import SCHEMA_VERSION
from registry.domain.decision import Verdict
from registry.domain.feed import FileRef
from registry.domain.issue_export import DOSSIER_PAGE, DOSSIER_RECORD
from registry.domain.times import parse_instant
from registry.evidence.packages import PackageSummary, find_package
from registry.evidence.record_differences import first_difference
from registry.evidence.report import Problem
from registry.evidence.sealed_days import DECISION, INPUTS
from registry.evidence.sealed_events import SealedEvent
from reports.dossier_page import render_dossier

APPROVAL = "approval.json"


class DossierWalk:
    """What judging a dossier again needs of the events before: the case of its issue, which the walk of closures remembers."""

    def __init__(self, closures: ClosureWalk) -> None:
        self._closures = closures

    def note(self, event: SealedEvent, envelope: dict[str, Any]) -> None:
        """Nothing more than what the walk of closures notes."""

    def judge(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary) -> list[Problem]:
        """Return what does not come out the same of the dossier that was sealed with an approval."""
        name = f"{package.path.name}/{DOSSIER_RECORD}"
        return told(name, self._compared(event, envelope, package, name))

    def _compared(self, event: SealedEvent, envelope: dict[str, Any], package: PackageSummary, name: str) -> Iterator[Problem]:
        kept = sealed_content(package, DOSSIER_RECORD)
        shown, approval = read_dossier(kept), json.loads(sealed_content(package, APPROVAL))
        proposal = _proposal(package, approval["document"]["bundle_digest"], name)
        decision = read_closure_decision(sealed_content(proposal, DECISION))
        sealed = read_sealed_closure(sealed_inputs(proposal, INPUTS, SCHEMA_VERSION))
        yield from other_case(self._closures.case_of(envelope["issue"], event.seq - 1), shown.case, name)
        signed, kept_signed = record_json({"coverage": approval["coverage"]}), record_json({"coverage": shown.coverage})
        if signed != kept_signed:
            key, expected, found = first_difference(signed, kept_signed)
            yield Problem(name, f"{key}: {expected}, as {APPROVAL} beside it says", found)
        closed_at = parse_instant(envelope["as_of"])
        again = Dossier(decision, shown.case, sealed.graph, sealed.window, sealed.archive, shown.coverage, closed_at)
        if (content := record_json(again)) != kept:
            key, expected, found = first_difference(content, kept)
            yield Problem(name, f"{key}: {expected}, as the proposal that was signed says", found)
        elif is_comparable(sealed.program):
            listed = [FileRef(DOSSIER_RECORD, digest_bytes(kept), len(kept), 0)]
            page = render_dossier(again, sealed.work, sealed.zone, evidence=listed, record_name=DOSSIER_RECORD)
            yield from find_other_pages(package, {DOSSIER_PAGE: page})


def has_dossier(package: PackageSummary | None) -> bool:
    """Return whether an approval's package holds the dossier of an issue that it closed."""
    return package is not None and (package.path / DOSSIER_RECORD).is_file()


def _proposal(package: PackageSummary, bundle_digest: str, name: str) -> PackageSummary:
    found = find_package(package.path.parent, bundle_digest)
    if found is None:
        expected = f"the sealed package {bundle_digest} of the proposal that was signed"
        raise UnreadableError(Problem(name, expected, "none in the archive", Verdict.INCONCLUSIVE))
    return found
