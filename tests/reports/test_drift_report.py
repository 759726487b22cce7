"""Drift reports: what is drawn, what is left out and why, the record, and the refusal of what was not examined."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from registry.domain.drift_sample import ColumnKind, DriftMethod, DriftMethods, Sample
from registry.errors import ReportError
from reports import drift_report, evidently_charts, evidently_measures, evidently_page
from reports.drift_report import MAX_CATEGORIES, MAX_COLUMNS, DriftReport, render_drift_report
from tests.reports.drift_samples import a_sample, categories, numbers

ROOT = Path(__file__).parents[2]
NOW = a_sample(numbers(values=(0.3, 0.4, 0.5, None) * 10), categories(values=("TX", "WA", "NY", None) * 10))


def report(reference: Sample | None = None, current: Sample = NOW, **values: Any) -> DriftReport:
    return render_drift_report(reference or a_sample(), current, title="Inputs of the fraud filter", **values)


def test_two_empty_samples_give_a_page_that_says_it_says_nothing() -> None:
    made = report(Sample("none", ()), Sample("none", ()))

    assert b"Nothing could be drawn: 0 columns were given. This page says nothing." in made.page
    assert b"<script" not in made.page
    assert json.loads(made.record)["columns"] == []


def test_the_record_holds_a_score_for_each_column_and_the_rows_without_a_value() -> None:
    record = json.loads(report().record)

    assert [(c["name"], c["method"], c["left_out_because"]) for c in record["columns"]] == [
        ("score", "wasserstein", ""),
        ("state", "jensenshannon", ""),
    ]
    assert all(column["score"] > 0.1 for column in record["columns"])
    assert record["columns"][0]["current"] == {"value_count": 30, "missing_count": 10}
    assert record["engine"] == f"evidently {evidently_measures.library_version()}"


LEFT_OUT = {
    "only in the reference": (a_sample(numbers("a")), a_sample(numbers("b")), "the current sample has no such column"),
    "only missing": (a_sample(numbers("a")), a_sample(numbers("a", (None, float("nan")))), "no value in the current sample"),
    "no row": (a_sample(numbers("a", ())), a_sample(numbers("a")), "the reference sample is empty"),
    "other kind": (a_sample(numbers("a")), a_sample(categories("a")), "numbers in one sample, categories in the other"),
    "too many categories": (
        a_sample(categories("a", [f"id {n}" for n in range(MAX_CATEGORIES + 1)])),
        a_sample(categories("a")),
        f"{MAX_CATEGORIES + 4} different values; at most {MAX_CATEGORIES} can be drawn",
    ),
}


@pytest.mark.parametrize("case", LEFT_OUT)
def test_a_column_that_cannot_be_compared_is_left_out_with_its_reason(case: str) -> None:
    reference, current, reason = LEFT_OUT[case]
    made = report(reference, current)

    assert made.left_out[0].left_out_because == reason
    assert reason in made.page.decode() and reason in made.record.decode()
    assert made.columns[0].score is None


def test_a_column_the_library_stumbles_over_takes_no_other_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(name: str, *rest: Any) -> Any:
        if name == "score":
            raise ZeroDivisionError("a text of the data")
        return evidently_measures.measure(name, *rest)

    monkeypatch.setattr(drift_report, "measure", stumble)
    made = report()

    assert [(column.name, column.left_out_because) for column in made.columns] == [
        ("score", "the library could not measure it (ZeroDivisionError)"),
        ("state", ""),
    ]
    assert b"a text of the data" not in made.page + made.record


def test_columns_beyond_what_a_page_shows_are_named() -> None:
    many = a_sample(*(numbers(f"column {n}", ()) for n in range(MAX_COLUMNS + 1)))
    full = a_sample(*(numbers(f"column {n}", (1.0,)) for n in range(MAX_COLUMNS + 1)))

    assert len(report(many, many).left_out) == MAX_COLUMNS + 1
    looked_at = drift_report._compared(f"column {MAX_COLUMNS}", full, full, DriftMethods(), MAX_COLUMNS + 1)
    assert looked_at[0].left_out_because == f"a page shows at most {MAX_COLUMNS} columns"


def test_a_long_sample_is_thinned_evenly_and_both_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift_report, "MAX_ROWS", 20)
    made = report()

    assert b"Samples of more than 20 rows were thinned evenly" in made.page
    assert json.loads(made.record)["current"] == {"label": "1 to 15 Oct 2020", "row_count": 40, "used_count": 20}


def test_categories_that_look_alike_are_numbered_and_not_merged() -> None:
    alike = ("<a>", "＜a＞", "x" * 100, "x" * 41, "", " ")
    names = list(drift_report._inert_categories([alike, alike]))

    assert len(set(names[0])) == len(alike)
    assert names[0] == names[1]
    assert not re.search(r"[<>&{}]", "".join(map(str, names[0])))


def test_the_same_samples_give_the_same_bytes_in_another_process() -> None:
    script = (
        "import sys; from tests.reports.test_drift_report import report; made = report(); sys.stdout.buffer.write(made.page + made.record)"
    )
    env = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Kolkata", "LC_ALL": "C"}
    other = subprocess.run([sys.executable, "-W", "ignore", "-c", script], cwd=ROOT, env=env, capture_output=True, check=True).stdout

    assert other == report().page + report().record


def test_the_policy_names_the_digests_of_exactly_the_scripts_of_the_page_and_nothing_remote() -> None:
    page = report().page.decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1].replace("&#39;", "'")  # type: ignore[index]
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = [f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts]

    assert policy.startswith("default-src 'none'; ")
    assert policy.split("; ")[-1] == f"script-src {' '.join(digests)}"
    assert len(digests) == 3
    assert not re.search(r"unsafe-eval|https?:|\*|script-src[^;]*unsafe", policy)
    assert not re.search(
        r"<(link|img|iframe|object|embed)\b|<script[^>]*\bsrc=", re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    )


def test_no_text_of_the_data_leaves_the_block_of_chart_data() -> None:
    name = "</script><script>window.pwned=1</script><!--<script>"
    made = report(a_sample(numbers(name), categories("c", (name, "b") * 20)), a_sample(numbers(name), categories("c", (name, "b") * 20)))
    block = re.search(r'<script type="application/json" id="chart-data">(.*?)</script>', made.page.decode(), re.DOTALL)

    assert not re.search("[<>&]", block[1])  # type: ignore[index]
    assert set(json.loads(block[1])) == {"chart-1", "chart-2"}  # type: ignore[index]
    assert made.columns[0].name == name


def test_another_version_of_the_library_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidently_page, "library_version", lambda: "0.7.24")

    with pytest.raises(
        ReportError, match=r"expected a version whose page was examined, found 0\.7\.24; no page was made: install 0\.7\.23"
    ):
        report()


def test_a_script_that_is_not_the_examined_one_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import evidently

    static = tmp_path / "nbextension" / "static"
    static.mkdir(parents=True)
    (static / "index.js").write_text("window.pwned=1")
    monkeypatch.setattr(evidently, "__path__", [str(tmp_path)])

    with pytest.raises(ReportError, match=r"expected the index\.js that was examined, sha256:97a2.*found sha256:"):
        report()


def _first(widgets: Any) -> Any:
    return next(widget for widget in widgets if widget["type"] == "tabs")


UNEXPECTED = {
    "no tabs": lambda widgets: widgets.remove(_first(widgets)),
    "a new key": lambda widgets: widgets[0].update(html="x"),
    "a new kind": lambda widgets: widgets[0].update(type="rich_data"),
    "widgets inside": lambda widgets: widgets[0].update(widgets=[{}]),
    "a markup text": lambda widgets: _first(widgets)["tabs"][-1]["widget"]["params"]["data"][3].update(x=["<b>"]),
    "another trace": lambda widgets: _first(widgets)["tabs"][-1]["widget"]["params"]["data"][3].update(type="table"),
    "a new tab title": lambda widgets: _first(widgets)["tabs"][-1].update(title="<DISTRIBUTION>"),
    "no button": lambda widgets: _first(widgets)["tabs"][-1]["widget"]["params"]["layout"].update(updatemenus=[]),
    "a markup text of the axis": lambda widgets: _first(widgets)["tabs"][-1]["widget"]["params"]["layout"]["xaxis"].update(x="&"),
}


@pytest.mark.parametrize("change", UNEXPECTED)
def test_charts_of_another_form_are_refused_not_drawn(change: str) -> None:
    measured = evidently_measures.measure("x", ColumnKind.NUMBER, DriftMethod.WASSERSTEIN, [1.0, 2.0] * 9, [2.0, 3.0] * 9)
    assert evidently_charts.dashboard(measured, ColumnKind.NUMBER, "chart-1")["widgets"][0]["type"] == "big_graph"
    widgets = json.loads(json.dumps(measured.widgets))
    UNEXPECTED[change](widgets)

    with pytest.raises(ReportError, match="no page was made"):
        evidently_charts.dashboard(replace(measured, widgets=tuple(widgets)), ColumnKind.NUMBER, "chart-1")


@pytest.mark.parametrize("method", DriftMethod)
def test_each_measure_works_for_what_it_is_allowed_for(method: DriftMethod) -> None:
    asked = 0
    for kind in ("numbers", "categories"):
        try:
            methods = DriftMethods(**{kind: method})
        except ReportError:
            continue
        asked += 1
        assert report(methods=methods).left_out == ()
    assert asked


def test_reporting_to_the_library_s_makers_is_off_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DO_NOT_TRACK")
    report()

    assert os.environ["DO_NOT_TRACK"] == "true"


def test_samples_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ReportError, match="expected each column once, found \\['a'\\]"):
        a_sample(numbers("a"), categories("a"))
    with pytest.raises(ReportError, match="expected columns of one length"):
        a_sample(numbers("a", (1.0,)), categories("b", ("x", "y")))
