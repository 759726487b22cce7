"""The export's page tells a stranger what it is, what to type, what must come, and what is not in the folder."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from registry.domain.anchoring import Head, Receipt
from registry.domain.issue_export import KnownReceipt
from registry.errors import ReportError
from reports.export_page import render_export
from tests.reports import samples
from tests.reports.export_samples import FINGERPRINT, HEAD, SEALED_AT, a_step, an_expectation, an_export


def page_of(export: Any = None, expected: Any = None) -> str:
    return render_export(export or an_export(), expected or an_expectation()).decode()


def test_an_issue_without_events_packages_and_receipts_still_says_what_it_is() -> None:
    page = page_of(an_export(steps=(), packages=()))
    assert "Evidence of one issue" in page and HEAD.digest in page
    assert "No anchor’s receipt was sealed up to this head" in page


def test_the_page_claims_nothing_of_itself_and_names_head_and_key() -> None:
    page = page_of()
    assert "This page verifies nothing" in page
    assert page.count(HEAD.digest) >= 3 and page.count(FINGERPRINT) == 2


def test_an_unsigned_archive_is_checked_without_signers_and_says_what_that_is_worth() -> None:
    page = page_of(expected=an_expectation(signature=None, fingerprints=()))
    assert "none: the seals are not signed" in page and "Nobody: the seals of this archive carry no signature." in page
    assert "--signers" not in page and "check-novalidate" not in page and "ssh-keygen" not in page


@pytest.mark.parametrize("issue_id", ["", "ISS'; echo x; '", "ISS 1", "ISS/1", "ISS\n1", "ÏSS"])
def test_an_id_that_could_change_a_command_is_refused(issue_id: str) -> None:
    with pytest.raises(ReportError, match="cannot stand in a command"):
        page_of(an_export(issue=samples.an_issue(issue_id=issue_id)))


def test_the_newest_receipts_come_first_and_the_rest_is_counted() -> None:
    def known(seq: int) -> KnownReceipt:
        at = SEALED_AT + timedelta(days=seq)
        return KnownReceipt(seq, seq, Receipt(Head(seq, samples.digest(str(seq))), at, f"command {seq}", "", "", ""))

    page = page_of(an_export(receipts=tuple(known(seq) for seq in range(1, 8))))
    places = [page.index(f"command {seq}") for seq in (7, 6, 5, 4, 3)]
    assert places == sorted(places) and "command 2" not in page and "5 of 7, the newest first" in page


def test_each_kind_of_event_is_told_in_words() -> None:
    steps = (
        a_step(1, "SignalsJoined", signal_count=3),
        a_step(2, "FixReleased", effective_at="2020-10-16T10:00:00.000000Z", versions={"model": "v2"}),
        a_step(3, "SeveritySet", severity="L1", reason="mild"),
    )
    page = page_of(an_export(steps=steps))
    for said in ("3 signals", "in force from 2020-10-16T10:00:00.000000Z: model v2", "L1: mild"):
        assert said in page


def test_what_is_gone_and_what_else_is_there_is_told() -> None:
    page = page_of(an_export(signal_count=None, signals_missing="they were removed since"))
    assert "they were removed since" in page and "removed since</span>" in page
    assert "events of 3 other issues are in them as well" in page
    assert "No event of another issue is in these packages" in page_of(an_export(other_issue_count=0))


def test_the_same_export_gives_the_same_bytes() -> None:
    assert page_of() == page_of()
