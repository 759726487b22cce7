"""Findings as DefectDojo and MLflow write them.

Put builders of other programs' findings here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def a_finding(number: int | None = 17, **changes: Any) -> dict[str, Any]:
    """Return one finding as DefectDojo's API lists it."""
    finding: dict[str, Any] = {
        "id": number,
        "title": "Instructions in the complaint are followed",
        "severity": "High",
        "date": "2026-03-10",
        "description": "The router does what the text of a complaint says.",
        "active": True,
        "verified": True,
        "false_p": False,
        "duplicate": False,
        "out_of_scope": False,
        "risk_accepted": False,
        "is_mitigated": False,
        "cwe": 1427,
        "file_path": "router/prompt.py",
        "line": 41,
        "unique_id_from_tool": None,
    }
    return {**finding, **changes}


def an_mlflow_issue(issue_id: str = "iss-1", **changes: Any) -> dict[str, Any]:
    """Return one issue as MLflow writes it as JSON."""
    issue: dict[str, Any] = {
        "issue_id": issue_id,
        "experiment_id": "1",
        "name": "Quotes a superseded fee",
        "description": "Three traces cite the list of 2025.",
        "status": "pending",
        "severity": "high",
        "root_causes": ["the index is old"],
        "source_run_id": None,
        "categories": ["hallucination"],
        "created_timestamp": 1_773_136_800_000,
        "last_updated_timestamp": 1_773_136_800_000,
        "created_by": None,
        "trace_count": None,
    }
    return {**issue, **changes}


def written(path: Path, *items: Any, key: str = "results") -> Path:
    """Write an export of findings and return its path."""
    path.write_text(json.dumps({"count": len(items), key: list(items)}), encoding="utf-8")
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
