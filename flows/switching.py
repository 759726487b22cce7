"""What a promotion and a rollback have in common: the start in the ledger, the aliases, the end in the ledger.

Put the order of a switch here, and what daily runs do about one that was cut off. Each of the two is a flow of its own file, so that each
has a form of its own in the Prefect page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from checks.redaction import redaction_of
from checks.release_aim import find_aim
from checks.release_switch_events import ended
from checks.release_unfinished import judge_unfinished
from flows.clock import now
from registry.domain.release_switch import RegistryNow, Settled, SwitchDecision, SwitchKnown, SwitchPlan, SwitchResult
from registry.domain.triage_run import TriagePlan
from tasks.engine import refused
from tasks.release_files import read_files
from tasks.release_known import read_registry, read_switch_known
from tasks.release_settling import append_settled, read_open_switches, settling
from tasks.release_switch import (
    append_switch_end,
    append_switch_start,
    move_version,
    show_switch,
    switch_refusal,
    switching,
    write_tags,
)

Judge = Callable[[SwitchPlan, SwitchKnown, RegistryNow], SwitchDecision]


def switch(plan: SwitchPlan, judge: Judge) -> SwitchResult:
    """Make one switch, or say everything that keeps it from being made. What was cut off in between is finished by doing it again."""
    with switching(plan, now):
        plan = replace(plan, as_of=now())  # whatever was recorded while it waited for its turn has happened before it
        known = read_switch_known(plan, now)
        aim = find_aim(plan, known)[0]
        registry = read_files(plan, aim, read_registry(plan, aim, known, redaction_of(plan.redacted_kinds)))

        decision = judge(plan, known, registry)

        started = append_switch_start(decision, known, now)
        moved = move_version(decision, started, now)
        write_tags(decision, started, moved)
        result = append_switch_end(decision, started, moved, ended(decision, started, moved, now()), now)
    show_switch(result)
    return result if result.is_done else refused(result, switch_refusal(result))


def settle(plan: TriagePlan) -> Settled:
    """End every switch that was cut off after its last effect, and say of the others how they stand."""
    with settling(plan, now):
        settled = judge_unfinished(read_open_switches(plan, now), now())
        append_settled(plan, settled, now)
    return settled
