"""What one feed delivers, counted while its rows go by.

Put counting of a feed's rows here.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

from registry.domain.canonical import digest_bytes
from registry.domain.feed import Cell, FeedDelivery, FeedStatus
from registry.domain.signal import RawSignal, Severity, Signal
from registry.errors import SourceError
from registry.sources.plan import FeedPair, SourcePlan, feed_key
from registry.sources.spooling import SortedLines, file_name, narrative_line, signal_line


class FeedTally:
    """Takes the judged rows of one feed and ends as its delivery."""

    def __init__(self, plan: SourcePlan, pair: FeedPair) -> None:
        self._plan, (self._system, self._spec) = plan, pair
        self._known = plan.known.get(feed_key(pair), {})
        self._cells: Counter[tuple[str, date, str, bool]] = Counter()
        self._fields: dict[str, dict[str, str]] = {}
        self._severities: dict[str, Severity] = {}
        self._last_day = plan.business_date - timedelta(days=1)
        names = feed_key(pair)
        self._signals = SortedLines(plan.spool, file_name("signals", *names))
        self._narratives = SortedLines(plan.spool, file_name("narratives", *names))
        self.received_count = self.received_on_last_day = self.duplicate_count = 0
        self._known_count = self._new_count = self._synthetic_count = 0
        self.redactions: Counter[str] = Counter()

    def see(self, received_on: date | None) -> None:
        """Count a row of the window, whatever becomes of it."""
        self.received_count += 1
        self.received_on_last_day += received_on == self._last_day

    def take(self, raw: RawSignal, signal: Signal) -> bool:
        """Take a good row; return False where its id is known with other content."""
        stored = self._known.get(signal.key)
        if stored is not None:
            self._known_count += stored == signal.content_digest
            return stored == signal.content_digest
        self._signals.add(signal.key, signal_line(signal))
        self.redactions.update(signal.redactions)
        if raw.narrative:
            self._take_narrative(raw, signal)
        if signal.synthetic:
            self._synthetic_count += 1
        else:
            self._count(signal)
        return True

    def delivery(self, newest_received_at: datetime | None) -> FeedDelivery:
        """Write the spool files and return what the feed delivered."""
        return FeedDelivery(
            system_id=self._system.system_id,
            feed=self._spec.name,
            source=self._plan.source.source_id,
            status=FeedStatus.OK,
            reason="",
            received_count=self.received_count,
            known_count=self._known_count,
            new_count=self._new_count,
            synthetic_count=self._synthetic_count,
            duplicate_count=self.duplicate_count,
            newest_received_at=newest_received_at,
            cells=tuple(Cell(name, on, channel, count, pre_fix) for (name, on, channel, pre_fix), count in sorted(self._cells.items())),
            fingerprints={name: self._fields[name] for name in sorted(self._fields)},
            severities={name: self._severities[name].value for name in sorted(self._severities)},
            signals=self._signals.finish(),
            narratives=self._narratives.finish(),
            received_on_last_day=self.received_on_last_day,
        )

    def _take_narrative(self, raw: RawSignal, signal: Signal) -> None:
        text, salt = self._plan.redact(raw.narrative)[0], self._plan.narrative_salt(signal.key)
        if digest_bytes(salt + text.encode("utf-8", "surrogatepass")) != signal.narrative_digest:
            raise SourceError(
                f"feed {self._spec.name}: expected the judge to digest the narrative of {signal.key} with the same salt and redaction, "
                "found another digest; give both the same"
            )
        self._narratives.add(signal.key, narrative_line(signal.key, salt, text))

    def _count(self, signal: Signal) -> None:
        self._new_count += 1
        name = signal.fingerprint
        self._cells[name, signal.business_date, signal.segment.get("channel", ""), signal.pre_fix] += 1
        self._fields.setdefault(name, signal.fingerprint_fields)
        if signal.pre_fix:
            return  # what the old version did says nothing about how severe the new one is
        highest = self._severities.get(name)
        if highest is None or signal.severity.rank > highest.rank:
            self._severities[name] = signal.severity
