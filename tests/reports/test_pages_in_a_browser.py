"""Every page the product makes, in Chromium without a network: nothing runs but what is named, nothing is fetched, every text is a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from reports.foreign_text import inert, visible
from reports.issue_page import render_issue
from tests.architecture.project import ROOT
from tests.payloads import PAYLOADS
from tests.reports import issue_samples
from tests.reports.pages import PAGES, HostilePage

TEMPLATES = {path.name for path in (ROOT / "reports" / "templates").glob("*.html.j2")} - {"page.html.j2"}
POLICY = re.compile(rb'<meta http-equiv="Content-Security-Policy"[^>]*>')

# What a library draws is looked at by the second question: its own drawing has styles, and names the spaces of SVG. Its tools, which no
# reader sees, hold a link to its makers.
INJECTED = r"""
const [theirs, scripts] = arguments;
const elements = 'img iframe object embed link base form input video template plaintext math'.split(' ');
const isBad = a => a.name.startsWith('on') || a.name == 'style' || /^\s*(javascript|data|https?):/i.test(a.value);
const ours = [...document.querySelectorAll('*')].filter(e => !theirs || !e.closest(theirs));
const found = ours.filter(e => elements.includes(e.localName) || [...e.attributes].some(isBad)).map(e => e.outerHTML.slice(0, 200));
const count = document.querySelectorAll('script').length;
return count == scripts ? found : [...found, `${count} scripts`];
"""
DRAWN = r"""
if (!arguments[0]) return [];
const isPicture = e => e.localName == 'image' && /^data:image\/png;base64,[\w+/=]+$/.test(e.href.baseVal);
const isOwnPicture = e => arguments[1] && isPicture(e) && ![...e.attributes].some(a => a.name.startsWith('on'));
const elements = 'script img image iframe object embed link base form input video foreignObject'.split(' ');
const isBad = a => a.name.startsWith('on') || (!/^(xmlns|data-)/.test(a.name) && /^\s*(javascript|vbscript|https?|data):/i.test(a.value));
const isLink = e => e.localName == 'a' && e.hasAttribute('href');
const drawn = arguments[0].split(',').flatMap(part => [...document.querySelectorAll(part + ' *')]);
const seen = drawn.filter(e => !e.closest('.modebar-container') && !isOwnPicture(e));
return seen.filter(e => elements.includes(e.localName) || isLink(e) || [...e.attributes].some(isBad)).map(e => e.outerHTML.slice(0, 200));
"""
ALL_DRAWN = "return [...document.querySelectorAll('.chart')].every(chart => chart.querySelector('.xtick'))"
FITS = "return [document.documentElement.scrollWidth <= window.innerWidth, window.innerWidth]"


def texts_for(page: HostilePage) -> list[str]:
    return [payload.text[: page.longest_chars] for payload in PAYLOADS]


@cache
def hostile_pages(template: str) -> tuple[bytes, ...]:
    page, texts = PAGES[template], texts_for(PAGES[template])
    return tuple(page.make(texts[start : start + page.texts_at_once]) for start in range(0, len(texts), page.texts_at_once))


def opened(browser: Any, template: str, change: Any = lambda page: page) -> Iterator[None]:
    for content in hostile_pages(template):
        browser.open(change(content))
        browser.wait_for(ALL_DRAWN)
        yield


def asked_for(browser: Any, page: HostilePage) -> list[tuple[str, str]]:
    """Return what was asked of the network; a picture that the library painted lies in the page, and only there."""
    return [one for one in browser.requests() if not (page.is_painted and one[0].startswith("data:image/png;base64,"))]


def test_every_template_of_a_page_is_opened_by_these_tests() -> None:
    assert set(PAGES) == TEMPLATES


def test_every_page_is_rendered_from_a_template_that_is_named_where_it_is_rendered() -> None:
    """Otherwise a page could be made of a template that the test above does not see."""
    named = set()
    for path in (ROOT / "reports").glob("*.py"):
        named |= set(re.findall(r'render_(?:page|scripted_page|with_charts)\(\s*"([^"]+)"', path.read_text(encoding="utf-8")))
    assert named == TEMPLATES


@pytest.mark.parametrize("template", sorted(PAGES))
def test_no_hostile_text_runs_loads_or_becomes_an_element_and_each_is_readable(browser: Any, template: str) -> None:
    page, shown = PAGES[template], set()
    for _ in opened(browser, template):
        assert browser.ask(INJECTED, page.drawn_by_a_library, page.script_count) == []
        assert browser.ask(DRAWN, page.drawn_by_a_library, page.is_painted) == []
        assert browser.ask("return [typeof window.pwned, location.protocol]") == ["undefined", "file:"]
        assert asked_for(browser, page) == []
        assert browser.complaints() == []
        for width in (1280, 360):
            browser.resize(width)
            assert browser.ask(FITS) == [True, width]
        shown |= set(browser.ask("return [...document.querySelectorAll('bdi')].map(e => e.textContent)"))

    assert {visible(text) for text in texts_for(page)} <= shown


def test_a_document_of_an_issue_is_shown_whole_however_long_it_is(browser: Any) -> None:
    longest = [payload.text for payload in PAYLOADS if len(payload.text) > PAGES["issue.html.j2"].longest_chars]
    assert len(longest) == 5
    browser.open(render_issue(issue_samples.noted(longest)))
    assert browser.ask(INJECTED, "", 0) == []
    for width in (1280, 360):
        browser.resize(width)
        assert browser.ask(FITS) == [True, width]
    assert set(longest) <= set(browser.ask("return [...document.querySelectorAll('dd bdi')].map(e => e.textContent)"))


@pytest.mark.parametrize("template", sorted(PAGES))
def test_escaping_holds_without_the_security_policy(browser: Any, template: str) -> None:
    page = PAGES[template]
    for _ in opened(browser, template, change=lambda content: POLICY.sub(b"", content)):
        assert browser.ask("return document.querySelectorAll('meta[http-equiv]').length") == 0
        assert browser.ask(INJECTED, page.drawn_by_a_library, page.script_count) == []
        assert browser.ask(DRAWN, page.drawn_by_a_library, page.is_painted) == []
        assert browser.ask("return typeof window.pwned") == "undefined"
        assert asked_for(browser, page) == []


@pytest.mark.parametrize("template", sorted(PAGES))
def test_the_security_policy_alone_stops_a_script_and_a_request(browser: Any, template: str) -> None:
    injected = (
        b"<script>window.pwned=1</script><img src='http://pwned.invalid/x' onerror='window.pwned=2'><script>eval('window.pwned=3')</script>"
    )
    browser.open(hostile_pages(template)[0].replace(b"<main>", b"<main>" + injected, 1))

    assert browser.ask("return typeof window.pwned") == "undefined"
    assert asked_for(browser, PAGES[template]) == [("http://pwned.invalid/x", "csp")]
    assert browser.complaints() != []


def test_charts_are_drawn_and_show_hostile_categories_in_inert_form(browser: Any) -> None:
    short = [payload.text for payload in PAYLOADS if 3 < len(payload.text) < 30 and payload.text.isprintable()][:24]
    browser.open(PAGES["drift.html.j2"].make(short))
    browser.wait_for(ALL_DRAWN)
    drawn = browser.ask("return [...document.querySelectorAll('.chart')].map(c => c.querySelectorAll('path').length)")
    labels = browser.ask("return [...document.querySelectorAll('.chart .xtick text')].map(t => t.textContent)")

    assert len(drawn) == 2 * len(short)
    assert min(drawn) > 20  # bars, ticks and the lines behind them
    squeezed = {re.sub(r"\s+", " ", label.replace("\u00a0", " ")).strip() for label in labels}
    assert {re.sub(r"\s+", " ", inert(text)).strip() for text in short} <= squeezed


def test_charts_need_script_and_the_page_says_so_without(browser: Any) -> None:
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.open(PAGES["drift.html.j2"].make(["score"]))
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert "Scripts are switched off here" in browser.ask("return document.body.textContent")


def test_the_probes_see_a_script_an_element_and_a_request_when_there_are_some(browser: Any) -> None:
    browser.open(
        b"<!doctype html><script>window.pwned=1</script>"
        b"<div class=chart><a href='/x'>x</a><p title='javascript:x'>x</p><b onclick=x>x</b></div>"
        b"<img src='http://pwned.invalid/x'><p onclick=x>x</p><p title=' data:x'>x</p><p style='color:red'>x</p>"
    )

    assert browser.ask("return typeof window.pwned") == "number"
    assert len(browser.ask(INJECTED, ".chart", 0)) == 5
    assert len(browser.ask(DRAWN, ".chart")) == 3
    assert browser.requests() == [("http://pwned.invalid/x", "")]


@pytest.mark.parametrize("template", ["drift.html.j2", "gate_charts.html.j2"])
def test_a_chart_that_was_drawn_on_a_wide_screen_is_whole_on_paper(browser: Any, template: str) -> None:
    """Paper is narrower than a desk and a chart is not drawn again for it; A4 less its margins is 695 pixels."""
    browser.open(PAGES[template].make(["score", "amount", "other"]), width=1280)
    browser.wait_for(ALL_DRAWN)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    beyond = browser.ask(
        "document.body.style.width = '695px'; return [...document.querySelectorAll('.chart .main-svg')].map("
        "e => e.getBoundingClientRect().right - e.closest('.chart').getBoundingClientRect().right)"
    )
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    assert len(beyond) > 2 and max(beyond) <= 0
