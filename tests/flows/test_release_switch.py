"""Promotions and rollbacks as their flows make them: what they touch, in which order, and what goes wrong in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import flows.switching
from registry.domain.catalogue import VersionSpec
from registry.domain.events import EventKind
from registry.domain.release_switch import SwitchResult
from registry.domain.versions import versions_in_force
from registry.errors import ConfigurationError, VersionsUnavailableError
from registry.ledger.verification import verify_ledger
from reports.release_switch_text import switch_lines
from tests.flows.workspaces import FRAUD
from tests.mlflow_stores import fraud_store, store, switched
from tests.switched_bank import GOVERNANCE, MODEL, OPERATIONS, OWNER, SwitchedBank, a_switched_bank, client_of, now

__all__ = ["fraud_store", "store", "switched"]


@pytest.fixture
def recorded(tmp_path: Path) -> SwitchedBank:
    """The bank whose fraud filter people record; no MLflow keeps it."""
    return a_switched_bank(tmp_path / "bank")


def codes(result: SwitchResult) -> list[str]:
    return [refusal.code for refusal in result.decision.refusals]


def test_without_a_release_nothing_is_recorded_and_nothing_moved(switched: SwitchedBank) -> None:
    assert codes(switched.promote("REL-20260316-00000000")) == ["unknown_release"]
    assert codes(switched.rollback()) == ["nothing_to_take_back"]
    assert (switched.bank.ledger.head().seq, switched.aliases) == (0, {"champion": "1"})


def test_a_promotion_moves_the_alias_tags_the_version_and_names_the_champion_before(switched: SwitchedBank) -> None:
    result = switched.promote(switched.ready())
    assert result.is_done and result.made and result.made.from_version == "1"
    assert switched.aliases == {"champion": "2"}
    assert set(switched.tags("2")) == {"verdict", "evidence_digest", "release"}
    kinds = [told["kind"] for _, told in switched.events()]
    assert kinds[-4:] == ["VersionObserved", "SwitchStarted", "SwitchEnded", "VersionObserved"]
    assert [one.version for one in versions_in_force(switched.observed)] == ["1", "2"]
    assert verify_ledger(switched.bank.ledger) == ()


def test_a_release_is_no_unexplained_change_and_neither_is_the_way_back(switched: SwitchedBank) -> None:
    switched.promote(switched.ready())
    switched.rollback()
    told = switched.refreshed()
    assert (told.verdict, told.recorded, told.unexplained) == ("pass", (), ())


def test_an_alias_that_somebody_moved_after_a_release_is_still_unexplained(switched: SwitchedBank) -> None:
    switched.promote(switched.ready())
    switched.move("champion", "3")
    told = switched.refreshed()
    assert [(one.claim.version, one.before) for one in told.unexplained] == [("3", "2")]


def test_a_canary_serves_beside_the_champion_until_it_gets_everything(switched: SwitchedBank) -> None:
    release = switched.ready()
    assert switched.promote(release, share=10).is_done
    assert switched.aliases == {"champion": "1", "canary": "2"}
    assert {(one.version, one.share_percent) for one in versions_in_force(switched.observed)} >= {("1", 90), ("2", 10)}
    assert switched.promote(release).is_done
    assert switched.aliases == {"champion": "2"}
    last = max(one.from_at for one in versions_in_force(switched.observed))
    assert [(one.version, one.share_percent) for one in versions_in_force(switched.observed) if one.from_at == last] == [("2", 100)]


def test_the_daily_reading_of_aliases_leaves_a_canary_in_the_record(switched: SwitchedBank) -> None:
    switched.promote(switched.ready(), share=10)
    assert switched.refreshed().recorded == ()


def test_a_canary_is_taken_back_by_ending_it(switched: SwitchedBank) -> None:
    switched.promote(switched.ready(), share=10)
    assert switched.rollback().is_done
    assert switched.aliases == {"champion": "1"}
    assert (switched.observed[-1].version, switched.observed[-1].share_percent) == ("1", 100)


def test_a_prompt_is_switched_as_a_model_is(store: str, tmp_path: Path) -> None:
    client = client_of(store)
    for number in (1, 2):
        client.register_prompt("answer", f"Answer {{{{question}}}} {number}")
    client.set_prompt_alias("answer", "champion", 1)
    bank = a_switched_bank(tmp_path / "bank", store, spec=VersionSpec("model", mlflow_prompt="answer", alias="champion"))
    release = bank.ready()
    assert bank.promote(release, share=10).is_done and bank.aliases == {"champion": "1", "canary": "2"}
    assert bank.promote(release).is_done and bank.aliases == {"champion": "2"}
    assert bank.tags("2")["release"] == release
    assert bank.rollback().is_done and bank.aliases == {"champion": "1"}


def test_what_no_mlflow_keeps_is_recorded_and_told_to_be_deployed(recorded: SwitchedBank) -> None:
    result = recorded.promote(recorded.ready("v2", "v1"))
    assert result.is_done
    assert "no MLflow keeps the model: this is the record; deploy v2 now" in "\n".join(switch_lines(result))
    assert [(one.version, one.source) for one in recorded.observed] == [("v1", "recorded"), ("v2", "released")]
    assert recorded.rollback().is_done
    assert recorded.observed[-1].version == "v1"
    assert [one.took_effect for one in recorded.switches] == [True, True]


def test_the_catalogues_old_word_does_not_take_a_recorded_release_back(recorded: SwitchedBank) -> None:
    recorded.promote(recorded.ready("v2", "v1"))
    assert recorded.refreshed().recorded == ()
    assert recorded.observed[-1].version == "v2"


def replaced(bank: SwitchedBank) -> None:
    """Take the model away and register others under its name and numbers."""
    client = client_of(bank.uri)
    client.delete_registered_model(MODEL)
    client.create_registered_model(MODEL)
    for number in range(1, 4):
        client.create_model_version(MODEL, source=f"s3://models/other/{number}")
    client.set_registered_model_alias(MODEL, "champion", "1")


def without_version(bank: SwitchedBank) -> None:
    client_of(bank.uri).delete_model_version(MODEL, "2")


MEANWHILE: dict[str, tuple[str, Callable[[SwitchedBank], Any]]] = {
    "a hold was set": ("preservation_hold", lambda bank: bank.held()),
    "the alias was moved": ("alias_moved", lambda bank: bank.move("champion", "3")),
    "another canary was set": ("other_canary", lambda bank: bank.move("canary", "3")),
    "other models have its names": ("other_digest", replaced),
    "the version was deleted": ("candidate_gone", without_version),
    "another release went first": ("other_champion", lambda bank: bank.promote(bank.ready("3"))),
}


@pytest.mark.parametrize("name", MEANWHILE)
def test_what_happened_since_it_was_signed_off_keeps_it_from_going(switched: SwitchedBank, name: str) -> None:
    expected, happens = MEANWHILE[name]
    release = switched.ready()
    happens(switched)
    before = switched.bank.ledger.head().seq, switched.aliases
    result = switched.promote(release)
    assert expected in codes(result) and not result.is_done
    assert (switched.bank.ledger.head().seq, switched.aliases) == before


UNREADY: dict[str, tuple[str, Callable[[SwitchedBank], str]]] = {
    "nobody signed": ("not_signed_off", lambda bank: bank.proposed()),
    "one signed": ("not_signed_off", lambda bank: bank.signed(bank.proposed(), (OWNER, "product_owner"))),
    "a sign-off expired": ("not_signed_off", lambda bank: bank.signed(bank.proposed(), hours=0)),
    "its maker signed": ("own_work", lambda bank: bank.ready(made_by=(GOVERNANCE,))),
    "a gate did not pass": ("not_signed_off", lambda bank: bank.ready(action="hold", verdict="fail")),
    "the decision is old": ("stale_decision", lambda bank: bank.ready(days_ago=15)),
}


@pytest.mark.parametrize("name", UNREADY)
def test_what_is_not_signed_off_does_not_go(switched: SwitchedBank, name: str) -> None:
    expected, prepared = UNREADY[name]
    release = prepared(switched)
    before = switched.bank.ledger.head().seq
    assert expected in codes(switched.promote(release))
    assert (switched.bank.ledger.head().seq, switched.aliases) == (before, {"champion": "1"})


@pytest.fixture
def after_start(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Let something happen once between the start in the ledger and the move of the alias."""

    def place(happens: Callable[[], Any]) -> None:
        real, left = flows.switching.append_switch_start, [happens]

        def append(*arguments: Any) -> Any:
            made = real(*arguments)
            if left:
                left.pop()()
            return made

        monkeypatch.setattr(flows.switching, "append_switch_start", append)

    return place


