"""``proofloop release``: what it says, its exit codes and its JSON, from the proposal to the calendar."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from registry.domain.events import EventKind
from registry.evidence.packages import find_package
from tests.cli.calling import Called
from tests.evaluated_bank import BETTER, OPEN, WORSE, gate
from tests.flows.workspaces import FRAUD
from tests.released_bank import (
    PEOPLE,
    PROPOSER,
    SIGNERS,
    ReleasedBank,
    command,
    copied,
    proposal_file,
    write_cards,
)

Capture = pytest.CaptureFixture[str]
OWNER, LEAD = "product_owner", "governance_lead"


def proposed(capsys: Capture, bank: ReleasedBank, candidate: str = BETTER, *more: object, file: Path | None = None) -> Called:
    given = ("--candidate", candidate, "--file", file or proposal_file(bank), "--by", PROPOSER, "--role", "model_owner")
    return command(capsys, bank, "propose", FRAUD, *given, *more)


def asked(capsys: Capture, bank: ReleasedBank, role: str, out: Path, *more: object) -> Called:
    (*_, release) = bank.releases()
    return command(capsys, bank, "request", release.release_id, "--by", SIGNERS[role], "--role", role, "--out", out, *more)


def test_a_calendar_without_releases_says_so(bank: ReleasedBank, capsys: Capture) -> None:
    assert command(capsys, bank, "list").out == "no release was proposed yet\n"
    assert command(capsys, bank, "list", "--json").document == {"kind": "releases", "schema_version": 1, "count": 0, "releases": []}


@pytest.mark.parametrize(
    ("candidate", "code", "said"), [(BETTER, 0, "PASS: approve"), (WORSE, 1, "FAIL: hold"), (OPEN, 3, "INCONCLUSIVE: hold")]
)
def test_the_exit_code_of_a_proposal_is_its_verdict(bank: ReleasedBank, capsys: Capture, candidate: str, code: int, said: str) -> None:
    if candidate != BETTER:
        gate(bank.bank, candidate, as_of=None)
        write_cards(bank.bank, candidate)
    called = proposed(capsys, bank, candidate)
    assert (called.code, called.out.splitlines()[0]) == (code, said)
    assert all(expected in called.out for expected in ("report.html", "Documentation", "Rollback", "proofloop release request REL-"))
    assert ("propose it again" in called.out, "--override" in called.out) == (code != 0, code != 0)


def test_what_may_not_be_proposed_says_why_and_what_to_do(bank: ReleasedBank, capsys: Capture) -> None:
    called = proposed(capsys, bank, "v9")
    assert (called.code, called.out.splitlines()[0]) == (1, "refused: nothing was judged or recorded")
    assert f"-> judge it with `proofloop gate {FRAUD} --candidate v9`" in called.out
    document = proposed(capsys, bank, "v9", "--json").document
    assert (document["kind"], document["accepted"], document["event"]) == ("release_decision", False, None)
    assert [one["code"] for one in document["refusals"]] == ["not_judged"]


def test_a_proposal_that_is_none_is_told_with_file_and_line(bank: ReleasedBank, capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "proposal.yaml"
    path.write_text("change: It is retrained\nmade_by: [mia@bank.example]\nwhy: because\n")
    called = proposed(capsys, bank, file=path)
    assert called.code == 2 and "proposal.yaml:3" in called.err and "affected_population" in called.err
    assert list(bank.bank.ledger.read_events(0, (EventKind.RELEASE_PROPOSED,))) == []


def test_json_of_a_proposal_is_one_document_with_the_decision_and_its_evidence(bank: ReleasedBank, capsys: Capture) -> None:
    document = proposed(capsys, bank, BETTER, "--json").document
    assert (document["kind"], document["verdict"], document["action"], document["accepted"]) == (
        "release_decision",
        "pass",
        "approve",
        True,
    )
    assert [one["gate"] for one in document["gates"]] == ["documentation", "evaluation", "compliance", "rollback", "sign_off"]
    assert document["evidence"]["digest"].startswith("sha256:") and document["event"] == 2 and Path(document["report"]).is_file()
    again = proposed(capsys, bank, BETTER, "--json").document
    assert (again["repeated"], again["event"]) == (True, 2)


def test_a_signer_compares_the_decision_before_signing_with_stock_tools(waiting: ReleasedBank, capsys: Capture, tmp_path: Path) -> None:
    out = tmp_path / "owner.json"
    called = asked(capsys, waiting, OWNER, out)
    summed = subprocess.run(["sha256sum", "owner-decision.json"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    request = json.loads(out.read_text())
    assert request["evidence_digest"] == f"sha256:{summed.split()[0]}" and summed.split()[0] in called.out
    assert f"ssh-keygen -Y sign -n {OWNER} -f KEY owner.json" in called.out and request["meaning"] in called.out
    again = asked(capsys, waiting, OWNER, out)
    assert (again.code, again.err.count("expected no such file")) == (2, 2)


def test_what_nobody_could_record_is_not_asked_for(waiting: ReleasedBank, capsys: Capture, tmp_path: Path) -> None:
    out = tmp_path / "request.json"
    for more, expected in (
        (("--override", "--reason", "for speed"), "every gate passes"),
        (("--reason", "for speed"), "expected none without an override"),
        (("--valid-days", 30), "expected 1 to 7, found 30"),
    ):
        called = asked(capsys, waiting, OWNER, out, *more)
        assert called.code == 2 and expected in called.err and not out.exists()


def test_signing_off_ends_with_what_comes_next(waiting: ReleasedBank, capsys: Capture, tmp_path: Path) -> None:
    said = {}
    for role in (OWNER, LEAD):
        out = tmp_path / f"{role}.json"
        asked(capsys, waiting, role, out)
        waiting.sign(out, SIGNERS[role], role)
        (release,) = waiting.releases()
        said[role] = command(capsys, waiting, "sign", release.release_id, "--request", out)
        assert said[role].code == 0
    assert "still to sign: the governance lead" in said[OWNER].out
    assert f"proofloop release promote {release.release_id}" in said[LEAD].out
    again = command(capsys, waiting, "sign", release.release_id, "--request", tmp_path / f"{LEAD}.json", "--json")
    assert (again.code, again.document["repeated"], again.document["standing"]["complete"]) == (0, True, True)


def test_a_sign_off_that_is_refused_says_why_and_leaves_with_one(waiting: ReleasedBank, capsys: Capture, tmp_path: Path) -> None:
    out = tmp_path / "request.json"
    asked(capsys, waiting, OWNER, out)
    (release,) = waiting.releases()
    called = command(capsys, waiting, "sign", release.release_id, "--request", out)
    assert called.code == 1 and called.out.startswith("refused: sign-off of") and "a typed name signs nothing off" in called.out
    document = command(capsys, waiting, "sign", release.release_id, "--request", out, "--json").document
    assert (document["accepted"], [one["code"] for one in document["refusals"]]) == (False, ["needs_signature"])
    missing = command(capsys, waiting, "sign", release.release_id, "--request", tmp_path / "none.json")
    assert missing.code == 2 and "expected a request that `proofloop release request` wrote" in missing.err


def test_the_calendar_has_every_field_and_how_far_each_release_is(promoted: ReleasedBank, tmp_path: Path, capsys: Capture) -> None:
    bank = copied(promoted, tmp_path)
    (entry,) = command(capsys, bank, "list", "--json").document["releases"]
    assert entry["state"] == "in force" and entry["attention"] == []
    assert set(entry["calendar"]) >= {
        *("release_id", "on", "object_type", "change", "affected_population", "risk_tier", "evidence_required", "owner", "canary"),
        *("rollback", "review_on", "decision_log"),
    }
    line = command(capsys, bank, "list", "--system", FRAUD).out.splitlines()[1]
    assert "in force" in line and "The filter is retrained" in line
    assert command(capsys, bank, "list", "--system", "nobody").out == "no release was proposed yet\n"
    rolled = ("--by", PEOPLE["operations_lead"], "--role", "operations_lead", "--reason", "held purchases doubled")
    assert command(capsys, bank, "rollback", FRAUD, *rolled).code == 0
    assert "taken back" in command(capsys, bank, "list").out


def test_a_review_that_is_overdue_and_a_switch_without_an_end_are_listed(promoted: ReleasedBank, tmp_path: Path, capsys: Capture) -> None:
    from deployments import releasing
    from registry.domain.times import start_of_day

    bank = copied(promoted, tmp_path)
    (release,) = bank.releases()
    later = start_of_day(release.review_on.replace(year=release.review_on.year + 1), "UTC")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(releasing, "now", lambda: later)
        assert f"its impact was to be reviewed by {release.review_on}" in command(capsys, bank, "list").out


def test_show_tells_a_release_and_page_writes_it_with_its_overrides(bank: ReleasedBank, tmp_path: Path, capsys: Capture) -> None:
    write_cards(bank.bank, leave_out="Limitations")
    result = bank.propose()
    assert result.decision is not None
    release = result.decision.release_id
    waits = command(capsys, bank, "show", release).out
    assert "held" in waits and "overrides, since not every gate passes, by product owner and governance lead" in waits
    for role in (OWNER, LEAD):
        bank.sign_off(release, role, reason="the defect that it mends costs customers money every hour")
    shown = command(capsys, bank, "show", release, "--json").document
    assert (shown["state"], shown["standing"]["complete"], shown["decision"]["release_id"]) == ("overridden", True, release)
    assert "overridden: its gates do not all pass" in command(capsys, bank, "show", release).out
    page = tmp_path / "release.html"
    assert command(capsys, bank, "page", release, "--out", page).code == 0
    text = page.read_text(encoding="utf-8")
    assert "the defect that it mends costs customers money every hour" in text and SIGNERS[LEAD] in text
    assert command(capsys, bank, "page", release, "--out", tmp_path / "none" / "page.html").code == 2


def test_a_name_that_is_no_release_is_told_the_newest(waiting: ReleasedBank, capsys: Capture) -> None:
    (release,) = waiting.releases()
    called = command(capsys, waiting, "show", "REL-19990101")
    assert called.code == 2 and release.release_id in called.err


def test_no_page_is_made_of_papers_that_were_edited_since_they_were_sealed(waiting: ReleasedBank, tmp_path: Path, capsys: Capture) -> None:
    (release,) = waiting.releases()
    package = find_package(waiting.bank.workspace.archive_dir, release.bundle_digest)
    assert package is not None
    inputs = package.path / "inputs.json"
    inputs.chmod(0o644)
    inputs.write_bytes(inputs.read_bytes().replace(b"risk@bank.example", b"kris@bank.example"))
    called = command(capsys, waiting, "page", release.release_id, "--out", tmp_path / "release.html")
    assert called.code != 0 and "expected the files that were sealed as" in called.err and not (tmp_path / "release.html").exists()


def test_a_request_that_is_not_there_is_told_with_what_to_do(waiting: ReleasedBank, tmp_path: Path, capsys: Capture) -> None:
    called = command(capsys, waiting, "sign", "REL-", "--request", tmp_path / "none.json")
    assert called.code == 2 and "name another file" in called.err
    assert "expected a request that `proofloop release request` wrote" in called.err


def test_a_release_whose_package_is_gone_is_listed_all_the_same(waiting: ReleasedBank, capsys: Capture) -> None:
    (release,) = waiting.releases()
    for path in waiting.archive.glob("*/policies.json"):
        if json.loads((path.parent / "decision.json").read_bytes())["kind"] == "release_decision":
            (path.parent / "decision.json").unlink()
    listed = command(capsys, waiting, "list")
    assert listed.code == 0 and release.release_id in listed.out and "its sealed decision cannot be read" in listed.out
    assert command(capsys, waiting, "show", release.release_id, "--json").document["decision"] is None
