"""Signed records of a release, and all of its documents at once: what they say, who signed them, and why one says nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from registry.domain.approving import SignatureVerdict
from registry.domain.canonical import digest_bytes
from registry.domain.release import CardKind, RecordKind
from registry.domain.release_read import SignedRecord
from registry.sources.release_documents import read_release_documents
from registry.sources.release_records import read_record
from tests.release_builders import MORNING, PURPOSE, RISK, SYSTEM, a_release_spec
from tests.sources.prediction_scenes import a_place

ROLE = "risk_compliance"
DPIA = {
    "kind": "dpia",
    "system": SYSTEM,
    "purpose": PURPOSE,
    "outcome": "approved",
    "by": RISK,
    "role": ROLE,
    "approved_on": "2026-02-10",
    "expires_on": "2027-02-10",
}
DRILL = {"kind": "rollback_drill", "version": "'1'", "measured_seconds": 180, "purpose": None, "expires_on": None}
Verdicts = SignatureVerdict


class Records:
    """A folder of records, and the keys and lists of those who sign them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.keys = folder / "bank", folder / "keys"
        self.folder.mkdir()
        self.keys.mkdir()
        self.signers, self.revoked = "", b""

    def write(self, name: str = "dpia.yaml", **changes: Any) -> Path:
        path = self.folder / name
        said = {**DPIA, **changes}
        path.write_text("".join(f"{key}: {value}\n" for key, value in said.items() if value is not None))
        return path

    def sign(self, path: Path, person: str = RISK, namespace: str = ROLE) -> None:
        subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", self.key(person), "-n", namespace, path], check=True, capture_output=True)

    def allow(self, person: str = RISK, role: str = ROLE, key: str = "", options: str = "") -> None:
        kind, text, *_ = self.key(key or person).with_name(f"{key or person}.pub").read_text().split()
        self.signers += f'{person} namespaces="{role}"{options} {kind} {text}\n'

    def key(self, person: str) -> Path:
        path = self.keys / person
        if not path.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", path], check=True)
        return path

    def read(
        self,
        kind: RecordKind = RecordKind.DPIA,
        name: str = "dpia.yaml",
        as_of: datetime = MORNING,
        zone: str = "UTC",
        seen: datetime | None = None,
    ) -> SignedRecord:
        """Read a record that a proposal showed at ``seen`` before; for the first time where that is left out."""
        signers, place = (self.signers, self.revoked), a_place(self.folder)
        found = read_record(kind, name, place, signers, zone, as_of, {})[0]
        return read_record(kind, name, place, signers, zone, as_of, {found.papers_digest: seen})[0] if seen else found


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path)


@pytest.fixture
def signed(records: Records) -> Records:
    """Return a folder with an assessment that was signed by somebody who may."""
    records.allow()
    records.sign(records.write())
    return records


def test_an_empty_file_is_no_record(records: Records) -> None:
    (records.folder / "dpia.yaml").write_text("")
    found = records.read()
    assert "dpia.yaml:1: kind: expected a value, found nothing" in found.problem
    assert (found.outcome, found.by, found.signature.verdict) == ("", "", Verdicts.NO_SIGNATURE)


def test_a_signed_record_says_what_was_approved_by_whom_until_when(signed: Records) -> None:
    found = signed.read()
    assert (found.problem, found.signature.verdict, found.signature.also) == ("", Verdicts.GOOD, ())
    assert (found.system_id, found.purpose, found.outcome, found.by, found.role) == (SYSTEM, PURPOSE, "approved", RISK, ROLE)
    assert (found.approved_on, found.expires_on) == (date(2026, 2, 10), date(2027, 2, 10))
    assert (found.version, found.measured_seconds) == ("", None)
    assert found.digest == digest_bytes((signed.folder / "dpia.yaml").read_bytes())


