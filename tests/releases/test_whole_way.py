"""The whole way of a release in one run: what it comes to before, between and after the sign-offs, whoever starts it again and when."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import flows.release
from registry.domain.events import EventKind
from registry.domain.release_acts import ProposalResult
from registry.domain.release_next import NextStep, ReleaseNext
from registry.domain.release_switch import SwitchResult
from registry.domain.versions import claim_of, versions_in_force
from registry.evidence.packages import find_package
from registry.ledger.verification import verify_ledger
from reports.release_next_text import next_lines
from tests.evaluated_bank import BETTER, WORSE, serves
from tests.flows.workspaces import FRAUD
from tests.released_bank import PEOPLE, PROPOSER, SIGNERS, ReleasedBank, a_proposal, write_budget, write_cards
from tests.switched_bank import SwitchedBank

OWNER, LEAD = "product_owner", "governance_lead"


class Run:
    """One run of Prefect's as the flow sees it: its scheduled start, and what it waited for before it was started again."""

    def __init__(self, bank: ReleasedBank, monkeypatch: pytest.MonkeyPatch, *, days_ago: int = 0) -> None:
        self.bank, self.start, self.waited = bank, datetime.now(UTC) - timedelta(days=days_ago), list[str]()
        monkeypatch.setattr(flows.release, "scheduled_start", lambda: self.start)
        monkeypatch.setattr(flows.release, "waited_for", lambda: tuple(self.waited))
        monkeypatch.setattr(flows.release, "wait_for_people", lambda name, _: self.waited.append(name))

    def go(self, *, by: str = PROPOSER, role: str = "model_owner", share: int = 0, **changes: Any) -> Any:
        from tasks import engine

        given = {"system_id": FRAUD, "candidate": BETTER, "by": by, "role": role, "document": a_proposal(), "share_percent": share}
        return engine.run(flows.release.release, **{**given, **changes}, workspace=str(self.bank.root))

    def next(self, **given: Any) -> ReleaseNext:
        told = self.go(**given)
        assert isinstance(told, ReleaseNext), told
        return told


@pytest.fixture
def run(bank: ReleasedBank, monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(bank, monkeypatch)


def codes(told: ReleaseNext | SwitchResult) -> set[str]:
    return {one.code for one in told.decision.refusals}


def serving(bank: ReleasedBank) -> list[str]:
    events = bank.bank.ledger.read_events(0, (EventKind.VERSION_OBSERVED,))
    return [one.version for one in versions_in_force(claim_of(event.seq, json.loads(event.body)) for event in events)]


def signed_off(bank: ReleasedBank) -> None:
    (release,) = bank.releases()
    for role in (OWNER, LEAD):
        assert bank.sign_off(release.release_id, role).seq


def test_without_a_judged_candidate_nothing_is_proposed_and_nothing_waits(run: Run) -> None:
    told = run.go(candidate=WORSE)
    assert isinstance(told, ProposalResult) and {one.code for one in told.refusals} == {"not_judged"}
    assert (run.waited, run.bank.releases()) == ([], ())


def test_a_run_waits_for_both_signers_by_name_and_says_what_each_types(run: Run) -> None:
    told = run.next()
    (release,) = run.bank.releases()
    assert (told.step, run.waited) == (NextStep.WAIT, [release.release_id])
    assert [(one.role, one.people) for one in told.missing] == [(role, (SIGNERS[role],)) for role in (OWNER, LEAD)]
    said = "\n".join(next_lines(told))
    assert "waits for sign-off: product owner and governance lead" in said and "signed so far: nobody" in said
    for role in (OWNER, LEAD):
        assert f"proofloop release request {release.release_id} --by {SIGNERS[role]} \\\n    --role {role}" in said
    assert told.until == release.proposed_at + timedelta(days=14)


def test_a_run_that_is_resumed_too_early_waits_again_for_who_is_missing(run: Run) -> None:
    run.next()
    (release,) = run.bank.releases()
    run.bank.sign_off(release.release_id, OWNER)
    told = run.next()
    assert (told.step, [one.role for one in told.missing], told.signed) == (NextStep.WAIT, [LEAD], (SIGNERS[OWNER],))
    assert run.waited == [release.release_id] * 2 and len(run.bank.releases()) == 1


def test_once_everybody_signed_the_version_is_in_force_and_a_third_start_changes_nothing(run: Run) -> None:
    run.next()
    signed_off(run.bank)
    done = run.go()
    assert isinstance(done, SwitchResult) and done.is_done
    assert serving(run.bank)[-1] == BETTER
    before = run.bank.bank.ledger.head()
    assert run.go().is_done and run.bank.bank.ledger.head() == before
    assert verify_ledger(run.bank.bank.ledger) == ()


def test_what_the_catalogue_names_may_change_while_it_waits_and_the_proposal_stays_the_one_that_was_signed(run: Run) -> None:
    run.next()
    signed_off(run.bank)
    write_budget(run.bank.bank, {2: 1})  # another day was written down, as every morning
    write_cards(run.bank.bank, leave_out="Limitations")
    assert run.go().is_done and len(run.bank.releases()) == 1


def test_a_release_that_somebody_had_proposed_before_is_the_one_that_is_waited_for(run: Run) -> None:
    before = run.bank.propose()
    assert before.decision is not None
    assert run.next().release == run.bank.releases()[0] and run.waited == [before.decision.release_id]
    signed_off(run.bank)
    write_budget(run.bank.bank, {2: 1})
    assert run.go().is_done and len(run.bank.releases()) == 1


def test_a_run_that_died_after_proposing_finds_its_proposal_by_its_own_instant(run: Run) -> None:
    run.next()
    run.waited.clear()  # Prefect forgets them where somebody retries a run that crashed
    write_budget(run.bank.bank, {2: 1})
    assert run.next().release == run.bank.releases()[-1] and len(run.bank.releases()) == 1


def test_another_run_proposes_anew_what_was_changed_since(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.next()
    write_budget(run.bank.bank, {2: 1})
    assert Run(run.bank, monkeypatch).next().step is NextStep.WAIT
    assert len(run.bank.releases()) == 2


def test_a_release_whose_gates_do_not_pass_is_held_and_waits_for_nobody(run: Run) -> None:
    write_cards(run.bank.bank, leave_out="Limitations")
    told = run.next()
    assert (told.step, run.waited) == (NextStep.HELD, [])
    assert "held: release REL-" in next_lines(told)[0] and "--override" in "\n".join(next_lines(told))


def test_a_canary_that_was_asked_for_gets_what_the_policy_allows_and_no_more(run: Run) -> None:
    told = run.next(share=50)
    assert (told.step, codes(told)) == (NextStep.REFUSED, {"bad_share", "not_signed_off"})
    assert run.next(share=10).plan.document.share_percent == 10


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"by": "eve@bank.example"}, {"wrong_actor"}),
        ({"role": "evalops_owner"}, {"wrong_actor", "wrong_role"}),
    ],
)
def test_who_may_not_put_it_in_force_does_not_begin_it(run: Run, given: dict[str, str], expected: set[str]) -> None:
    told = run.next(**given)
    assert (told.step, codes(told), run.waited, run.bank.releases()) == (NextStep.REFUSED, expected, [], ())


