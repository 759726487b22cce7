"""Levels on the page and in the terminal: what a candidate has to reach by itself is told apart from what it is compared by."""

from __future__ import annotations

from checks.eval_gate import judge_gate
from reports.gate_page import render_gate
from reports.gate_text import gate_lines
from tests.checks.test_gate_levels import HARMFUL, RELEVANT, with_column
from tests.gate_builders import gate_inputs


def test_without_levels_there_is_no_such_section() -> None:
    decision = judge_gate(gate_inputs())
    assert 'id="levels"' not in render_gate(decision, gate_inputs()).decode() and "levels" not in gate_lines(decision)


def test_a_level_that_is_reached_stands_in_its_section_and_among_the_lines() -> None:
    inputs = with_column(RELEVANT, 900)
    page, lines = render_gate(judge_gate(inputs), inputs).decode(), gate_lines(judge_gate(inputs))
    assert 'id="levels"' in page and "As good as it has to be" in page
    assert any("relevance 0.9 over 1,000 cases" in line for line in lines)


def test_a_level_that_is_open_asks_for_the_cases_that_would_show_it_and_one_that_is_missed_fails() -> None:
    inputs = with_column(HARMFUL, 0, 400)
    page = render_gate(judge_gate(inputs), inputs).decode()
    assert "about 598 cases like these would show it" in page and "evaluate both versions on a larger locked set" in page
    missed = with_column(RELEVANT, 100)
    assert "Fails the candidate" in render_gate(judge_gate(missed), missed).decode()


def test_each_level_has_the_name_of_its_measure_and_below_it_how_the_candidate_stands() -> None:
    inputs = with_column(RELEVANT, 900)
    page = render_gate(judge_gate(inputs), inputs).decode()
    assert '<strong><bdi>relevance</bdi></strong><span class="sub"><bdi>As good as it has to be</bdi></span>' in page
