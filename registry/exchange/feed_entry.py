"""The lines of a catalogue file that make a feed of imported findings, for somebody to paste and change.

Put here what these lines are whatever program the findings come from; what is particular to one is a ``FeedEntry`` of its module.
"""

from __future__ import annotations

from dataclasses import dataclass

_LINES = """\
  - name: {name}
    category: {category}
    source: {{path: {path}}}
    where: "{where}"
    fields:
      signal_id: signal_id
      occurred_at: occurred_at
      received_at: received_at
      narrative: narrative
      segment: {{{place}: {place}, severity: severity}}
      source_evidence: [reference]
    impact: none   # what a customer suffers; to map severities instead: {{column: severity, map: {{{severity}}}, default: none}}
    fingerprint: [title]
    opens_issue: {{each: {{min_severity: L1}}}}
    max_stale_days: 400
"""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """What is particular to one program: the category of its findings, which of them count, where they were found, a severity mapped."""

    category: str
    where: str
    place: str
    severity: str

    def text(self, name: str, path: str) -> str:
        """Return the lines of a feed called ``name`` that reads the file at ``path``."""
        where = self.where.replace('"', '\\"')
        return _LINES.format(name=name, path=path, category=self.category, where=where, place=self.place, severity=self.severity)
