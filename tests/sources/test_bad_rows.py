"""Bad rows: each is set aside with its exact reason, and every valid row beside it is delivered."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from registry.domain.catalogue import TimeField
from registry.domain.feed import FeedStatus
from registry.sources.caps import SourceCaps
from tests.sources.scenes import GOOD, GOOD_IDS, HEADER, deliver, delivered, ids, pair, write


@dataclass(frozen=True)
class BadRow:
    """Lines put between good ones, and what is said about them."""

    name: str
    lines: str
    code: str
    reason: str
    count: int = 1
    feed: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)


CASES = (
    BadRow(
        "receipt is no date",
        "b,2020-10-11,soon,Web,Card held,hold,\n",
        "not_a_time",
        "rows.csv, row 3, 'received': expected an ISO 8601 date or time, found 'soon'; "
        "correct the cell, or the format that the feed expects",
    ),
    BadRow(
        "receipt is a day that does not exist",
        "b,2020-10-11,2020-02-30,Web,Card held,hold,\n",
        "not_a_time",
        "rows.csv, row 3, 'received': expected an ISO 8601 date or time, found '2020-02-30'; "
        "correct the cell, or the format that the feed expects",
    ),
    BadRow(
        "receipt missing",
        "b,2020-10-11,,Web,Card held,hold,\n",
        "missing_time",
        "rows.csv, row 3, 'received': expected a date or time, found an empty cell; correct the cell, or the format that the feed expects",
    ),
    BadRow(
        "mixed date formats",
        "b,2020-10-11,10/11/2020,Web,Card held,hold,\n",
        "not_a_time",
        "rows.csv, row 3, 'received': expected an ISO 8601 date or time, found '10/11/2020'; "
        "correct the cell, or the format that the feed expects",
    ),
    BadRow(
        "not the declared format",
        "b,11.10.20,2020-10-11,Web,Card held,hold,\n",
        "not_a_time",
        "rows.csv, row 3, 'occurred': expected a date or time like '%Y-%m-%d', found '11.10.20'; "
        "correct the cell, or the format that the feed expects",
        feed={"occurred_at": TimeField("occurred", format="%Y-%m-%d")},
    ),
    BadRow(
        "local time that happened twice",
        "b,2019-11-03 01:30,2020-10-11,Web,Card held,hold,\n",
        "ambiguous_time",
        "rows.csv, row 3, 'occurred': expected one instant, which needs an offset: America/New_York has this local time twice, "
        "found '2019-11-03 01:30'; correct the cell, or the format that the feed expects",
    ),
    BadRow(
        "local time that never was",
        "b,2020-03-08T02:30:00,2020-10-11,Web,Card held,hold,\n",
        "nonexistent_time",
        "rows.csv, row 3, 'occurred': expected a local time that exists: clocks in America/New_York skip this one, "
        "found '2020-03-08T02:30:00'; correct the cell, or the format that the feed expects",
    ),
    BadRow(
        "received in the future",
        "b,2020-10-11,2020-10-16,Web,Card held,hold,\n",
        "future_time",
        "rows.csv, row 3, 'received': expected a receipt by 2020-10-15, found 2020-10-16; correct the date, or the system's time zone",
    ),
    BadRow(
        "occurred long after its receipt",
        "b,2020-10-13,2020-10-11,Web,Card held,hold,\n",
        "occurred_after_received",
        "rows.csv, row 3, 'occurred': expected it to have occurred at most a day after its receipt on 2020-10-11, "
        "found '2020-10-13'; correct one of the dates",
    ),
    BadRow(
        "id missing",
        ",2020-10-11,2020-10-11,Web,Card held,hold,\n",
        "missing_id",
        "rows.csv, row 3, 'id': expected an id, found an empty cell; give every row its own",
    ),
    BadRow(
        "id only blanks",
        "  ,2020-10-11,2020-10-11,Web,Card held,hold,\n",
        "missing_id",
        "rows.csv, row 3, 'id': expected an id, found an empty cell; give every row its own",
    ),
    BadRow(
        "same id, different content",
        "b,2020-10-11,2020-10-11,Web,Card held,hold,\nb,2020-10-11,2020-10-11,Phone,Card held,hold,\n",
        "duplicate_id",
        "rows.csv, row 3, 'id': expected one row with id 'b', found several that differ; keep the one that is right",
        count=2,
    ),
    BadRow(
        "impact not in the map",
        "b,2020-10-11,2020-10-11,Web,Card held,shrug,\n",
        "unmapped_impact",
        "rows.csv, row 3, 'kind': expected one of 'fee', 'hold', found 'shrug'; map it, or set a default",
    ),
    BadRow(
        "value that is not listed",
        "b,2020-10-11,2020-10-11,Pigeon,Card held,hold,\n",
        "unknown_value",
        "rows.csv, row 3, 'channel': expected one of 'Phone', 'Web', found 'Pigeon'; list it in known_values if it is right",
    ),
    BadRow(
        "listed column empty",
        "b,2020-10-11,2020-10-11,,Card held,hold,\n",
        "unknown_value",
        "rows.csv, row 3, 'channel': expected one of 'Phone', 'Web', found an empty cell; list it in known_values if it is right",
    ),
    BadRow(
        "a field too few",
        "b,2020-10-11,2020-10-11,Web,Card held\n",
        "malformed_row",
        "rows.csv, line 4: expected 7 fields as in the header, found 5; "
        "correct the row at its source or set source.encoding and source.delimiter",
    ),
    BadRow(
        "a field too many",
        "b,2020-10-11,2020-10-11,Web,Card held,hold,,\n",
        "malformed_row",
        "rows.csv, line 4: expected 7 fields as in the header, found 8; "
        "correct the row at its source or set source.encoding and source.delimiter",
    ),
    BadRow(
        "text after a closing quote",
        'b,2020-10-11,2020-10-11,Web,"Card" held,hold,\n',
        "malformed_row",
        "rows.csv, line 4: expected well-formed CSV, found ',' expected after '\"'; "
        "correct the row at its source or set source.encoding and source.delimiter",
    ),
    BadRow(
        "a quote that is never closed",
        'b,2020-10-11,2020-10-11,Web,"Card held,hold,\n',
        "malformed_row",
        "rows.csv, line 4: expected well-formed CSV, found unexpected end of data; "
        "correct the row at its source or set source.encoding and source.delimiter",
    ),
    BadRow(
        "a giant cell",
        "b,2020-10-11,2020-10-11,Web,Card held,hold," + "x" * 300 + "\n",
        "cell_too_large",
        "rows.csv, row 3, 'text': expected a cell of at most 200 bytes, found 300; shorten it at its source or raise limits.max_cell_bytes",
        plan={"caps": SourceCaps(max_cell_bytes=200)},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_row_is_set_aside_with_its_reason_and_every_valid_row_is_delivered(case: BadRow, tmp_path: Path) -> None:
    write(tmp_path, (*GOOD[:2], case.lines, *GOOD[2:]))

    delivery = deliver(tmp_path, pair(**case.feed), **case.plan)

    assert delivery.feeds[0].status is FeedStatus.OK
    assert ids(delivery, tmp_path) == GOOD_IDS
    assert len(delivery.quarantined) == case.count
    row = delivery.quarantined[0]
    assert (row.row_number, row.reason_code) == (3, case.code)
    assert row.reason == case.reason


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_row_is_reported_once_not_every_day(case: BadRow, tmp_path: Path) -> None:
    write(tmp_path, (*GOOD[:2], case.lines, *GOOD[2:]))
    first = deliver(tmp_path, pair(**case.feed), **case.plan)

    again = deliver(tmp_path, pair(**case.feed), known_quarantine={row.content_digest for row in first.quarantined}, **case.plan)

    assert again.quarantined == ()
    assert ids(again, tmp_path) == GOOD_IDS


def test_bytes_of_another_encoding_cost_only_their_rows(tmp_path: Path) -> None:
    content = HEADER + "".join(GOOD[:2]) + "b,2020-10-11,2020-10-11,Web,Café,hold,\n" + "".join(GOOD[2:])
    (tmp_path / "rows.csv").write_bytes(content.encode("cp1252"))

    delivery = deliver(tmp_path)

    assert ids(delivery, tmp_path) == GOOD_IDS
    assert [(row.row_number, row.reason_code) for row in delivery.quarantined] == [(3, "wrong_encoding")]
    assert delivery.quarantined[0].reason == (
        "rows.csv, line 4: expected text in utf-8, found bytes that are not; "
        "correct the row at its source or set source.encoding and source.delimiter"
    )


def test_a_declared_encoding_a_byte_order_mark_blank_lines_and_windows_line_ends_are_understood(tmp_path: Path) -> None:
    body = "\r\n" + HEADER.replace("\n", "\r\n") + "\r\n" + "".join(GOOD[:3]).replace("\n", "\r\n") + "\r\n"
    (tmp_path / "rows.csv").write_bytes(b"\xef\xbb\xbf" + body.encode())
    assert ids(deliver(tmp_path), tmp_path) == {"g1", "g2", "g3"}

    accented = (HEADER + GOOD[0].replace("Card held", "Café")).encode("cp1252")
    (tmp_path / "rows.csv").write_bytes(accented)
    spec = pair()[1]
    western = pair(source=type(spec.source)("rows", "rows.csv", encoding="cp1252"))
    delivery = deliver(tmp_path, western)
    assert list((delivery.feeds[0].fingerprints or {}).values()) == [{"issue": "Café"}]


def test_a_quote_never_closed_costs_one_line_even_where_a_later_quote_ends_it(tmp_path: Path) -> None:
    swallowed = 'b,2020-10-11,2020-10-11,"Web,Card held,hold,\n', GOOD[2], 'c,2020-10-11,2020-10-11,"Web",Card held,hold,\n', GOOD[3]
    write(tmp_path, (*GOOD[:2], *swallowed))

    delivery = deliver(tmp_path)

    assert ids(delivery, tmp_path) == GOOD_IDS | {"c"}
    assert [row.row_number for row in delivery.quarantined] == [3]


def test_a_well_quoted_record_over_several_lines_is_one_row_and_its_lines_never_become_rows(tmp_path: Path) -> None:
    inner = "x,2020-10-11,2020-10-11,Web,Card held,hold,forged"
    write(tmp_path, (*GOOD[:1], f'b,2020-10-11,2020-10-11,Web,Card held,"first\n{inner}\nlast"\n', *GOOD[1:]))

    delivery = deliver(tmp_path)

    assert ids(delivery, tmp_path) == GOOD_IDS
    assert [(row.row_number, row.reason_code) for row in delivery.quarantined] == [(2, "malformed_row")]


def test_bad_lines_of_json_cost_only_themselves(tmp_path: Path) -> None:
    good = [
        f'{{"id": {n}, "occurred": "2020-10-1{n}", "received": "2020-10-1{n}", "channel": "Web", "issue": "i", "kind": "hold", "text": ""}}'
        for n in (1, 2)
    ]
    bad = ['{"id": 3', '["id"]', '{"id": 3, "id": 4}', '{"id": "\\ud800"}', "[" * 100_000]
    (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress("\n".join([good[0], *bad, "", good[1]]).encode()))
    source = type(pair()[1].source)("rows", "rows.jsonl.gz")

    delivery = deliver(tmp_path, pair(source=source))

    assert ids(delivery, tmp_path) == {"1", "2"}
    assert [row.reason.partition(": ")[2] for row in delivery.quarantined] == [
        "expected one JSON object in UTF-8, found Expecting ',' delimiter at column 9; correct the line at its source",
        "expected one JSON object in UTF-8, found a value that is no object; correct the line at its source",
        "expected one JSON object in UTF-8, found a repeated key; correct the line at its source",
        "expected one JSON object in UTF-8, found bytes that are not UTF-8; correct the line at its source",
        "expected one JSON object in UTF-8, found nesting too deep; correct the line at its source",
    ]


def test_an_id_known_with_other_content_is_set_aside_and_the_equal_one_is_known(tmp_path: Path) -> None:
    write(tmp_path)
    known = {row["key"]: row["content_digest"] for row in delivered(deliver(tmp_path), tmp_path)["fraud_filter", "complaints"]}
    write(tmp_path, (GOOD[0].replace("Web", "Phone"), GOOD[1], GOOD[1].replace("Web", "Phone"), GOOD[2]))

    delivery = deliver(tmp_path, known={("fraud_filter", "complaints"): known})

    feed = delivery.feeds[0]
    assert (feed.received_count, feed.known_count, feed.new_count) == (4, 2, 0)
    assert [(row.row_number, row.reason_code) for row in delivery.quarantined] == [(1, "content_changed"), (3, "content_changed")]
    assert delivery.quarantined[0].reason == (
        "rows.csv, row 1, 'id': expected the content recorded for id 'g1', found other; send a correction as a new signal with its own id"
    )


def test_a_conflict_outlives_the_window_of_one_of_its_rows(tmp_path: Path) -> None:
    old = "b,2020-09-28,2020-09-28,Web,Card held,hold,\n"
    write(tmp_path, (*GOOD, old, "b,2020-10-01,2020-10-11,Web,Card held,hold,\n"))

    delivery = deliver(tmp_path)

    assert ids(delivery, tmp_path) == GOOD_IDS
    assert [(row.row_number, row.reason_code) for row in delivery.quarantined] == [(6, "duplicate_id")]


def test_what_is_set_aside_holds_neither_narrative_nor_identifiers(tmp_path: Path) -> None:
    write(tmp_path, ("b,2020-10-11,call 212-555-0143,Web,call 212-555-0143,hold,my secret story\n",))

    row = deliver(tmp_path).quarantined[0]

    assert row.row == {
        "id": "b",
        "occurred": "2020-10-11",
        "received": "call [phone]",
        "channel": "Web",
        "issue": "call [phone]",
        "kind": "hold",
        "text": "(15 characters withheld)",
    }
    assert "212-555-0143" not in row.reason
