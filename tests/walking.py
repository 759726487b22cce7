"""Walking a folder of pages as a reader does: from one page along every link, each of which has to be there.

Put here what follows links between files; what a page says is looked at by the tests of that page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from urllib.parse import unquote

_LINK = re.compile(rb'href="([^"]*)"')
_PLACE = re.compile(rb'id="([^"]*)"')


def walked(start: Path) -> dict[Path, bytes]:
    """Return every file that can be reached from ``start``, by links that leave no page for anything but a file that is here.

    Raises:
        AssertionError: a link leads nowhere, is not relative, or names a place that its page does not have.
    """
    found: dict[Path, bytes] = {}
    waiting = [start.resolve()]
    while waiting:
        page = waiting.pop()
        if page in found:
            continue
        found[page] = page.read_bytes()
        if page.suffix == ".html":
            waiting += [_target(page, link) for link in links(found[page])]
    _check_places(found)
    return found


def links(page: bytes) -> list[str]:
    """Return where a page leads."""
    return [unescape(link.decode()) for link in _LINK.findall(page)]


def _target(page: Path, link: str) -> Path:
    path, _, _ = link.partition("#")
    assert ":" not in path and not path.startswith("/"), f"{page.name}: {link} is not relative"
    target = (page.parent / unquote(path)).resolve() if path else page
    assert target.is_file(), f"{page.name}: {link} leads nowhere"
    return target


def _check_places(found: Mapping[Path, bytes]) -> None:
    places = {path: {place.decode() for place in _PLACE.findall(content)} for path, content in found.items()}
    for path, content in found.items():
        for link in links(content) if path.suffix == ".html" else ():
            place = link.partition("#")[2]
            assert not place or place in places[_target(path, link)], f"{path.name}: {link} names a place that is not there"
