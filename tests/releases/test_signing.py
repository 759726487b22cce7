"""Signing a release off as people do: asked for, signed with stock tools, recorded; nothing counts that was not signed so."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import flows.release_sign
from deployments.sign_off_walk import check_sign_offs
from registry.domain.canonical import digest_bytes
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.release_acts import SignOffResult
from registry.errors import ConfigurationError, EvidenceError
from registry.evidence.packages import find_package, list_packages
from registry.evidence.role_signatures import SIGNERS_COPY
from registry.evidence.signed_papers import REQUEST, REQUEST_SIGNATURE, RoleSigners
from registry.ledger.verification import verify_ledger
from tests.released_bank import MAKER, PROPOSER, SIGNERS, ReleasedBank, codes, write_cards

OWNER, LEAD = "product_owner", "governance_lead"
REASON = "the defect that it mends holds the purchases of two thousand customers a day"


def release_of(bank: ReleasedBank) -> str:
    (release,) = bank.releases()
    return release.release_id


def held(bank: ReleasedBank) -> str:
    """Propose the candidate without a section of its card, and return the release that is held for it."""
    write_cards(bank.bank, leave_out="Limitations")
    result = bank.propose()
    assert result.decision is not None and result.decision.action == "hold"
    return result.decision.release_id


def recorded(bank: ReleasedBank) -> int:
    return len(list(bank.bank.ledger.read_events(0, (EventKind.RELEASE_SIGNED,))))


def folder(bank: ReleasedBank, result: SignOffResult) -> Path:
    found = find_package(bank.bank.workspace.archive_dir, result.bundle_digest)
    assert found is not None
    return found.path


def test_a_release_that_was_never_proposed_cannot_be_asked_for(bank: ReleasedBank) -> None:
    with pytest.raises(ConfigurationError, match="none was proposed yet"):
        bank.request("REL-20260316-1a2b3c4d", OWNER)


def test_two_signatures_sign_a_release_off_and_their_papers_are_sealed(waiting: ReleasedBank) -> None:
    release = release_of(waiting)
    first = waiting.sign_off(release, OWNER)
    assert first.seq and first.decision.standing and first.decision.standing.missing == (LEAD,)
    second = waiting.sign_off(release, LEAD)
    assert second.seq and second.decision.standing and second.decision.standing.is_complete
    kept = folder(waiting, second)
    assert {path.name for path in kept.iterdir()} >= {
        *("sign-off.json", "signed-decision.json", "request.json", "request.json.sig", "allowed_signers")
    }
    (known,) = waiting.releases()
    assert digest_bytes((kept / "signed-decision.json").read_bytes()) == known.decision_digest
    assert [(one.name, one.role, one.is_override) for one in known.sign_offs] == [
        (SIGNERS[OWNER], OWNER, False),
        (SIGNERS[LEAD], LEAD, False),
    ]
    assert verify_ledger(waiting.bank.ledger) == ()


def test_a_sign_off_whose_key_was_disowned_since_counts_no_more_and_is_given_again_with_another_key(waiting: ReleasedBank) -> None:
    release = release_of(waiting)
    waiting.sign_off(release, OWNER)
    waiting.sign_off(release, LEAD)
    waiting.bank.workspace.revoked_keys_path.write_text(Path(f"{waiting.key(SIGNERS[OWNER])}.pub").read_text())
    (known,) = waiting.releases()
    assert ([one.role for one in known.sign_offs], [one.role for one in known.disowned]) == ([LEAD], [OWNER])
    (refusal,) = waiting.promote(release).decision.refusals
    assert refusal.code == "not_signed_off" and f"found missing product_owner; disowned: {SIGNERS[OWNER]}" in refusal.reason
    waiting.allow(SIGNERS[OWNER], OWNER, "renewed")
    for ending in ("", ".pub"):
        (waiting.keys / f"renewed{ending}").rename(waiting.keys / f"{SIGNERS[OWNER]}{ending}")
    assert waiting.sign_off(release, OWNER).seq
    assert waiting.promote(release).is_done
    lists = RoleSigners("allowed_signers", waiting.signers.read_text(), waiting.bank.workspace.revoked_keys_path.read_bytes())
    (problem,) = check_sign_offs(waiting.archive, lists).problems
    assert problem.verdict is Verdict.INCONCLUSIVE and "key_revoked" in str(problem)  # of the first; the second is no second one


@pytest.mark.parametrize("altered", ["missing", "other"])
def test_once_a_key_is_disowned_a_sign_off_whose_package_is_not_as_it_was_counts_no_more(waiting: ReleasedBank, altered: str) -> None:
    release = release_of(waiting)
    kept, other = (folder(waiting, waiting.sign_off(release, role)) for role in (OWNER, LEAD))
    waiting.bank.workspace.revoked_keys_path.write_text(Path(f"{waiting.key(SIGNERS[OWNER])}.pub").read_text())
    (kept / REQUEST_SIGNATURE).unlink()
    if altered == "other":
        for name in (REQUEST, REQUEST_SIGNATURE, SIGNERS_COPY):
            (kept / name).write_bytes((other / name).read_bytes())
    assert [one.role for one in waiting.releases()[0].sign_offs] == [LEAD]


def test_a_key_that_is_disowned_before_its_sign_off_was_sealed_lets_nothing_go_either(
    waiting: ReleasedBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where another account seals, the papers lie in the spool until then."""
    release = release_of(waiting)
    monkeypatch.setattr("tasks.evidence.seals_itself", lambda _: False)
    results = [waiting.sign_off(release, role) for role in (OWNER, LEAD)]
    assert all(find_package(waiting.bank.workspace.archive_dir, one.bundle_digest) is None for one in results)
    waiting.bank.workspace.revoked_keys_path.write_text(Path(f"{waiting.key(SIGNERS[OWNER])}.pub").read_text())
    assert [one.role for one in waiting.releases()[0].sign_offs] == [LEAD]


