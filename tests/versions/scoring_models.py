"""Small MLflow models written by hand, each a few lines of Python: well-behaved ones, and ones that try what a model must not.

Put models here that tests load apart. What is expected of them is ``test_scoring*.py``.
"""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

_MLMODEL = """\
flavors:
  python_function: {loader_module: scored_model, code: code, python_version: 3.11.0}
model_uuid: %s
signature: {inputs: '%s'}
"""
_CODE = """\
import os, sys, json, socket, time, subprocess, ctypes, signal
import pandas as pd

class Model:
    def __init__(self, path):
        self.path = path
%s
    def predict(self, frame, params=None):
%s

def _load_pyfunc(path, *rest):
    return Model(path)
"""
TAKES = {"amount": "double"}


def a_model(folder: Path, predict: str, *, load: str = "pass", takes: Mapping[str, str] | None = None, signed: bool = True) -> Path:
    """Write a model into ``folder`` whose ``predict(frame)`` and loading have these lines, and return the folder."""
    (folder / "code").mkdir(parents=True)
    inputs = [{"type": kind.rstrip("?"), "name": name, "required": not kind.endswith("?")} for name, kind in (takes or TAKES).items()]
    text = _MLMODEL % ("0" * 32, json.dumps(inputs))
    (folder / "MLmodel").write_text(text if signed else text.partition("signature")[0])
    bodies = [textwrap.indent(textwrap.dedent(lines).strip(), " " * 8) for lines in (load, predict)]
    (folder / "code/scored_model.py").write_text(_CODE % tuple(bodies))
    return folder


DOUBLED = "return frame['amount'] * 2"


@cache
def can_enclose() -> bool:
    """Return whether this machine allows the namespaces that a model is run in; where it does not, nothing is scored on it."""
    words = ["unshare", "--net", "--pid", "--mount", "--ipc", "--uts", "--fork", *([] if os.geteuid() == 0 else ["--user"]), "true"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def registered(uri: str, name: str, *folders: Path) -> None:
    """Register a version of ``name`` for each folder, in their order."""
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    with suppress(MlflowException):
        client.create_registered_model(name)
    for folder in folders:
        client.create_model_version(name, source=str(folder))


def allow(root: Path, *digests: str, namespace: str = "allowed-models", person: str = "risk@bank.example") -> None:
    """Have ``person`` sign a list of these models in the workspace ``root``, with a key that ``allowed_signers`` lists for it."""
    key = root / "models_key"
    if not key.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", key], check=True)
        with (root / "allowed_signers").open("a") as signers:
            signers.write(f'{person} namespaces="{namespace}" {key.with_suffix(".pub").read_text()}')
    (root / "allowed_models").write_text("".join(f"{digest} credit_model  # reviewed\n" for digest in digests))
    (root / "allowed_models.sig").unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", namespace, root / "allowed_models"], check=True, capture_output=True)
