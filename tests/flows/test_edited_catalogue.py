"""A catalogue that is edited while a window runs: a symptom that goes by another name from then on is never taken for quiet."""

from __future__ import annotations

import shutil
from datetime import date, timedelta

import pytest

from deployments.recompute import recompute
from registry.domain.canonical import plain
from registry.domain.events import Event, EventKind
from registry.domain.recurrence import Outcome, WindowDecision
from registry.evidence.names import package_name
from registry.evidence.packages import list_packages
from registry.ledger.symptom_days import read_symptom_days
from tests.fixed_bank import BOT, FIX_ON, OWNER, SYMPTOM, WINDOW_FROM, FixedBank, at, bank, fixed

__all__ = ["bank", "fixed"]

DAY = timedelta(days=1)
EDITED_ON = FIX_ON + 3 * DAY  # the first triage that reads by the edited catalogue
CLEAN_ON = FIX_ON + 7 * DAY
KEPT = "fingerprint: [Issue]"
BACK = [(FIX_ON + offset * DAY, FIX_ON + (offset + 1) * DAY) for offset in (3, 4, 5)]  # decided and received while it is edited


def edit(bank: FixedBank, before: str, after: str) -> None:
    path = bank.root / "systems/fee_bot.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def newest(bank: FixedBank, first: date, last: date) -> WindowDecision:
    """Run the days, and return how the window of the fixed issue stands on the last of them."""
    (window,) = (one for one in bank.run(first, last)[-1].decision.windows if one.issue_id == bank.issue.issue_id)
    return window


def renamed(bank: FixedBank) -> WindowDecision:
    """Let the problem come back under a fingerprint of another column, from ``EDITED_ON`` on."""
    newest(bank, WINDOW_FROM, EDITED_ON - DAY)
    edit(bank, KEPT, "fingerprint: [Issue, Channel]")
    bank.complain(*BACK)
    return newest(bank, EDITED_ON, CLEAN_ON)


def test_a_catalogue_that_nobody_edits_lets_the_window_be_clean(bank: FixedBank) -> None:
    assert newest(bank, WINDOW_FROM, CLEAN_ON).outcome is Outcome.CLEAN


def test_a_fingerprint_that_is_edited_while_the_window_runs_ends_in_no_clean_window(bank: FixedBank) -> None:
    window = renamed(bank)
    assert (window.outcome, window.observed_days) == (Outcome.SUSPENDED, 1)
    since = EDITED_ON - DAY
    assert f"the feed complaints told symptoms otherwise since {since}, by Channel, Issue, and the issue's by Issue" in window.missing[0]


def test_a_condition_that_hides_the_symptom_ends_in_no_clean_window(bank: FixedBank) -> None:
    newest(bank, WINDOW_FROM, EDITED_ON - DAY)
    edit(bank, KEPT, f"where: \"Issue <> '{SYMPTOM}'\"\n    {KEPT}")
    bank.complain(*BACK)
    assert newest(bank, EDITED_ON, CLEAN_ON).outcome is Outcome.SUSPENDED


DATED = "occurred_at: Decided"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            DATED,
            "occurred_at: {column: Decided, plus_days: -30}",
            "dated by Decided plus -30 days in America/New_York, and the issue's by Decided in",
        ),
        (
            "segment: {channel: Channel}",
            "segment: {channel: Channel}, versions: {model: Channel}",
            "with versions from Channel (model), and",
        ),
    ],
)
def test_a_symptom_that_goes_by_another_date_or_version_ends_in_no_clean_window(
    bank: FixedBank, before: str, after: str, told: str
) -> None:
    newest(bank, WINDOW_FROM, EDITED_ON - DAY)
    edit(bank, before, after)
    window = newest(bank, EDITED_ON, CLEAN_ON)
    assert (window.outcome, window.observed_days) == (Outcome.SUSPENDED, 1)
    assert told in window.missing[0]


def test_returns_that_are_dated_before_the_fix_make_no_window_clean(bank: FixedBank) -> None:
    """They still go to the issue, as late news of the version before: the new way is the window's own, and has no rate of before."""
    newest(bank, WINDOW_FROM, EDITED_ON - DAY)
    edit(bank, DATED, "occurred_at: {column: Decided, plus_days: -30}")
    bank.complain(*BACK)
    outcomes = [next(one.outcome for one in run.decision.windows) for run in bank.run(EDITED_ON, CLEAN_ON + 2 * DAY)]
    assert (set(outcomes[:-1]) & {Outcome.CLEAN}, outcomes[-1]) == (set(), Outcome.ELAPSED_UNEVIDENCED)


def test_a_symptom_that_is_redacted_otherwise_ends_in_no_clean_window(bank: FixedBank) -> None:
    newest(bank, WINDOW_FROM, EDITED_ON - DAY)
    (bank.root / "policies/redaction.yaml").write_text("ip: {redact: false}\n", encoding="utf-8")
    window = newest(bank, EDITED_ON, CLEAN_ON)
    assert (window.outcome, window.observed_days) == (Outcome.SUSPENDED, 1)
    assert "with card, email, iban, phone, ssn redacted, and the issue's with card, email, iban, ip, phone, ssn" in window.missing[0]
    assert recompute(bank.workspace.archive_dir).problems == ()


def test_a_new_version_of_fingerprints_ends_in_no_clean_window(bank: FixedBank, monkeypatch: pytest.MonkeyPatch) -> None:
    newest(bank, WINDOW_FROM, EDITED_ON - DAY)
    monkeypatch.setattr("checks.triage_events.FINGERPRINT_VERSION", 2)
    window = newest(bank, EDITED_ON, CLEAN_ON)
    assert (window.outcome, window.observed_days) == (Outcome.SUSPENDED, 1)
    assert "named by version 2 of fingerprints, and the issue's by version 1" in window.missing[0]