def test_a_drill_says_what_was_gone_back_to_and_how_long_it_took(records: Records) -> None:
    records.allow(role="operations_lead")
    records.sign(records.write("drill.yaml", **DRILL, role="operations_lead"), namespace="operations_lead")
    found = records.read(RecordKind.ROLLBACK_DRILL, "drill.yaml")
    assert (found.problem, found.version, found.measured_seconds, found.expires_on) == ("", "1", 180, None)
    assert found.signature.verdict is Verdicts.GOOD


def edited(records: Records) -> None:
    path = records.folder / "dpia.yaml"
    path.write_text(path.read_text().replace("2027-02-10", "2037-02-10"))


def unsigned(records: Records) -> None:
    (records.folder / "dpia.yaml.sig").unlink()


def without_lists(records: Records) -> None:
    records.signers = ""


def shared(records: Records) -> None:
    records.allow("mia@bank.example", "model_owner", key=RISK)


def revoked(records: Records) -> None:
    records.revoked = records.key(RISK).with_name(f"{RISK}.pub").read_bytes()


def emptied(records: Records) -> None:
    (records.folder / "dpia.yaml.sig").write_text("")


def in_another_role(records: Records) -> None:
    (records.folder / "dpia.yaml.sig").unlink()
    records.sign(records.folder / "dpia.yaml", namespace="model_risk")


def by_another(records: Records) -> None:
    (records.folder / "dpia.yaml.sig").unlink()
    records.sign(records.folder / "dpia.yaml", person="eve@bank.example")


@pytest.mark.parametrize(
    ("done", "verdict"),
    [
        (unsigned, Verdicts.NO_SIGNATURE),
        (emptied, Verdicts.NOT_A_SIGNATURE),
        (edited, Verdicts.BAD_SIGNATURE),
        (in_another_role, Verdicts.WRONG_NAMESPACE),
        (by_another, Verdicts.NOT_ALLOWED),
        (without_lists, Verdicts.NOT_ALLOWED),
        (revoked, Verdicts.KEY_REVOKED),
    ],
)
def test_a_signature_that_is_not_this_persons_over_these_bytes_is_none(
    signed: Records, done: Callable[[Records], None], verdict: SignatureVerdict
) -> None:
    done(signed)
    found = signed.read()
    assert (found.problem, found.signature.verdict) == ("", verdict) and found.signature.reason


def test_a_key_that_is_somebody_elses_too_is_told(signed: Records) -> None:
    shared(signed)
    assert signed.read().signature.also == ("mia@bank.example",)


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        (',valid-after="20260101",valid-before="20260212"', Verdicts.GOOD),
        (',valid-after="20260210"', Verdicts.GOOD),
        (',valid-after="20260211"', Verdicts.KEY_NOT_VALID),
        (',valid-before="20260210"', Verdicts.KEY_NOT_VALID),
    ],
)
def test_the_key_was_valid_on_the_day_of_the_approval(records: Records, options: str, verdict: SignatureVerdict) -> None:
    records.allow(options=options)
    records.sign(records.write())
    assert records.read(seen=datetime(2026, 2, 11, 8, tzinfo=UTC)).signature.verdict is verdict


def test_a_key_that_ended_dates_no_record_back_to_when_it_was_valid(records: Records) -> None:
    """Whoever left with their key can still write any day into a record, and sign it."""
    records.allow(options=',valid-before="20260212"')
    records.sign(records.write())
    found = records.read()
    assert found.signature.verdict is Verdicts.KEY_NOT_VALID and "2026-03-02 08:00 UTC" in found.signature.reason
    shown = records.read(seen=datetime(2026, 2, 11, 8, tzinfo=UTC))
    assert (shown.signature.verdict, shown.papers_digest) == (Verdicts.GOOD, found.papers_digest)
    records.sign(records.write(outcome="approved, again"))
    assert records.read().papers_digest != shown.papers_digest


def test_a_record_without_a_signature_has_no_papers_that_were_ever_shown(records: Records) -> None:
    records.write()
    assert records.read().papers_digest == ""


