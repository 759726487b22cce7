"""The table that every benchmark prints and leaves below ``build/bench``: measured, peer, ratio, goal.

Put printing of figures here; measuring belongs to the benchmark.
"""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

BUILD = Path("build/bench")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: what was measured, in which unit, beside the peer's figure where there is one; ``ok`` is None without a goal."""

    what: str
    measured: float
    unit: str
    peer: float | None = None
    peer_name: str = ""
    goal: str = ""
    ok: bool | None = None

    @property
    def ratio(self) -> float | None:
        return self.measured / self.peer if self.peer else None


def publish(name: str, figures: list[Figure]) -> int:
    """Print the figures, write them as JSON and return 1 if one missed its goal."""
    print(f"{'what':58} {'measured':>12} {'peer':>20} {'ratio':>7}  goal")
    for figure in figures:
        peer = f"{figure.peer:.1f} {figure.peer_name}" if figure.peer is not None else "-"
        ratio = f"{figure.ratio:.2f}" if figure.ratio is not None else "-"
        verdict = {None: "", True: "  ok", False: "  MISSED"}[figure.ok]
        print(f"{figure.what:58} {figure.measured:9.2f} {figure.unit:2} {peer:>20} {ratio:>7}  {figure.goal}{verdict}")
    BUILD.mkdir(parents=True, exist_ok=True)
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    (BUILD / f"{name}.json").write_text(json.dumps({"machine": machine, "figures": [asdict(figure) for figure in figures]}, indent=1))
    return int(any(figure.ok is False for figure in figures))
