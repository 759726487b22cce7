"""Releases as Prefect runs, each act and the whole way: held is a completed run that shows its page, what is refused ends as Refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from registry.domain.catalogue import OwnerRole
from registry.domain.release_acts import ProposalResult
from registry.domain.release_next import NextStep
from registry.errors import SourceUnavailableError
from tests.evaluated_bank import BETTER
from tests.flows.conftest import prefect_api  # noqa: F401 - the fixture
from tests.flows.workspaces import FRAUD
from tests.released_bank import PROPOSER, SIGNERS, ReleasedBank, a_proposal, codes, copied, write_cards
from tests.switched_bank import SwitchedBank

OWNER = "product_owner"


@pytest.fixture
def bank(
    prefect_api: str,  # noqa: F811
    judged: ReleasedBank,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> ReleasedBank:
    """A bank whose runs are Prefect's, and whose retries wait for nothing."""
    from tasks import release_reading

    made = copied(judged, tmp_path)
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    monkeypatch.setattr(release_reading.read_release, "retry_delay_seconds", 0)
    return made


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What runs show among their artifacts: lines as Markdown, and links."""
    found: list[str] = []
    monkeypatch.setattr("prefect.artifacts.create_markdown_artifact", lambda markdown, **_: found.append(markdown))
    monkeypatch.setattr("prefect.artifacts.create_link_artifact", lambda link, **_: found.append(link))
    return found


def state_of(bank: ReleasedBank, **changes: Any) -> Any:
    """Propose as the form does, and return the final state of the run."""
    from flows.release_propose import release_propose

    given = {"system_id": FRAUD, "candidate": BETTER, "by": PROPOSER, "role": OwnerRole.MODEL_OWNER, "document": a_proposal()}
    return release_propose(**{**given, **changes}, workspace=str(bank.root), return_state=True)


def test_a_release_that_is_held_is_a_completed_run_that_shows_why(bank: ReleasedBank, shown: list[str]) -> None:
    write_cards(bank.bank, leave_out="Limitations")
    state = state_of(bank)
    result: ProposalResult = state.result()
    assert state.is_completed() and result.decision is not None and result.decision.action == "hold"
    assert "FAIL: hold" in shown[0] and "Limitations" in shown[0] and shown[1].endswith("/000002/report.html")


def test_a_proposal_that_lacks_something_ends_as_refused_with_everything_that_it_lacks(bank: ReleasedBank, shown: list[str]) -> None:
    state = state_of(bank, candidate="v9", by="eve@bank.example")
    assert state.name == "Refused" and bank.releases() == ()
    for expected in ("expected moe@bank.example to act as model_owner", "which it has not"):
        assert expected in state.message and expected in shown[0]


def test_a_sign_off_is_recorded_by_the_form_and_one_without_a_signature_is_refused(bank: ReleasedBank, shown: list[str]) -> None:
    state_of(bank)
    (release,) = bank.releases()
    request = bank.request(release.release_id, OWNER)
    assert codes(bank.record(release.release_id, request)) == {"needs_signature"}
    bank.sign(request, SIGNERS[OWNER], OWNER)
    assert bank.record(release.release_id, request).seq
    assert "still to sign: the governance lead" in shown[-1]


def test_an_outage_is_tried_again(bank: ReleasedBank, monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks import release_reading

    attempts: list[int] = []
    read = release_reading.read_release_documents

    def reading(*arguments: Any) -> Any:
        attempts.append(len(attempts))
        if len(attempts) == 1:
            raise SourceUnavailableError("share: expected an answer, found none; it may come back")
        return read(*arguments)

    monkeypatch.setattr(release_reading, "read_release_documents", reading)
    assert state_of(bank).result().seq and len(attempts) == 2


def walked(bank: ReleasedBank, **changes: Any) -> Any:
    """Walk the whole way in a process that no deployment started, and return the final state of the run."""
    from flows.release import release

    given = {"system_id": FRAUD, "candidate": BETTER, "by": PROPOSER, "role": OwnerRole.MODEL_OWNER, "document": a_proposal()}
    return release(**{**given, **changes}, workspace=str(bank.root), return_state=True)


def test_without_a_deployment_it_is_completed_and_says_who_signs(bank: ReleasedBank, shown: list[str]) -> None:
    state = walked(bank)
    assert state.is_completed() and state.result().step is NextStep.WAIT
    assert all(person in shown[-1] for person in SIGNERS.values()) and "press Resume" in shown[-1]


def test_a_held_release_is_completed_with_its_report(bank: ReleasedBank, shown: list[str]) -> None:
    write_cards(bank.bank, leave_out="Limitations")
    state = walked(bank)
    assert state.is_completed() and state.result().step is NextStep.HELD
    assert shown[1].endswith("/report.html") and "held: release REL-" in shown[-1]


def test_what_keeps_it_from_going_is_refused_in_words(bank: ReleasedBank, shown: list[str]) -> None:
    SwitchedBank(bank.bank).held()
    state = walked(bank)
    assert (state.name, bank.releases()) == ("Refused", ())
    assert "expected fraud_filter to be free to change" in state.message and "refused: release of fraud_filter" in shown[0]


def test_a_proposal_that_is_refused_refuses_the_run(bank: ReleasedBank, shown: list[str]) -> None:
    state = walked(bank, document=a_proposal(made_by=()))
    assert (state.name, bank.releases(), len(shown)) == ("Refused", (), 1)
    assert "made_by: expected the name of everybody" in state.message