def test_what_is_approved_today_was_signed_by_now(records: Records) -> None:
    records.allow(options=',valid-before="202603020900"')
    records.sign(records.write(approved_on="2026-03-02"))
    assert records.read(as_of=datetime(2026, 3, 2, 8, tzinfo=UTC)).signature.verdict is Verdicts.GOOD
    assert records.read(as_of=datetime(2026, 3, 2, 10, tzinfo=UTC)).signature.verdict is Verdicts.KEY_NOT_VALID


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": "tra"}, "kind: expected dpia, found tra; name it in the catalogue under release.records.tra"),
        ({"kind": "audit"}, "dpia.yaml:1: kind: expected 'dpia', 'tra' or 'rollback_drill', found 'audit'"),
        ({"by": None}, "by: expected a value, found nothing"),
        ({"by": "''"}, "by: expected text that is not empty, found ''"),
        ({"role": "boss"}, "role: expected 'product_owner'"),
        ({"approved_on": "2026-02-30"}, "approved_on: expected a date like 2026-01-31, found '2026-02-30'"),
        ({"approved_on": "1770681600"}, "approved_on: expected a date like 2026-01-31, found 1770681600"),
        ({"approved_on": "0001-01-01"}, "approved_on: expected a day of our times, found 0001-01-01"),
        ({"expires_on": "9999-12-31"}, "expires_on: expected a day of our times, found 9999-12-31"),
        ({"expires": "2027-02-10"}, "found the unknown key 'expires'; did you mean 'expires_on'?"),
        ({"measured_seconds": 0}, "measured_seconds: expected a number of at least 1, found 0"),
        ({"version": 1}, "version: expected text, found the number 1; put it in quotes"),
        ({"system": "&a x"}, "expected plain values"),
    ],
)
def test_a_record_that_is_none_says_why_with_its_line(signed: Records, changes: dict[str, Any], told: str) -> None:
    signed.write(**changes)
    found = signed.read()
    assert told in found.problem
    assert (found.outcome, found.by, found.signature.verdict) == ("", "", Verdicts.NO_SIGNATURE)


def test_a_record_that_is_not_there_says_so(records: Records) -> None:
    assert records.read().problem.startswith("dpia.yaml: expected a file, found none")


def test_a_signature_that_cannot_be_read_is_not_a_missing_one(signed: Records) -> None:
    (signed.folder / "dpia.yaml.sig").unlink()
    (signed.folder / "dpia.yaml.sig").mkdir()
    assert "expected a regular file" in signed.read().problem


def test_all_documents_are_read_and_kept_byte_for_byte_by_the_name_of_their_kind(signed: Records) -> None:
    (signed.folder / "model.md").write_text(f"---\nsystem: {SYSTEM}\nversions: {{model: 2}}\n---\n## Risks\nsome\n")
    signed.write("tra.yaml", kind="tra")
    cards = {CardKind.MODEL_CARD: "model.md", CardKind.SYSTEM_CARD: "system.md"}
    spec = a_release_spec(cards=cards, records={RecordKind.DPIA: "dpia.yaml", RecordKind.TRA: "tra.yaml"})
    found = read_release_documents(spec, a_place(signed.folder), (signed.signers, b""), "UTC", MORNING, {})
    assert [(one.kind, bool(one.problem)) for one in found.cards] == [(CardKind.MODEL_CARD, False), (CardKind.SYSTEM_CARD, True)]
    assert [one.signature.verdict for one in found.records] == [Verdicts.GOOD, Verdicts.NO_SIGNATURE]
    stored = {"model_card.md": "model.md", "dpia.yaml": "dpia.yaml", "dpia.yaml.sig": "dpia.yaml.sig", "tra.yaml": "tra.yaml"}
    assert found.papers == {name: (signed.folder / path).read_bytes() for name, path in stored.items()}


def test_a_release_that_names_no_document_has_none(tmp_path: Path) -> None:
    found = read_release_documents(a_release_spec(cards={}, records={}), a_place(tmp_path), ("", b""), "UTC", MORNING, {})
    assert (found.cards, found.records, found.papers) == ((), (), {})
