"""Where each page of a binder lies and how pages lead to each other: relative links, names that every file system takes.

Put names and links of a binder here; what stands on its pages is ``binder_pages.py``.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from registry.domain.binder import Binder, BoundPackage
from reports.rendering import is_package_file

INDEX = "index.html"
FOLDER = "pages"
Way = tuple[str, str]
"""A title and where it leads."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")


@dataclass(frozen=True, slots=True)
class Places:
    """The page of each system and issue, the sealed packages by their bundle, and the way to the archive."""

    systems: dict[str, str]
    issues: dict[str, str]
    bundles: dict[str, BoundPackage]
    archive: str

    def system_ways(self, systems: Iterable[str]) -> list[Way]:
        """Return the links to systems; every one that a package or an issue names has a page."""
        return [(system, self.systems[system]) for system in systems if system in self.systems]

    def issue_ways(self, issues: Iterable[str]) -> list[Way]:
        """Return the links to issues; one that only the archive knows has no page."""
        return [(issue, self.issues[issue]) for issue in issues if issue in self.issues]

    def page_ways(self, package: BoundPackage) -> list[Way]:
        """Return the links to the sealed pages of a package."""
        return [(name, link) for name in package.pages if (link := self.file_link(package, name))]

    def file_link(self, package: BoundPackage, name: str) -> str:
        """Return the link to a file of a package; empty for a name that no package may hold."""
        return f"{self.archive}/{package.name}/{name}" if is_package_file(name) else ""


def places_of(binder: Binder) -> Places:
    """Return where everything of a binder lies."""
    systems = {system for package in binder.packages for system in package.systems}
    systems |= {file.case.issue.system_id for file in binder.issues}
    issues = [file.case.issue.issue_id for file in binder.issues]
    bundles = {package.bundle_digest: package for package in reversed(binder.packages)}
    return Places(named("system", sorted(systems)), named("issue", issues), bundles, binder.archive)


def named(prefix: str, texts: Iterable[str]) -> dict[str, str]:
    """Return a file name for each text: the text itself where it can be one, and no other differs from it in case only.

    >>> named("issue", ["ISS-1"])
    {'ISS-1': 'issue-ISS-1.html'}
    """
    listed = list(texts)
    alike = Counter(text.lower() for text in listed)
    return {text: f"{prefix}-{text if _PLAIN.fullmatch(text) and alike[text.lower()] == 1 else _hashed(text)}.html" for text in listed}


def package_page(package: BoundPackage) -> str:
    """Return the page of a package."""
    return f"package-{package.name}.html"


def _hashed(text: str) -> str:
    return "x." + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
