"""What goes into the sealed package of a run over closures: the run, the portfolio, and a page that lists both.

Put the naming of those files here. One closure has a package of its own: ``dossier_package.py``.
"""

from __future__ import annotations

from registry.domain.canonical import dense_json, record_json
from registry.domain.closure_run import ClosureDay
from registry.domain.closure_sealed import SealedPortfolio
from reports.portfolio_page import render_portfolio
from reports.triage_package import CONTENTS, DECISION, INPUTS, PAGE, POLICIES

_HOLDS = {
    DECISION: "the run: every closure and the portfolio",
    INPUTS: "the systems and the tables that the portfolio was counted by; issues are the ledger's",
    POLICIES: "the tables it was judged by; the decision's policy_digest is of them",
    PAGE: "the portfolio for people",
    CONTENTS: "this list",
}


def closure_files(day: ClosureDay, policy_tables: bytes, counted: SealedPortfolio) -> dict[str, bytes]:
    """Return the files of a run by name: the same bytes for the same values. ``counted`` is what the portfolio was counted by."""
    files = {DECISION: record_json(day), INPUTS: dense_json(counted), POLICIES: policy_tables, **portfolio_page(day, counted)}
    return {**files, CONTENTS: record_json([{"file": name, "holds": _HOLDS[name]} for name in sorted((*files, CONTENTS))])}


def portfolio_page(day: ClosureDay, counted: SealedPortfolio) -> dict[str, bytes]:
    """Return the page of a run by its file."""
    return {PAGE: render_portfolio(day.portfolio, counted.zone, dict(counted.systems), record_name=DECISION)}
