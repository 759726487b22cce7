"""Two bundles beside each other: what changes is seen first, on the page and in the terminal, whatever a part is called."""

from __future__ import annotations

from dataclasses import replace

from checks.eval_gate import judge_gate
from registry.domain.canonical import record_json
from registry.domain.gate import PinnedVersion
from registry.records import read_gate_decision
from reports.gate_bundle import BundleRow, bundle_lines, bundle_rows
from reports.gate_page import render_gate
from reports.gate_text import gate_lines
from tests.gate_builders import CANDIDATE, CHAMPION, a_pinned, gate_inputs

BEFORE, NOW = (("model", "large-1"), ("prompt", "12")), (("model", "large-1"), ("prompt", "<b>13</b>"), ("tool", "search 2"))
INPUTS = replace(gate_inputs(), candidate=a_pinned(CANDIDATE, parts=NOW), champion=a_pinned(CHAMPION, parts=BEFORE))


def test_versions_that_stand_for_themselves_have_no_parts() -> None:
    decision = judge_gate(gate_inputs())
    assert bundle_rows(decision) == () and not any(line.startswith("bundle") for line in gate_lines(decision))
    assert "What each bundle is made of" not in render_gate(decision, gate_inputs()).decode()


def test_what_changes_stands_first_and_a_part_that_only_one_has_is_none_of_the_other() -> None:
    rows = bundle_rows(judge_gate(INPUTS))
    assert [(one.name, one.champion, one.candidate, one.differs) for one in rows] == [
        ("prompt", "12", "<b>13</b>", True),
        ("tool", "none", "search 2", True),
        ("model", "large-1", "large-1", False),
    ]
    assert isinstance(rows[0], BundleRow)


def test_the_lines_and_the_page_name_every_part() -> None:
    decision = judge_gate(INPUTS)
    assert list(bundle_lines(decision)) == ["changed prompt 12 to <b>13</b>, tool none to search 2", "the same model large-1"]
    page = render_gate(decision, INPUTS).decode()
    assert "What each bundle is made of" in page and "&lt;b&gt;13&lt;/b&gt;" in page and "<b>13</b>" not in page


def test_parts_that_were_written_as_json_are_read_back_the_same() -> None:
    decision = judge_gate(INPUTS)
    assert read_gate_decision(record_json(decision)) == decision
    assert PinnedVersion("2", "2", "sha256:2", [["model", "large-1"]]) == PinnedVersion("2", "2", "sha256:2", (("model", "large-1"),))  # type: ignore[arg-type]


def test_page_one_names_the_parts_that_change_and_leads_to_them() -> None:
    page = render_gate(judge_gate(INPUTS), INPUTS).decode()
    assert "<dt>Changed</dt><dd><bdi>prompt</bdi>, <bdi>tool</bdi></dd>" in page
    assert '<a href="#bundle">What changed</a>' in page and 'id="bundle"' in page


def test_bundles_without_a_difference_say_so() -> None:
    same = replace(INPUTS, champion=replace(INPUTS.champion, parts=NOW))
    assert "<dt>Changed</dt><dd>nothing of the bundle</dd>" in render_gate(judge_gate(same), same).decode()
