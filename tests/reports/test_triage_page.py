"""The page of the day: what it says, in which order, and that no text of the world becomes markup."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from registry.domain.decision import Finding, Verdict
from registry.domain.feed import FileRef
from registry.domain.triage import ChangeKind, DutyStatus, FeedDay, Tally, TriageDay
from reports.foreign_text import visible
from reports.rendering import CONTENT_SECURITY_POLICY, is_package_file, path_data, render_fragment
from reports.triage_page import MAX_IDS, MAX_TRENDS, render_triage
from reports.triage_summary import tone
from reports.triage_view import quiet_changes
from tests.payloads import PAYLOADS, Payload
from tests.reports import samples

ROOT = Path(__file__).parents[2]
TAGS = (
    {"html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "article", "nav", "div", "p", "span", "b"}
    | {"strong", "i", "a", "code", "bdi", "h1", "h2", "h3", "ul", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td"}
    | {"details", "summary", "figure", "figcaption", "svg", "path", "circle", "desc"}
)


class Page(HTMLParser):
    """The tags, attribute names and texts of a page, in order."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))


def rendered(day: TriageDay, **changes: Any) -> bytes:
    values: dict[str, Any] = {"system_names": samples.SYSTEM_NAMES, "evidence": samples.package_files(), "zone": samples.ZONE}
    return render_triage(day, **(values | changes))


def test_a_day_without_a_feed_never_looks_like_a_pass() -> None:
    page = rendered(samples.an_empty_day()).decode()

    assert 'class="verdict inconclusive"' in page
    assert 'class="verdict pass"' not in page
    assert "Pass, but nothing was received" in page
    assert "No feed was due or read." in page
    assert "No check ran." in page


def test_a_pass_over_feeds_that_delivered_nothing_never_looks_like_a_pass() -> None:
    silent = tuple(replace(feed, received_count=0, new_count=0) for feed in samples.a_quiet_day().feeds)

    assert tone(samples.a_quiet_day(feeds=silent)) == "inconclusive"
    assert tone(samples.a_quiet_day()) == "pass"


def test_a_failed_or_inconclusive_day_keeps_its_verdict_when_nothing_was_received() -> None:
    assert [tone(samples.an_empty_day(verdict=verdict)) for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)] == ["fail", "inconclusive"]


def test_empty_sections_are_one_line_and_no_table() -> None:
    page = rendered(samples.an_empty_day(), evidence=())

    assert not [tag for tag, _ in Page(page).tags if tag == "table"]
    assert page.count(b'class="line') == 8


def test_page_one_holds_the_verdict_then_who_must_act_then_what_was_not_looked_at() -> None:
    page = rendered(samples.a_rich_day()).decode()
    places = [page.index(f'id="{name}"') for name in ("verdict", "duties", "gaps", "changes", "feeds", "set-aside", "proof")]

    assert places == sorted(places)


def test_overdue_duties_come_first_whatever_order_they_were_given_in() -> None:
    day = samples.a_rich_day()
    backwards = replace(day, duties=day.duties[::-1])
    statuses = re.findall(r"</i> (Overdue|At risk|Open)<", rendered(day).decode())

    assert statuses == ["Overdue", "Overdue", "At risk", "Open", "Open"]
    assert rendered(backwards) == rendered(day)


def test_every_overdue_duty_is_shown_and_only_those_not_pressing_are_folded() -> None:
    overdue = samples.a_rich_day().duties[2]
    many = tuple(replace(overdue, issue_id=f"i-{n}", due_at=overdue.due_at + timedelta(minutes=n)) for n in range(500))
    later = tuple(replace(duty, status=DutyStatus.OPEN) for duty in many[:40])
    page = rendered(samples.a_rich_day(duties=many + later)).decode()
    before_fold = page[: page.index("40 more that are not yet pressing")]

    assert before_fold.count("</i> Overdue<") == 500
    assert page.count("</i> Open<") == 40


def test_the_arithmetic_of_a_spike_is_one_sentence() -> None:
    text = Page(rendered(samples.a_rich_day())).text

    assert "28 in 7 days against 8.0 expected, 3.5 times; p 3e-6 at level 1e-5" in text
    assert "Expectation from 104 in 91 observed days before" in text


def test_what_was_not_looked_at_names_the_feed_its_state_and_the_reason() -> None:
    text = Page(rendered(samples.a_rich_day())).text

    assert re.search(r"Consumer credit default model: appeals\s+▲\s+Could not be read\s+data/appeals_2020-10-15.jsonl does not exist", text)
    assert re.search(r"Benefit card fraud filter: overrides\s+▲\s+Out of date", text)
    assert re.search(r"router: 3 fingerprints\s+▲\s+Too few", text)


