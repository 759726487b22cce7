"""The page of a day's validation, for those who review the data: every rule, how many rows it saw and refused, and rows as examples.

Put here what the page says above its tables. What is read and chosen is ``validation_view``; markup is the template's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from registry.domain.feed import QuarantinedRow
from registry.domain.triage import TriageDay
from registry.errors import ReportError
from reports import wording
from reports.rendering import render_page
from reports.triage_summary import Figure
from reports.validation_view import Examples, UnvalidatedSource, ValidatedSource, examples, unvalidated_sources, validated_sources

_WORDS = {
    "fail": ("Rows or columns broke a rule", "What broke a rule was set aside or refused; nothing of it was counted as a signal."),
    "inconclusive": ("Not everything was validated", "What was not validated was not counted either. Do not read this day as clean."),
    "pass": ("Every rule was kept", "Every row of every source that was due was looked at."),
}


def render_validation(day: TriageDay, records: Mapping[str, bytes], quarantine: bytes = b"[]") -> bytes:
    """Return the page: the same bytes for the same sealed files.

    ``records`` maps the names of the package's validation files to their bytes; ``quarantine`` is the sealed list of rows set aside.

    Raises:
        ReportError: a record cannot be read.
    """
    sources = validated_sources(records)
    missing = unvalidated_sources(day, sources)
    rows = examples(_rows(quarantine))
    tone = _tone(sources, missing)
    word, meaning = _WORDS[tone]
    return render_page(
        "validation.html.j2",
        day=day,
        long_date=wording.long_day_text(day.business_date),
        tone=tone,
        word=word,
        meaning=meaning,
        headline=_headline(sources, missing, rows),
        figures=_figures(sources, missing, rows),
        sources=sources,
        missing=missing,
        examples=rows,
        examples_of={found.source: f"rows-{number}" for number, found in enumerate(rows, 1)},
        engines=sorted({source.engine for source in sources}),
    )


def _tone(sources: Sequence[ValidatedSource], missing: Sequence[UnvalidatedSource]) -> str:
    was_looked_at = bool(sources) and all(source.row_count for source in sources) and not missing
    tones = {source.tone for source in sources} | (set() if was_looked_at else {"inconclusive"})
    return next(tone for tone in _WORDS if tone in tones)


def _headline(sources: Sequence[ValidatedSource], missing: Sequence[UnvalidatedSource], rows: Sequence[Examples]) -> str:
    broken = [rule for source in sources for rule in source.rules if rule.tone == "fail"]
    unrun = [rule for source in sources for rule in source.rules if rule.tone == "inconclusive" and source.row_count]
    empty = [source for source in sources if not source.row_count]
    aside = sum(found.count for found in rows)
    parts = [
        f"{wording.counted(len(broken), 'rule was', 'rules were')} broken" if broken else "",
        f"{wording.counted(len(unrun), 'rule', 'rules')} gave no answer" if unrun else "",
        f"{wording.counted(len(missing), 'source was', 'sources were')} not validated" if missing else "",
        f"{wording.counted(len(empty), 'source')} had no new row" if empty else "",
        f"{wording.counted(aside, 'row', 'rows')} newly set aside" if aside else "",
    ]
    said = [part for part in parts if part]
    if not sources and not missing:
        said = ["no source was due or read"]
    sentence = "; ".join(said) or f"{wording.counted(len(sources), 'source')}, every row by every rule"
    return sentence[:1].upper() + sentence[1:] + "."


def _figures(sources: Sequence[ValidatedSource], missing: Sequence[UnvalidatedSource], rows: Sequence[Examples]) -> tuple[Figure, ...]:
    rules = [rule for source in sources for rule in source.rules]
    broken = sum(rule.tone == "fail" for rule in rules)
    aside = sum(found.count for found in rows)
    return (
        Figure(f"{len(sources):,}", "sources validated", f"of {len(sources) + len(missing):,} due", bool(missing) or not sources),
        Figure(f"{sum(source.row_count for source in sources):,}", "rows validated", "new in the window or late", False),
        Figure(f"{broken:,}", "rules broken", f"of {len(rules):,}", bool(broken)),
        Figure(f"{aside:,}", "rows set aside", "newly; each is reported once", bool(aside)),
    )


def _rows(quarantine: bytes) -> list[QuarantinedRow]:
    try:
        return [QuarantinedRow(**row) for row in json.loads(quarantine)]
    except (ValueError, TypeError) as error:
        raise ReportError(
            f"quarantine.json: expected rows set aside, found a list that cannot be read ({type(error).__name__}); verify the archive with "
            "`proofloop evidence verify`"
        ) from error
