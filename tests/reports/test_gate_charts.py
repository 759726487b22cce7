"""Charts of a gate decision: what is drawn, what is left out and why, the record, and that no decision is lost to a library."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from registry.domain.evaluation import MetricKind, MetricSpec
from registry.domain.gate import GateDecision, GateInputs
from registry.errors import ReportError
from reports import evidently_graphs, evidently_page, evidently_versions, gate_charts, gate_drawable
from reports.gate_charts import GateCharts, render_gate_charts
from reports.gate_package import gate_files
from tests.reports import gate_samples as samples

ROOT = Path(__file__).parents[2]


def charts(decision: GateDecision, inputs: GateInputs) -> GateCharts:
    made = render_gate_charts(decision, inputs)
    assert made is not None
    return made


def parts(made: GateCharts) -> dict[str, Any]:
    return {part["title"]: part for part in json.loads(made.record)["parts"]}


def numbers(part: Any) -> dict[str, Any]:
    return {one["name"]: (one["champion"], one["candidate"]) for one in part["numbers"]}


def with_outcomes(inputs: GateInputs, **changes: Any) -> GateInputs:
    """Return inputs of which both versions' outcomes have these columns."""
    assert inputs.champion_outcomes and inputs.candidate_outcomes
    champion, candidate = (replace(one, **changes) for one in (inputs.champion_outcomes, inputs.candidate_outcomes))
    return replace(inputs, champion_outcomes=champion, candidate_outcomes=candidate)


def test_nothing_is_drawn_where_set_or_outcomes_were_not_read() -> None:
    decision, inputs = samples.a_pass()

    assert render_gate_charts(*samples.nothing()) is None
    for unread in (replace(inputs, cases=None), replace(inputs, champion_outcomes=None), replace(inputs, candidate_outcomes=None)):
        assert render_gate_charts(decision, unread) is None
    decision, inputs = samples.nothing()
    assert {"evidently.html", "evidently.json"}.isdisjoint(gate_files(inputs, decision, b"", {}))


def test_what_the_gate_computed_stands_in_the_report_beside_what_the_library_measures() -> None:
    decision, inputs = samples.of_every_kind()
    found = parts(charts(decision, inputs))
    ours = {one.metric: one.difference for one in decision.comparisons if not one.segment.column}

    assert numbers(found["What the gate computed"]) == {
        name: (difference.champion, difference.candidate) for name, difference in ours.items() if difference
    }
    answers, scores = numbers(found["Answers"]), numbers(found["Scores"])
    assert set(answers) == {"accuracy", "precision", "recall", "F1"}
    assert answers["accuracy"] == pytest.approx(numbers(found["What the gate computed"])["accuracy"])
    assert scores["area under the ROC curve"] == pytest.approx(numbers(found["What the gate computed"])["auc"])
    amount = ours["amount"]
    assert amount
    assert numbers(found["amount"])["mean difference"] == (None, pytest.approx(amount.candidate - amount.champion))


def test_what_is_known_of_the_difference_alone_has_no_empty_column_of_the_champion() -> None:
    page = charts(*samples.of_every_kind()).page.decode()
    tables = re.findall(r"<table.*?</table>", page, re.DOTALL)

    assert not [one for one in tables if re.search(r"<td[^>]*></td>", one)]
    (amounts,) = (one for one in tables if "mean absolute difference" in one)
    assert "Candidate minus champion" in amounts and ">Champion<" not in amounts


def test_the_charts_call_the_set_by_its_name() -> None:
    decision, inputs = samples.a_pass()

    assert "Both on the same locked set of 1,000 cases." in charts(decision, inputs).page.decode()
    assert "Both on the same reserve of 1,000 cases." in charts(replace(decision, on_reserve=True), inputs).page.decode()


def test_the_candidate_is_what_the_library_calls_current() -> None:
    """A champion that is always right and a candidate that never is cannot be mixed up."""
    measured = evidently_versions.measure_answers(["a", "b"] * 9, ["a", "b"] * 9, ["b", "a"] * 9, "a")
    tables = {side: evidently_graphs.confusion(measured.widgets, "chart-1", side) for side in ("champion", "candidate")}
    cells = {side: made["widgets"][0]["params"]["data"][0]["z"] for side, made in tables.items()}

    assert (measured.numbers[0].champion, measured.numbers[0].candidate) == (1.0, 0.0)
    assert cells == {"champion": [[9, 0], [0, 9]], "candidate": [[0, 9], [9, 0]]}


def test_a_table_of_confusion_has_the_right_answer_in_its_rows() -> None:
    measured = evidently_versions.measure_answers(["a"] * 3 + ["b"], ["a"] * 4, ["a", "b", "b", "b"], "a")
    trace = evidently_graphs.confusion(measured.widgets, "chart-1", "candidate")["widgets"][0]["params"]["data"][0]

    assert (trace["y"], trace["x"], trace["z"]) == (["a", "b"], ["a", "b"], [[1, 2], [0, 1]])