def test_an_edit_that_neither_names_nor_dates_a_symptom_costs_no_day(bank: FixedBank) -> None:
    newest(bank, WINDOW_FROM, EDITED_ON - DAY)
    edit(bank, "segment: {channel: Channel}", "segment: {channel: Channel, kind: Issue}")
    edit(bank, "name: Fee assistant", "name: The assistant that explains fees")
    window = newest(bank, EDITED_ON, CLEAN_ON)
    assert (window.outcome, window.observed_days) == (Outcome.CLEAN, window.elapsed_days)


def test_a_catalogue_that_is_restored_lets_the_window_go_on(bank: FixedBank) -> None:
    newest(bank, WINDOW_FROM, EDITED_ON - DAY)
    edit(bank, KEPT, "fingerprint: [Issue, Channel]")
    newest(bank, EDITED_ON, EDITED_ON)
    edit(bank, "fingerprint: [Issue, Channel]", KEPT)
    window = newest(bank, EDITED_ON + DAY, CLEAN_ON + 2 * DAY)
    assert (window.outcome, window.elapsed_days - window.observed_days) == (Outcome.CLEAN, 1)


def test_what_came_back_by_another_name_comes_back_once_it_is_recorded_as_of_the_same_cause(bank: FixedBank) -> None:
    renamed(bank)
    (other,) = (one for one in bank.ledger.read_issues([BOT]) if one.title.endswith(SYMPTOM) and one.issue_id != bank.issue.issue_id)
    document = {"issue": bank.issue.issue_id, "reason": "one prompt", "evidence": ["CHG-7"]}
    body = {"step": "same-cause", "role": "product_owner", "document": document, "document_digest": "sha256:1", "bundle_digest": "sha256:2"}
    when = at(CLEAN_ON, 10)
    told = Event(EventKind.SAME_CAUSE_RECORDED, BOT, f"{other.issue_id} same", when, CLEAN_ON, plain(body), other.issue_id, OWNER)
    bank.ledger.append([told])
    window = newest(bank, CLEAN_ON + DAY, CLEAN_ON + DAY)
    assert (window.outcome, {one.reason_code for one in window.occurrences}) == (Outcome.RECURRED, {"same_cause"})


def test_days_whose_catalogue_is_not_in_the_archive_are_no_evidence(bank: FixedBank) -> None:
    newest(bank, WINDOW_FROM, CLEAN_ON - 2 * DAY)
    gone = [one.seal.seq for one in list_packages(bank.workspace.archive_dir) if (one.path / "catalogue.json").is_file()][-3:]
    for seq in gone:
        (bank.workspace.archive_dir / package_name(seq) / "catalogue.json").unlink()
    window = newest(bank, CLEAN_ON - DAY, CLEAN_ON)
    assert window.outcome is Outcome.WATCHING
    assert window.elapsed_days - window.observed_days == len(gone)


def test_a_day_that_is_still_to_be_sealed_is_told_by_its_draft(bank: FixedBank) -> None:
    from registry.evidence.sealed_tellings import read_tellings
    from tasks.evidence import drafts_dir

    package = list_packages(bank.workspace.archive_dir)[-1]
    digest = package.seal.bundle_digest
    sealed = read_tellings(bank.workspace.archive_dir, drafts_dir(bank.workspace), [digest])
    draft = drafts_dir(bank.workspace) / digest.removeprefix("sha256:")
    shutil.copytree(package.path, draft)
    assert read_tellings(bank.root / "no archive", drafts_dir(bank.workspace), [digest]) == sealed
    assert sealed[digest][BOT, "complaints"].columns == ("Issue",)
    shutil.rmtree(draft)
    assert read_tellings(bank.root / "no archive", drafts_dir(bank.workspace), [digest]) == {}


def test_the_days_of_an_issue_are_those_before_the_runs_that_brought_its_signals(bank: FixedBank) -> None:
    issue_id = bank.issue.issue_id
    found = read_symptom_days(bank.ledger, [issue_id, "ISS-none"], FIX_ON)
    assert found["ISS-none"] == frozenset()
    assert (BOT, "complaints", FIX_ON - DAY) in found[issue_id]
    assert max(on for _, _, on in found[issue_id]) == FIX_ON - DAY


def test_a_feed_that_is_renamed_ends_in_a_window_that_a_named_person_can_close_and_nobody_silently(bank: FixedBank) -> None:
    newest(bank, WINDOW_FROM, EDITED_ON - DAY)
    edit(bank, "- name: complaints", "- name: complaints_2")
    bank.complain((FIX_ON - DAY, FIX_ON + 4 * DAY))
    outcomes = [next(one.outcome for one in run.decision.windows) for run in bank.run(EDITED_ON, CLEAN_ON + 2 * DAY)]
    assert Outcome.CLEAN not in outcomes
    assert outcomes[-1] is Outcome.ELAPSED_UNEVIDENCED
    assert recompute(bank.workspace.archive_dir).problems == ()


def test_a_feed_that_is_renamed_and_brings_nothing_ends_in_the_same(bank: FixedBank) -> None:
    newest(bank, WINDOW_FROM, EDITED_ON - DAY)
    edit(bank, "- name: complaints", "- name: complaints_2")
    outcomes = [next(one.outcome for one in run.decision.windows) for run in bank.run(EDITED_ON, CLEAN_ON + 2 * DAY)]
    assert Outcome.CLEAN not in outcomes
    assert (outcomes[3], outcomes[-1]) == (Outcome.SUSPENDED, Outcome.ELAPSED_UNEVIDENCED)
    assert recompute(bank.workspace.archive_dir).problems == ()
