"""What every ledger promises about leases, on each backend."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from registry.domain.lease import ClaimStatus
from registry.errors import LeaseLostError
from registry.ledger.store import Ledger
from tests.builders import NOON, SYSTEM, TODAY
from tests.ledger_writes import FLOW, HOUR, a_write, claimed

SYSTEMS = ("card_fraud", "credit_model", "router")


def test_claiming_no_system_claims_nothing(ledger: Ledger):
    claim = ledger.claim(FLOW, [], TODAY, "run-1", NOON, HOUR)
    assert (claim.status, claim.leases, claim.done) == (ClaimStatus.DONE, (), ())


def test_systems_are_claimed_together_in_sorted_order_whatever_the_order_asked(ledger: Ledger):
    claim = ledger.claim(FLOW, [*reversed(SYSTEMS), SYSTEMS[0]], TODAY, "run-1", NOON, HOUR)
    assert claim.status is ClaimStatus.CLAIMED
    assert [(lease.system_id, lease.fence, lease.expires_at) for lease in claim.leases] == [(name, 1, NOON + HOUR) for name in SYSTEMS]


def test_another_run_is_told_who_holds_a_system_and_until_when_and_gets_none_of_them(ledger: Ledger):
    ledger.claim(FLOW, [SYSTEMS[1]], TODAY, "run-1", NOON, HOUR)
    claim = ledger.claim(FLOW, SYSTEMS, TODAY, "run-2", NOON + HOUR / 2, HOUR)
    assert (claim.status, claim.leases, claim.held_by, claim.held_until) == (ClaimStatus.HELD, (), "run-1", NOON + HOUR)
    free = ledger.claim(FLOW, [SYSTEMS[0], SYSTEMS[2]], TODAY, "run-3", NOON, HOUR)
    assert [lease.fence for lease in free.leases] == [1, 1]


def test_flows_and_dates_do_not_get_in_each_other_s_way(ledger: Ledger):
    for flow, on in ((FLOW, TODAY), ("eval-gate", TODAY), (FLOW, TODAY + timedelta(days=1))):
        assert ledger.claim(flow, [SYSTEM], on, f"{flow} {on}", NOON, HOUR).status is ClaimStatus.CLAIMED


@pytest.mark.parametrize(("after", "status"), [(HOUR - timedelta(microseconds=1), ClaimStatus.HELD), (HOUR, ClaimStatus.CLAIMED)])
def test_a_lease_is_taken_over_from_the_instant_it_expires(ledger: Ledger, after, status):
    claimed(ledger)
    claim = ledger.claim(FLOW, [SYSTEM], TODAY, "run-2", NOON + after, HOUR)
    assert claim.status is status
    assert [lease.fence for lease in claim.leases] == ([2] if status is ClaimStatus.CLAIMED else [])


def test_a_retry_of_the_same_owner_gets_a_higher_fence_and_the_older_attempt_cannot_write(ledger: Ledger, spool: Path):
    older, newer = claimed(ledger), claimed(ledger)
    assert (older[0].fence, newer[0].fence) == (1, 2)
    with pytest.raises(LeaseLostError):
        ledger.record_triage(a_write(older), spool)
    assert not ledger.record_triage(a_write(newer), spool).repeated


def test_a_run_that_outlived_its_lease_may_still_write_if_nobody_took_it_over(ledger: Ledger, spool: Path):
    leases = ledger.claim(FLOW, [SYSTEM], TODAY, "run-1", NOON - 10 * HOUR, HOUR).leases
    assert not ledger.record_triage(a_write(leases), spool).repeated


def test_a_released_lease_is_free_at_once_and_a_foreign_one_is_not_released(ledger: Ledger):
    mine = claimed(ledger)
    ledger.release(mine)
    assert ledger.claim(FLOW, [SYSTEM], TODAY, "run-2", NOON, HOUR).status is ClaimStatus.CLAIMED
    ledger.release(mine)
    assert ledger.claim(FLOW, [SYSTEM], TODAY, "run-3", NOON, HOUR).held_by == "run-2"


def test_a_done_day_stays_done_and_the_rest_of_the_systems_can_be_claimed(ledger: Ledger, spool: Path):
    leases = claimed(ledger, SYSTEMS[0])
    write = a_write(leases)
    ledger.record_triage(write, spool)
    ledger.release(leases)
    claim = ledger.claim(FLOW, SYSTEMS, TODAY, "run-2", NOON + 10 * HOUR, HOUR)
    assert (claim.status, claim.done) == (ClaimStatus.CLAIMED, (SYSTEMS[0],))
    assert [lease.system_id for lease in claim.leases] == list(SYSTEMS[1:])
    again = ledger.claim(FLOW, SYSTEMS[:1], TODAY, "run-3", NOON, HOUR)
    assert (again.status, again.done) == (ClaimStatus.DONE, SYSTEMS[:1])
    assert ledger.read_result(FLOW, SYSTEMS[0], TODAY) == write.result
    assert ledger.read_result(FLOW, SYSTEMS[1], TODAY) is None


def test_more_systems_than_one_statement_takes_are_claimed(ledger: Ledger):
    names = [f"system_{number:04d}" for number in range(1_000)]
    claim = ledger.claim(FLOW, names, TODAY, "run-1", NOON, HOUR)
    assert [lease.system_id for lease in claim.leases] == names
