"""Does it exist elsewhere: which other systems are proposed, and what is told where none can be found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.work.parts import is_same
from checks.work.step import judge_step
from checks.work.sweep import find_elsewhere, find_sweep_findings
from registry.domain.catalogue import VersionSpec
from registry.domain.issue import IssueState
from registry.domain.steps import CauseFamily, Reach
from registry.domain.sweep import Basis, IssueReach, PartKind
from registry.domain.work_run import StepKnowledge
from tests.builders import SYSTEM, a_feed, a_source, a_system, an_issue
from tests.checks.work.cases import a_case, a_step_plan
from tests.checks.work.worksheets import a_worksheet
from tests.examples import drawing


def another(system_id="loan_pricing", **changes):
    """A system that shares nothing with the failed one."""
    feed = a_feed(
        name="loans", source=a_source(source_id="loans_csv", path="data/loans.csv"), signal_id="loan", fingerprint=("rate",), segment={}
    )
    return a_system(system_id=system_id, **{"feeds": (feed,), **changes})


def swept(reach, *systems, own=None, family=CauseFamily.RAG_KNOWLEDGE, reaches=()):
    """What a worksheet of this reach proposes, with the findings it asks to look at."""
    plan = a_step_plan(a_worksheet(reach=reach, family=family), systems=(own or a_system(), *systems))
    case = a_case(issue=an_issue(state=IssueState.CONTAINED))
    proposals = find_elsewhere(case, plan, StepKnowledge(reaches=tuple(reaches)))
    return proposals, tuple(find_sweep_findings(case, plan, proposals))


def shared(reach, *systems, **more):
    """The parts proposed, each as (system, kind, name, basis)."""
    proposals, _ = swept(reach, *systems, **more)
    return [(one.system, part.kind.value, part.name, part.basis.value) for one in proposals for part in one.shared]


def test_a_catalogue_of_one_system_is_told_and_proposes_nothing():
    proposals, findings = swept(Reach())

    assert proposals == ()
    assert [finding.reason_code for finding in findings] == ["no_other_system"]


def test_a_system_that_shares_nothing_is_not_proposed():
    assert swept(Reach(), another()) == ((), ())


@pytest.mark.parametrize(
    ("reach", "changes", "expected"),
    [
        (Reach(artifacts=("Fraud-Filter",)), {"versions": (VersionSpec("model", mlflow_model="fraud-filter"),)}, ("model", "fraud-filter")),
        (Reach(artifacts=("fee-answers",)), {"versions": (VersionSpec("prompt", mlflow_prompt="fee-answers"),)}, ("prompt", "fee-answers")),
        (Reach(vendors=(" example  scores INC.",)), {"vendors": ("Example Scores Inc.",)}, ("vendor", "Example Scores Inc.")),
        (Reach(data_sources=("./data/loans.csv",)), {}, ("data_source", "data/loans.csv")),
        (Reach(features=("RATE",)), {}, ("feature", "rate")),
    ],
)
def test_a_part_that_the_worksheet_names_is_found_in_another_system(reach, changes, expected):
    assert shared(reach, another(**changes)) == [("loan_pricing", *expected, "worksheet")]


@pytest.mark.parametrize("named", ["data/loans-2020.csv.gz", "data/loans-*.csv.gz", "data/*"])
def test_a_glob_stands_for_the_files_that_it_matches(named):
    feed = a_feed(name="loans", source=a_source(path="data/loans-*.csv.gz"), signal_id="loan", fingerprint=(), segment={})

    assert shared(Reach(data_sources=(named,)), another(feeds=(feed,))) == [
        ("loan_pricing", "data_source", "data/loans-*.csv.gz", "worksheet")
    ]


def test_a_named_glob_stands_for_the_file_of_an_entry():
    assert shared(Reach(data_sources=("data/loan*.csv",)), another()) == [("loan_pricing", "data_source", "data/loans.csv", "worksheet")]


def a_query(name, file):
    return a_feed(name=name, source=a_source(path="", connection="crm", query_file=file), signal_id="id", fingerprint=(), segment={})


def test_a_named_connection_is_every_query_on_it():
    assert shared(Reach(data_sources=("crm",)), another(feeds=(a_query("loans", "sql/loans.sql"),))) == [
        ("loan_pricing", "data_source", "crm", "worksheet")
    ]


def test_the_catalogue_shares_one_query_and_not_a_whole_database():
    own = a_system(feeds=(a_query("complaints", "sql/complaints.sql"),))

    assert shared(Reach(), another(feeds=(a_query("loans", "sql/loans.sql"),)), own=own) == []
    assert shared(Reach(), another(feeds=(a_query("loans", "sql/complaints.sql"),)), own=own) == [
        ("loan_pricing", "data_source", "crm:sql/complaints.sql", "catalogue")
    ]


def test_a_model_that_both_entries_serve_is_shared_without_being_named():
    served = (VersionSpec("model", mlflow_model="filter"),)

    assert shared(Reach(), another(versions=served), own=a_system(versions=served)) == [("loan_pricing", "model", "filter", "catalogue")]


def test_signals_from_the_same_rows_are_shared_and_their_columns_alone_are_not():
    same_rows = another(feeds=(a_feed(name="theirs"),))
    same_columns = another("chat", feeds=(a_feed(name="theirs", source=a_source(path="data/others.csv")),))

    assert shared(Reach(), same_rows, same_columns) == [("loan_pricing", "data_source", "data/complaints.csv", "catalogue")]


def test_vendors_of_the_failed_system_count_where_the_vendor_failed():
    own, other = a_system(vendors=("Example Scores",)), another(vendors=("Example Scores",))

    assert shared(Reach(), other, own=own) == []
    assert shared(Reach(), other, own=own, family=CauseFamily.VENDOR) == [("loan_pricing", "vendor", "Example Scores", "catalogue")]


def test_live_issues_that_came_through_the_same_part_are_named_first():
    theirs = IssueReach("ISS-9", "loan_pricing", Reach(vendors=("Example Scores",)))
    elsewhere = IssueReach("ISS-8", "chat", Reach(vendors=("Another",)))

    (proposal,), findings = swept(Reach(vendors=("example scores",)), another(), another("chat"), reaches=(theirs, elsewhere))

    assert (proposal.system, proposal.shared, proposal.issues) == ("loan_pricing", (), ("ISS-9",))
    assert "`proofloop issue list --system loan_pricing`, at ISS-9 first" in findings[0].reason


def test_a_live_issue_that_came_through_the_failed_systems_model_is_named_though_the_worksheet_names_nothing():
    own = a_system(versions=(VersionSpec("model", mlflow_model="filter"),))
    theirs = IssueReach("ISS-9", "loan_pricing", Reach(artifacts=("filter",)))

    (proposal,), _ = swept(Reach(), another(), own=own, reaches=(theirs,))

    assert (proposal.system, proposal.issues) == ("loan_pricing", ("ISS-9",))


def test_a_feature_and_a_vendor_of_one_name_are_not_the_same_part():
    theirs = IssueReach("ISS-9", "loan_pricing", Reach(features=("Atlas",)))

    proposals, _ = swept(Reach(vendors=("Atlas",)), another(), reaches=(theirs,))

    assert proposals == ()


def test_an_issue_of_the_same_system_is_not_elsewhere():
    proposals, _ = swept(Reach(vendors=("X",)), another(), reaches=(IssueReach("ISS-2", SYSTEM, Reach(vendors=("X",))),))

    assert proposals == ()


def test_systems_with_issues_come_first_and_named_parts_before_those_of_the_catalogue():
    named = another("zeta", vendors=("V",))
    quiet = another("alpha", feeds=(a_feed(name="theirs"),))
    busy = another("mid")

    proposals, _ = swept(Reach(vendors=("V",)), quiet, named, busy, reaches=(IssueReach("ISS-9", "mid", Reach(vendors=("V",))),))

    assert [proposal.system for proposal in proposals] == ["mid", "zeta", "alpha"]


def test_a_name_that_no_entry_has_is_told_because_it_may_be_misspelt():
    _, findings = swept(Reach(artifacts=("fraud-fliter",), vendors=("",)), another())

    assert [(finding.subject, finding.reason_code) for finding in findings] == [("reach.artifacts", "unknown_part")]
    assert "'fraud-fliter'" in findings[0].reason


def test_a_failed_system_that_left_the_catalogue_is_told_and_named_parts_are_still_found():
    plan = a_step_plan(a_worksheet(reach=Reach(features=("rate",))), systems=(another(),))
    case = a_case(issue=an_issue(state=IssueState.CONTAINED))

    proposals = find_elsewhere(case, plan, StepKnowledge())

    assert [proposal.system for proposal in proposals] == ["loan_pricing"]
    assert "no_entry" in {finding.reason_code for finding in find_sweep_findings(case, plan, proposals)}


def test_no_finding_of_the_sweep_blocks():
    _, findings = swept(Reach(vendors=("V", "misspelt")), another(vendors=("V",)))

    assert len(findings) == 2
    assert not any(finding.blocking for finding in findings)


def test_what_is_proposed_is_said_by_the_event_of_the_root_cause():
    plan = a_step_plan(a_worksheet(reach=Reach(vendors=("V",))), systems=(a_system(), another(vendors=("V",))))
    case = a_case(issue=an_issue(state=IssueState.RCA_IN_PROGRESS))

    decision = judge_step(case, plan, StepKnowledge())

    assert decision.body["elsewhere"] == [
        {
            "system": "loan_pricing",
            "shared": [{"kind": "vendor", "name": "V", "where": "vendors", "basis": "worksheet"}],
            "issues": [],
            "why": "is built on V (vendors)",
        }
    ]
    assert [finding.subject for finding in decision.findings] == ["loan_pricing"]


NAMES = st.text(max_size=12)
LISTS = st.lists(NAMES, max_size=3).map(tuple)


@given(st.builds(Reach, artifacts=LISTS, data_sources=LISTS, vendors=LISTS, features=LISTS))
@drawing(150)
def test_any_name_is_looked_for_and_none_raises(reach):
    proposals, findings = swept(reach, another(vendors=("V",)), reaches=(IssueReach("ISS-9", "loan_pricing", reach),))

    assert {one.system for one in proposals} <= {"loan_pricing"}
    assert all(finding.reason for finding in findings)


@given(st.permutations([another("alpha", vendors=("V",)), another("beta", feeds=(a_feed(),)), another("gamma")]))
@settings(deadline=None)
def test_the_order_of_the_catalogue_changes_nothing(systems):
    first, _ = swept(Reach(vendors=("V",)), *sorted(systems, key=lambda system: system.system_id))

    assert swept(Reach(vendors=("V",)), *systems)[0] == first


@given(st.sampled_from(PartKind), NAMES, NAMES)
@settings(deadline=None)
def test_being_the_same_part_goes_both_ways(kind, one, other):
    assert is_same(kind, one, other) == is_same(kind, other, one)
    assert is_same(kind, one, one)


def test_the_basis_says_who_said_so():
    both = a_system(feeds=(a_feed(),))

    assert shared(Reach(data_sources=("data/complaints.csv",)), another(feeds=both.feeds))[0][-1] == Basis.WORKSHEET
    assert shared(Reach(), another(feeds=both.feeds))[0][-1] == Basis.CATALOGUE
