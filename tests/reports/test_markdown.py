"""The Markdown of the run's artifact, rendered by an ordinary Markdown library."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from reports.foreign_text import visible
from reports.markdown import MAX_ROWS, triage_markdown
from tests.payloads import PAYLOADS, Payload
from tests.reports import samples


class Rendered(HTMLParser):
    def __init__(self, markdown: str) -> None:
        markdown_it = pytest.importorskip("markdown_it", reason="markdown-it-py comes with Prefect")
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.text = ""
        self.feed(markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser names it
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_an_empty_day_says_that_nothing_was_received() -> None:
    rendered = Rendered(triage_markdown(samples.an_empty_day()))

    assert "Pass, but nothing was received" in rendered.text
    assert "no feed was due or read" in rendered.text


def test_a_full_day_has_its_tables() -> None:
    rendered = Rendered(triage_markdown(samples.a_rich_day()))

    assert rendered.tags.count("table") == 4
    assert "2 duties are overdue" in rendered.text
    assert "28 in 7 days against 8.0 expected, 3.5 times; p 3e-6 at level 1e-5" in rendered.text


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda p: f"{p.kind}-{PAYLOADS.index(p)}")
def test_a_hostile_text_in_every_field_changes_no_element(payload: Payload) -> None:
    markdown = triage_markdown(samples.with_text(samples.a_rich_day(), payload.text))
    rendered = Rendered(markdown)

    assert rendered.tags == Rendered(triage_markdown(samples.with_text(samples.a_rich_day(), "two words"))).tags
    assert not re.search(r"https?:|www\.|(?<!\\)(?:\\\\)*[<>@`\[\]]", markdown)
    assert re.sub(r"\s+", " ", visible(payload.text, 200)).strip() in re.sub(r"\s+", " ", rendered.text)


def test_no_infinity_reaches_the_artifact() -> None:
    spike = samples.a_spike(expected=0.0, ratio=float("inf"), dispersion_ratio=float("nan"), p_value=float("nan"))
    change = replace(samples.a_rich_day().changes[2], spike=spike)

    assert not re.search(r"\b(inf|Infinity|nan|NaN)\b", triage_markdown(samples.a_rich_day(changes=(change,))))


def test_a_long_list_is_cut_and_says_so() -> None:
    gap = samples.a_rich_day().not_evaluated[1]
    many = tuple(replace(gap, subject=f"subject {n}") for n in range(MAX_ROWS + 48))

    assert "and 50 more on the page" in triage_markdown(samples.a_rich_day(not_evaluated=many))
