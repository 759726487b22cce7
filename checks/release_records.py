"""A signed record of somebody else's work: is it about this system, approved, in force, and signed by whom it says?

Put here what every signed record of a release must be. Which assessments are asked for is ``release_compliance.py``, what a drill shows
``release_rollback.py``; the bytes of a signature are checked by ``registry/evidence``.

The rules, all of them told at once:
 * The catalogue names it, once, and it could be read. INCONCLUSIVE, and nothing else is told.
 * It is of this system, and what it came to is ``approved``. FAIL.
 * It says since when and until when it holds, and today is between: not of a day to come, and the last day is over where it ends today.
   A day that is not there is INCONCLUSIVE, one that has passed FAIL.
 * Whoever approved it is named, in a role that policy takes for such a record. FAIL; INCONCLUSIVE where policy names no role.
 * It is signed, by that person in that role, with a key that was theirs alone and valid. FAIL: without it anybody wrote it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from registry.domain.approving import SignatureVerdict
from registry.domain.catalogue import OwnerRole
from registry.domain.decision import Finding, Verdict
from registry.domain.release import RecordKind
from registry.domain.release_read import SignedRecord
from registry.domain.release_run import ReleaseInputs

APPROVED = "approved"
_SIGNED = {
    SignatureVerdict.BAD_SIGNATURE: "a signature of other bytes, so it was edited after it was signed",
    SignatureVerdict.NOT_A_SIGNATURE: "a file beside it that is no SSH signature",
}


def only_record(check: str, kind: RecordKind, inputs: ReleaseInputs) -> SignedRecord | Finding:
    """Return the one record of a kind that could be read, or the finding that says why there is none."""
    found, name = [one for one in inputs.records if one.kind is kind], name_of(kind)
    if len(found) != 1:
        text = f"expected one signed record, found {len(found) or 'none'}; have it approved and signed, and name it in the catalogue "
        code = "several_records" if found else "missing_record"
        return Finding(check, name, Verdict.INCONCLUSIVE, code, f"{text}under release.records.{kind}")
    if found[0].problem:
        return Finding(check, name, Verdict.INCONCLUSIVE, "unreadable_record", found[0].problem)
    return found[0]


def find_record_problems(
    check: str, record: SignedRecord, inputs: ReleaseInputs, roles: Collection[OwnerRole], *, must_end: bool = True
) -> tuple[Finding, ...]:
    """Return what is wrong with a record that could be read; ``must_end``: one without a last day does not count."""
    told = (*_about(record, inputs), *_in_force(record, inputs.business_date, must_end), *_approver(record, roles), *_signature(record))
    name = name_of(record.kind)
    return tuple(Finding(check, name, verdict, code, f"{record.path}: {text}") for verdict, code, text in told)


def name_of(kind: RecordKind) -> str:
    """Return what people call a kind of record.

    >>> name_of(RecordKind.DPIA), name_of(RecordKind.ROLLBACK_DRILL)
    ('DPIA', 'rollback drill')
    """
    return kind.value.upper() if kind is not RecordKind.ROLLBACK_DRILL else "rollback drill"


_Told = Iterator[tuple[Verdict, str, str]]


def _about(record: SignedRecord, inputs: ReleaseInputs) -> _Told:
    if record.system_id != inputs.system.system_id:
        text = f"system: expected {inputs.system.system_id}, found {record.system_id or 'none'}; have this system assessed"
        yield Verdict.FAIL, "other_system", text
    if record.outcome != APPROVED:
        text = f"outcome: expected {APPROVED}, found {record.outcome or 'none'}; settle what stands against it and have it signed anew"
        yield Verdict.FAIL, "not_approved", text


def _in_force(record: SignedRecord, today: date, must_end: bool) -> _Told:
    since, until = record.approved_on, record.expires_on
    if since is None:
        yield Verdict.INCONCLUSIVE, "undated", "approved_on: expected the day on which it was approved, found none; have it signed anew"
    elif since > today:
        yield Verdict.INCONCLUSIVE, "in_the_future", f"approved_on: expected {today} or before, found {since}; correct it and sign anew"
    if until is None and must_end:
        yield Verdict.INCONCLUSIVE, "no_end", "expires_on: expected the day from which it holds no more, found none; have it signed anew"
    elif until is not None and until <= today:
        yield Verdict.FAIL, "expired", f"expires_on: expected a day after {today}, found {until}; have it assessed again"


def _approver(record: SignedRecord, roles: Collection[OwnerRole]) -> _Told:
    if not roles:
        text = "role: expected a role that may approve it in the policy table release, found none; name it there"
        yield Verdict.INCONCLUSIVE, "not_configured", text
    elif record.role not in roles:
        text = f"role: expected {' or '.join(roles)}, found {record.role or 'none'}; have one of them approve and sign it"
        yield Verdict.FAIL, "wrong_role", text
    if not record.by.strip():
        yield Verdict.FAIL, "nobody", "by: expected who approved it, found nobody; have it signed by whoever does"


def _signature(record: SignedRecord) -> _Told:
    answer = record.signature
    if answer.verdict is not SignatureVerdict.GOOD:
        found = _SIGNED.get(answer.verdict) or answer.reason or answer.verdict.value.replace("_", " ")
        yield (
            Verdict.FAIL,
            answer.verdict.value,
            f"expected it signed by {record.by or 'whoever approved it'}, found: {found}; sign it anew",
        )
    elif answer.also:
        text = f"expected a key that is {record.by}'s alone, found that allowed_signers gives it to {', '.join(answer.also)} too; "
        yield Verdict.FAIL, "shared_key", f"{text}give each a key of their own and sign anew"
