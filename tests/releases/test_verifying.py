"""Verifying finds what a sign-off or a switch lacks long after it was recorded, although every digest, hash and seal is right."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployments.sign_off_walk import SignOffFindings, check_sign_offs
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.evidence.signed_papers import RoleSigners
from registry.evidence.verify import verify_archive
from tests.approvals.forging import Story, taken_apart
from tests.cli.calling import call
from tests.evidence.archives import an_archive
from tests.evidence.test_shell import run as run_script
from tests.released_bank import MAKER, PROPOSER, SIGNERS, ReleasedBank, copied, write_cards

Capture = pytest.CaptureFixture[str]
OWNER, LEAD = SIGNERS["product_owner"], SIGNERS["governance_lead"]
# A request says what its event says, under these names.
_THEIRS = {"release_id": "release", "name": "printed_name", "expires_at": "expires", "is_override": "override"}


class ReleaseStory(Story):
    """A history of a release that was put in force."""

    def of(self, kind: EventKind) -> list[dict[str, Any]]:
        return [envelope for envelope in self.envelopes if envelope["kind"] == kind]

    @property
    def signed(self) -> list[dict[str, Any]]:
        return self.of(EventKind.RELEASE_SIGNED)

    @property
    def proposed(self) -> dict[str, Any]:
        (found,) = self.of(EventKind.RELEASE_PROPOSED)
        return found

    @property
    def started(self) -> dict[str, Any]:
        (found,) = self.of(EventKind.SWITCH_STARTED)
        return found

    def resign(self, envelope: dict[str, Any], *, key: str = "", namespace: str = "", **changes: Any) -> None:
        """Change what a sign-off says, in its request and in its event alike, and sign it again as its person would."""
        data, files = envelope["data"], self.files(envelope)
        who = key or data["name"]
        data.update(changes)
        envelope["actor"] = data["name"]
        request = json.loads(files["request.json"]) | {_THEIRS.get(name, name): value for name, value in changes.items()}
        files["request.json"] = record_json(request)
        data["request_digest"] = digest_bytes(files["request.json"])
        files["request.json.sig"] = self.signature(files["request.json"], who, namespace or data["role"])


Change = Callable[[ReleaseStory], None]


def told(bank: ReleasedBank) -> ReleaseStory:
    return ReleaseStory(*taken_apart(bank.archive), bank.keys)


def signers_of(bank: ReleasedBank, revoked: bytes = b"") -> RoleSigners:
    return RoleSigners("allowed_signers", bank.signers.read_text(), revoked)


def checked(story: Story, folder: Path, signers: RoleSigners | None) -> SignOffFindings:
    """Seal the story, see that both verifiers find nothing wrong with its bytes, and return what is said of its sign-offs."""
    archive = story.sealed(folder)
    assert (verify_archive(archive).verdict, run_script(archive).returncode) == (Verdict.PASS, 0)
    return check_sign_offs(archive, signers)


def said(findings: SignOffFindings) -> str:
    return "\n".join(f"{problem.verdict}: {problem}" for problem in findings.problems)


def nothing(_story: ReleaseStory) -> None:
    return


def first(**changes: Any) -> Change:
    return lambda story: story.resign(story.signed[0], **changes)


def edit_request(story: ReleaseStory) -> None:
    files = story.files(story.signed[0])
    files["request.json"] = files["request.json"].replace(b"I agree", b"I do not agree")


def edit_request_and_digest(story: ReleaseStory) -> None:
    signature = story.files(story.signed[0])["request.json.sig"]
    story.resign(story.signed[0], meaning="I agree to whatever comes.")
    story.files(story.signed[0])["request.json.sig"] = signature


def edit_event(story: ReleaseStory) -> None:
    story.signed[0]["data"]["meaning"] = "I agree to whatever comes."


def edit_decision(story: ReleaseStory) -> None:
    files = story.files(story.signed[0])
    files["signed-decision.json"] = files["signed-decision.json"].replace(b"approve", b"canary ")


def another_decision(story: ReleaseStory) -> None:
    files = story.files(story.signed[0])
    files["signed-decision.json"] += b"\n"
    story.resign(story.signed[0], evidence_digest=digest_bytes(files["signed-decision.json"]))


def drop(name: str) -> Change:
    def without(story: ReleaseStory) -> None:
        del story.files(story.signed[0])[name]

    return without


def lose_package(story: ReleaseStory) -> None:
    story.packages.pop(story.signed[0]["data"]["bundle_digest"])


def leave_out(number: int) -> Change:
    return lambda story: story.envelopes.remove(story.signed[number])


def unproposed(story: ReleaseStory) -> None:
    story.envelopes.remove(story.proposed)


def one_person_twice(story: ReleaseStory) -> None:
    story.resign(story.signed[1], name=story.signed[0]["data"]["name"])


def one_key_twice(story: ReleaseStory) -> None:
    story.resign(story.signed[1], key=OWNER, fingerprint=story.signed[0]["data"]["fingerprint"])


def replay_nonce(story: ReleaseStory) -> None:
    story.resign(story.signed[1], nonce=story.signed[0]["data"]["nonce"])


def made_by_a_signer(story: ReleaseStory) -> None:
    story.proposed["data"]["made_by"] = [f" {OWNER.upper()}"]


def proposed_by_a_signer(story: ReleaseStory) -> None:
    story.proposed["actor"] = LEAD


def held(story: ReleaseStory) -> None:
    story.proposed["data"] |= {"verdict": "fail", "action": "hold"}


def another_target(story: ReleaseStory) -> None:
    story.started["data"]["to_digest"] = digest_bytes(b"another model of that name")


def signed_after_it(story: ReleaseStory) -> None:
    last = story.signed[-1]
    story.envelopes.remove(last)
    story.envelopes.insert(story.envelopes.index(story.started) + 1, last)


def nobody_signed(story: ReleaseStory) -> None:
    for one in story.signed:
        story.envelopes.remove(one)


def an_easier_policy(story: ReleaseStory) -> None:
    """Let the record of the last sign-off say that one role is enough: what people signed says otherwise."""
    leave_out(0)(story)
    files = story.files(story.signed[-1])
    record = json.loads(files["sign-off.json"])
    record["policy"] |= {"roles": ["governance_lead"]}
    files["sign-off.json"] = record_json(record)


def a_policy_of_one(story: ReleaseStory) -> None:
    """Put another policy into the release's own package, and its digest into the event: people signed the decision, which names another."""
    leave_out(0)(story)
    files = story.files(story.proposed)
    files["policies.json"] = files["policies.json"].replace(b'"product_owner",', b"").replace(b'"product_owner"', b'"governance_lead"')
    story.proposed["data"]["policy_digest"] = digest_bytes(files["policies.json"])


