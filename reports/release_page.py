"""The page of a release: may this candidate be put in force, and who has to sign for it? For reviewers who do not code.

Page one holds the decision that is asked for, why, who must sign by when, the five gates and what was not evaluated; then overrides, what
was put in force, the line of the release calendar, everything that was read and everything that was found. Put here what this page shows;
rows are ``release_view`` and ``release_standing_view``, sentences ``release_summary``, words ``release_words``, markup is the template's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from registry.domain.decision import Verdict
from registry.domain.feed import FileRef
from registry.domain.release_run import CalendarEntry, KnownRelease, ReleaseDecision, ReleaseInputs
from reports import release_standing_view as standing
from reports import release_summary as summary
from reports import release_view as view
from reports import wording
from reports.release_words import named, role_words
from reports.rendering import is_package_file, render_page
from reports.triggers_words import short_digest

MAX_ROWS = 80
_NOTHING_FOUND = "The checks found nothing at all: nobody looked, or the record is not whole."


def render_release(
    decision: ReleaseDecision,
    inputs: ReleaseInputs,
    *,
    evidence: Sequence[FileRef] = (),
    record_name: str = "decision.json",
    known: KnownRelease | None = None,
    as_of: datetime | None = None,
) -> bytes:
    """Return the page of ``decision``: the same bytes for the same values.

    ``evidence`` lists the other files of the package (``path`` is the name in it); plain names become links. ``known`` is the release as
    the ledger has it at ``as_of``, with its signatures and switches; a page sealed with the decision is older than any of them.
    """
    at = as_of or decision.as_of
    return render_page(
        "release.html.j2",
        decision=decision,
        max_rows=MAX_ROWS,
        **_verdict_values(decision, inputs, known),
        **_people_values(decision, inputs, known, at),
        **_basis_values(decision, inputs, [file.path for file in evidence]),
        **_package_values(evidence, record_name),
    )


def _verdict_values(decision: ReleaseDecision, inputs: ReleaseInputs, known: KnownRelease | None) -> dict[str, Any]:
    zone = inputs.system.timezone
    return {
        "tone": decision.verdict.value,
        "is_pass": decision.verdict is Verdict.PASS,
        "verdict_word": summary.verdict_words(decision),
        "question": summary.question(decision),
        "headline": summary.headline(decision),
        "meaning": summary.meaning(decision),
        "ask": summary.ask(decision, inputs),
        "override_text": summary.override_text(decision, inputs),
        "figures": summary.figures(decision, inputs, known.sign_offs if known else None),
        "system_name": inputs.system.name,
        "system_id": inputs.system.system_id,
        "proposed_by": f"{decision.proposed_by} ({role_words(inputs.role)})",
        "made_by": ", ".join(decision.made_by) or "nobody named",
        "decided_at": wording.time_text(decision.as_of, zone),
        "decided_utc": wording.time_text(decision.as_of, "UTC"),
        "data_before_utc": wording.time_text(decision.knowledge_cut.data_before, "UTC"),
    }


def _people_values(decision: ReleaseDecision, inputs: ReleaseInputs, known: KnownRelease | None, at: datetime) -> dict[str, Any]:
    zone = inputs.system.timezone
    signed = known.sign_offs if known is not None else None
    return {
        "gates": view.gate_rows(decision, signed),
        "signers": standing.signer_rows(decision, inputs, signed, at, known.disowned if known is not None else ()),
        "sign_until": summary.sign_until(inputs),
        "max_valid_days": inputs.policy.sign_off.max_valid_days,
        "stage": standing.stage(inputs, known, at),
        "is_done": known is not None and any(one.took_effect for one in known.switches),
        "overrides": standing.override_rows(known, zone, at),
        "override_names": ", ".join(dict.fromkeys(one.name for one in standing.overrides(known))),
        "switches": standing.switch_rows(known, zone),
        "standing_at": wording.time_text(at, zone),
        "is_sealed_with_decision": known is None,
        "package_digest": known.bundle_digest if known is not None else "",
    }


def _basis_values(decision: ReleaseDecision, inputs: ReleaseInputs, files: Sequence[str]) -> dict[str, Any]:
    versions = [(role, one, named(one)) for role, one in (("Candidate", decision.candidate), ("In force until now", decision.champion))]
    return {
        "versions": [(role, one, name, short_digest(one.digest)) for role, one, name in versions],
        "short_gate": short_digest(decision.gate_bundle),
        "calendar": calendar_rows(decision.calendar),
        "proposal": inputs.proposal,
        "purpose": inputs.spec.purpose,
        "read": view.read_rows(inputs, files),
        "gaps": view.gap_rows(decision),
        "found": view.finding_rows(decision.findings),
        "nothing_found": _NOTHING_FOUND,
        "inputs": [(item.name, item.digest) for item in decision.inputs],
    }


def calendar_rows(entry: CalendarEntry) -> list[tuple[str, str]]:
    """Return the line of the release calendar, field by field."""
    return [
        ("Release", entry.release_id),
        ("Date", wording.day_text(entry.on)),
        ("Object", entry.object_type.value),
        ("Change", entry.change),
        ("Affected", entry.affected_population),
        ("Risk tier", entry.risk_tier),
        ("Evidence required", ", ".join(entry.evidence_required) or "none"),
        ("Owner", entry.owner or "nobody"),
        ("Canary", entry.canary or "none"),
        ("Rollback", entry.rollback or "none"),
        ("Review of its impact", wording.day_text(entry.review_on)),
        ("Decision log", entry.decision_log or "none"),
    ]


def _package_values(evidence: Sequence[FileRef], record_name: str) -> dict[str, Any]:
    return {
        "files": frozenset(file.path for file in evidence if is_package_file(file.path)),
        "package": [(file.path, file.digest) for file in evidence],
        "record_name": record_name,
    }