def test_the_name_of_a_release_may_be_its_beginning(waiting: ReleasedBank) -> None:
    assert waiting.sign_off(release_of(waiting)[:-3].lower(), OWNER).seq
    with pytest.raises(ConfigurationError, match="none of this name; the newest is REL-"):
        waiting.request("REL-19990101", LEAD)


def test_recording_again_writes_nothing(waiting: ReleasedBank) -> None:
    release = release_of(waiting)
    request = waiting.request(release, OWNER)
    waiting.sign(request, SIGNERS[OWNER], OWNER)
    first, packages = waiting.record(release, request), len(list_packages(waiting.bank.workspace.archive_dir))
    again = waiting.record(release, request)
    assert (again.repeated, again.seq, again.bundle_digest) == (True, first.seq, first.bundle_digest)
    assert (recorded(waiting), len(list_packages(waiting.bank.workspace.archive_dir))) == (1, packages)


def test_a_request_without_a_signature_signs_nothing_off(waiting: ReleasedBank) -> None:
    release = release_of(waiting)
    assert codes(waiting.record(release, waiting.request(release, OWNER))) == {"needs_signature"}
    assert recorded(waiting) == 0


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("namespace", "wrong_namespace"),
        ("key", "not_allowed"),
        ("edited", "bad_signature"),
        ("no signature", "not_a_signature"),
        ("revoked", "key_revoked"),
    ],
)
def test_a_signature_that_is_not_of_this_person_role_and_request_is_refused(waiting: ReleasedBank, what: str, code: str) -> None:
    release = release_of(waiting)
    request = waiting.request(release, OWNER)
    signature = waiting.sign(request, SIGNERS[LEAD] if what == "key" else SIGNERS[OWNER], LEAD if what == "namespace" else OWNER)
    if what == "edited":
        nonce = json.loads(request.read_text())["nonce"]
        request.write_text(request.read_text().replace(nonce, nonce[::-1]))
    if what == "no signature":
        signature.write_text("hello\n")
    if what == "revoked":
        waiting.bank.workspace.revoked_keys_path.write_text(waiting.key(SIGNERS[OWNER]).with_suffix(".example.pub").read_text())
    assert codes(waiting.record(release, request)) == {code}
    assert recorded(waiting) == 0


