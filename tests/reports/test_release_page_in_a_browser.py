"""The page of a release in Chromium: it fits a phone, a desk and paper, and page one holds what a reviewer decides by."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from reports.release_page import render_release
from tests import release_builders as build
from tests.reports import release_samples as samples
from tests.reports.contrast import contrast


def overridden() -> bytes:
    decision, inputs = samples.an_open_one()
    known = samples.known(decision, samples.both_signed(is_override=True), [samples.a_switch(ended_event=0)])
    return render_release(decision, inputs, known=known, as_of=build.MORNING + timedelta(days=1))


def long_names() -> bytes:
    decision, inputs, known = samples.named_by(["W" * 400, "e\u0301" * 300, "\u65e5\u672c" * 200])
    return render_release(decision, inputs, known=known)


PAGES = {
    **{name: (lambda make=make: render_release(*make())) for name, make in samples.SAMPLES.items()},
    "overridden": overridden,
    "long names": long_names,
}


@pytest.mark.parametrize("width", [360, 700, 1200])
@pytest.mark.parametrize("make", sorted(PAGES))
def test_the_page_never_scrolls_sideways(browser: Any, make: str, width: int) -> None:
    browser.open(PAGES[make](), width=width)

    assert browser.ask("return document.documentElement.scrollWidth <= window.innerWidth")
    assert browser.ask("return window.innerWidth") == width
    assert browser.requests() == []
    assert browser.complaints() == []


@pytest.mark.parametrize("make", ["pass", "canary", "drill", "open"])
def test_page_one_on_paper_holds_verdict_numbers_gates_and_what_was_not_evaluated(browser: Any, make: str) -> None:
    """A4 less its margins is 184 mm by 268 mm; the section must end above that."""
    browser.open(PAGES[make](), width=695)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    bottom = browser.ask("return document.querySelector('#gaps').getBoundingClientRect().bottom")
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    assert 0 < bottom < 268 / 25.4 * 96


def test_the_five_gates_of_a_page_full_of_reasons_begin_on_page_one(browser: Any) -> None:
    browser.open(PAGES["failure"](), width=695)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    top = browser.ask("return document.querySelector('#gates tbody tr:nth-child(2)').getBoundingClientRect().top")
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    assert 0 < top < 268 / 25.4 * 96


@pytest.mark.parametrize("make", ["pass", "failure", "overridden"])
def test_the_page_prints_on_a_few_sheets(browser: Any, make: str) -> None:
    browser.open(PAGES[make](), scheme="dark")
    pdf = browser.print_to_pdf()

    assert pdf.startswith(b"%PDF-")
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 5


def test_an_override_is_seen_before_the_verdict(browser: Any) -> None:
    browser.open(overridden(), width=360, height=640)
    box, verdict = browser.ask("return ['#overridden', '#verdict'].map(part => document.querySelector(part).getBoundingClientRect().top)")

    assert 0 < box < verdict
    assert box < 640  # on a phone, before anybody scrolls


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("part", [".state.fail", ".state.inconclusive", ".state.pass", ".override b", ".verdict .word"])
def test_words_of_every_state_can_be_read_on_their_ground(browser: Any, scheme: str, part: str) -> None:
    page = overridden() if part != ".state.fail" else PAGES["failure"]()
    browser.open(page, scheme=scheme)
    ground, text = browser.ask(
        "const found = document.querySelector(arguments[0]); let on = found;"
        "while (on && /rgba\\(0, 0, 0, 0\\)/.test(getComputedStyle(on).backgroundColor)) on = on.parentElement;"
        "return [getComputedStyle(on || document.body).backgroundColor, getComputedStyle(found).color]",
        part,
    )

    assert contrast(ground, text) >= 4.5


def test_every_link_on_the_page_leads_to_a_part_of_it(browser: Any) -> None:
    browser.open(overridden())
    dangling = browser.ask("return [...document.querySelectorAll('a[href^=\"#\"]')].filter(a => !document.querySelector(a.hash)).length")

    assert dangling == 0
