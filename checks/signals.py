"""Signals: how one mapped row becomes a matched, graded, redacted signal.

Put a rule here when it judges one row on its own. Which versions decided is ``checks/contribution.py``, what is personal is
``checks/redaction.py``, which row of a table fires is ``checks/grading.py``, what a signal is called is ``checks/identity.py``.

The rules, in the order the code applies them:
 * Journey, segment and fingerprint texts and the narrative are redacted before anything is derived from them. Ids and pointers stay: they
   are how the source finds its row again.
 * The fingerprint is made of the system's id and the feed's listed fields alone; a field that is not listed is an error.
 * The decision is taken to have been made at ``occurred_at``; the business date is the local date of receipt.
 * A synthetic signal is grade D by the rule ``synthetic``, noise on purpose; else the grade table decides, and the severity table always.
 * A table with a hole is refused when the judge is made, never while signals are judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from checks.contribution import VersionHistory, find_versions, is_post_fix
from checks.grading import Facts, grade_table, severity_table, usage_of
from checks.identity import content_digest, fingerprint_of, narrative_digest, signal_key
from checks.redaction import redact, redact_values, unknown_kinds
from registry.domain.catalogue import FeedSpec, SystemEntry
from registry.domain.issue import Fix
from registry.domain.policy import GradeRule, SeverityRule, TriagePolicies
from registry.domain.signal import CustomerImpact, Grade, RawSignal, Signal, SignalCategory, VersionSource
from registry.domain.times import local_date
from registry.errors import PolicyError

SYNTHETIC_RULE = "synthetic"


@dataclass(frozen=True)
class SignalJudge:
    """Judges the rows of one feed of one system.

    ``fixes`` maps a fingerprint to the fix released for its issue; ``salt`` maps a signal's key to what its narrative is digested with,
    always the same for the same key.

    Raises:
        PolicyError: a table that does not cover every signal this feed can bring, or an unknown redaction kind.
    """

    system: SystemEntry
    feed: FeedSpec
    policies: TriagePolicies
    history: VersionHistory
    fixes: Mapping[str, Fix]
    salt: Callable[[str], bytes]
    _severity: dict[CustomerImpact, SeverityRule] = field(init=False, repr=False, compare=False)
    _grade: dict[Facts, GradeRule] = field(init=False, repr=False, compare=False)
    _usage: dict[str, str] = field(init=False, repr=False, compare=False)
    _recorded: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if unknown := unknown_kinds(self.policies.redacted_kinds):
            raise PolicyError([f"redaction: {', '.join(unknown)} has no rule; remove it from the table"])
        object.__setattr__(self, "_severity", severity_table(self.policies.severity, self.feed.category))
        object.__setattr__(self, "_grade", grade_table(self.policies.grade))
        object.__setattr__(self, "_usage", usage_of(self.policies.usage, self.feed.category))
        object.__setattr__(self, "_recorded", {spec.artifact: spec.recorded for spec in self.system.versions})

    def __call__(self, raw: RawSignal) -> Signal:
        """Return the signal that ``raw`` is.

        Raises:
            ValueError: a fingerprint field that the feed does not list.
        """
        system_id, counts = self.system.system_id, dict[str, int]()
        key = signal_key(system_id, self.feed.name, raw.signal_id)
        salt = self.salt(key) if raw.narrative else b""
        fields = self._clean_map(self._listed(raw.fingerprint_fields), counts)
        fingerprint = fingerprint_of(system_id, fields)
        versions, source = find_versions(raw.versions, self.history, self._recorded, system_id, raw.occurred_at)
        grade, grade_rule = self._graded(raw, source)
        severity = self._severity[raw.impact]
        return Signal(
            key=key,
            system_id=system_id,
            feed=self.feed.name,
            category=self.feed.category,
            signal_id=raw.signal_id,
            occurred_at=raw.occurred_at,
            received_at=raw.received_at,
            business_date=local_date(raw.received_at, self.system.timezone),
            journey_step=self._clean(raw.journey_step, counts),
            impact=raw.impact,
            segment=self._clean_map(raw.segment, counts),
            versions=versions,
            version_source=source,
            fingerprint=fingerprint,
            fingerprint_fields=fields,
            grade=grade,
            grade_rule=grade_rule,
            severity=severity.severity,
            severity_rule=severity.name,
            usage=dict(self._usage),
            source_evidence=raw.source_evidence,
            content_digest=content_digest(raw, salt),
            narrative_digest=narrative_digest(salt, self._clean(raw.narrative, counts)),
            redactions=counts,
            synthetic=raw.synthetic,
            pre_fix=self._is_pre_fix(fingerprint, versions, raw),
        )

    def _clean(self, text: str, counts: dict[str, int]) -> str:
        cleaned, found = redact(text, self.policies.redacted_kinds) if text else (text, {})
        _add(counts, found)
        return cleaned

    def _clean_map(self, texts: dict[str, str], counts: dict[str, int]) -> dict[str, str]:
        cleaned, found = redact_values(texts, self.policies.redacted_kinds)
        _add(counts, found)
        return cleaned

    def _listed(self, fields: dict[str, str]) -> dict[str, str]:
        for name in fields:
            if name not in self.feed.fingerprint:
                listed = ", ".join(self.feed.fingerprint) or "none"
                raise ValueError(
                    f"feed {self.feed.name}: expected fingerprint fields among {listed}, found {name}; list it in the catalogue"
                )
        return fields

    def _graded(self, raw: RawSignal, source: VersionSource) -> tuple[Grade, str]:
        if raw.synthetic:
            return Grade.D, SYNTHETIC_RULE
        is_owned = bool(self.system.owners) and not self.system.missing_owners
        has_version = source is not VersionSource.UNKNOWN
        facts = (raw.impact is not CustomerImpact.NONE, has_version, bool(raw.source_evidence), raw.reproducible, is_owned)
        rule = self._grade[facts]
        return rule.grade, rule.name

    def _is_pre_fix(self, fingerprint: str, versions: Mapping[str, str], raw: RawSignal) -> bool:
        # A change of versions is what this program saw itself, of no decision: nothing of it is older than a fix.
        is_of_decisions = not self.feed.built_in or self.feed.category is SignalCategory.DRIFT_ALERT
        fix = self.fixes.get(fingerprint) if is_of_decisions else None
        return fix is not None and not is_post_fix(versions, raw.occurred_at, fix, self.history, self.system.system_id)


def _add(counts: dict[str, int], found: Mapping[str, int]) -> None:
    for kind, count in found.items():
        counts[kind] = counts.get(kind, 0) + count
