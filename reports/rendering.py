"""The one place where HTML is made: escaping for every template, no remote file, the same bytes for the same values.

Put here what every page shares: the environment, the security policy, the filters. A page's own words and order belong to its module and
its template. Nothing else in the house may build or trust markup; values reach a template as plain text and leave it escaped. Our own
pages hold no script; a page that shows a library's charts names the exact scripts that may run, and no other can.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports import wording
from reports.foreign_text import MAX_SHOWN_CHARS, visible

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

# No script can run and nothing can be loaded even if a text slipped through; escaping is the first line, this is the second.
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
# These would end a script element, or start a state of the parser in which its end is not seen.
_ENDS_SCRIPT = re.compile(r"</script|<!--", re.IGNORECASE)

_TEMPLATES = Path(__file__).parent / "templates"
_PATH_DATA = re.compile(r"[MHVLhvlz0-9. -]*")
_RELATIVE_WAY = re.compile(r"(?:(?:\.\./)+|(?=[A-Za-z0-9]))(?:[A-Za-z0-9_.~%-]+/)*[A-Za-z0-9][A-Za-z0-9_.~%-]*")
_PACKAGE_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def render_page(template: str, **values: Any) -> bytes:
    """Return a whole page as UTF-8 bytes.

    Raises:
        jinja2.UndefinedError: the template names a value that was not given.
    """
    return _rendered(template, CONTENT_SECURITY_POLICY, values)


def render_scripted_page(template: str, scripts: Mapping[str, str], **values: Any) -> bytes:
    """Return a page in which exactly these scripts run, allowed by their digests; the template finds them by name in ``scripts``.

    Raises:
        ValueError: a script holds what would end its element.
        jinja2.UndefinedError: the template names a value that was not given.
    """
    from markupsafe import Markup

    for name, text in scripts.items():
        if _ENDS_SCRIPT.search(text) or "\r" in text:
            raise ValueError(f"expected a script that can stand in a page, found one that would end its element or change in it: {name}")
    policy = CONTENT_SECURITY_POLICY + f"; font-src data:; script-src {' '.join(map(_source_digest, scripts.values()))}"
    trusted = {name: Markup(text) for name, text in scripts.items()}  # noqa: S704 - runs only as the policy's digests allow
    return _rendered(template, policy, {**values, "scripts": trusted})


def render_fragment(template: str, **values: Any) -> Markup:
    """Return a part of a page, marked as already escaped."""
    from markupsafe import Markup

    return Markup(_environment().get_template(template).render(**values).strip())  # noqa: S704 - the output of an escaping template


def path_data(text: str) -> Markup:
    """Return drawing commands of our own as they are: they are longer than any text that is shown, and hold numbers only.

    Raises:
        ValueError: anything but drawing commands and numbers.
    """
    from markupsafe import Markup

    if not _PATH_DATA.fullmatch(text):
        raise ValueError("expected SVG path data, found other text: compute it in reports/charts.py")
    return Markup(text)  # noqa: S704 - nothing but digits and drawing letters


def is_package_file(name: str) -> bool:
    """Return whether ``name`` may be linked: a plain file beside the page, never a scheme, a host or another folder.

    >>> is_package_file("decision.json"), is_package_file("../x"), is_package_file("javascript:x")
    (True, False, False)
    """
    return _PACKAGE_FILE.fullmatch(name) is not None and ".." not in name


def is_relative_way(link: str) -> bool:
    """Return whether ``link`` may lead from one file of ours to another: a quoted relative path, never a scheme, a host or a root.

    >>> is_relative_way("../../archive/000001/report.html"), is_relative_way("javascript:x"), is_relative_way("//host/x")
    (True, False, False)
    """
    return len(link) <= MAX_SHOWN_CHARS and _RELATIVE_WAY.fullmatch(link) is not None


def _rendered(template: str, policy: str, values: Mapping[str, Any]) -> bytes:
    html = _environment().get_template(template).render(content_security_policy=policy, **values)
    return (html.strip() + "\n").encode("utf-8")


def _source_digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "amount": wording.amount,
        "arithmetic": wording.arithmetic,
        "baseline": wording.baseline,
        "day": wording.day_text,
        "measure": wording.measure,
        "path_data": path_data,
        "probability": wording.probability,
        "share": wording.share,
        "spoken": wording.spoken,
    }
    environment.tests["package_file"] = is_package_file
    environment.tests["relative_way"] = is_relative_way
    return environment


def _shown(value: Any) -> Any:
    """Make every value that a template prints safe to look at; markup of our own passes, a missing value is refused."""
    if hasattr(value, "__html__"):
        return value
    if value is None:
        raise TypeError("a template printed None: say in words that there is no value")
    return visible(str(value))