def lose_policy(story: ReleaseStory) -> None:
    story.files(story.proposed).pop("policies.json")


FORGED: dict[str, tuple[Change, str, Verdict]] = {
    "the request is edited": (edit_request, "as the event says", Verdict.FAIL),
    "the request is edited and its digest too": (edit_request_and_digest, "bad_signature", Verdict.FAIL),
    "the event says something else": (edit_event, "meaning 'I agree to whatever comes.' in the request", Verdict.FAIL),
    "the decision beside it is edited": (edit_decision, "in signed-decision.json", Verdict.FAIL),
    "it is about another decision": (another_decision, "the decision sha256:", Verdict.FAIL),
    "another key signed": (first(key=LEAD), "not_allowed", Verdict.FAIL),
    "another role was signed for": (first(namespace="governance_lead"), "wrong_namespace", Verdict.FAIL),
    "somebody without the role": (first(name="eve@bank.example"), "not_allowed", Verdict.FAIL),
    "the key of somebody else is named": (first(fingerprint="SHA256:" + "A" * 43), "a signature by SHA256:AAAA", Verdict.FAIL),
    "the signature is gone": (drop("request.json.sig"), "a signature in request.json.sig", Verdict.FAIL),
    "the request is gone": (drop("request.json"), "no file", Verdict.FAIL),
    "the decision is gone": (drop("signed-decision.json"), "in signed-decision.json", Verdict.FAIL),
    "the package is gone": (lose_package, "none in the archive", Verdict.FAIL),
    "a nonce is used twice": (replay_nonce, "a nonce that was never used", Verdict.FAIL),
    "it is replayed on another release": (first(release_id="REL-20261121-00000000"), "none of this id", Verdict.FAIL),
    "the release was never proposed": (unproposed, "a release that was proposed before", Verdict.FAIL),
    "it had expired": (first(expires_at="2020-01-02T00:00:00.000000Z"), "recorded before it expired", Verdict.FAIL),
    "it was signed later": (first(signed_at="2098-01-01T00:00:00.000000Z"), "signed before it was recorded", Verdict.FAIL),
    "the signer made it": (made_by_a_signer, "who proposed or made it", Verdict.FAIL),
    "the signer proposed it": (proposed_by_a_signer, "who proposed or made it", Verdict.FAIL),
    "one person signed twice": (one_person_twice, "a sign-off by the same person", Verdict.FAIL),
    "one key signed twice": (one_key_twice, "a sign-off with the same key", Verdict.FAIL),
    "an override of what passes": (first(is_override=True, reason="for speed"), "a sign-off that is no override", Verdict.FAIL),
    "the gates did not pass": (held, "an override, since not every gate passes", Verdict.FAIL),
    "one sign-off is left out": (leave_out(0), "none that counts by product_owner", Verdict.FAIL),
    "nobody signed and it was put in force": (nobody_signed, "none that counts by product_owner, governance_lead", Verdict.FAIL),
    "the last one signed after it was put in force": (signed_after_it, "none that counts by governance_lead", Verdict.FAIL),
    "another version was put in force": (another_target, "as decided", Verdict.FAIL),
    "the last sign-off tells of an easier policy": (
        an_easier_policy,
        "as only the policy of the last sign-off lets go",
        Verdict.INCONCLUSIVE,
    ),
    "the release's package has another policy": (a_policy_of_one, "with the policy that it names in its package", Verdict.FAIL),
    "the release's package has no policy": (lose_policy, "with the policy that it names in its package", Verdict.INCONCLUSIVE),
}


