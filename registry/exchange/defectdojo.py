"""Findings of DefectDojo: the list of its API (``/api/v2/findings/``) or a file in its format for generic findings.

Put here what DefectDojo's fields mean. Its severities say how bad a weakness is, not what a customer suffered: they stay a column, and
the catalogue file says what impact they have, if any.

 * ``id`` makes the id; else ``unique_id_from_tool``; else what the finding says and no later scan changes.
 * ``state``: what DefectDojo knows, the first that holds: false_positive, duplicate, out_of_scope, risk_accepted, mitigated, inactive,
   else open.
 * A finding without a date has none here either: it counts as having occurred when it was received.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.exchange.feed_entry import FeedEntry
from registry.exchange.rows import RowError, content_id, day, flag, id_text, text

LISTS = ("results", "findings")
SEVERITIES = {name.lower(): name for name in ("Critical", "High", "Medium", "Low", "Info")} | {"informational": "Info"}
# What another program calls no longer of interest, strongest first.
_STATES = (
    ("false_p", "false_positive"),
    ("duplicate", "duplicate"),
    ("out_of_scope", "out_of_scope"),
    ("risk_accepted", "risk_accepted"),
    ("is_mitigated", "mitigated"),
)
# Where a finding of the API says which product it is of, when asked for with related_fields=true.
_PRODUCT = ("related_fields", "test", "engagement", "product", "name")

FEED = FeedEntry("audit_finding", "\"state\" = 'open' AND \"severity\" <> 'Info'", "product", "Critical: privacy")


def row_of(item: Mapping[str, Any]) -> dict[str, str]:
    """Return one finding as a row.

    Raises:
        RowError: a field is not as DefectDojo writes it.
    """
    title, severity = text(item, "title", needed=True), text(item, "severity", needed=True)
    if severity.lower() not in SEVERITIES:
        raise RowError("severity", "unknown_severity", f"one of {', '.join(dict.fromkeys(SEVERITIES.values()))}", severity)
    place = ":".join(part for part in (text(item, "file_path"), text(item, "line")) if part)
    row = {
        "title": title,
        "severity": SEVERITIES[severity.lower()],
        "state": _state(item),
        "verified": "yes" if flag(item, "verified", False) else "no",
        "occurred_at": day(item, "date") or day(item, "created"),
        "narrative": text(item, "description"),
        "place": place or text(item, "component_name"),
        "cwe": text(item, "cwe"),
        "product": _product(item),
    }
    signal_id = _id(item, row)
    return {"signal_id": signal_id, **row, "reference": f"defectdojo:{signal_id}" + (f" {row['place']}" if row["place"] else "")}


def _id(item: Mapping[str, Any], row: Mapping[str, str]) -> str:
    if own := text(item, "id"):
        return id_text("dojo", own)
    if of_tool := text(item, "unique_id_from_tool"):
        return id_text("tool", of_tool)
    return content_id(
        row["title"], row["place"], row["cwe"], row["product"], text(item, "component_version"), text(item, "vuln_id_from_tool")
    )


def _state(item: Mapping[str, Any]) -> str:
    said = [state for field, state in _STATES if flag(item, field, False)]
    is_active = flag(item, "active", True)
    return said[0] if said else "open" if is_active else "inactive"


def _product(item: Mapping[str, Any]) -> str:
    found: Any = item
    for name in _PRODUCT:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else text(item, "product_name")