def test_the_curves_of_both_versions_stand_in_one_graph_and_a_long_one_is_thinned() -> None:
    events = [place % 2 for place in range(4_000)]
    scores = [((place * 7919) % 4_000) / 4_000 for place in range(4_000)]
    measured = evidently_versions.measure_scores(events, [float(one) for one in events], scores)
    traces = evidently_graphs.curves(measured.widgets, "chart-1")["widgets"][0]["params"]["data"]

    assert [trace["name"] for trace in traces] == ["candidate", "champion"]
    assert all(len(trace["x"]) <= evidently_graphs.MAX_POINTS + 2 for trace in traces)
    assert all((trace["x"][0], trace["y"][-1]) == (0.0, 1.0) for trace in traces)


def test_cases_without_an_answer_of_the_set_are_left_out_counted_and_said_to_be_wrong() -> None:
    made = charts(*samples.a_loss())
    part = parts(made)["Answers"]

    assert part["case_count"] == 996
    assert "4 cases are left out, where a version gave no answer of the set; the gate counts what the candidate made" in part["note"]
    assert part["note"].encode() in made.page


def test_of_two_answers_it_is_said_which_one_is_meant() -> None:
    assert "those of the answer “1”" in parts(charts(*samples.of_every_kind()))["Answers"]["note"]
    assert "means over all answers" in parts(charts(*samples.a_pass()))["Answers"]["note"]


def test_what_cannot_be_drawn_is_left_out_with_its_reason() -> None:
    decision, inputs = samples.of_every_kind()
    assert inputs.cases
    count = len(inputs.cases.case_ids)
    many = replace(inputs.cases, labels=tuple(f"label {place}" for place in range(count)))
    same, none = "every case has the same right answer", "there is no case that both versions gave an answer of the set"
    too_many = f"{count} different right answers; at most {gate_drawable.MAX_LABELS} can be drawn"
    left_out = {
        "no labels": (replace(inputs, cases=replace(inputs.cases, labels=())), "Answers", "the set has no right answers"),
        "one label": (
            replace(inputs, cases=replace(inputs.cases, labels=("1",) * count)),
            "Answers",
            same,
        ),
        "many": (
            replace(inputs, cases=many),
            "Answers",
            too_many,
        ),
        "no answers": (with_outcomes(inputs, answers=(None,) * count), "Answers", "the champion has no answer"),
        "strangers": (
            with_outcomes(inputs, answers=("x",) * count),
            "Answers",
            none,
        ),
        "no scores": (with_outcomes(inputs, scores=()), "Scores", "at least one version has no score"),
        "no events": (replace(inputs, cases=many), "Scores", "labels are not 0 and 1, so no score is the chance of an event"),
        "nan": (
            with_outcomes(inputs, scores=(float("nan"),) * count),
            "Scores",
            "there are not both events and others with a score of both versions",
        ),
        "no amounts": (with_outcomes(inputs, amounts={}), "amount", "there are no two cases with an amount of both versions"),
    }
    for what, (changed, title, reason) in left_out.items():
        made = charts(decision, changed)
        assert parts(made)[title]["left_out_because"] == reason, what
        assert reason.encode() in made.page, what
        assert b"A rendering, not the record" in made.page


def test_scores_that_no_measure_asks_for_and_nobody_gave_are_not_missed() -> None:
    assert set(parts(charts(*samples.a_pass()))) == {"What the gate computed", "Answers", "seconds to answer"}


def test_amounts_beyond_what_a_page_shows_are_named() -> None:
    decision, inputs = samples.a_pass()
    metrics = tuple(MetricSpec(f"amount {place}", MetricKind.AMOUNT, "seconds") for place in range(gate_drawable.MAX_AMOUNTS + 1))
    found = parts(charts(decision, replace(inputs, spec=replace(inputs.spec, metrics=metrics))))

    assert [title for title, part in found.items() if part["left_out_because"]] == [f"amount {gate_drawable.MAX_AMOUNTS}"]


def test_a_long_set_is_thinned_evenly_and_both_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_charts, "MAX_ROWS", 500)
    made = charts(*samples.a_pass())

    assert b"Sets of more than 500 cases are thinned evenly" in made.page
    assert (json.loads(made.record)["case_count"], json.loads(made.record)["used_count"]) == (1_000, 500)
    assert parts(made)["Answers"]["case_count"] == 500


def test_a_part_the_library_stumbles_over_takes_no_other_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: Any) -> Any:
        raise ZeroDivisionError("a text of the data")

    monkeypatch.setattr(gate_charts, "measure_answers", stumble)
    monkeypatch.setattr(gate_charts, "report_ours", stumble)
    made = charts(*samples.of_every_kind())
    reasons = {title: part["left_out_because"] for title, part in parts(made).items()}

    stopped = "the library could not measure it (ZeroDivisionError)"
    assert reasons == {"What the gate computed": stopped, "Answers": stopped, "Scores": "", "amount": ""}
    assert b"a text of the data" not in made.page + made.record


