"""Evidently's charts in a page of ours, hardened: only its own script can run, and no name or value of the data becomes markup.

Put here what makes the library's output safe to keep, and the check that it still is what was examined; a version that was not is refused,
never shown as it comes. What a page says beside the charts is ``drift_report`` and ``gate_charts``.

 * The page is our template. Of the library it holds the script file, checked against the digest of the examined one, and chart data.
 * Chart data lie in the page as JSON that is never executed, every letter of markup in it escaped.
 * The security policy names the digests of the scripts; nothing else runs and nothing is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.domain.canonical import digest_bytes
from registry.errors import ReportError
from reports.evidently_measures import library_version
from reports.rendering import render_scripted_page

# Before a version is added: read its index.js for places that take text as markup, compare the form of its widgets with evidently_charts
# and evidently_graphs,
# and open the page with every hostile text in a browser (tests/reports/test_pages_in_a_browser.py).
EXAMINED = {"0.7.23": "sha256:97a2ce4df46f04677dc755e1799fc8f7aa36ed70d856f7b4438a124a3b175856"}

# The library would follow the reader's dark scheme, which then stays on paper; told that no media query matches, it draws for a light page.
_PREPARE = """
var global = globalThis;
const nothing = () => {};
const listeners = { addListener: nothing, removeListener: nothing, addEventListener: nothing, removeEventListener: nothing };
window.matchMedia = (media) => ({ media, matches: false, ...listeners });
"""
_DRAW = """
const charts = JSON.parse(document.getElementById("chart-data").textContent);
for (const [root, dashboard] of Object.entries(charts)) window.drawDashboard(dashboard, new Map(), root);
"""


@dataclass(frozen=True, slots=True)
class Chart:
    """What the library's script draws, as it takes it, and the id of the element of the page in which it is drawn."""

    root: str
    dashboard: Mapping[str, Any]


def render_with_charts(template: str, charts: Sequence[Chart], **values: Any) -> bytes:
    """Return the page ``template`` with the charts drawn by the library's own script; without charts, a page without script.

    Raises:
        ReportError: the library is not of an examined version.
    """
    scripts = {"prepare": _PREPARE, "library": _library_script(), "draw": _DRAW} if charts else {}
    data = {chart.root: chart.dashboard for chart in charts}
    return render_scripted_page(template, scripts, charts=charts, chart_data=data, **values)


def _library_script() -> str:
    version = library_version()
    what_to_do = f"install {' or '.join(EXAMINED)} as the lock file does, or examine the new one and add it to reports/evidently_page.py"
    if version not in EXAMINED:
        raise ReportError(f"Evidently: expected a version whose page was examined, found {version}; no page was made: {what_to_do}")
    import evidently

    path = Path(evidently.__path__[0]) / "nbextension" / "static" / "index.js"
    content = path.read_bytes() if path.is_file() else b""
    found = digest_bytes(content)
    if found != EXAMINED[version]:
        expected = f"the {path.name} that was examined, {EXAMINED[version]}"
        raise ReportError(f"Evidently {version}: expected {expected}, found {found}; no page was made: {what_to_do}")
    return content.decode("utf-8")
