"""Windows, dossiers and the portfolio in Chromium: they fit a phone, a desk and paper, and page one holds what a reader acts by."""

from __future__ import annotations

import re
from typing import Any

import pytest

from checks.recurrence import judge_window
from reports.dossier_page import render_dossier
from reports.portfolio_page import render_portfolio
from reports.window_page import render_window
from reports.window_pages import window_pages
from tests.closure_builders import some_work_policies
from tests.reports import closing_samples, window_samples
from tests.reports.contrast import contrast


def window(name: str) -> bytes:
    inputs = window_samples.WINDOWS[name]()
    return render_window(judge_window(inputs), inputs, window_samples.indicators())


def dossier(make: Any) -> bytes:
    return render_dossier(closing_samples.a_dossier(make()), some_work_policies(), "America/New_York")


PAGES = {
    **{name: (lambda name=name: window(name)) for name in window_samples.WINDOWS},
    "run": lambda: window_pages(*window_samples.a_run(), "UTC")["report.html"],
    "proposed": lambda: dossier(closing_samples.a_proposed_closure),
    "refused": lambda: dossier(closing_samples.a_refused_closure),
    "bare": lambda: dossier(closing_samples.a_bare_closure),
    "portfolio": lambda: render_portfolio(closing_samples.a_portfolio(), "UTC"),
    "empty portfolio": lambda: render_portfolio(closing_samples.an_empty_portfolio(), "UTC"),
}
A4_BOTTOM = 268 / 25.4 * 96  # A4 less its margins is 184 mm by 268 mm


@pytest.mark.parametrize("make", sorted(PAGES))
def test_the_page_never_scrolls_sideways_and_asks_for_nothing(browser: Any, make: str) -> None:
    browser.open(PAGES[make](), width=390)
    for width in (390, 700, 1280):
        browser.resize(width)
        assert browser.ask("return [document.documentElement.scrollWidth <= window.innerWidth, window.innerWidth]") == [True, width]
    assert (
        browser.ask(
            "return [...document.querySelectorAll('a[href^=\"#\"]')].filter(a => !document.querySelector(a.getAttribute('href'))).length"
        )
        == 0
    )
    assert browser.requests() == []
    assert browser.complaints() == []


@pytest.mark.parametrize(
    ("make", "last"), [("clean", "#gaps"), ("came back", "#gaps"), ("watched", "#gaps"), ("proposed", "#gaps"), ("run", "#gaps")]
)
def test_page_one_on_paper_holds_verdict_acts_and_what_was_not_evaluated(browser: Any, make: str, last: str) -> None:
    browser.open(PAGES[make](), width=695)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    bottom = browser.ask("return document.querySelector(arguments[0]).getBoundingClientRect().bottom", last)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    assert 0 < bottom < A4_BOTTOM


@pytest.mark.parametrize(("make", "fewest", "most"), [("clean", 2, 4), ("proposed", 5, 10), ("portfolio", 1, 2)])
def test_the_page_prints_on_a_few_sheets(browser: Any, make: str, fewest: int, most: int) -> None:
    browser.open(PAGES[make](), scheme="dark")

    assert fewest <= len(re.findall(rb"/Type\s*/Page\b", browser.print_to_pdf())) <= most


def test_the_timeline_is_drawn_inside_its_box(browser: Any) -> None:
    browser.open(PAGES["came back"]())
    outside = browser.ask(
        "const box = document.querySelector('.timeline').getBoundingClientRect();"
        "return [...document.querySelectorAll('.timeline *')].map(e => e.getBoundingClientRect())"
        ".filter(r => r.width && (r.left < box.left - 1 || r.right > box.right + 1 || r.bottom > box.bottom + 1)).length"
    )
    assert outside == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_and_states_can_be_read_on_their_ground(browser: Any, scheme: str) -> None:
    browser.open(PAGES["came back"](), scheme=scheme)
    pairs = browser.ask(
        "const ground = getComputedStyle(document.body).backgroundColor;"
        "const states = [...document.querySelectorAll('.state')].map(e => [ground, getComputedStyle(e).color]);"
        "const both = e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color];"
        "return [...states, ...[...document.querySelectorAll('.moments b')].map(both)]"
    )
    assert len(pairs) > 8
    assert min(contrast(*pair) for pair in pairs) >= 4.5
