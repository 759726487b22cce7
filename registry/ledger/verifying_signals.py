"""Verifying signals, counts, links and narratives against what the chain says of them.

Put checks of signal rows here; ``verification.py`` calls them. Signals are read once, in the order of their batches, with one in memory.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from re import fullmatch
from typing import Any

from sqlalchemy import Connection, and_, func, select

from registry.domain.canonical import digest_bytes
from registry.domain.decision import Finding, Verdict
from registry.domain.events import EventKind
from registry.errors import LedgerError
from registry.ledger.codec import SIGNAL_COLUMNS, envelope_of, signal_row
from registry.ledger.reads import events_after
from registry.ledger.tables import ISSUE, ISSUE_SIGNAL, NARRATIVE, SIGNAL, SIGNAL_COUNT

Batch = tuple[str, str, str]

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""What reading a body raises that is not what the ledger wrote."""


def find_signal_faults(connection: Connection) -> Iterator[Finding]:
    """Yield every fault of the ledger's signals, counts, links and narratives."""
    promised, erased = _promises(connection)
    counts: Counter[tuple[str, str, str, str, str, int]] = Counter()
    yield from _find_batch_faults(connection, promised, counts)
    for batch in sorted(promised):
        yield _fault(f"signals {'/'.join(batch)}", "missing", f"{promised[batch][0]} signals were recorded, none is there")
    yield from _find_count_faults(connection, counts)
    yield from _find_link_faults(connection)
    yield from _find_narrative_faults(connection, erased)


def _fault(subject: str, code: str, reason: str) -> Finding:
    return Finding("ledger", subject, Verdict.FAIL, code, reason)


def _promises(connection: Connection) -> tuple[dict[Batch, tuple[int, str]], dict[str, int]]:
    """Return count and digest of each batch of signals, and which event erased which narrative, as the chain has them."""
    batches: dict[Batch, tuple[int, str]] = {}
    erased: dict[str, int] = {}
    for event in events_after(connection, 0, (EventKind.SIGNALS_OBSERVED, EventKind.NARRATIVE_ERASED)):
        with suppress(*UNREADABLE):  # the chain's own check has named it
            envelope = envelope_of(event.body)
            data = envelope["data"]
            if envelope["kind"] == EventKind.NARRATIVE_ERASED:
                erased |= {key: event.seq for key in data["signals"] if key not in erased}
            else:
                batches[envelope["system"], data["feed"], envelope["business_date"]] = (data["count"], data["digest"])
    return batches, erased


def _find_batch_faults(connection: Connection, promised: dict[Batch, tuple[int, str]], counts: Counter[Any]) -> Iterator[Finding]:
    order = (SIGNAL.c.system_id, SIGNAL.c.feed, SIGNAL.c.observed_on, SIGNAL.c.key)
    rows = connection.execute(select(SIGNAL).order_by(*order).execution_options(yield_per=2_000))
    for batch, members in groupby(rows, lambda row: (row.system_id, row.feed, row.observed_on.isoformat())):
        digest, count = hashlib.sha256(), 0
        for row in members:
            digest.update(row.body.encode("utf-8") + b"\n")
            count += 1
            yield from _find_column_faults(row)
            if not row.synthetic:
                counts[row.system_id, row.feed, row.fingerprint, row.business_date.isoformat(), row.channel, row.pre_fix] += 1
        expected = promised.pop(batch, None)
        if expected != (count, f"sha256:{digest.hexdigest()}"):
            said = f"{expected[0]} signals of {expected[1]}" if expected else "nothing"
            found = f"{count} signals of sha256:{digest.hexdigest()}"
            yield _fault(f"signals {'/'.join(batch)}", "wrong_batch", f"the chain says {said}, found {found}")


def _find_column_faults(row: Any) -> Iterator[Finding]:
    try:
        derived = signal_row(row.body.encode("ascii"), row.observed_on.isoformat())
    except (LedgerError, UnicodeEncodeError) as error:
        yield _fault(f"signal {row.key}", "unreadable", f"its body is not a signal: {error}")
        return
    for name, value, stored in zip(SIGNAL_COLUMNS, derived, row, strict=True):
        if name != "codec" and value != (stored.isoformat() if name.endswith(("_on", "_date")) else stored):
            yield _fault(f"signal {row.key}", "wrong_column", f"column {name} does not say what its body says")


def _find_count_faults(connection: Connection, counts: Counter[Any]) -> Iterator[Finding]:
    stored = {
        (row.system_id, row.feed, row.fingerprint, row.received_on.isoformat(), row.channel, row.pre_fix): row[-1]
        for row in connection.execute(select(SIGNAL_COUNT))
    }
    for key in sorted(stored.keys() | counts.keys()):
        if stored.get(key, 0) != counts[key]:
            subject = "/".join(map(str, key[:4]))
            yield _fault(f"signal_count {subject}", "wrong_count", f"{counts[key]} signals are there, the count says {stored.get(key, 0)}")


def _find_link_faults(connection: Connection) -> Iterator[Finding]:
    same = and_(SIGNAL.c.system_id == ISSUE.c.system_id, SIGNAL.c.fingerprint == ISSUE.c.fingerprint)
    joined = (
        select(ISSUE_SIGNAL)
        .outerjoin(SIGNAL, SIGNAL.c.key == ISSUE_SIGNAL.c.signal_key)
        .outerjoin(ISSUE, ISSUE.c.issue_id == ISSUE_SIGNAL.c.issue_id)
    )
    wrong = joined.where(~func.coalesce(same, False)).order_by(ISSUE_SIGNAL.c.issue_id, ISSUE_SIGNAL.c.signal_key)
    for row in connection.execute(wrong):
        yield _fault(
            f"issue_signal {row.issue_id}/{row.signal_key}", "wrong_link", "the signal is not of the issue's system and fingerprint"
        )


def _find_narrative_faults(connection: Connection, erased: dict[str, int]) -> Iterator[Finding]:
    query = select(NARRATIVE, SIGNAL.c.body).outerjoin(SIGNAL, SIGNAL.c.key == NARRATIVE.c.key).order_by(NARRATIVE.c.key)
    for row in connection.execute(query.execution_options(yield_per=1_000)):
        named = None
        with suppress(*UNREADABLE):
            named = envelope_of(row.body)["narrative_digest"]
        if not fullmatch("([0-9a-f]{2})*", row.salt) or digest_bytes(bytes.fromhex(row.salt) + row.text) != named:
            yield _fault(f"narrative {row.key}", "wrong_digest", "it is not the text its signal names")
        if row.key in erased:
            yield _fault(f"narrative {row.key}", "not_erased", f"event {erased[row.key]} erased it, and it is there")
    missing = select(SIGNAL.c.key).outerjoin(NARRATIVE, NARRATIVE.c.key == SIGNAL.c.key).where(NARRATIVE.c.key.is_(None))
    missing = missing.where(SIGNAL.c.body.not_like('%"narrative_digest":""%')).order_by(SIGNAL.c.key)
    for key in connection.execute(missing.execution_options(yield_per=1_000)).scalars():
        if key in erased:
            yield Finding("ledger", f"narrative {key}", Verdict.PASS, "erased", f"erased under event {erased[key]}")
        else:
            yield _fault(f"narrative {key}", "missing", "its signal names a narrative, none is there and no event erased it")
