"""The page of a gate decision in Chromium: it fits a phone, a desk and paper, and its shapes say what its colours say."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reports.gate_page import MAX_PRINTED, render_gate
from tests.reports import gate_samples as samples

PAGES = {
    "loss": lambda: render_gate(*samples.a_loss()),
    "open": lambda: render_gate(*samples.an_open_one()),
    "large": lambda: render_gate(*samples.a_large_one()),
    "empty": lambda: render_gate(*samples.nothing()),
    "long names": lambda: render_gate(*samples.named_by(["W" * 400, "e\u0301" * 300, "\u65e5\u672c" * 200])),
}


@pytest.mark.parametrize("width", [360, 700, 1200])
@pytest.mark.parametrize("make", sorted(PAGES))
def test_the_page_never_scrolls_sideways(browser: Any, make: str, width: int) -> None:
    browser.open(PAGES[make](), width=width)

    assert browser.ask("return document.documentElement.scrollWidth <= window.innerWidth")
    assert browser.ask("return window.innerWidth") == width


def test_page_one_on_paper_holds_verdict_numbers_what_is_pinned_and_what_was_not_evaluated(browser: Any) -> None:
    """A4 less its margins is 184 mm by 268 mm; the section must end above that."""
    browser.open(PAGES["loss"](), width=695)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    bottom = browser.ask("return document.querySelector('#gaps').getBoundingClientRect().bottom")
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    assert 0 < bottom < 268 / 25.4 * 96


def test_the_page_prints_on_a_few_sheets_with_everything_folded_open(browser: Any) -> None:
    browser.open(PAGES["loss"](), scheme="dark")
    pdf = browser.print_to_pdf()

    assert pdf.startswith(b"%PDF-")
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 6


@pytest.mark.parametrize("width", [360, 1200])
def test_the_lines_of_no_difference_of_one_measure_stand_under_each_other_and_under_the_zero_of_the_scale(browser: Any, width: int) -> None:
    browser.open(PAGES["loss"](), width=width)
    places = browser.ask(
        "const table = document.querySelector('.plot-table'), middle = e => { const r = e.getBoundingClientRect(); "
        "return (r.left + r.right) / 2; }; return [middle(table.querySelector('.ends b')), "
        "...[...table.querySelectorAll('.zero')].map(middle)]"
    )

    assert len(places) > 6
    assert max(places) - min(places) < 14  # the zero of the scale stands between words of different lengths
    assert max(places[1:]) - min(places[1:]) < 1


def test_points_and_intervals_are_drawn_inside_their_cells_and_on_their_lines(browser: Any) -> None:
    browser.open(PAGES["loss"]())
    inside = browser.ask(
        "return [...document.querySelectorAll('.plot .point, .plot .interval')].map(e => { const a = e.getBoundingClientRect(), "
        "b = e.closest('td').getBoundingClientRect(); return a.left >= b.left && a.right <= b.right && "
        "a.top >= b.top && a.bottom <= b.bottom; })"
    )

    assert len(inside) > 20
    assert all(inside)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("part", [".forest.worse .point", ".forest.fine .point", ".forest.open .point", ".zero", ".allowed"])
def test_marks_of_the_plot_can_be_told_from_the_paper(browser: Any, scheme: str, part: str) -> None:
    browser.open(PAGES["loss"](), scheme=scheme)
    ground, mark = browser.ask(
        "return [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector(arguments[0])).stroke]", part
    )
    assert _contrast(ground, mark) >= 3


def _contrast(one: str, other: str) -> float:
    """Return the ratio of luminances of two colours, as the accessibility guidelines compute it."""
    low, high = sorted(_luminance([int(part) for part in re.findall(r"\d+", colour)[:3]]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def _luminance(rgb: list[int]) -> float:
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("width", "shown"), [(390, "block"), (1200, "none")])
def test_on_a_phone_the_parts_of_a_case_say_which_columns_they_are(browser: Any, width: int, shown: str) -> None:
    browser.open(PAGES["loss"](), width=width)

    assert browser.ask("return getComputedStyle(document.querySelector('.cases-changed td .on-phone')).display") == shown
    assert browser.ask("return document.querySelector('.cases-changed td .on-phone').textContent") == "product, channel"


def test_of_hundreds_of_segments_in_numbers_some_dozens_go_on_paper_and_the_others_are_counted(browser: Any) -> None:
    browser.open(PAGES["large"](), width=695)
    rows = (
        "return [...document.querySelectorAll('.more .numbers')].map("
        "t => [...t.querySelectorAll('tbody tr')].filter(r => r.offsetHeight).length)"
    )
    told = "return [...document.querySelectorAll('.on-paper')].filter(e => getComputedStyle(e).display != 'none').length"
    browser.ask("document.querySelectorAll('details').forEach(e => e.open = true)")
    on_screen = browser.ask(rows), browser.ask(told)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    on_paper = browser.ask(rows), browser.ask(told)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    assert min(on_screen[0]) > MAX_PRINTED and on_screen[1] == 0
    assert set(on_paper[0]) == {MAX_PRINTED} and on_paper[1] == len(on_paper[0])
