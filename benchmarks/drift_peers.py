"""What the drift benchmark measures of its peers: Evidently's drift preset with PSI, and NannyML's univariate drift. Runs without our code.

Put here only what a peer's process does, as its own guide says: both months read into pandas, then its calculation.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

NAMES = [*(f"n{place:02d}" for place in range(18)), *(f"c{place}" for place in range(7))]
CATEGORIES = NAMES[18:]


def main(words: list[str]) -> None:
    """Run one peer and say what it took."""
    warnings.simplefilter("ignore")
    reference, current = _months(f"{words[1]}/{words[2]}.parquet")
    found = {"evidently": _evidently, "nannyml": _nannyml}[words[0]](reference, current)
    if found < len(NAMES):
        sys.exit(f"expected a result for each of {len(NAMES)} columns, found {found}")
    lines = Path("/proc/self/status").read_text().splitlines()
    peak_mb = int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    print(json.dumps({"cpu": time.process_time(), "peak_mb": peak_mb}))


def _months(path: str) -> tuple[Any, Any]:
    import pandas as pd

    middle = pd.Timestamp("2026-02-01")
    return tuple(pd.read_parquet(path, columns=NAMES, filters=[("at", sign, middle)]) for sign in ("<", ">="))  # type: ignore[return-value]


def _evidently(reference: Any, current: Any) -> int:
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    definition = DataDefinition(numerical_columns=NAMES[:18], categorical_columns=CATEGORIES)
    report = Report([DataDriftPreset(method="psi")])
    return len(report.run(Dataset.from_pandas(current, definition), Dataset.from_pandas(reference, definition)).dict()["metrics"])


def _nannyml(reference: Any, current: Any) -> int:
    import nannyml  # type: ignore[import-not-found]

    calculator = nannyml.UnivariateDriftCalculator(column_names=NAMES, treat_as_categorical=CATEGORIES, chunk_number=1)
    calculator.fit(reference)
    return len({name for name, *_ in calculator.calculate(current).to_df().columns if name in NAMES})


if __name__ == "__main__":
    main(sys.argv[1:])
