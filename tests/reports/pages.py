"""Every page the product makes, each with given texts in every place where a text can stand.

Put a page here together with its template: ``test_pages_in_a_browser.py`` opens all of them, and fails while a template has no entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from registry.domain.canonical import record_json
from registry.domain.feed import FileRef
from registry.domain.triage import TriageDay
from reports.dossier_page import render_dossier
from reports.drift_report import render_drift_report
from reports.export_page import render_export
from reports.gate_charts import render_gate_charts
from reports.gate_page import render_gate
from reports.issue_page import render_issue
from reports.portfolio_page import render_portfolio
from reports.release_page import render_release
from reports.triage_page import render_triage
from reports.triggers_day_view import render_triggers_day
from reports.triggers_page import render_triggers
from reports.validation_page import render_validation
from reports.window_page import render_window
from reports.window_pages import render_window_day
from tests.closure_builders import some_work_policies
from tests.reports import (
    binder_samples,
    closing_samples,
    drift_samples,
    export_samples,
    gate_samples,
    issue_samples,
    release_samples,
    samples,
    trigger_samples,
    validations,
    window_samples,
)
from tests.reports.approval_samples import an_approval_page

_LISTS = ("reasons", "findings", "not_evaluated", "inputs", "changes", "duties", "feeds", "batches", "trends", "would_hide")


@dataclass(frozen=True)
class HostilePage:
    """A page by its template: how it is made with texts in every place, and the parts of it that a library draws with its own script.

    ``texts_at_once`` is how many texts one page can hold; the browser opens as many pages as that takes.
    """

    make: Callable[[Sequence[str]], bytes]
    script_count: int = 0
    drawn_by_a_library: str = ""
    texts_at_once: int = 1_000
    longest_chars: int = 1_000_000
    """Longer texts are shortened: a page that shows texts whole would have each in a hundred places, longer than any that is opened."""
    is_painted: bool = False
    """Whether the library paints pictures of its own into the page: tables of confusion, as PNG in the page itself."""


def triage_with(texts: Sequence[str]) -> bytes:
    """One page with every text in every list of the day at once, and the first in what there is once."""
    days = [samples.with_text(samples.a_rich_day(), text) for text in texts]
    files = tuple(file for text in texts for file in samples.with_text(samples.package_files(), text))
    return render_triage(_joined(days), system_names={text: text for text in texts}, evidence=files)


def validation_with(texts: Sequence[str]) -> bytes:
    """Records, rows set aside and feeds without a record, each with one of the texts in all its fields; file names too."""
    records = {
        f"{text} {n}": record_json(validations.with_text(validations.a_bad_day()["validation-001.json"], text)) for n, text in _each(texts)
    }
    rows = [replace(samples.with_text(samples.a_quarantined_row(), text), row_number=n, row=_cells(text)) for n, text in _each(texts)]
    feeds = tuple(replace(samples.with_text(samples.a_rich_day().feeds[1], text), source=f"{text} unread") for text in texts)
    day = samples.with_text(samples.a_rich_day(), texts[0])
    return render_validation(replace(day, feeds=feeds), records, record_json(rows))


def drift_with(texts: Sequence[str]) -> bytes:
    """Columns named by the texts, categories that are the texts, and the texts as title, labels and name of the record."""
    reference, current = drift_samples.named_by(texts)
    return render_drift_report(reference, current, title=texts[0], record_name=texts[-1]).page


def export_with(texts: Sequence[str]) -> bytes:
    """An issue with a text as title, system and owner; steps, files, removed files, receipts and keys with each of them."""
    return render_export(*export_samples.named_by(texts))


def issue_with(texts: Sequence[str]) -> bytes:
    """Issues with a text in every field of every document, event, node, signal, duty and hold, drawn into one page."""
    return render_issue(issue_samples.named_by(texts))


def approval_with(texts: Sequence[str]) -> bytes:
    """A plan whose actions say the texts, approved in an emergency by people with these names."""
    return an_approval_page(texts, texts[0], glass=True)


def binder_with(texts: Sequence[str]) -> bytes:
    """A binder's first page over packages and issues of systems of these names, with a problem that says each."""
    return binder_samples.page_of(binder_samples.named_by(texts), "index.html")


def binder_list_with(texts: Sequence[str]) -> bytes:
    """A list of packages that name every text as system, issue, file and verdict."""
    return binder_samples.page_of(binder_samples.named_by(texts), "pages/month-2020-10.html")


def binder_package_with(texts: Sequence[str]) -> bytes:
    """A package with every text as system, issue, file, digest and in its events."""
    return binder_samples.page_of(binder_samples.named_by(texts), "pages/package-000001.html")


def binder_issue_with(texts: Sequence[str]) -> bytes:
    """The issues' page with a text in every field, in a binder whose packages say them too."""
    return binder_samples.issue_page(binder_samples.named_by(texts), issue_samples.named_by(texts))


