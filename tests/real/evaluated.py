"""Two real files as evaluations: complaints routed by fourteen language models, and loans scored by a credit model of 2010 and one of 2011.

Put here how the public files become a locked set and a table of outcomes, and the catalogue entries that evaluate them; what must be
found is ``tests/real/gate.py``. Nothing is tuned to what is in them: every policy is the shipped one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.real.complaints import OWNERS
from tests.real.watched import LOANS, SCORED_BY

ROUTER = "complaint_router_eval_14models.csv.gz"
PRODUCTS = ("credit_card", "credit_reporting", "debt_collection", "mortgages_and_loans", "retail_banking")
ANSWERED_BY = {
    "gpt-4o": ("gpt_4o_prediction", "time-gpt-4o"),
    "gpt-4o-mini": ("gpt_4o_mini_prediction", "time-gpt-4o-mini"),
    "gpt-4.5-preview": ("gpt-4.5-preview_prediction", "time-gpt-4.5-preview-2025-02-27"),
    "o1": ("gpt-o1_prediction", "time-o1-2024-12-17"),
    "o3-mini": ("gpt-o3-mini_prediction", "time-o3-mini-2025-01-31"),
    "claude-3.5-sonnet": ("claude_3_5_sonnet_prediction", "time-claude-3-5-sonnet-latest"),
    "claude-3.5-haiku": ("claude_3_5_haiku_prediction", "time-claude-3-5-haiku-latest"),
    "claude-3.7-sonnet": ("claude-3-7-sonnet_prediction", "time-claude-3-7-sonnet-latest"),
    "gemini-1.5-pro": ("gemini-1.5-pro_prediction", "time-gemini-1.5-pro"),
    "gemini-1.5-flash": ("gemini-1.5-flash_prediction", "time-gemini-1.5-flash"),
    "gemini-2.0-flash": ("gemini-2.0-flash_prediction", "time-gemini-2.0-flash"),
    "gemini-2.0-flash-lite": ("gemini-2.0-flash-lite_prediction", "time-gemini-2.0-flash-lite"),
    "deepseek-chat": ("deepseek-chat_prediction", "time-deepseek-chat"),
    "deepseek-reasoner": ("deepseek-reasoner_prediction", "time-deepseek-reasoner"),
}
FITTED_ON = {"2010-03": ("2008-10-01", "2010-04-01"), "2011-03": ("2009-07-01", "2011-04-01")}
LOCKED = ("2011-07-01", "2012-01-01")


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One file: how its locked set and its outcomes are written, the versions that are there, and the catalogue's block."""

    system_id: str
    kind: str
    file: str
    write: Callable[[Path, Path, Path], None]
    versions: tuple[str, ...]
    champion: str
    cases: dict[str, Any]
    outcomes: dict[str, Any]
    rest: dict[str, Any]


