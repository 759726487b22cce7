"""What a suppression must say: why, and until when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from checks.work.suppressions import find_refusals
from registry.domain.steps_change import IssueSuppression
from tests.checks.work.cases import a_case, a_step_plan, known_nothing

TODAY = date(2020, 10, 15)
REASON = "the vendor repairs the terminal and every call repeats it"


def refused(reason: str, days: int) -> set[str]:
    document = IssueSuppression(reason=reason, until_on=TODAY + timedelta(days=days))
    return {found.code for found in find_refusals(a_case(), a_step_plan(document), known_nothing())}


@pytest.mark.parametrize(
    ("reason", "days", "codes"),
    [
        (REASON, 1, set()),
        (REASON, 90, set()),
        (REASON, 91, {"too_long"}),
        (REASON, 0, {"already_ended"}),
        ("", 1, {"missing"}),
        ("tbd", -1, {"placeholder", "already_ended"}),
    ],
)
def test_a_suppression_has_a_reason_and_an_end_within_the_policy(reason: str, days: int, codes: set[str]) -> None:
    assert refused(reason, days) == codes
