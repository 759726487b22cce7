"""Signed records that come with a release: impact and risk assessments, and drills of the way back, as YAML with a signature beside it.

Put here how a record is read and its signature asked after. Whether it counts is ``checks/release_records.py``.

 * A record is a file of YAML, ``FILE.sig`` beside it the signature that ``ssh-keygen -Y sign -n ROLE`` made over its bytes. One without a
   signature is read, and is unsigned.
 * It says itself what kind of record it is: an assessment of one kind does not stand for the other.
 * The key has to have been valid at the end of the day on which it says that it was approved, or now where that is still to come; and when
   the record was first shown with this signature, by a proposal of a release that took it for good, or now where none did. What it says
   of its day is its signer's word: a key that has ended could date it back.
 * A record that cannot be read says nothing, and why. A key that it does not know is a problem: it may be a slip of the pen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from registry.catalogue.watching import Day
from registry.documents import parse_document
from registry.domain.approving import SignatureAnswer, SignatureVerdict
from registry.domain.canonical import digest_of
from registry.domain.catalogue import OwnerRole
from registry.domain.release import RecordKind
from registry.domain.release_read import SignedRecord
from registry.domain.times import instant_problem, start_of_day
from registry.errors import ConfigurationError, SourceError
from registry.evidence.role_signatures import judge_signature
from registry.schemas import Positive, Schema, Text, refusal, validated
from registry.sources.prediction_rows import PredictionPlace
from registry.sources.release_files import ReleaseFile, find_release_file, read_release_file

SIGNATURE_ENDING = ".sig"
_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)


def _of_our_times(day: date) -> date:
    if instant_problem(start_of_day(day, "UTC")):
        raise refusal("a day of our times", str(day), "correct it")
    return day


RecordDay = Annotated[Day, AfterValidator(_of_our_times)]


class ReleaseRecord(Schema):
    """A record of somebody else's work that comes with a release; whoever approved it signs the file as it is."""

    kind: RecordKind = Field(description="What it records; the catalogue names it under this key.")
    system: Text = Field(description="The AI system, by its id in the catalogue.")
    outcome: Text = Field(description="approved, or what else it came to: then it does not count.")
    by: Text = Field(description="Who approved it, by the name that allowed_signers has.")
    role: OwnerRole = Field(description="The role in which it was approved, and signed: the namespace of the signature.")
    approved_on: RecordDay = Field(description="The day on which it was approved.")
    expires_on: RecordDay | None = Field(default=None, description="The day from which it holds no more; every assessment has one.")
    purpose: Text | None = Field(default=None, description="Of an assessment: the use that was approved, in the words of release.purpose.")
    version: Text | None = Field(default=None, description="Of a drill: the version that was gone back to.")
    measured_seconds: Positive | None = Field(default=None, description="Of a drill: how long the way back took, in whole seconds.")
    reference: Text | None = Field(default=None, description="Where the whole assessment or report is kept.")


def read_record(
    kind: RecordKind,
    path: str,
    place: PredictionPlace,
    signers: tuple[str, bytes],
    zone: str,
    as_of: datetime,
    seen: Mapping[str, datetime],
) -> tuple[SignedRecord, tuple[ReleaseFile, ...]]:
    """Return the record at ``path`` with the files that it was read from; ``signers`` are ``allowed_signers`` and ``revoked_keys``.

    ``seen`` says when records were first shown, by the digest of their papers.

    Raises:
        SourceUnavailableError: its storage does not answer, or it is being written (retried).
        EvidenceUnavailableError: ``ssh-keygen`` is missing or does not answer.
    """
    files: tuple[ReleaseFile, ...] = ()
    try:
        files = (read_release_file(path, place),)
        written = _written(kind, files[0])
        signature = find_release_file(path + SIGNATURE_ENDING, place)
    except (SourceError, ConfigurationError) as error:
        return SignedRecord(kind, path, files[0].digest if files else "", problem=str(error)), files
    files = (*files, signature) if signature else files
    signed_at = min(as_of, start_of_day(written.approved_on + _DAY, zone) - _SECOND)
    papers = digest_of([one.digest for one in files]) if signature else ""
    answer = _answer(files, written, signers, (signed_at, seen.get(papers, as_of))) if signature else _unsigned(path)
    return replace(_made(kind, files[0], written, answer), papers_digest=papers), files


def _written(kind: RecordKind, file: ReleaseFile) -> ReleaseRecord:
    written = validated(ReleaseRecord, parse_document(file.text(), file.name))
    if written.kind is not kind:
        fix = f"name it in the catalogue under release.records.{written.kind}, or have the {kind} written"
        raise SourceError(f"{file.name}: kind: expected {kind}, found {written.kind}; {fix}")
    return written


def _unsigned(path: str) -> SignatureAnswer:
    return SignatureAnswer(SignatureVerdict.NO_SIGNATURE, reason=f"no file {path}{SIGNATURE_ENDING}")


def _answer(files: tuple[ReleaseFile, ...], written: ReleaseRecord, signers: tuple[str, bytes], at: Sequence[datetime]) -> SignatureAnswer:
    record, signature = files
    return judge_signature(record.content, signature.content, *signers, written.by, written.role.value, *at)


def _made(kind: RecordKind, file: ReleaseFile, written: ReleaseRecord, answer: SignatureAnswer) -> SignedRecord:
    return SignedRecord(
        kind=kind,
        path=file.name,
        digest=file.digest,
        system_id=written.system,
        purpose=written.purpose or "",
        outcome=written.outcome,
        by=written.by,
        role=written.role.value,
        approved_on=written.approved_on,
        expires_on=written.expires_on,
        version=written.version or "",
        measured_seconds=written.measured_seconds,
        signature=answer,
    )
