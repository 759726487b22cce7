"""Reading every source of the day: one read and one validation a source, however many systems share it.

Put tasks here that open files and databases of the feeds. A source that cannot be read becomes a delivery that says so; the others go on.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from pathlib import Path

from checks.expectations import signals as signal_suite
from registry.domain.feed import SourceDelivery, quarantine_key
from registry.domain.triage_run import TriagePlan
from registry.errors import SourceUnavailableError
from registry.evidence.files import storage_errors
from registry.settings import Workspace
from registry.sources.caps import SourceCaps
from registry.sources.plan import FeedKey, FeedPair, Judge, Redact, SourcePlan, feed_key
from registry.sources.window import deliver_source, errored_delivery
from tasks.engine import is_last_attempt, rare_collection, task
from tasks.evidence import spool_of
from tasks.ledger import Clock, ledger_of
from tasks.workspace import connection_url, workspace_of


@dataclass(frozen=True, slots=True)
class NarrativeSalt:
    """The salt of each narrative: derived from the workspace's key, so that a rerun gives the same digest and nobody else can."""

    key: bytes = field(repr=False)

    def __call__(self, signal_key: str) -> bytes:
        """Return 16 bytes for the signal."""
        return hmac.digest(self.key, signal_key.encode("ascii"), hashlib.sha256)[:16]


@task
def read_narrative_salt(plan: TriagePlan) -> NarrativeSalt:
    """Return the salt of the workspace's narratives, from the environment or from the key file that is made once."""
    return NarrativeSalt(workspace_of(plan).narrative_key())


def read_sources(
    plan: TriagePlan, judges: Mapping[FeedKey, Judge], redact: Redact, salt: NarrativeSalt, clock: Clock
) -> tuple[SourceDelivery, ...]:
    """Return what every source delivered, in the order of their ids; each source is a task of its own."""
    pairs = sorted(((system, feed) for system in plan.systems for feed in system.feeds), key=_by_source)
    groups = (tuple(group) for _, group in groupby(pairs, key=lambda pair: _by_source(pair)[0]))
    return tuple(read_source(plan, group, judges, redact, salt, clock) for group in groups)


@task
def read_source(
    plan: TriagePlan, feeds: tuple[FeedPair, ...], judges: Mapping[FeedKey, Judge], redact: Redact, salt: NarrativeSalt, clock: Clock
) -> SourceDelivery:
    """Read, validate and spool one source's window for the feeds that share it.

    Raises:
        SourceUnavailableError: it does not answer (retried); on the last attempt the feeds are delivered as errored instead.
        EvidenceUnavailableError: our own spool is full or out of reach (retried): that says nothing about the source.
        LedgerUnavailableError: the ledger is out of reach (retried), which says nothing about the source either.
    """
    try:
        with storage_errors(f"spool {spool_of(plan)}"), rare_collection():
            return _delivered(plan, feeds, judges, redact, salt, clock)
    except SourceUnavailableError as error:
        if not is_last_attempt():
            raise
        return errored_delivery(feeds, error)


def _delivered(
    plan: TriagePlan, feeds: tuple[FeedPair, ...], judges: Mapping[FeedKey, Judge], redact: Redact, salt: NarrativeSalt, clock: Clock
) -> SourceDelivery:
    ledger = ledger_of(plan, clock)
    source_id = feeds[0][1].source.source_id
    reading = _source_plan(plan, workspace_of(plan), feeds, judges, redact, salt)
    reading = replace(reading, read_until=ledger.read_last_read({feed_key(pair) for pair in feeds}, plan.business_date))
    reading = replace(
        reading,
        known={feed_key(pair): ledger.read_known(*feed_key(pair), reading.window_start(pair), plan.business_date) for pair in feeds},
        known_quarantine=_ReportedRows(source_id, ledger.read_quarantine_keys([source_id], plan.business_date)),
    )
    delivery = deliver_source(reading)
    redated = ledger.read_content_digests(_spooled_keys(delivery, reading.spool))
    if not redated:
        return delivery
    # The source dated a recorded row anew: read again, knowing it, so that the change is set aside instead of counted twice.
    return deliver_source(replace(reading, known={key: digests | redated for key, digests in _as_dicts(reading.known).items()}))


def _source_plan(
    plan: TriagePlan,
    workspace: Workspace,
    feeds: tuple[FeedPair, ...],
    judges: Mapping[FeedKey, Judge],
    redact: Redact,
    salt: NarrativeSalt,
) -> SourcePlan:
    base, roots = workspace.root, workspace.source_roots
    if feeds[0][1].built_in:  # its rows were written for this run
        base, roots = Path(spool_of(plan)), (Path(spool_of(plan)).resolve(),)
    return SourcePlan(
        feeds=feeds,
        business_date=plan.business_date,
        observed_at=plan.observed_at,
        base=base,
        roots=roots,
        spool=Path(spool_of(plan)),
        staging=workspace.spool_dir,
        policy=plan.policies.feed,
        validator=signal_suite,
        judges=judges,
        narrative_salt=salt,
        redact=redact,
        connection_url=partial(connection_url, workspace),
        caps=SourceCaps(**workspace.settings.limits.model_dump()),
    )


@dataclass(frozen=True, slots=True)
class _ReportedRows:
    """The bad rows of one source that the ledger has: asked by content digest, kept there under the source's own key."""

    source_id: str
    keys: frozenset[str]

    def __contains__(self, content_digest: object) -> bool:
        return quarantine_key(self.source_id, str(content_digest)) in self.keys


def _spooled_keys(delivery: SourceDelivery, spool: Path) -> Iterator[str]:
    from registry.ledger.codec import parsed_line

    for feed in delivery.feeds:
        if feed.signals is not None:
            with (spool / feed.signals.path).open("rb") as lines:
                for line in lines:
                    yield parsed_line(line)["key"]


def _as_dicts(known: Mapping[FeedKey, Mapping[str, str]]) -> dict[FeedKey, dict[str, str]]:
    return {key: dict(digests) for key, digests in known.items()}


def _by_source(pair: FeedPair) -> tuple[str, str, str]:
    system, feed = pair
    return feed.source.source_id, system.system_id, feed.name
