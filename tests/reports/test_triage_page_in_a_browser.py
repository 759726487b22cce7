"""The page in Chromium: it fits a phone, a desk and paper. That nothing runs is tested for every page in test_pages_in_a_browser.py."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reports.triage_page import render_triage
from tests.payloads import PAYLOADS
from tests.reports import samples
from tests.reports.pages import triage_with


@pytest.mark.parametrize("width", [360, 700, 1280])
@pytest.mark.parametrize("make", ["rich", "hostile", "empty"])
def test_the_page_never_scrolls_sideways(browser: Any, make: str, width: int) -> None:
    pages = {"rich": _rich_page, "hostile": _hostile_page, "empty": _empty_page}
    browser.open(pages[make](), width=width)

    assert browser.ask("return document.documentElement.scrollWidth <= window.innerWidth")
    assert browser.ask("return window.innerWidth") == width


@pytest.mark.parametrize(("scheme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 23, 26)")])
def test_the_page_follows_the_readers_light_or_dark_scheme(browser: Any, scheme: str, paper: str) -> None:
    browser.open(_rich_page(), scheme=scheme)

    assert browser.ask("return getComputedStyle(document.body).backgroundColor") == paper


def test_a_reader_in_the_dark_scheme_prints_black_on_white_with_folded_lists_open(browser: Any) -> None:
    browser.open(_rich_page(), scheme="dark")
    pdf = browser.print_to_pdf()
    browser.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"media": "print", "features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    )
    ink = browser.ask("return getComputedStyle(document.body).color")
    list_height = browser.ask("return document.querySelector('#set-aside .ids').getBoundingClientRect().height")
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    assert pdf.startswith(b"%PDF-")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 6
    assert ink == "rgb(21, 24, 28)"
    assert list_height > 0


def test_page_one_on_paper_reaches_what_was_not_looked_at(browser: Any) -> None:
    """A4 less its margins is 184 mm by 268 mm; the section must end above that."""
    browser.open(_rich_page(), width=695)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    bottom = browser.ask("return document.querySelector('#gaps').getBoundingClientRect().bottom")
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    assert 0 < bottom < 268 / 25.4 * 96


def test_every_chart_has_a_name_and_a_description_that_exist(browser: Any) -> None:
    browser.open(_rich_page())
    named = browser.ask(
        "return [...document.querySelectorAll('svg.spark')].map(s => s.getAttribute('aria-labelledby').split(' ')"
        ".every(id => document.getElementById(id).textContent.trim().length > 0))"
    )

    assert len(named) == 6
    assert all(named)


def test_everything_to_press_is_reached_by_the_keyboard_in_reading_order(browser: Any) -> None:
    browser.open(_rich_page())
    order = browser.ask("return [...document.querySelectorAll('a[href], summary')].map(e => [e.tabIndex, e.getBoundingClientRect().top])")

    assert order
    assert {tab_index for tab_index, _ in order} == {0}
    assert [top for _, top in order] == sorted(top for _, top in order)


def _rich_page() -> bytes:
    return render_triage(samples.a_rich_day(), system_names=samples.SYSTEM_NAMES, evidence=samples.package_files(), zone=samples.ZONE)


def _empty_page() -> bytes:
    return render_triage(samples.an_empty_day(), system_names={})


def _hostile_page() -> bytes:
    return triage_with([payload.text for payload in PAYLOADS])
