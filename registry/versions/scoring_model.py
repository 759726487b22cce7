"""The model's process: loads an MLflow model and answers the rows it is given, one line of JSON for each line of JSON.

Put here what runs inside the room that ``scoring_jail.py`` builds. It is started by its file alone: it imports nothing of this program, and
nothing that it says is believed to be more than what the model answered (``scoring_process.py``).

 * Rows come as texts by the model's own signature: its types say what a text is. A text that is no value of its type is that row's error.
 * The answers are those of ``predict``: a column each, by name where they have names, else by their place from 0.
 * What the model prints goes to the errors, never between the answers. JSON out, never a pickle.
"""

from __future__ import annotations

import json
import math
import os
import sys
from typing import Any

_WHOLE = {"integer": "int32", "long": "int64"}
_BROKEN = {"float": "float32", "double": "float64"}
_YES_OR_NO = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


def main() -> None:
    """Load, say what the model takes, and answer until there are no more questions."""
    asked, told = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    model, takes = None, []
    try:
        import mlflow.pyfunc

        model = mlflow.pyfunc.load_model("/model")
        takes = _takes(model)
        _tell(told, {"takes": takes})
    except Exception as error:  # noqa: BLE001 - the model's own code: anything may be raised
        _tell(told, {"problem": _said(error)})
        return
    for line in asked:
        _tell(told, _answered(model, takes, json.loads(line)))


def _takes(model: Any) -> list[list[str]]:
    """Return name and type of each column that the model's signature asks for."""
    schema = model.metadata.get_input_schema()
    if schema is None:
        raise ValueError("expected a signature that says which columns the model takes, found none; log the model with one")
    if not schema.has_input_names():
        raise ValueError("expected a signature with a name for each column, found one without; log the model with named columns")
    return [[one.name, getattr(one.type, "name", str(one.type)) + ("" if one.required else "?")] for one in schema.inputs]


def _answered(model: Any, takes: list[list[str]], question: dict[str, Any]) -> dict[str, Any]:
    names, rows = question["columns"], question["rows"]
    types = dict(takes)
    errors: dict[int, str] = {}
    values = []
    for place, row in enumerate(rows):
        try:
            values.append([_value(name, types[name], text) for name, text in zip(names, row, strict=True) if name in types])
        except (ValueError, TypeError) as error:
            errors[place] = _said(error)
    if not values:
        return {"columns": [], "rows": [], "errors": errors}
    try:
        columns, made = _predicted(model, [name for name in names if name in types], types, values)
    except Exception as error:  # noqa: BLE001 - the model's own code
        return {"problem": _said(error)}
    if len(made) != len(values):
        return {"problem": f"expected {len(values)} answers, found {len(made)}"}
    return {"columns": columns, "rows": made, "errors": errors}


def _value(name: str, kind: str, text: str | None) -> Any:
    base = kind.removesuffix("?")
    if text is None or text == "":
        return _nothing(name, base, is_optional=kind.endswith("?"))
    if base == "string":
        return text
    if base in _BROKEN:
        return float(text)
    if base in _WHOLE:
        return _whole(name, text)
    return _other(name, base, text)


def _nothing(name: str, base: str, *, is_optional: bool) -> Any:
    if base in _BROKEN:
        return float("nan")
    if base == "string" or is_optional:
        return None
    raise ValueError(f"expected a value in {name!r}, which the model's signature requires as {base}, found none")


def _other(name: str, base: str, text: str) -> Any:
    if base == "boolean" and text.strip().lower() in _YES_OR_NO:
        return _YES_OR_NO[text.strip().lower()]
    if base == "datetime":
        import pandas as pd

        return pd.Timestamp(text)
    raise ValueError(f"expected a value of type {base} in {name!r}, found {text!r}")


def _whole(name: str, text: str) -> int:
    if text.strip().lstrip("+-").isdigit():
        return int(text)
    number = float(text)
    if not number.is_integer():
        raise ValueError(f"expected a whole number in {name!r}, found {text!r}")
    return int(number)


def _predicted(model: Any, names: list[str], types: dict[str, str], values: list[list[Any]]) -> tuple[list[str], list[list[Any]]]:
    import pandas as pd

    frame = pd.DataFrame({name: pd.Series([row[place] for row in values], dtype=_dtype(types[name])) for place, name in enumerate(names)})
    return _table(model.predict(frame))


def _dtype(kind: str) -> str:
    base = kind.removesuffix("?")
    if base in _WHOLE:
        return _WHOLE[base] if not kind.endswith("?") else _WHOLE[base].capitalize()
    return {**_BROKEN, "boolean": "bool" if not kind.endswith("?") else "boolean", "datetime": "datetime64[ns]"}.get(base, "object")


def _table(made: Any) -> tuple[list[str], list[list[Any]]]:
    """Return names of columns and rows of whatever ``predict`` gave."""
    import numpy as np
    import pandas as pd

    if isinstance(made, dict) or (isinstance(made, list) and made and isinstance(made[0], dict)):
        made = pd.DataFrame(made)
    if isinstance(made, pd.DataFrame):
        names = [str(name) for name in made.columns]
        return names, [[_cell(cell) for cell in row] for row in made.itertuples(index=False, name=None)]
    array = np.asarray(made, dtype=object) if isinstance(made, list) else np.asarray(made)
    array = array.reshape(len(array), -1)
    return [str(place) for place in range(array.shape[1])], [[_cell(cell) for cell in row] for row in array.tolist()]


def _cell(cell: Any) -> Any:
    item = getattr(cell, "item", None)
    cell = item() if callable(item) else cell
    if cell is None or isinstance(cell, (bool, int, str)):
        return cell
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    return str(cell)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:2000]


def _tell(told: Any, answer: dict[str, Any]) -> None:
    told.write(json.dumps(answer).encode() + b"\n")
    told.flush()


if __name__ == "__main__":
    main()
