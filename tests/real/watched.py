"""Four real files as prediction logs of watched AI systems: loans, a census model, card clients, complaints.

Put here how the public files become prediction logs, and the catalogue entries that watch them; what must be found is
``tests/real/triggers.py``. Nothing is tuned to what happened in them: every policy is the shipped one, and a reference is the first full
year, or the first months, that the file has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from tests.real.complaints import FILE as COMPLAINTS
from tests.real.complaints import OWNERS

LOANS = "loans_2007_2011.parquet"
CENSUS = "prediction_log_no_drift_2015_2018.parquet"
CARDS = "credit_default_2005.csv.gz"
LOAN_NUMBERS = [
    "loan_amnt",
    "int_rate",
    "installment",
    "annual_inc",
    "dti",
    "delinq_2yrs",
    "inq_last_6mths",
    "open_acc",
    "pub_rec",
    "revol_bal",
    "revol_util",
    "total_acc",
]
SCORED_BY = [name for name in LOAN_NUMBERS if name not in ("int_rate", "installment")]  # with the grade in place of the price set by it
LOAN_CATEGORIES = ["term", "emp_length", "home_ownership", "verification_status", "purpose", "addr_state"]
CENSUS_CATEGORIES = ["SCHL", "MAR", "RELP", "DIS", "ESP", "CIT", "MIG", "MIL", "ANC", "NATIVITY", "DEAR", "DEYE", "DREM", "SEX", "RAC1P"]
COMPLAINT_CATEGORIES = ["Product", "Sub-product", "Issue", "State", "Submitted via", "Timely response?"]


@dataclass(frozen=True, slots=True)
class Watched:
    """One file: how its log is written, the catalogue's blocks, and the first days of the months that are judged."""

    system_id: str
    file: str
    write: Callable[[Path, Path], None]
    predictions: dict[str, Any]
    reference: tuple[date, date]
    runs: tuple[date, ...]


def months(first: date, last: date) -> tuple[date, ...]:
    """Return the first day of every month from ``first`` to ``last``, both included.

    >>> [day.isoformat() for day in months(date(2010, 12, 1), date(2011, 1, 1))]
    ['2010-12-01', '2011-01-01']
    """
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return tuple(date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count))


def write_workspace(root: Path, data: Path, watched: Watched) -> Path:
    """Write the log and a workspace that watches it below ``root``, and return the folder."""
    (root / "systems").mkdir(parents=True, exist_ok=True)
    log = root / "data" / "log.parquet"
    log.parent.mkdir(exist_ok=True)
    watched.write(data / watched.file, log)
    (root / "proofloop.yaml").write_text("timezone: UTC\nallowed_source_roots: [data]\n")
    entry = {
        "id": watched.system_id,
        "name": watched.system_id.replace("_", " ").capitalize(),
        "kind": "ml",
        "risk_tier": "high",
        "owners": yaml.safe_load(OWNERS),
        "versions": {"model": {"recorded": "1"}},
        "predictions": {"source": {"path": "data/log.parquet"}, **watched.predictions},
        "monitoring": {
            "reference": {"from": watched.reference[0].isoformat(), "to": watched.reference[1].isoformat()},
            "window": "month",
        },
    }
    (root / "systems" / f"{watched.system_id}.yaml").write_text(yaml.safe_dump(entry, sort_keys=False))
    return root


def _write_loans(source: Path, log: Path) -> None:
    """Score every loan with a logistic regression fitted on those issued from October 2008 to March 2010."""
    import duckdb
    import numpy as np
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    kept = ", ".join(["loan_id", "grade", *LOAN_NUMBERS, *LOAN_CATEGORIES])
    frame = duckdb.execute(
        f"select {kept}, issue_d::date issued_on, loan_status like '%Charged Off' charged_off, "
        f"try_cast(nullif(last_pymnt_d, '') as date) known_on from '{source}' order by loan_id"
    ).fetchdf()
    inputs = frame[SCORED_BY].astype(float)
    inputs = inputs.fillna(inputs.median())
    inputs[["annual_inc", "revol_bal"]] = np.log1p(inputs[["annual_inc", "revol_bal"]])
    inputs = inputs.join(pd.get_dummies(frame["grade"], prefix="grade", dtype=float))
    fitted_on = (frame["issued_on"] >= "2008-10-01") & (frame["issued_on"] < "2010-04-01")
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(inputs[fitted_on], frame["charged_off"][fitted_on])
    frame["score"] = model.predict_proba(inputs)[:, 1]
    duckdb.execute(f"copy (select * from frame) to '{log}' (format parquet)")


