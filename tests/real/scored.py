"""The credit model of 2010 and one fitted again on 2009Q3 to 2011Q1, kept by MLflow and scored here, on the loans of July to December 2011.

Put here how the two become models of MLflow's in a workspace of their own, and how the gate is asked about them; what must be found of the
loans is ``tests/real/gate.py``, the outcomes made elsewhere are ``tests/real/evaluated.py``. Both models see the loan as it stands in the
file: what is made of it is part of the model.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from registry.domain.decision import Verdict
from registry.domain.gate import GateDecision
from tests.real.complaints import OWNERS
from tests.real.evaluated import FITTED_ON, LOANS_MODELS, LOCKED
from tests.real.watched import SCORED_BY
from tests.verdict_table import Row

MODEL = "credit_model"
INPUTS = [*SCORED_BY, "term", "grade"]
LOGGED = ["annual_inc", "revol_bal"]


@dataclass(frozen=True, slots=True)
class ScoredLoans:
    """What the gate decided, and what else was seen of it."""

    decision: GateDecision
    rows: tuple[Row, ...]


def score_loans(root: Path, data: Path) -> ScoredLoans:
    """Make the workspace below ``root``, have both versions scored by the gate, and look at what it left."""
    _make(root, data)
    _command(root, "versions", "refresh")
    seconds, decision = _decided(root)
    again, _ = _decided(root)
    return ScoredLoans(decision, tuple(_rows(root, decision, seconds, again)))


def _make(root: Path, data: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("systems", "data"):
        (root / folder).mkdir(parents=True)
    frame = _loans(data / LOANS_MODELS.file)
    is_locked = (frame["issued_on"] >= LOCKED[0]) & (frame["issued_on"] < LOCKED[1])
    kept = dict.fromkeys(["loan_id", "charged_off", "purpose", "addr_state", *INPUTS])
    frame.loc[is_locked, list(kept)].to_parquet(root / "data/locked.parquet", index=False)
    (root / "proofloop.yaml").write_text("timezone: UTC\nallowed_source_roots: [data]\nmlflow_uri: sqlite:///mlflow.db\n")
    (root / f"systems/{MODEL}.yaml").write_text(yaml.safe_dump(_entry(root), sort_keys=False))
    _register(root, frame)
    lines = [_command(root, "versions", "digest", MODEL, "model", version) for version in ("1", "2")]
    _sign(root, "".join(lines))


def _loans(source: Path) -> Any:
    import duckdb

    kept = ", ".join(dict.fromkeys(["loan_id", "purpose", "addr_state", *INPUTS]))
    status = "(loan_status like '%Charged Off')::int charged_off"
    frame = duckdb.execute(f"select {kept}, issue_d::date issued_on, {status} from '{source}' order by loan_id").fetchdf()
    return frame.astype(dict.fromkeys([*SCORED_BY, "term"], float))


def _entry(root: Path) -> dict[str, Any]:
    rest = {name: value for name, value in LOANS_MODELS.rest.items() if name != "metrics"}
    lock = hashlib.sha256((root / "data/locked.parquet").read_bytes()).hexdigest()
    return {
        "id": MODEL,
        "name": "Credit model",
        "kind": "ml",
        "risk_tier": "high",
        "owners": yaml.safe_load(OWNERS),
        "versions": {"model": {"mlflow_model": MODEL}},
        "evaluation": {
            "artifact": "model",
            "set": {"source": {"path": "data/locked.parquet"}, "sha256": lock, **LOANS_MODELS.cases},
            "score": {"inputs": INPUTS, "score": "1"},
            "metrics": LOANS_MODELS.rest["metrics"],
            **rest,
        },
    }


def _register(root: Path, frame: Any) -> None:
    import mlflow
    from mlflow.models import infer_signature

    uri = f"sqlite:///{root}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    mlflow.create_experiment("credit", artifact_location=(root / "artifacts").as_uri())
    mlflow.set_experiment("credit")
    for begin, end in FITTED_ON.values():
        fitted = frame[(frame["issued_on"] >= begin) & (frame["issued_on"] < end)]
        model = _fitted(fitted[INPUTS], fitted["charged_off"])
        signature = infer_signature(fitted[INPUTS], model.predict_proba(fitted[INPUTS]))
        mlflow.sklearn.log_model(
            model,
            name="model",
            signature=signature,
            pyfunc_predict_fn="predict_proba",
            registered_model_name=MODEL,
            serialization_format="cloudpickle",
        )
    mlflow.MlflowClient(uri).set_registered_model_alias(MODEL, "champion", "1")


def _fitted(inputs: Any, happened: Any) -> Any:
    import numpy as np
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    median = SimpleImputer(strategy="median")
    parts = [
        ("amounts", make_pipeline(median, FunctionTransformer(np.log1p)), LOGGED),
        ("numbers", median, [name for name in INPUTS if name not in (*LOGGED, "grade")]),
        ("grade", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["grade"]),
    ]
    return make_pipeline(ColumnTransformer(parts), StandardScaler(), LogisticRegression(max_iter=1000)).fit(inputs, happened)


def _sign(root: Path, lines: str) -> None:
    person, key = "model.risk@bank.example", root / "models_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (root / "allowed_signers").write_text(f'{person} namespaces="allowed-models" {key.with_suffix(".pub").read_text()}')
    (root / "allowed_models").write_text(lines)
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "allowed-models", root / "allowed_models"], check=True, capture_output=True
    )


def _decided(root: Path) -> tuple[float, GateDecision]:
    from flows.eval_gate import eval_gate
    from tasks import engine

    begun = time.perf_counter()
    result = engine.run(eval_gate, system_id=MODEL, candidate="2", reason="fitted on 2009Q3 to 2011Q1", workspace=str(root))
    return time.perf_counter() - begun, result.decision


def _rows(root: Path, decision: GateDecision, seconds: float, again: float) -> Iterator[Row]:
    digests = [one.digest for one in decision.inputs if one.name.startswith("model files of")]
    listed = (root / "allowed_models").read_text()
    ok = len(digests) == 2 and all(one in listed for one in digests)
    yield Row("loans scored here: what", "two digests, both listed", ", ".join(one[:19] for one in digests), ok)
    text = f"{decision.case_count:,} loans, both versions: {seconds:.1f} s, asked again {again:.1f} s"
    yield Row("loans scored here: the time", "told", text, True)
    verified = _called(root, "evidence", "verify", "--recompute")
    told = "; ".join(verified.stdout.strip().splitlines()[:3])
    yield Row("loans scored here: judged again", "the sealed decision", told, verified.returncode == 0)
    (root / "allowed_models").write_text(listed.partition("\n")[0] + "\n")
    _, refused = _decided(root)
    told = [one.reason for one in refused.findings if one.reason_code == "not_scored"]
    ok = refused.verdict is Verdict.INCONCLUSIVE and bool(told) and not refused.comparisons
    yield Row("loans scored here: the list edited", "nothing is run, INCONCLUSIVE", f"{refused.verdict}: {'; '.join(told)}", ok)


def _command(root: Path, *words: str) -> str:
    done = _called(root, *words)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


def _called(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deployments.cli.main", "--workspace", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)
