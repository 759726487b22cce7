"""The pages of a package made again from the records beside them, and compared byte by byte.

Put here what it means that a page is not the page of its records. Which pages a package has is for the walk that judges it again to say.

The rules:
 * FAIL: a page comes out otherwise by the very program that made it: some figure on it is not what its records say.
 * A page that another version of the program, of Python or of the zone rules made is not compared: wording and drawing may have changed,
   and its records are judged again all the same. Nor is one that is not there: what may be gone is for the verification to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from registry.evidence.packages import PackageSummary
from registry.evidence.report import Problem
from registry.program import program_versions

_SHOWN = 60


def is_comparable(program: Mapping[str, str]) -> bool:
    """Return whether pages that ``program`` made come out the same here."""
    return dict(program) == program_versions()


def find_other_pages(package: PackageSummary, made: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield each page of a package that is not the one that is ``made`` again, by its file."""
    for name, content in sorted(made.items()):
        path = package.path / name
        if path.is_file() and (kept := path.read_bytes()) != content:
            expected, found = _around(content, kept)
            yield Problem(f"{package.path.name}/{name}", f"{expected}, as the records beside it say", found)


def _around(expected: bytes, found: bytes) -> tuple[str, str]:
    """Return the two texts about the first place at which they differ."""
    one, other = (content.decode(errors="replace") for content in (expected, found))
    place = next((index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other)))
    start = max(0, place - _SHOWN // 2)
    told = (" ".join(text[start : place + _SHOWN].split()) for text in (one, other))
    return f"... {next(told)} ...", f"... {next(told)} ..."