def test_a_batch_is_an_arrival_effect_and_a_dip_is_a_completeness_warning() -> None:
    text = Page(rendered(samples.a_rich_day())).text

    assert re.search(r"Arrival effect router/complaints : 214 of 239 signals of 15 Oct 2020", text)
    assert re.search(r"Completeness warning router/expert_review :", text)


def test_counts_carry_denominators_and_ids() -> None:
    text = Page(rendered(samples.a_rich_day())).text

    assert re.search(r"Quarantined .{1,60} 4 of 1,618\s+4 ids\s+row 17", text)
    assert re.search(r"Unmatched .{1,60} 23 of 1,614\s+23 ids", text)


def test_a_cut_list_of_ids_says_how_many_more_there_are_and_links_the_file_that_has_them() -> None:
    tally = Tally(12_000, 20_000, tuple(f"C{n}" for n in range(MAX_IDS + 50)))
    page = rendered(samples.a_rich_day(unmatched=tally))

    assert re.search("Unmatched .{1,60} 12,000 of 20,000 .* and 50 more in the run’s decision record. .*rows.csv", Page(page).text)
    assert Page(page).links.count("rows.csv") == 3
    assert f"C{MAX_IDS - 1}<".encode() in page
    assert f"C{MAX_IDS}<".encode() not in page


def test_a_day_of_many_trends_draws_the_marked_and_busiest_and_says_so() -> None:
    many = tuple(samples.a_trend(n, fingerprint=f"many{n}", issue_id="", marks=()) for n in range(100, 400))
    page = rendered(samples.a_rich_day(trends=many))

    assert page.count(b'<svg class="spark"') == MAX_TRENDS
    assert f"{MAX_TRENDS} of 300 trends, busiest first" in Page(page).text


def test_more_feeds_than_fit_keep_the_broken_ones_on_the_page() -> None:
    fine = tuple(replace(samples.a_quiet_day().feeds[0], feed=f"feed{n}") for n in range(600))
    broken: tuple[FeedDay, ...] = tuple(feed for feed in samples.a_rich_day().feeds if feed.reason)
    text = Page(rendered(samples.a_rich_day(feeds=fine + broken))).text

    assert "appeals_2020-10-15.jsonl does not exist" in text
    assert "and 402 more, all read" in text


def test_times_are_on_the_readers_clock_and_the_footer_on_utc() -> None:
    text = Page(rendered(samples.a_rich_day())).text

    assert "Decided Fri 16 Oct 2020, 06:00 EDT" in text
    assert "Decided Fri 16 Oct 2020, 10:00 UTC" in text


def test_only_plain_names_of_the_package_become_links() -> None:
    odd = tuple(FileRef(name, samples.digest("9"), 1) for name in ("javascript:x", "../secret", "//host/x", "a/b.csv", "a b.csv"))
    links = set(Page(rendered(samples.a_rich_day(), evidence=odd + samples.package_files())).links)

    assert {link for link in links if not link.startswith("#")} == {file.path for file in samples.package_files()}


def test_every_link_within_the_page_leads_somewhere() -> None:
    for day in (samples.a_rich_day(), samples.a_quiet_day(), samples.an_empty_day()):
        page = rendered(day).decode()
        ids = re.findall(r' id="([^"]+)"', page)
        assert {link[1:] for link in Page(page.encode()).links if link.startswith("#")} <= set(ids)
        assert len(ids) == len(set(ids))


def test_the_same_values_give_the_same_bytes_in_another_process_zone_and_locale() -> None:
    script = (
        "import sys; from tests.reports import samples; from tests.reports.test_triage_page import rendered;"
        "sys.stdout.buffer.write(rendered(samples.a_rich_day()))"
    )
    env = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Kolkata", "LC_ALL": "C"}
    other = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, check=True).stdout

    assert other == rendered(samples.a_rich_day())


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda p: f"{p.kind}-{PAYLOADS.index(p)}")
def test_a_hostile_text_in_every_field_changes_no_tag_and_no_attribute(payload: Payload) -> None:
    day, text = samples.a_rich_day(), payload.text
    is_plain_name = is_package_file(text)  # a harmless text of the same kind: plain names of files become links, others do not
    harmless = Page(_filled(day, "" if not text else "name" if is_plain_name else "two words"))
    hostile = Page(_filled(day, text))

    assert hostile.tags == harmless.tags
    assert [link for link in hostile.links if not link.startswith("#")] == [text] * (4 if is_plain_name else 0)
    assert {tag for tag, _ in hostile.tags} <= TAGS
    assert not [name for _, names in hostile.tags for name in names if name.startswith("on") or name in {"src", "style"}]
    assert re.sub(r"\s+", " ", visible(text)) in hostile.text


