"""The page of an issue: what it says of an issue of which little is known, and of one with everything."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from registry.domain.evidence_graph import NodeKind
from registry.domain.work import StepKind
from reports.graph_chart import COLUMNS, describe, graph_svg
from reports.issue_page import render_issue
from tests.issue_story import Story
from tests.reports.issue_samples import a_file, a_full_issue, a_new_issue


def text_of(page: bytes) -> str:
    """Return the words of a page without its markup and styles."""
    body = re.sub(r"<style>.*?</style>", "", page.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_an_issue_of_which_nothing_is_known_says_so_in_every_section():
    page = text_of(render_issue(a_file(Story().open(), 0)))

    assert "Nobody has recorded anything yet." in page
    assert "Nobody has approved anything yet." in page
    assert "No signal is linked in the ledger." in page
    assert "Not complete up to triage: signal : an issue in triage is asked for it" in page


def test_the_same_file_gives_the_same_bytes():
    assert render_issue(a_full_issue()) == render_issue(a_full_issue())


def test_broken_glass_and_holds_stand_before_everything_else():
    page = text_of(render_issue(a_full_issue()))

    order = ["The glass was broken", "Preservation hold", "What comes next", "Evidence graph From the signal"]
    assert all(page.index(first) < page.index(second) for first, second in pairwise(order))
    assert "deputy@bank.example approved plan as operations lead" in page


def test_a_page_without_broken_glass_or_holds_does_not_speak_of_them():
    page = text_of(render_issue(a_new_issue()))

    assert "glass" not in page and "Preservation hold" not in page


def test_an_approval_says_whether_it_was_signed_or_only_typed():
    page = text_of(render_issue(a_full_issue()))

    assert "asserted typed@bank.example" in page
    assert "signed break-glass deputy@bank.example" in page


def test_a_document_is_shown_in_full_however_long_it_is():
    story = Story().open().step(StepKind.NOTE, text="word " * 2_000 + "the end")

    assert "word the end" in text_of(render_issue(a_file(story, 2)))


def test_every_field_of_every_document_is_on_the_page():
    page = text_of(render_issue(a_full_issue()))

    assert "Actions 2, what Refuse unknown terminal codes at the door." in page
    assert "Controls, evidence https://evaluations.bank.example/card_fraud_filter/2.4.0" in page
    assert "Reach, vendors Terminal Data Ltd" in page


def test_what_is_not_sealed_yet_is_a_gap_that_is_named():
    file = a_new_issue()
    file = replace(file, events=tuple(replace(event, package="") for event in file.events))

    assert "not sealed yet" in text_of(render_issue(file))


def test_every_kind_of_node_has_one_column():
    drawn = [kind for kinds in COLUMNS for kind in kinds]

    assert sorted(drawn) == sorted(NodeKind)


def test_many_signals_are_drawn_as_a_few_and_counted():
    file = a_full_issue()

    drawn = graph_svg(file.graph, (), {})

    assert drawn.count(">signal</text>") == 4
    assert "and 38 more" in drawn
    assert "41 signal" in describe(file.graph, ())


def test_what_is_missing_is_drawn_in_its_column_and_told_in_words():
    file = a_file(Story().open(), 0)

    drawn = graph_svg(file.graph, file.gaps, {})

    assert '<g class="node gap"><title>an issue in triage is asked for it</title>' in drawn
    assert "missing: signal" in describe(file.graph, file.gaps)


def test_a_version_keeps_the_end_of_its_name_in_the_drawing():
    assert "card_fra\u2026er 2.4.0" in graph_svg(a_full_issue().graph, (), {})


def test_days_on_which_nothing_but_signals_joined_are_one_line():
    file = a_new_issue()
    joined = next(event for event in file.events if event.envelope["kind"] == "IssueOpened")
    days = [
        replace(joined, seq=100 + day, envelope={**joined.envelope, "kind": "SignalsJoined", "data": {"signal_count": 3}})
        for day in range(400)
    ]

    page = text_of(render_issue(replace(file, events=(*file.events, *days))))

    assert page.count("Signals joined") == 1 and "1,200 signals in 400 events, the last on" in page and "event 499" in page
