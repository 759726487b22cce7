"""The page of a trigger decision in Chromium: it fits a phone, a desk and paper, and its shapes say what its colours say."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reports.triggers_page import render_triggers
from tests.reports import trigger_samples as samples

PAGES = {
    "loss": lambda: render_triggers(samples.a_loss_decision(), samples.may_inputs()),
    "large": lambda: render_triggers(*samples.a_large_decision()),
    "empty": lambda: render_triggers(samples.an_empty_decision(), samples.may_inputs(reference=None, profile=None, outcomes=())),
    "long names": lambda: render_triggers(*samples.named_by(["W" * 400, "e\u0301" * 300, "\u65e5\u672c" * 200])),
}


@pytest.mark.parametrize("width", [360, 700, 1200])
@pytest.mark.parametrize("make", sorted(PAGES))
def test_the_page_never_scrolls_sideways(browser: Any, make: str, width: int) -> None:
    browser.open(PAGES[make](), width=width)

    assert browser.ask("return document.documentElement.scrollWidth <= window.innerWidth")
    assert browser.ask("return window.innerWidth") == width


def test_page_one_on_paper_holds_verdict_request_and_what_was_not_evaluated(browser: Any) -> None:
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
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 7


def test_cells_of_different_bands_differ_in_shape_and_each_has_a_name(browser: Any) -> None:
    browser.open(PAGES["loss"]())
    cells = browser.ask(
        "return [...document.querySelectorAll('.heat .band')].map(s => [s.getAttribute('class'), "
        "s.querySelector('path').getAttribute('d'), s.getAttribute('aria-label')])"
    )
    shapes = {(band, path) for band, path, _ in cells}

    assert len({path for _, path in shapes}) == len({band for band, _ in shapes}) == len(shapes) > 4
    assert all(re.match(r"\w+ 2010: \w", name) for _, _, name in cells)


def test_bars_and_whiskers_are_drawn_inside_their_lines(browser: Any) -> None:
    browser.open(PAGES["loss"]())
    inside = browser.ask(
        "return [...document.querySelectorAll('.bins rect, .whisk circle')].map(e => { const a = e.getBoundingClientRect(), "
        "b = e.closest('svg').getBoundingClientRect(); return a.left >= b.left - 1 && a.right <= b.right + 1; })"
    )

    assert len(inside) > 20
    assert all(inside)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_on_the_map_can_be_told_from_their_ground(browser: Any, scheme: str) -> None:
    browser.open(PAGES["loss"](), scheme=scheme)
    ground, mark = browser.ask(
        "const cell = document.querySelector('.band.drifted'); return [getComputedStyle(cell.querySelector('rect')).fill, "
        "getComputedStyle(cell.querySelector('path')).stroke]"
    )
    assert _contrast(ground, mark) >= 3


def _contrast(one: str, other: str) -> float:
    """Return the ratio of luminances of two colours, as the accessibility guidelines compute it."""
    low, high = sorted(_luminance([int(part) for part in re.findall(r"\d+", colour)[:3]]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def _luminance(rgb: list[int]) -> float:
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
