"""Severities are ordered and only ever raised by a machine up to its ceiling."""

from __future__ import annotations

from itertools import product

import pytest

from registry.domain.signal import Severity


def test_severities_rank_from_learning_signal_to_systemic():
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("severity", "levels", "ceiling"), list(product(Severity, range(6), Severity)))
def test_a_severity_rises_by_its_levels_not_above_the_ceiling_and_never_falls(severity, levels, ceiling):
    raised = severity.raised(levels, ceiling)

    assert raised.rank >= severity.rank
    assert raised.rank <= max(severity.rank, ceiling.rank)
    if severity.rank + levels <= ceiling.rank:
        assert raised.rank == severity.rank + levels
    if severity.rank >= ceiling.rank or levels == 0:
        assert raised is severity