def test_what_was_signed_off_and_put_in_force_as_it_should_passes(promoted: ReleasedBank, tmp_path: Path) -> None:
    findings = checked(told(promoted), tmp_path, signers_of(promoted))
    assert (findings.problems, findings.lines) == ((), ("sign-offs of releases: 2 signed",))


@pytest.mark.parametrize("name", FORGED)
def test_what_was_forged_with_the_keys_of_the_archive_is_found_and_named(promoted: ReleasedBank, tmp_path: Path, name: str) -> None:
    change, expected, verdict = FORGED[name]
    story = told(promoted)
    change(story)
    findings = checked(story, tmp_path, signers_of(promoted))
    assert expected in said(findings) and verdict in {problem.verdict for problem in findings.problems}, said(findings)


def test_an_archive_without_sign_offs_says_nothing_of_them(tmp_path: Path) -> None:
    assert check_sign_offs(an_archive(tmp_path), None) == SignOffFindings()
    assert check_sign_offs(tmp_path / "no archive", None) == SignOffFindings()


def test_signers_who_only_seal_say_nothing_of_sign_offs(promoted: ReleasedBank) -> None:
    sealers = RoleSigners("sealers", 'sealer namespaces="evidence-seal@v1" ssh-ed25519 AAAA\n')
    for signers in (None, sealers):
        (problem,) = check_sign_offs(promoted.archive, signers).problems
        assert problem.verdict is Verdict.INCONCLUSIVE and "--signers FILE" in str(problem)