def test_a_key_that_ended_between_request_and_record_signs_nothing_off(waiting: ReleasedBank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = release_of(waiting)
    request, kept = waiting.request(release, OWNER), waiting.request(release, LEAD)
    ends = f'namespaces="{OWNER}",valid-before="{datetime.now(UTC) + timedelta(hours=1):%Y%m%d%H%M%S}Z"'
    waiting.signers.write_text(waiting.signers.read_text().replace(f'namespaces="{OWNER}"', ends))
    waiting.sign(request, SIGNERS[OWNER], OWNER)  # nobody can tell when this was: after its end the key may be in other hands
    waiting.sign(kept, SIGNERS[LEAD], LEAD)
    monkeypatch.setattr(flows.release_sign, "now", lambda: datetime.now(UTC) + timedelta(hours=2))
    assert codes(waiting.record(release, request)) == {"key_not_valid"} and recorded(waiting) == 0
    assert waiting.record(release, kept).seq


def test_who_made_or_proposed_it_does_not_sign_it_off_though_the_file_lets_them(waiting: ReleasedBank) -> None:
    release = release_of(waiting)
    for person in (MAKER, PROPOSER):
        waiting.allow(person, OWNER)
        with pytest.raises(ConfigurationError, match="expected somebody who had no hand in the release"):
            waiting.request(release, OWNER, person)


def test_a_key_that_is_the_makers_too_signs_nothing_off(waiting: ReleasedBank) -> None:
    release = release_of(waiting)
    waiting.allow(MAKER, LEAD, key=SIGNERS[OWNER])
    assert codes(waiting.sign_off(release, OWNER)) == {"own_work", "shared_key"}


def test_one_person_in_both_roles_is_one_signature(waiting: ReleasedBank) -> None:
    release = release_of(waiting)
    waiting.allow(SIGNERS[OWNER], LEAD)
    assert waiting.sign_off(release, OWNER).seq
    with pytest.raises(ConfigurationError, match="has not signed it off yet"):
        waiting.request(release, LEAD, SIGNERS[OWNER])


def test_a_sign_off_of_one_release_is_not_one_of_another(waiting: ReleasedBank) -> None:
    first = release_of(waiting)
    request = waiting.request(first, OWNER)
    waiting.sign(request, SIGNERS[OWNER], OWNER)
    other = waiting.propose(change="The filter is retrained on the purchases of March")
    assert other.decision is not None
    assert codes(waiting.record(other.decision.release_id, request)) == {"other_release"}


def test_a_decision_that_was_edited_in_the_archive_is_neither_handed_out_nor_signed(waiting: ReleasedBank) -> None:
    release = release_of(waiting)
    request = waiting.request(release, OWNER)
    waiting.sign(request, SIGNERS[OWNER], OWNER)
    (known,) = waiting.releases()
    sealed = find_package(waiting.bank.workspace.archive_dir, known.bundle_digest)
    assert sealed is not None
    (sealed.path / "decision.json").chmod(0o644)
    (sealed.path / "decision.json").write_bytes((sealed.path / "decision.json").read_bytes().replace(b"approve", b"canary "))
    assert codes(waiting.record(release, request)) == {"edited_decision"}
    with pytest.raises(EvidenceError, match="expected the recorded decision"):
        waiting.request(release, LEAD)


def test_a_release_that_is_held_takes_an_override_of_two_people_with_a_reason_and_no_plain_sign_off(bank: ReleasedBank) -> None:
    release = held(bank)
    with pytest.raises(ConfigurationError, match="override: expected one"):
        bank.request(release, OWNER)
    first = bank.sign_off(release, OWNER, reason=REASON)
    assert first.decision.standing and (first.decision.standing.is_override, first.decision.standing.is_complete) == (True, False)
    second = bank.sign_off(release, LEAD, reason=REASON)
    assert second.decision.standing and second.decision.standing.is_complete
    assert [one.reason for one in bank.releases()[-1].sign_offs] == [REASON, REASON]


def test_an_override_of_a_release_that_passes_is_refused(waiting: ReleasedBank) -> None:
    with pytest.raises(ConfigurationError, match="every gate passes"):
        waiting.request(release_of(waiting), OWNER, reason=REASON)


def test_a_request_is_never_valid_for_longer_than_the_policy_allows(waiting: ReleasedBank) -> None:
    with pytest.raises(ConfigurationError, match="expected 1 to 7, found 8"):
        waiting.request(release_of(waiting), OWNER, days=8)


def test_a_nonce_that_was_signed_with_before_is_refused(waiting: ReleasedBank) -> None:
    release = release_of(waiting)
    first, second = waiting.request(release, OWNER), waiting.request(release, LEAD)
    waiting.sign(first, SIGNERS[OWNER], OWNER)
    assert waiting.record(release, first).seq
    used, fresh = (json.loads(path.read_text())["nonce"] for path in (first, second))
    second.write_text(second.read_text().replace(fresh, used))
    waiting.sign(second, SIGNERS[LEAD], LEAD)
    assert codes(waiting.record(release, second)) == {"nonce_used"}


def test_two_that_are_recorded_at_once_know_each_other(waiting: ReleasedBank) -> None:
    release, results = release_of(waiting), list[SignOffResult]()
    requests = {role: waiting.request(release, role) for role in (OWNER, LEAD)}
    for role, request in requests.items():
        waiting.sign(request, SIGNERS[role], role)
    threads = [threading.Thread(target=lambda made=made: results.append(waiting.record(release, made))) for made in requests.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bool(one.decision.standing and one.decision.standing.is_complete) for one in results) == [False, True]
    assert recorded(waiting) == 2