def _write_census(source: Path, log: Path) -> None:
    """Give each person a month of the survey's year: the file has no finer time, and its rows have no order in it."""
    import duckdb

    duckdb.execute(
        f"copy (select * exclude (year), make_date(year, (1 + id % 12)::int, 1) decided_on from '{source}') to '{log}' (format parquet)"
    )


def _write_cards(source: Path, log: Path) -> None:
    """Turn the six monthly columns of each client into six rows."""
    import duckdb

    late = ("PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6")  # September back to April; there is no PAY_1
    coded = [
        f"list_position([{', '.join(f'{name}_{n}' for n in range(count))}], 1)::varchar {name.lower()}"
        for name, count in (("EDUCATION", 7), ("MARRIAGE", 4))
    ]
    fixed = ", ".join(["LIMIT_BAL limit_bal, SEX::varchar sex, AGE age", *coded])
    parts = [
        f"select {fixed}, make_date(2005, {9 - back}, 15) as_of_on, {name}::varchar pay_status, BILL_AMT{back + 1} bill_amt, "
        f"PAY_AMT{back + 1} pay_amt from '{source}'"
        for back, name in enumerate(late)
    ]
    duckdb.execute(f"copy ({' union all '.join(parts)}) to '{log}' (format parquet)")


def _write_complaints(source: Path, log: Path) -> None:
    import duckdb

    columns = ", ".join(f'"{name}"' for name in COMPLAINT_CATEGORIES)
    duckdb.execute(f"copy (select \"Date received\"::date received_on, {columns} from '{source}') to '{log}' (format parquet)")


WATCHED = (
    Watched(
        "credit_model",
        LOANS,
        _write_loans,
        {
            "columns": {"id": "loan_id", "time": "issued_on", "score": "score", "label": "charged_off", "label_known_on": "known_on"},
            "features": {"numeric": LOAN_NUMBERS, "categorical": LOAN_CATEGORIES},
            "segments": ["term", "purpose"],
        },
        (date(2009, 1, 1), date(2010, 1, 1)),
        months(date(2010, 2, 1), date(2014, 12, 1)),
    ),
    Watched(
        "employment_model",
        CENSUS,
        _write_census,
        {
            "columns": {"id": "id", "time": "decided_on", "score": "predicted_probability", "label": "employed"},
            "features": {"numeric": ["AGEP"], "categorical": CENSUS_CATEGORIES},
            "segments": ["SEX", "RAC1P"],
        },
        (date(2015, 1, 1), date(2016, 1, 1)),
        months(date(2016, 2, 1), date(2019, 1, 1)),
    ),
    Watched(
        "card_default_model",
        CARDS,
        _write_cards,
        {
            "columns": {"time": "as_of_on"},
            "features": {
                "numeric": ["limit_bal", "age", "bill_amt", "pay_amt"],
                "categorical": ["pay_status", "sex", "education", "marriage"],
            },
            "segments": ["sex"],
        },
        (date(2005, 4, 1), date(2005, 8, 1)),
        months(date(2005, 9, 1), date(2005, 10, 1)),
    ),
    Watched(
        "complaint_intake",
        COMPLAINTS,
        _write_complaints,
        {"columns": {"time": "received_on"}, "features": {"categorical": COMPLAINT_CATEGORIES}},
        (date(2018, 1, 1), date(2019, 1, 1)),
        months(date(2019, 2, 1), date(2022, 1, 1)),
    ),
)