def test_a_huge_text_is_cut_and_its_length_named() -> None:
    page = _filled(samples.a_rich_day(), "A" * 1_000_000)

    assert len(page) < 500_000
    assert b"(1,000,000 characters)" in page


def test_the_page_declares_a_policy_that_lets_nothing_run_or_load() -> None:
    page = rendered(samples.a_rich_day()).decode()

    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert page.index("Content-Security-Policy") < page.index("<title>")
    assert not re.search(r"<script|https?://|url\(|@import", page)


def test_a_number_that_was_not_computed_is_said_in_words() -> None:
    change = replace(samples.a_rich_day().changes[2], spike=samples.a_spike(expected=0.0, ratio=float("inf"), p_value=0.0))
    text = Page(rendered(samples.a_rich_day(changes=(change,)))).text

    assert "28 in 7 days where next to none were expected; p below 1e-300 at level 1e-5" in text
    assert not re.search(r"\b(inf|nan|None)\b", text)


def test_a_template_may_not_print_a_missing_value() -> None:
    with pytest.raises(TypeError, match="printed None"):
        render_fragment("spark.svg.j2", spark=None, title=None, description="", element_id="x", width=1, height=1, base=1)


def test_path_data_is_numbers_and_drawing_letters_only() -> None:
    with pytest.raises(ValueError, match="SVG path data"):
        path_data('M0 0"/><script>')


def test_colours_of_text_reach_the_contrast_that_tired_eyes_need() -> None:
    css = (ROOT / "reports/templates/page.css").read_text()
    for block in re.findall(r":root \{([^}]*--paper[^}]*)\}", css):
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        pairs = [(ink, "paper") for ink in ("ink", "muted", "link", "fail", "unsure", "pass")]
        pairs += [(ink, f"{verdict}-wash") for verdict in ("fail", "unsure", "pass") for ink in ("ink", "muted", verdict)]
        assert [pair for pair in pairs if _contrast(colours[pair[0]], colours[pair[1]]) < 4.5] == []
        assert _contrast(colours["bar"], colours["paper"]) >= 3
    assert len(re.findall("--paper: ", css)) == 2


def _filled(day: TriageDay, text: str) -> bytes:
    files = samples.with_text(samples.package_files(), text)
    return render_triage(samples.with_text(day, text), system_names={text: text}, evidence=files, zone=samples.ZONE)


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_corpus_is_large_and_without_repeats() -> None:
    assert len(PAYLOADS) >= 60
    assert max(Counter(payload.text for payload in PAYLOADS).values()) == 1


def test_a_finding_told_in_its_own_section_is_not_told_again_among_the_checks() -> None:
    text = Page(rendered(samples.a_rich_day())).text
    checks = text[text.index("What the checks found") : text.rindex("How to check this page")]

    assert "4 of 1,618 rows have no readable date" in checks
    assert not re.search("does not exist|28 signals in 7 days|root cause was due|either reviews stopped", checks)
    assert "12 of 17 findings passed" in checks


def test_an_unread_feed_that_the_decision_also_names_is_listed_once() -> None:
    page = rendered(samples.a_rich_day()).decode()
    section = page[page.index('id="gaps"') : page.index('id="changes"')]

    assert section.count("appeals_2020-10-15.jsonl does not exist") == 1


def test_a_duty_that_nobody_owns_is_said_to_be_nobodys() -> None:
    page = rendered(samples.a_rich_day()).decode()

    assert page.count("Nobody named") == 1
    assert "unassigned" not in page


def test_an_issue_in_the_headlines_is_not_listed_again_for_the_signals_that_joined_it() -> None:
    day = samples.a_rich_day()
    joined = replace(day.changes[3], kind=ChangeKind.JOINED, spike=None, signal_count=17)
    escalated = replace(day.changes[3], signal_count=0)
    busy = replace(day, changes=(*day.changes[:3], escalated, joined, day.changes[4]))

    assert [line.change.issue.issue_id for line in quiet_changes(busy)] == ["fraud_filter-0009", "router-0004"]
    assert "17 signals today, 131 in all" in Page(rendered(busy)).text


def test_a_closed_issue_that_asks_for_another_look_is_told_among_the_checks() -> None:
    look_again = Finding("issue", "router-0007", Verdict.INCONCLUSIVE, "issue_late_evidence", "closed without a fix, and signals go on")

    assert "closed without a fix, and signals go on" in Page(rendered(samples.a_quiet_day(findings=(look_again,)))).text