def test_an_alias_that_is_moved_by_somebody_in_between_is_left_alone_and_the_switch_ends_without_effect(
    switched: SwitchedBank, after_start: Callable[[Callable[[], Any]], None]
) -> None:
    release = switched.ready()
    after_start(lambda: switched.move("champion", "3"))
    result = switched.promote(release)
    assert not result.is_done
    assert "expected 1, as when it was judged, found 3: somebody moved it meanwhile" in "\n".join(switch_lines(result))
    assert (switched.aliases, switched.tags("2")) == ({"champion": "3"}, {})
    assert [(one.read_back, one.took_effect) for one in switched.switches] == [("3", False)]
    assert [one.version for one in switched.observed] == ["1"]


def test_mlflow_that_is_away_before_the_start_leaves_nothing(switched: SwitchedBank) -> None:
    release = switched.ready()
    before = switched.bank.ledger.head().seq
    (Path(switched.uri.removeprefix("sqlite:///"))).rename(switched.root / "away.db")
    with pytest.raises(VersionsUnavailableError):
        switched.promote(release)
    assert switched.bank.ledger.head().seq == before


def test_mlflow_that_goes_away_after_the_start_is_told_and_finished_by_doing_it_again(
    switched: SwitchedBank, after_start: Callable[[Callable[[], Any]], None]
) -> None:
    release, path, away = switched.ready(), Path(switched.uri.removeprefix("sqlite:///")), switched.root / "away.db"
    after_start(lambda: path.rename(away))
    with pytest.raises(VersionsUnavailableError):
        switched.promote(release)
    assert [one.ended_event for one in switched.switches] == [0]
    with pytest.raises(VersionsUnavailableError):
        switched.refreshed()
    away.rename(path)
    assert [one.reason_code for one in switched.refreshed().findings] == ["unfinished_switch"]
    assert switched.promote(release).is_done
    assert [one.took_effect for one in switched.switches] == [True]


