"""Evidently's graphs of two versions, taken apart: tables of confusion, ROC curves, differences of amounts, nothing else.

Put what the examined version draws of versions here, and how it is laid out for a desk, a phone and paper. Running the library is
``evidently_versions``; columns of samples are ``evidently_charts``; the page and its scripts are ``evidently_page``.

 * Only graphs and traces of the examined form are drawn; anything else is an error, never a gap.
 * The two tables of confusion, which the library puts side by side, become one graph each: a phone has no room for both.
 * The two curves, which it puts side by side, stand in one graph, where they can be compared. A long one is thinned evenly.
 * Of differences their shares are shown, in a colour of neither side.
 * No text of a graph holds a letter that markup is made of, and ids are ours, not drawn at random.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.evidently_charts import examined, only, refuse_active, report_of, unexpected

MAX_POINTS = 500
_TABLE_KEYS = frozenset({"coloraxis", "text", "texttemplate", "type", "x", "xaxis", "y", "yaxis", "z"})
_CURVE_KEYS = frozenset({"legendgroup", "marker", "mode", "name", "type", "x", "xaxis", "y", "yaxis"})
_BAR_KEYS = frozenset({"marker", "name", "type", "visible", "x", "xaxis", "y", "yaxis"})
_CELL_TEXT = "%{text}"  # the one text with a brace: it is the library's own, and asks for the number of the cell
_SIDES = ("candidate", "champion")
_COLOURS = {"candidate": "#ed0400", "champion": "#4d4d4d"}
_BLUE = "#1f5a99"
_SCALE = [[0, "#f7f9fb"], [1, _BLUE]]  # the library's own has red for what is most often right
_MARGINS = {"l": 48, "r": 12, "t": 36, "b": 48}
_HEIGHT = 340
_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}


def confusion(widgets: Sequence[Mapping[str, Any]], root: str, side: str) -> dict[str, Any]:
    """Return the table of confusion of one version.

    Raises:
        ReportError: the library did not draw what the examined version draws.
    """
    graph, traces = _graph(widgets, 2, _TABLE_KEYS, "heatmap")
    drawn = {**traces[_SIDES.index(side)], "xaxis": "x", "yaxis": "y", "coloraxis": "coloraxis"}
    if drawn.pop("texttemplate") != _CELL_TEXT:
        raise unexpected("cells that show their number", "another text")
    axes = {"xaxis": _axis("What it answered", type="category"), "yaxis": _axis("Right answer", type="category", autorange="reversed")}
    scale = {"colorscale": _SCALE, "cmin": 0, "showscale": False}
    made = _report(graph, [drawn], {**axes, "coloraxis": scale, "margin": _MARGINS}, root)
    made["widgets"][0]["params"]["data"][0]["texttemplate"] = _CELL_TEXT
    return made


def curves(widgets: Sequence[Mapping[str, Any]], root: str) -> dict[str, Any]:
    """Return the ROC curves of both versions in one graph.

    Raises:
        ReportError: the library did not draw what the examined version draws.
    """
    graph, traces = _graph(widgets, 2, _CURVE_KEYS, "scatter", may_have=frozenset({"showlegend"}))
    drawn = [_curve(trace, side) for trace, side in zip(traces, _SIDES, strict=True)]
    axes = {"xaxis": _axis("Share of the others that is called an event"), "yaxis": _axis("Share of events found")}
    return _report(graph, drawn, {**axes, "margin": _MARGINS, "legend": _LEGEND, "showlegend": True}, root)


def differences(widgets: Sequence[Mapping[str, Any]], root: str) -> dict[str, Any]:
    """Return how often the candidate's amount is how much more or less than the champion's.

    Raises:
        ReportError: the library did not draw what the examined version draws.
    """
    graph, traces = _graph(widgets, 2, _BAR_KEYS, "bar")
    menu = only(graph["params"]["layout"].get("updatemenus", []), "one menu")
    labels = [button.get("label") for button in menu["buttons"]]
    if labels != ["abs", "perc"]:
        raise unexpected("buttons for counts and shares", str(labels)[:200])
    drawn = {**traces[1], "visible": True, "name": "difference", "marker": {"color": _BLUE}, "xaxis": "x", "yaxis": "y"}
    axes = {"xaxis": _axis("Candidate minus champion"), "yaxis": _axis("Share of cases, %")}
    return _report(graph, [drawn], {**axes, "margin": _MARGINS, "showlegend": False}, root)


def _graph(
    widgets: Sequence[Mapping[str, Any]], count: int, keys: frozenset[str], kind: str, may_have: frozenset[str] = frozenset()
) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
    """Return the one graph among the widgets and its traces, each of the examined form."""
    graph = only([widget for widget in widgets if examined(widget)["type"] == "big_graph"], "one graph")
    params = graph["params"]
    if set(params) != {"data", "layout"}:
        raise unexpected("a graph of data and layout", str(sorted(params)))
    traces = params["data"]
    if len(traces) != count or any(set(trace) - may_have != keys or trace["type"] != kind for trace in traces):
        raise unexpected(f"{count} traces of the examined form", str([sorted(trace) for trace in traces])[:200])
    return graph, traces


def _report(graph: Mapping[str, Any], traces: list[dict[str, Any]], layout: Mapping[str, Any], root: str) -> dict[str, Any]:
    kept = {"template": graph["params"]["layout"]["template"], **layout, "height": _HEIGHT, "autosize": True}
    drawn = {"data": traces, "layout": kept}
    refuse_active(drawn)
    return report_of(graph, drawn, root)


def _curve(trace: Mapping[str, Any], side: str) -> dict[str, Any]:
    count = len(trace["x"])
    step = max(1, -(-count // MAX_POINTS))
    places = [*range(0, count - 1, step), count - 1]
    points = {axis: [trace[axis][place] for place in places] for axis in ("x", "y")}
    line = {"color": _COLOURS[side], "dash": "solid" if side == "candidate" else "dash"}
    return {"type": "scatter", "mode": "lines", "name": side, "line": line, "xaxis": "x", "yaxis": "y", **points}


def _axis(title: str, **more: Any) -> dict[str, Any]:
    return {"title": {"text": title}, "automargin": True, **more}
