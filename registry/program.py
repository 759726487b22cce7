"""Which program judged: its version and those of what its judgements could depend on.

Put here what names the running program; it is sealed with each decision, so that one that comes out otherwise can be traced to a change.
"""

from __future__ import annotations

import platform
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import TZPATH


@lru_cache(maxsize=1)
def program_versions() -> dict[str, str]:
    """Return the version of the product, of Python and of the time zone rules; ``unknown`` where an installation does not say."""
    return {"proofloop": _version("proofloop"), "python": platform.python_version(), "tzdata": _zone_rules()}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _zone_rules() -> str:
    """Return the release of the zone rules in use: the system's first, as ``zoneinfo`` looks for them, else those of the package."""
    for folder in map(Path, TZPATH):
        for name in ("tzdata.zi", "+VERSION"):
            if (folder / name).is_file():
                with (folder / name).open(encoding="utf-8") as lines:
                    return (lines.readline().split() or ["unknown"])[-1]
    return _version("tzdata")
