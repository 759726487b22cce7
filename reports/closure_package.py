"""What goes into the sealed package of a run over closures: the run, the portfolio, and a page that lists both.

Put the naming of those files here. One closure has a package of its own: ``dossier_package.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from registry.domain.canonical import record_json
from registry.domain.closure_run import ClosureDay
from reports.portfolio_page import render_portfolio
from reports.triage_package import CONTENTS, DECISION, PAGE, POLICIES

_HOLDS = {
    DECISION: "the run: every closure and the portfolio",
    POLICIES: "the tables it was judged by; the decision's policy_digest is of them",
    PAGE: "the portfolio for people",
    CONTENTS: "this list",
}


def closure_files(day: ClosureDay, policy_tables: bytes, zone: str, system_names: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files of a run by name: the same bytes for the same values."""
    page = render_portfolio(day.portfolio, zone, system_names, record_name=DECISION)
    files = {DECISION: record_json(day), POLICIES: policy_tables, PAGE: page}
    return {**files, CONTENTS: record_json([{"file": name, "holds": _HOLDS[name]} for name in sorted((*files, CONTENTS))])}