@pytest.mark.parametrize("error", [ReportError("expected an examined version"), ImportError("no library"), MemoryError()])
def test_whatever_stops_the_library_the_decision_keeps_its_package_and_says_so(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def stop(*_: Any, **__: Any) -> Any:
        raise error

    decision, inputs = samples.a_pass()
    whole = gate_files(inputs, decision, b"{}", {})
    monkeypatch.setattr(gate_charts, "render_with_charts", stop)
    files = gate_files(inputs, decision, b"{}", {})

    assert set(whole) - set(files) == {"evidently.html"}
    assert {name for name in files if files[name] == whole[name]} >= {"decision.json", "inputs.json", "junit.xml", "policies.json"}
    told = json.loads(files["evidently.json"])["not_drawn_because"]
    assert told == (str(error) if isinstance(error, ReportError) else f"the library could not draw it ({type(error).__name__})")
    assert b"could not; evidently.json says why" in files["report.html"]
    assert b'href="evidently.html"' not in files["report.html"]


def test_another_version_of_the_library_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidently_page, "library_version", lambda: "0.7.24")
    made = charts(*samples.a_pass())

    assert made.page == b""
    assert "expected a version whose page was examined, found 0.7.24; no page was made: install 0.7.23" in made.problem


def test_the_page_of_the_decision_links_to_the_charts_and_the_list_of_files_names_them() -> None:
    decision, inputs = samples.a_pass()
    files = gate_files(inputs, decision, b"{}", {})
    held = {one["file"]: one["holds"] for one in json.loads(files["contents.json"])}

    assert b'href="evidently.html"' in files["report.html"]
    assert held["evidently.html"].endswith("a rendering, not the record")
    assert set(held) == set(files)


def test_the_same_values_give_the_same_bytes_in_another_process() -> None:
    script = (
        "import sys; from tests.reports.test_gate_charts import charts, samples; made = charts(*samples.of_every_kind()); "
        "sys.stdout.buffer.write(made.page + made.record)"
    )
    env = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Kolkata", "LC_ALL": "C"}
    other = subprocess.run([sys.executable, "-W", "ignore", "-c", script], cwd=ROOT, env=env, capture_output=True, check=True).stdout
    made = charts(*samples.of_every_kind())

    assert other == made.page + made.record


def test_no_text_of_the_data_leaves_the_block_of_chart_data() -> None:
    name = "</script><script>window.pwned=1</script><!--<script>"
    made = charts(*samples.charted_by([name, "b", "<c>"]))
    block = re.search(r'<script type="application/json" id="chart-data">(.*?)</script>', made.page.decode(), re.DOTALL)

    assert block and not re.search("[<>&]", block[1])
    assert set(json.loads(block[1])) == {f"chart-{number}" for number in range(1, 6)}


UNEXPECTED = {
    "no graph": lambda widgets: widgets.pop(),
    "a new key": lambda widgets: widgets[0].update(html="x"),
    "a new kind": lambda widgets: widgets[0].update(type="rich_data"),
    "more than a graph": lambda widgets: widgets[-1]["params"].update(html="x"),
    "another trace": lambda widgets: widgets[-1]["params"]["data"][0].update(type="table"),
    "one trace": lambda widgets: widgets[-1]["params"]["data"].pop(),
    "a trace with more in it": lambda widgets: widgets[-1]["params"]["data"][0].update(customdata=[]),
    "a markup text": lambda widgets: widgets[-1]["params"]["data"][0].update(x=["<b>", "b"]),
    "another text of cells": lambda widgets: widgets[-1]["params"]["data"][0].update(texttemplate="%{customdata}"),
}


@pytest.mark.parametrize("change", UNEXPECTED)
def test_graphs_of_another_form_are_refused_not_drawn(change: str) -> None:
    measured = evidently_versions.measure_answers(["a", "b"] * 9, ["a", "b"] * 9, ["b", "b"] * 9, "a")
    widgets = json.loads(json.dumps(measured.widgets))
    assert evidently_graphs.confusion(widgets, "chart-1", "candidate")["widgets"][0]["type"] == "big_graph"
    UNEXPECTED[change](widgets)

    with pytest.raises(ReportError, match="no page was made"):
        evidently_graphs.confusion(widgets, "chart-1", "candidate")


def test_shares_of_differences_are_shown_and_another_button_is_refused() -> None:
    measured = evidently_versions.measure_amounts([1.0, 2.0] * 9, [1.5, 2.0] * 9)
    widgets = json.loads(json.dumps(measured.widgets))
    (bars,) = evidently_graphs.differences(widgets, "chart-1")["widgets"][0]["params"]["data"]
    assert (sum(bars["y"]), bars["visible"]) == (pytest.approx(100), True)
    assert bars["marker"]["color"] not in ("#ed0400", "#4d4d4d")  # those are the two versions' own

    widgets[-1]["params"]["layout"]["updatemenus"][0]["buttons"][1]["label"] = "log"
    with pytest.raises(ReportError, match="expected buttons for counts and shares"):
        evidently_graphs.differences(widgets, "chart-1")


def test_reporting_to_the_library_s_makers_is_off_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DO_NOT_TRACK", raising=False)
    charts(*samples.a_pass())

    assert os.environ["DO_NOT_TRACK"] == "true"
