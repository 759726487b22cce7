"""The package of a release decision: every file named, the record readable again, papers byte for byte."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from registry.domain.canonical import digest_bytes, record_json
from registry.policies.loader import load_tables
from registry.policies.release import read_release_policy, release_policy, release_record
from registry.records import read_release_decision, read_sealed_release
from reports.release_package import release_package
from reports.release_page import render_release
from reports.release_text import release_lines
from tests.reports import release_samples as samples

TABLES = load_tables(None)
TABLE = release_record(TABLES)
PROGRAM = {"proofloop": "1.2.3"}


def test_a_release_without_any_paper_has_a_package_of_its_own() -> None:
    decision, inputs = samples.nothing()
    files = release_package(inputs, decision, TABLE, PROGRAM, {})

    assert sorted(files) == ["contents.json", "decision.json", "inputs.json", "policies.json", "report.html", "report.txt"]


@pytest.mark.parametrize("make", sorted(samples.SAMPLES))
def test_what_is_sealed_gives_back_decision_inputs_and_policy(make: str) -> None:
    from checks.release_gates import judge_release

    inputs = replace(samples.SAMPLES[make]()[1], policy=release_policy(TABLES))
    decision = judge_release(inputs)
    files = release_package(inputs, decision, TABLE, PROGRAM, samples.package_names())
    again = read_sealed_release(files["inputs.json"]).judged_with(read_release_policy(files["policies.json"]))

    assert again == inputs
    assert record_json(judge_release(again)) == files["decision.json"]
    assert read_release_decision(files["decision.json"]) == decision


def test_papers_are_kept_byte_for_byte_and_every_file_says_what_it_holds() -> None:
    decision, inputs = samples.a_pass()
    files = release_package(inputs, decision, TABLE, PROGRAM, samples.package_names())
    told = {one["file"]: one["holds"] for one in json.loads(files["contents.json"])}

    assert {name: files[name] for name in samples.package_names()} == samples.package_names()
    assert set(told) == set(files)
    assert told["dpia.yaml.sig"] == "the signature of dpia.yaml"
    assert told["model_card.md"] == "as it was read: Model card"


def test_the_page_links_the_files_beside_it_and_the_lines_are_those_of_the_terminal() -> None:
    decision, inputs = samples.a_pass()
    files = release_package(inputs, decision, TABLE, PROGRAM, samples.package_names())

    for name in ("decision.json", "inputs.json", "policies.json", "report.txt", *samples.package_names()):
        assert f'<a href="{name}">'.encode() in files["report.html"]
        assert digest_bytes(files[name]).encode() in files["report.html"]
    assert files["report.txt"].decode().splitlines() == release_lines(decision)
    assert files["report.html"] != render_release(decision, inputs)


def test_the_same_values_give_the_same_bytes() -> None:
    first, again = (
        release_package(inputs, decision, TABLE, PROGRAM, {}) for decision, inputs in (samples.a_failure(), samples.a_failure())
    )

    assert first == again


@pytest.mark.parametrize("name", ["decision.json", "../x", "model_card.md.sig", "page.html"])
def test_a_paper_cannot_take_the_place_of_another_file(name: str) -> None:
    decision, inputs = samples.a_pass()
    with pytest.raises(ValueError, match="expected papers under the names of paper_name, found"):
        release_package(inputs, decision, TABLE, PROGRAM, {name: b""})
