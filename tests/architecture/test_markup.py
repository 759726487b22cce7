"""HTML is made in one place: one environment that escapes everything, templates that cannot switch it off, no markup built elsewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.project import ROOT, product_modules, syntax_of

ONE_PLACE = Path("reports/rendering.py")
TEMPLATES = sorted((ROOT / "reports" / "templates").iterdir())
TAG = re.compile(
    r"</?(?:html|head|body|meta|script|style|link|div|span|p|a|b|br|img|svg|table|t[rdh]|ul|li|h[1-6]|pre|code|iframe)\b[^<]*>", re.I
)

# Evidently draws its charts with its own script, which is checked against the examined one; the data between are JSON, never executed.
_DRAWN_BY_EVIDENTLY = [
    '<script type="application/json" id="chart-data">{{ chart_data|tojson }}</script>',
    "<script>{{ scripts.prepare }}</script>",
    "<script>{{ scripts.library }}</script>",
    "<script>{{ scripts.draw }}</script>",
]
# template -> its script elements, each argued
SCRIPTS = {"drift.html.j2": _DRAWN_BY_EVIDENTLY, "gate_charts.html.j2": _DRAWN_BY_EVIDENTLY}
# every address that comes from a value: a place in the page itself, or a plain file beside it that the template tested as ``package_file``;
# in a binder ``link``, by the one macro that tests it as ``relative_way``
PACKAGE_ADDRESS = r"data/archive/\{\{ package\.number \}\}/\{\{ name \}\}"  # of an export: the number is ours, six digits
ADDRESSES = re.compile(r"#\{\{ [\w.\[\]]+ \}\}(?:-head)?|\{\{ (name|row\.file|record_name|source\.file|link) \}\}|" + PACKAGE_ADDRESS)


def imports_at_run_time(node: ast.AST) -> Iterator[str]:
    """Yield the imported modules, those for type checkers left out."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield node.module or ""
    for child in ast.iter_child_nodes(node):
        yield from imports_at_run_time(child)


def texts(module: ast.Module) -> Iterator[str]:
    """Yield the texts of a module, those that stand alone (docstrings) left out."""
    alone = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


@pytest.mark.parametrize("module", [module for module in product_modules() if module != ONE_PLACE], ids=str)
def test_no_other_module_makes_or_trusts_markup(module: Path) -> None:
    used = {name.partition(".")[0] for name in imports_at_run_time(syntax_of(module))}
    assert not used & {"jinja2", "markupsafe", "lxml", "bs4"}, f"{module}: HTML is made in {ONE_PLACE}"
    built = [text for text in texts(syntax_of(module)) if TAG.search(text)]
    assert not built, f"{module}: put markup into a template of reports/templates, found {built[0][:80]!r}"


def test_markup_in_a_text_and_a_trusting_import_are_noticed() -> None:
    assert [text for text in texts(ast.parse("x = f'<td class=x>{y}</td>'")) if TAG.search(text)]
    assert not [text for text in texts(ast.parse("x = 'expected SYSTEM <id>, found a < b'")) if TAG.search(text)]
    assert list(imports_at_run_time(ast.parse("def f():\n    from markupsafe import Markup"))) == ["markupsafe"]


def test_the_one_environment_escapes_every_template_whatever_its_name() -> None:
    from jinja2 import StrictUndefined

    from reports.rendering import _environment

    environment = _environment()
    assert environment.autoescape is True
    assert environment.undefined is StrictUndefined
    for path in TEMPLATES:
        assert environment.get_template(path.name)
    assert environment.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_cannot_switch_escaping_off_or_bring_script(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    outside = text
    for element in SCRIPTS.get(path.name, []):
        assert element in outside, f"{path.name}: expected {element} as argued"
        outside = outside.replace(element, "")
    assert not re.search(r"<script|javascript:|\son\w+\s*=|\|\s*safe\b|autoescape|\|\s*tojson|forceescape", outside, re.IGNORECASE)
    assert not re.search(r"https?://|url\(|@import|<(iframe|object|embed|base|form|link|img)\b|srcdoc", outside)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_value_stands_in_a_template_only_where_escaping_protects_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"=\s*\{[{%]", re.sub(r"\{%.*?%\}|\{\{.*?\}\}", lambda found: found[0].replace("=", " "), text)), (
        "quote attributes"
    )
    assert not re.search(r'style="[^"]*\{', text), "no value in a style"
    addresses = re.findall(r'(?:href|src)="([^"]*\{[^"]*)"', text)
    assert [address for address in addresses if not ADDRESSES.fullmatch(address)] == []
    if path.suffix == ".css":
        assert "{{" not in text and "{%" not in text


CSV_WRITING = re.compile(r"csv\.(?:Dict)?[wW]riter|\.to_csv\(|write_csv\(|FORMAT\s+CSV", re.IGNORECASE)
CSV_WRITERS = {
    Path("reports/csv_export.py"),  # the one place for what people open
    Path("deployments/demo/files.py"),  # the demo's sources, which our own reader reads back
    Path("tasks/versions.py"),  # the source of a built-in feed, likewise
    Path("tasks/drift_alerts.py"),  # and of the other
}


def test_csv_for_people_is_written_in_one_place() -> None:
    writing = {module for module in product_modules() if CSV_WRITING.search((ROOT / module).read_text(encoding="utf-8"))}
    assert writing == CSV_WRITERS