def test_what_happened_while_it_waited_refuses_it_with_its_reasons(run: Run) -> None:
    run.next()
    signed_off(run.bank)
    run.bank.bank.ledger.append([serves(WORSE, since=datetime(2026, 11, 1, tzinfo=UTC))])
    told = run.next()
    assert (told.step, codes(told)) == (NextStep.REFUSED, {"other_champion"})
    assert "refused: release REL-" in next_lines(told)[0] and "the candidate was not compared with it" in "\n".join(next_lines(told))


def test_an_edited_decision_is_neither_waited_for_nor_put_in_force(run: Run) -> None:
    run.next()
    signed_off(run.bank)
    (release,) = run.bank.releases()
    sealed = find_package(run.bank.bank.workspace.archive_dir, release.bundle_digest)
    assert sealed is not None
    (sealed.path / "decision.json").chmod(0o644)
    (sealed.path / "decision.json").write_bytes((sealed.path / "decision.json").read_bytes().replace(b"approve", b"canary "))
    told = run.next()
    assert (told.step, codes(told)) == (NextStep.REFUSED, {"edited_decision"})
    assert serving(run.bank)[-1:] != [BETTER]


def test_a_hold_that_is_set_while_it_waits_refuses_it(run: Run) -> None:
    run.next()
    signed_off(run.bank)
    SwitchedBank(run.bank.bank).held()
    assert "preservation_hold" in codes(run.next())


def test_after_it_was_put_in_force_by_hand_a_resumed_run_says_so(run: Run) -> None:
    run.next()
    signed_off(run.bank)
    (release,) = run.bank.releases()
    assert SwitchedBank(run.bank.bank).promote(release.release_id, by=PEOPLE["operations_lead"]).is_done
    done = run.go()
    assert done.is_done and done.decision.aim is not None and done.decision.aim.repeated is not None


def test_without_a_server_it_is_proposed_and_says_what_comes_next(bank: ReleasedBank) -> None:
    from tasks import engine

    given = {"system_id": FRAUD, "candidate": BETTER, "by": PROPOSER, "role": "model_owner", "document": a_proposal()}
    told = engine.run(flows.release.release, **given, workspace=str(bank.root))
    assert isinstance(told, ReleaseNext) and told.step is NextStep.WAIT
    assert f"proofloop release promote {bank.releases()[0].release_id}" in "\n".join(next_lines(told))


def test_a_decision_that_grew_old_while_it_waited_is_refused_even_with_every_signature(
    bank: ReleasedBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(bank, monkeypatch)
    run.next()
    signed_off(bank)
    later = datetime.now(UTC) + timedelta(days=15)
    monkeypatch.setattr(flows.release, "now", lambda: later)
    told = run.next()
    assert told.step is NextStep.REFUSED and {"stale_decision", "not_signed_off"} <= codes(told)