def triggers_with(texts: Sequence[str]) -> bytes:
    """A decision with every text in each of its lists, over columns, levels, segments, owners and versions of these names."""
    return render_triggers(
        *trigger_samples.named_by(texts), evidence=[file for text in texts for file in _files(text)], charts_name=texts[-1]
    )


def triggers_day_with(texts: Sequence[str]) -> bytes:
    """A run over systems of these names, each with a request and a reason that say the text, and a window of each."""
    day, judged = trigger_samples.a_run_named_by(texts)
    return render_triggers_day(day, judged, {one.decision.system: f"report-{one.number:05d}.html" for one in judged}, "UTC")


def gate_with(texts: Sequence[str]) -> bytes:
    """A decision with every text as measure, segment, case, answer, finding and gap, of versions and a system of the first name."""
    return render_gate(*gate_samples.named_by(texts), evidence=[file for text in texts for file in _files(text)], record_name=texts[-1])


def gate_charts_with(texts: Sequence[str]) -> bytes:
    """Labels, answers, measures and amounts named by the texts, of versions and a system of the first and the last name."""
    made = render_gate_charts(*gate_samples.charted_by(texts), record_name=texts[0], decision_name=texts[-1])
    assert made and made.page, made and made.problem
    return made.page


def release_with(texts: Sequence[str]) -> bytes:
    """A release that somebody overrode and put in force, with every text in each list of its decision, papers, signatures and switches."""
    decision, inputs, known = release_samples.named_by(texts)
    files = [file for text in texts for file in _files(text)]
    return render_release(decision, inputs, evidence=files, record_name=texts[-1], known=known)


def window_with(texts: Sequence[str]) -> bytes:
    """A window that came back, with every text in each of its lists, days, versions and indicators."""
    files = [file for text in texts for file in _files(text)]
    return render_window(*window_samples.window_named_by(texts), evidence=files, record_name=texts[0], run_page=texts[-1])


def window_day_with(texts: Sequence[str]) -> bytes:
    """A run over windows of these names, with the texts as gaps, findings, indicators, systems and names of pages."""
    return render_window_day(*window_samples.run_named_by(texts), texts, "UTC")


def dossier_with(texts: Sequence[str]) -> bytes:
    """A closure with every text in each list of its decision, documents, approvals, graph and archive."""
    files = [file for text in texts for file in _files(text)]
    return render_dossier(closing_samples.dossier_named_by(texts), some_work_policies(), "UTC", evidence=files, record_name=texts[-1])


def portfolio_with(texts: Sequence[str]) -> bytes:
    """A portfolio over systems of these names, with an overdue issue of each."""
    names = dict.fromkeys(texts[::2], texts[-1])
    return render_portfolio(closing_samples.portfolio_named_by(texts), "UTC", names, record_name=texts[-1])


def _files(text: str) -> tuple[FileRef, ...]:
    return samples.with_text(samples.package_files(), text)  # type: ignore[no-any-return]


PAGES: dict[str, HostilePage] = {
    "approval.html.j2": HostilePage(approval_with),
    "binder.html.j2": HostilePage(binder_with),
    "binder_issue.html.j2": HostilePage(binder_issue_with, texts_at_once=40, longest_chars=10_000),
    "binder_list.html.j2": HostilePage(binder_list_with),
    "binder_package.html.j2": HostilePage(binder_package_with),
    "gate.html.j2": HostilePage(gate_with, texts_at_once=30),
    "gate_charts.html.j2": HostilePage(
        gate_charts_with, script_count=4, drawn_by_a_library=".chart, #js-plotly-tester", texts_at_once=24, is_painted=True
    ),
    "dossier.html.j2": HostilePage(dossier_with, texts_at_once=60),
    "portfolio.html.j2": HostilePage(portfolio_with, texts_at_once=190),
    "window.html.j2": HostilePage(window_with, texts_at_once=60),
    "window_day.html.j2": HostilePage(window_day_with, texts_at_once=100),
    "release.html.j2": HostilePage(release_with, texts_at_once=20),
    "issue.html.j2": HostilePage(issue_with, texts_at_once=40, longest_chars=10_000),
    "triage.html.j2": HostilePage(triage_with),
    "triggers.html.j2": HostilePage(triggers_with, texts_at_once=8),
    "triggers_day.html.j2": HostilePage(triggers_day_with, texts_at_once=100),
    "validation.html.j2": HostilePage(validation_with),
    "export.html.j2": HostilePage(export_with),
    "drift.html.j2": HostilePage(drift_with, script_count=4, drawn_by_a_library=".chart, #js-plotly-tester", texts_at_once=28),
}


def _cells(text: str) -> dict[str, str]:
    """A row's cells as its source gives them: names of columns in ASCII."""
    return {text.encode("ascii", "backslashreplace").decode(): text}


def _each(texts: Sequence[str]) -> enumerate[str]:
    return enumerate(texts, 1)


def _joined(days: list[TriageDay]) -> TriageDay:
    return replace(days[0], **{name: tuple(item for day in days for item in getattr(day, name)) for name in _LISTS})