def write_workspace(root: Path, data: Path, evaluated: Evaluated) -> Path:
    """Write set, outcomes and a workspace that evaluates them below ``root``, and return the folder."""
    for folder in ("systems", "data"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    locked, outcomes = root / "data/locked.parquet", root / "data/outcomes.parquet"
    evaluated.write(data / evaluated.file, locked, outcomes)
    lock = {"source": {"path": "data/locked.parquet"}, "sha256": hashlib.sha256(locked.read_bytes()).hexdigest()}
    (root / "proofloop.yaml").write_text("timezone: UTC\nallowed_source_roots: [data]\n")
    entry = {
        "id": evaluated.system_id,
        "name": evaluated.system_id.replace("_", " ").capitalize(),
        "kind": evaluated.kind,
        "risk_tier": "high",
        "owners": yaml.safe_load(OWNERS),
        # Nobody records what is in force: every pair is asked about, each with a champion of its own.
        "versions": {"model": {"recorded": True}},
        "evaluation": {
            "artifact": "model",
            "set": {**lock, **evaluated.cases},
            "outcomes": {"source": {"path": "data/outcomes.parquet"}, **evaluated.outcomes},
            **evaluated.rest,
        },
    }
    (root / "systems" / f"{evaluated.system_id}.yaml").write_text(yaml.safe_dump(entry, sort_keys=False))
    return root


def _write_router(source: Path, locked: Path, outcomes: Path) -> None:
    """Split the wide file into the thousand complaints and one row for each model and complaint."""
    import duckdb

    rows = f"read_csv('{source}', all_varchar = true)"
    duckdb.execute(f"copy (select id, product, narrative from {rows} order by id::int) to '{locked}' (format parquet)")
    answered = [
        f'select \'{version}\' as version, id, "{answer}" as answer, "{seconds}"::double as seconds from {rows}'
        for version, (answer, seconds) in ANSWERED_BY.items()
    ]
    duckdb.execute(f"copy (select * from ({' union all '.join(answered)}) order by version, id::int) to '{outcomes}' (format parquet)")


def _write_loans(source: Path, locked: Path, outcomes: Path) -> None:
    """Fit one logistic regression on each of the two spans of issue dates and let both score the locked loans."""
    import duckdb
    import pandas as pd

    kept = ", ".join(["loan_id", "grade", "term", "purpose", "addr_state", *SCORED_BY])
    frame = duckdb.execute(
        f"select {kept}, issue_d::date issued_on, (loan_status like '%Charged Off')::int charged_off from '{source}' order by loan_id"
    ).fetchdf()
    inputs = _inputs(frame)
    is_locked = (frame["issued_on"] >= LOCKED[0]) & (frame["issued_on"] < LOCKED[1])
    scores = []
    for version, (begin, end) in FITTED_ON.items():
        fitted_on = (frame["issued_on"] >= begin) & (frame["issued_on"] < end)
        made = _fitted(inputs[fitted_on], frame["charged_off"][fitted_on], inputs[is_locked])
        scores.append(pd.DataFrame({"version": version, "loan_id": frame["loan_id"][is_locked], "score": made}))
    cases, scored = frame[is_locked], pd.concat(scores)
    for table, file in ((cases[["loan_id", "charged_off", "term", "purpose", "addr_state"]], locked), (scored, outcomes)):
        duckdb.register("written", table)
        duckdb.execute(f"copy written to '{file}' (format parquet)")


def _inputs(frame: Any) -> Any:
    """Return what both models see: numbers, the term, and the grade in place of the price set by it."""
    import numpy as np
    import pandas as pd

    inputs = frame[[*SCORED_BY, "term"]].astype(float)
    inputs = inputs.fillna(inputs.median())
    inputs[["annual_inc", "revol_bal"]] = np.log1p(inputs[["annual_inc", "revol_bal"]])
    return inputs.join(pd.get_dummies(frame["grade"], prefix="grade", dtype=float))


def _fitted(inputs: Any, happened: Any, wanted: Any) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(inputs, happened).predict_proba(wanted)[:, 1]


ROUTERS = Evaluated(
    "complaint_router",
    "llm",
    ROUTER,
    _write_router,
    tuple(ANSWERED_BY),
    "gpt-4o",
    {"case_id": "id", "label": "product", "content": ["narrative"]},
    {"columns": {"version": "version", "case_id": "id", "answer": "answer"}},
    {"answers": list(PRODUCTS), "metrics": [{"name": "accuracy", "kind": "accuracy"}], "segments": ["product"]},
)
LOANS_MODELS = Evaluated(
    "credit_model",
    "ml",
    LOANS,
    _write_loans,
    tuple(FITTED_ON),
    "2010-03",
    {"case_id": "loan_id", "label": "charged_off"},
    {"columns": {"version": "version", "case_id": "loan_id", "score": "score"}},
    {
        "metrics": [{"name": name, "kind": name} for name in ("brier", "auc", "calibration")],
        "segments": ["term", "purpose", "addr_state"],
    },
)