def test_a_disowned_key_leaves_its_sign_off_in_doubt(promoted: ReleasedBank) -> None:
    revoked = Path(f"{promoted.key(OWNER)}.pub").read_bytes()
    (problem,) = check_sign_offs(promoted.archive, signers_of(promoted, revoked)).problems
    assert problem.verdict is Verdict.INCONCLUSIVE and "key_revoked" in str(problem)


def test_a_key_that_ended_before_the_sign_off_was_recorded_gave_none_whenever_the_request_says_it_was_signed(
    promoted: ReleasedBank, tmp_path: Path
) -> None:
    story = told(promoted)
    story.resign(story.signed[0], signed_at="2020-01-02T00:00:00.000000Z")
    archive, role = story.sealed(tmp_path), story.signed[0]["data"]["role"]
    assert check_sign_offs(archive, signers_of(promoted)).problems == ()
    lines = promoted.signers.read_text().replace(f'namespaces="{role}"', f'namespaces="{role}",valid-before="20210101Z"')
    (problem,) = check_sign_offs(archive, RoleSigners("allowed_signers", lines)).problems
    assert problem.verdict is Verdict.FAIL and "key_not_valid" in str(problem)


def test_of_a_part_of_an_archive_each_sign_off_is_looked_at_alone(promoted: ReleasedBank, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    shutil.copytree(promoted.archive, archive)
    kept = sorted(path.parent.name for path in archive.glob("*/sign-off.json"))
    (archive / "packages.txt").write_text("".join(f"{name}\n" for name in kept))
    for folder in archive.glob("[0-9]*"):
        if folder.name not in kept:
            shutil.rmtree(folder)
    found = check_sign_offs(archive, signers_of(promoted))
    assert found.problems == () and "each sign-off was looked at alone" in found.lines[-1]


def test_the_command_counts_sign_offs_tells_overrides_and_can_leave_them_out(
    promoted: ReleasedBank, tmp_path: Path, capsys: Capture
) -> None:
    bank = copied(promoted, tmp_path)
    verified = call(capsys, "--workspace", bank.root, "evidence", "verify", "--json")
    assert (verified.code, verified.document["sign_offs"]) == (0, {"signed": 2, "notes": []})
    story = told(bank)
    leave_out(0)(story)
    archive = story.sealed(tmp_path / "forged")
    told_of = call(capsys, "evidence", "verify", "--archive", archive, "--signers", bank.signers)
    assert told_of.code == 1 and "none that counts by product_owner" in told_of.out
    left_out = call(capsys, "evidence", "verify", "--archive", archive, "--signers", bank.signers, "--no-approvals")
    assert "none that counts" not in left_out.out


def test_nobody_who_made_or_proposed_is_among_those_who_signed(promoted: ReleasedBank) -> None:
    assert {one["data"]["name"] for one in told(promoted).signed}.isdisjoint({MAKER, PROPOSER})


def test_a_release_that_was_overridden_passes_and_is_told_of_by_name(bank: ReleasedBank) -> None:
    write_cards(bank.bank, leave_out="Limitations")
    result = bank.propose()
    assert result.decision is not None and result.decision.action == "hold"
    release = result.decision.release_id
    reason = "the defect that it mends holds the purchases of two thousand customers a day"
    assert not bank.promote(release).is_done
    assert all(bank.sign_off(release, role, reason=reason).seq for role in SIGNERS)
    assert bank.promote(release).is_done and bank.seal_day() == 0
    found = check_sign_offs(bank.archive, signers_of(bank))
    assert found.problems == () and [OWNER in found.notes[0], LEAD in found.notes[1]] == [True, True]
    assert all(f"release {release} was overridden by" in note for note in found.notes)
