"""Evidently's widgets, taken apart: the one graph of a column that the page shows, and a refusal of everything that was not examined.

Put here what the examined version draws and how it is laid out for a desk, a phone and paper. Running the library is
``evidently_measures``; the page and its scripts are ``evidently_page``.

 * Only widgets and traces of the examined form are drawn; anything else is an error, never a gap.
 * Of what the library draws the distribution is shown, as shares, since two samples are rarely of one size. Its words of a verdict are not.
 * No text of a graph holds a letter that markup is made of.
 * Ids that the library draws at random are replaced, so that the same samples give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from registry.domain.drift_sample import ColumnKind
from registry.errors import ReportError
from reports.evidently_measures import Measured

_MUST_BE_EMPTY = frozenset({"alertStats", "insights", "additionalGraphs", "alerts", "widgets"})
_LINKS = frozenset({"source_fingerprint", "linked_metrics"})
_WIDGET_KEYS = _MUST_BE_EMPTY | _LINKS | {"type", "title", "size", "id", "details", "alertsPosition", "params", "tabs", "pageSize"}
_TRACE_KEYS = frozenset({"marker", "name", "visible", "x", "y", "type", "xaxis", "yaxis"})
_SIDES = ("reference", "current")
_ACTIVE = re.compile(r"[<>&`{}]")
# above the bars, where a phone has room for it
_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"}
_MARGINS = {"l": 48, "r": 12, "t": 36, "b": 24}
_HEIGHT = 340


def dashboard(measured: Measured, kind: ColumnKind, root: str) -> dict[str, Any]:
    """Return what the library's script draws into the element ``root``.

    Raises:
        ReportError: the library did not draw what the examined version draws.
    """
    tabs = only([widget for widget in measured.widgets if examined(widget)["type"] == "tabs"], "one widget of tabs")
    graph = only([tab["widget"] for tab in tabs["tabs"] if tab.get("title") == "DATA DISTRIBUTION"], "one tab of the distribution")
    params = examined(graph)["params"]
    if graph["type"] != "big_graph" or set(params) != {"data", "layout"}:
        raise unexpected("a graph of data and layout", f"{graph['type']!r} of {sorted(params)}")
    drawn = {"data": _shares(params), "layout": _laid_out(params["layout"], kind)}
    refuse_active(drawn)
    return report_of(graph, drawn, root)


def report_of(graph: Mapping[str, Any], drawn: Mapping[str, Any], root: str) -> dict[str, Any]:
    """Return the one graph as the library's script takes it, under an id of ours."""
    widget = {**graph, "id": f"{root}-graph", "title": "", "details": "", "params": drawn, **dict.fromkeys(_LINKS)}
    return {"name": "Report", "widgets": [widget]}


def _shares(params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the bars of shares, which the library hides behind a button: counts of samples of two sizes cannot be compared."""
    menu = only(params["layout"].get("updatemenus", []), "one menu")
    button = only([button for button in menu["buttons"] if button.get("label") == "perc"], "one button for shares")
    shown, axis = button["args"][0].get("visible", ()), button["args"][1]
    if axis != {"yaxis": {"title": "Percent"}} or len(shown) != len(params["data"]):
        raise unexpected("a button that shows shares", str(button)[:200])
    bars = [bar for bar, is_shown in zip(params["data"], shown, strict=True) if is_shown]
    if sorted(bar.get("name", "") for bar in bars) != sorted(_SIDES) or any(
        set(bar) != _TRACE_KEYS or bar["type"] != "bar" for bar in bars
    ):
        raise unexpected("bars of the reference and the current sample", str([sorted(bar) for bar in bars])[:200])
    return [{**bar, "visible": True} for bar in sorted(bars, key=lambda bar: _SIDES.index(bar["name"]))]


def _laid_out(layout: Mapping[str, Any], kind: ColumnKind) -> dict[str, Any]:
    """Keep the library's look, with room on a phone; categories that look like numbers or dates stay names."""
    kept = {name: layout[name] for name in ("template", "xaxis", "yaxis")}
    type_of_axis = {"type": "category"} if kind is ColumnKind.CATEGORY else {}
    kept["xaxis"] = {**kept["xaxis"], **type_of_axis, "title": {"text": ""}, "automargin": True}
    kept["yaxis"] = {**kept["yaxis"], "title": {"text": "Share, %"}}
    return {**kept, "legend": _LEGEND, "margin": _MARGINS, "height": _HEIGHT, "autosize": True}


def examined(widget: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the widget, which has nothing in it that was not examined."""
    kind, others = widget.get("type"), frozenset(widget) ^ _WIDGET_KEYS
    if others or kind not in ("counter", "tabs", "big_graph") or any(widget[key] for key in _MUST_BE_EMPTY):
        raise unexpected("a widget of the examined form", f"{kind!r} with {sorted(others) or 'more in it'}")
    return widget


def only(found: list[Any], expected: str) -> Any:
    """Return what there is one of."""
    if len(found) != 1:
        raise unexpected(expected, str(len(found)))
    return found[0]


def refuse_active(value: Any) -> None:
    """Refuse a text with a letter that markup is made of, wherever in a graph it stands."""
    if isinstance(value, str) and _ACTIVE.search(value):
        raise unexpected("texts in inert form only", repr(value[:80]))
    for item in value.items() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
        refuse_active(item)


def unexpected(expected: str, found: str) -> ReportError:
    """Return the refusal of what was not examined."""
    return ReportError(
        f"Evidently's charts: expected {expected}, found {found}; no page was made. Install the version of the lock file, or examine what "
        "changed and teach reports/evidently_charts.py"
    )
