"""What makes a comparison mean nothing: another model's rows, or the reference's own."""

from __future__ import annotations

from dataclasses import replace

from checks.reference_comparable import find_incomparable
from checks.retraining import judge_triggers
from registry.domain.decision import Finding, Verdict
from registry.domain.profile import ReferenceProfile, WindowProfile
from tests.trigger_builders import POLICIES, a_category, a_cell, a_number, a_profile, a_reference, trigger_inputs

AGES = a_cell("age", (1000, 1000, 1000, 1000, 0), low=0.0, high=40.0, total=80_000.0)
PURPOSES = a_cell("purpose", (2000, 1990, 5, 0, 5))


def reference(versions: tuple[tuple[str, int], ...] = (), *cells: object) -> ReferenceProfile:
    made = a_reference((a_number(), a_category()), *(cells or (AGES, PURPOSES)))  # type: ignore[arg-type]
    return replace(made, profile=replace(made.profile, versions=versions))


def found(profile: WindowProfile, versions: tuple[tuple[str, int], ...] = ()) -> list[Finding]:
    return list(find_incomparable(reference(versions), profile, POLICIES.data_quality))


def test_a_window_without_rows_or_versions_has_nothing_to_say_here() -> None:
    assert found(a_profile()) == []
    assert found(a_profile(replace(AGES, total=80_001.0), PURPOSES)) == []


def test_the_reference_under_other_dates_never_passes() -> None:
    same = a_profile(AGES, PURPOSES)
    (finding,) = found(same)
    assert (finding.verdict, finding.reason_code, finding.blocking) == (Verdict.INCONCLUSIVE, "same_rows", True)
    decision = judge_triggers(trigger_inputs(reference=reference(), profile=same))
    assert decision.verdict is Verdict.INCONCLUSIVE and "same_rows" in {reason.code for reason in decision.reasons}


def test_one_other_value_makes_other_rows() -> None:
    for other in (replace(AGES, total=80_001.0), replace(AGES, high=41.0), replace(AGES, counts=(1001, 999, 1000, 1000, 0))):
        assert found(a_profile(other, PURPOSES)) == []


def test_a_number_whose_total_is_not_known_cannot_tell() -> None:
    cells = (replace(AGES, total=None), PURPOSES)
    assert list(find_incomparable(reference((), *cells), a_profile(*cells), POLICIES.data_quality)) == []


def test_rows_of_a_version_that_the_reference_lacks_are_named_with_the_command() -> None:
    known = (("v1", 4000),)
    profile = a_profile(replace(AGES, total=80_001.0), PURPOSES)
    assert found(replace(profile, versions=(("v1", 4000),)), known) == []
    (finding,) = found(replace(profile, versions=(("", 10), ("v1", 1000), ("v2", 2990))), known)
    assert (finding.verdict, finding.reason_code) == (Verdict.INCONCLUSIVE, "new_version")
    assert "10 by no version, 2,990 by v2, expected v1" in finding.reason
    assert "proofloop triggers freeze credit_model" in finding.reason
    inputs = trigger_inputs(reference=reference(known), profile=replace(profile, versions=(("v2", 4000),)))
    assert judge_triggers(inputs).verdict is Verdict.INCONCLUSIVE


def test_a_few_rows_of_another_version_or_of_none_are_told_and_do_not_keep_a_window_from_passing() -> None:
    known, profile = (("v1", 4000),), a_profile(replace(AGES, total=80_001.0), PURPOSES)
    few = replace(profile, versions=(("", 10), ("v1", 3960), ("v2", 30)))
    (finding,) = found(few, known)
    assert (finding.reason_code, finding.blocking, finding.value, finding.limit) == ("new_version", False, 0.01, 0.01)
    assert finding.reason.startswith("of 4,000 rows 10 by no version, 30 by v2, expected v1 as in the reference; at most 1.0 % of the rows")
    decision = judge_triggers(trigger_inputs(reference=reference(known), profile=few))
    assert decision.verdict is Verdict.PASS and finding in decision.findings

    (more,) = found(replace(profile, versions=(("", 10), ("v1", 3959), ("v2", 31))), known)
    assert more.blocking


def test_versions_that_no_longer_decide_are_no_news() -> None:
    profile = a_profile(replace(AGES, total=80_001.0), PURPOSES, versions=(("v1", 4000),))
    assert found(profile, (("", 3), ("v1", 2000), ("v2", 1997))) == []