@pytest.fixture
def cut_off(switched: SwitchedBank, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A promotion that was cut off before its alias."""

    def dies(*_arguments: Any) -> None:
        raise SystemExit

    release = switched.ready()
    with monkeypatch.context() as patched:
        patched.setattr(flows.switching, "move_version", dies)
        with pytest.raises(SystemExit):
            switched.promote(release)
    yield release


def triaged(bank: SwitchedBank, *, ago: timedelta = timedelta(0), dry_run: bool = False) -> list[str]:
    """Run the daily triage of the fraud filter now, or as of then, and return what it says of switches."""
    from deployments.cli.running import run_triage

    result = run_triage(bank.root, (FRAUD,), now() - ago, dry_run=dry_run)
    return [one.reason for one in result.decision.findings if one.reason_code == "unfinished_switch"]


def test_the_daily_triage_tells_of_a_switch_without_an_end_and_does_not_pass(switched: SwitchedBank, cut_off: str) -> None:
    (told,) = triaged(switched)
    for expected in (cut_off, OPERATIONS, "the alias champion names 1", f"proofloop release promote {cut_off}"):
        assert expected in told


def test_a_version_that_cannot_be_pinned_any_more_is_told_and_the_day_is_judged_all_the_same(
    switched: SwitchedBank, cut_off: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(*_arguments: Any) -> None:
        raise ConfigurationError(["fraud 1: expected a tag for every part of the bundle, found none of prompt"])

    monkeypatch.setattr("tasks.release_settling.pin_registered", lacking)
    (told,) = triaged(switched)
    assert cut_off in told and "found none of prompt" in told


def test_a_preview_tells_of_it_too_and_ends_nothing(switched: SwitchedBank, cut_off: str) -> None:
    before = switched.bank.ledger.head().seq
    assert triaged(switched, dry_run=True)
    assert switched.bank.ledger.head().seq == before


def test_a_day_of_the_past_says_nothing_of_it(switched: SwitchedBank, cut_off: str) -> None:
    assert triaged(switched, ago=timedelta(days=40), dry_run=True) == []


def test_a_hold_that_was_set_since_keeps_it_from_being_finished_until_it_ends(switched: SwitchedBank, cut_off: str) -> None:
    switched.held()
    assert codes(switched.promote(cut_off)) == ["preservation_hold"]
    assert codes(switched.rollback()) == ["preservation_hold"]
    assert switched.aliases == {"champion": "1"}


def test_a_switch_that_was_ended_by_somebody_else_while_it_stood_still_moves_nothing_any_more(
    switched: SwitchedBank, after_start: Callable[[Callable[[], Any]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that slept longer than its reservation lasts wakes up after somebody rolled back."""
    release = switched.ready()

    def sleeps() -> None:
        monkeypatch.undo()
        _lose_reservation(switched)
        assert switched.rollback().is_done

    after_start(sleeps)
    result = switched.promote(release)
    assert not result.is_done and "ended meanwhile" in result.problem
    assert switched.aliases == {"champion": "1"}
    assert [one.took_effect for one in switched.switches] == [False, True]


def _lose_reservation(bank: SwitchedBank) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    bank.bank.ledger.release(bank.bank.ledger.claim("preservation", [FRAUD], date(1970, 1, 1), "other", later, timedelta(minutes=2)).leases)


def test_a_hold_that_is_set_during_a_switch_waits_for_its_end_and_then_keeps_the_system_as_it_is(
    switched: SwitchedBank, after_start: Callable[[Callable[[], Any]], None]
) -> None:
    release, waited = switched.ready(), []

    def tries() -> None:
        claim = switched.bank.ledger.claim("preservation", [FRAUD], date(1970, 1, 1), "a hold", now(), timedelta(minutes=2))
        waited.append(claim.status)

    after_start(tries)
    assert switched.promote(release).is_done
    assert waited == ["held"]
    switched.held()
    assert codes(switched.rollback()) == ["preservation_hold"]


def test_the_way_back_needs_no_sign_off_a_reason_and_a_role(switched: SwitchedBank) -> None:
    switched.promote(switched.ready())
    assert codes(switched.rollback(reason=" ")) == ["no_reason"]
    assert codes(switched.rollback(by=GOVERNANCE, role="governance_lead")) == ["wrong_actor", "wrong_role"]
    result = switched.rollback()
    assert result.is_done and result.made and result.made.seconds < 300
    assert "within the 5 minutes of the policy table release" in "\n".join(switch_lines(result))


def test_nothing_personal_and_no_secret_is_recorded_of_a_reason(switched: SwitchedBank) -> None:
    switched.promote(switched.ready())
    assert codes(switched.rollback(reason="Jane Roe, jane@roe.example, complained")) == ["personal_data"]
    assert [told["data"]["reason"] for _, told in switched.events(EventKind.SWITCH_STARTED)] == [""]
