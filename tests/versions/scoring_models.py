"""Small MLflow models written by hand, each a few lines of Python: well-behaved ones, and ones that try what a model must not.

Put models here that tests load apart. What is expected of them is ``test_scoring*.py``.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
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
