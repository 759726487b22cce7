"""Workspaces for tests: the files of one that loads, and how to write them with something changed.

Put text of valid workspace files here; what a test breaks stands in the test.
"""

from __future__ import annotations

from pathlib import Path

from registry.settings import Workspace, load_workspace

SETTINGS = "timezone: America/New_York\n"

SYSTEM = """\
id: fraud_filter
name: Fraud filter
kind: ml
risk_tier: low
owners: {product_owner: ana@bank.example, operations_lead: ben@bank.example}
signals:
  - name: complaints
    category: complaint
    source: {path: data/complaints.csv}
    fields: {signal_id: Complaint ID, occurred_at: Date submitted, received_at: Date received}
    impact: access
    fingerprint: [Issue]
    opens_issue: spike
"""


def write_workspace(root: Path, files: dict[str, str] | None = None, *, system: str = SYSTEM, settings: str = SETTINGS) -> Path:
    """Write a workspace below ``root``; ``files`` adds to or replaces its files."""
    for name, text in {"proofloop.yaml": settings, "systems/fraud_filter.yaml": system, **(files or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def a_workspace(root: Path, files: dict[str, str] | None = None, *, system: str = SYSTEM, settings: str = SETTINGS) -> Workspace:
    """Write a workspace and load its settings."""
    return load_workspace(write_workspace(root, files, system=system, settings=settings))


def changed(old: str, new: str) -> str:
    """Return the system file with one passage replaced."""
    assert SYSTEM.count(old) == 1, f"{old!r} must stand once in the system file"
    return SYSTEM.replace(old, new)
