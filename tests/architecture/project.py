"""The project's own files, as the architecture tests see them."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("flows", "tasks", "checks", "registry", "reports", "deployments")


@cache
def product_modules() -> tuple[Path, ...]:
    """Every Python file of the rooms, relative to the project."""
    return tuple(sorted(path.relative_to(ROOT) for room in ROOMS for path in (ROOT / room).rglob("*.py")))


@cache
def syntax_of(module: Path) -> ast.Module:
    return ast.parse((ROOT / module).read_text(encoding="utf-8"))


def dotted(module: Path) -> str:
    parts = module.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tracked_files() -> tuple[Path, ...]:
    """Every file that a commit would hold."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())
