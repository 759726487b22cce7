"""suppressions.yaml: an owner, a reason and an expiry, or nothing is hidden."""

# ruff: noqa: E501 - a case and its exact message stand on one line
from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from registry.domain.policy import Suppression, SuppressionMode
from registry.errors import ConfigurationError
from registry.policies.suppressions import find_dangling_suppressions, load_suppressions
from tests.builders import a_feed, a_system

GOOD = """\
suppressions:
  - id: vendor_outage
    owner: ana@bank.example
    reason: outage at the vendor, ticket 4711
    expires_on: 2020-12-31
    mode: enforce
    system: fraud_filter
    feed: complaints
    match: {Issue: Card declined}
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "suppressions.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_file_is_no_suppression(tmp_path: Path) -> None:
    assert load_suppressions(tmp_path / "suppressions.yaml") == ()


def test_a_file_without_entries_is_an_error_not_an_empty_list(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="suppressions: expected a value, found nothing"):
        load_suppressions(_file(tmp_path, ""))


def test_a_complete_entry_becomes_one_value(tmp_path: Path) -> None:
    assert load_suppressions(_file(tmp_path, GOOD)) == (
        Suppression(
            suppression_id="vendor_outage",
            owner="ana@bank.example",
            reason="outage at the vendor, ticket 4711",
            expires_on=date(2020, 12, 31),
            mode=SuppressionMode.ENFORCE,
            system_id="fraud_filter",
            feed="complaints",
            match={"Issue": "Card declined"},
        ),
    )


@pytest.mark.parametrize("key", ["id", "owner", "reason", "expires_on", "mode", "system", "match"])
def test_an_entry_without_a_required_key_is_refused(tmp_path: Path, key: str) -> None:
    lines = [line for line in GOOD.splitlines() if not line.removeprefix("  - ").strip().startswith(f"{key}:")]
    text = "\n".join(lines).replace("    owner", "  - owner", 1) if key == "id" else "\n".join(lines)
    with pytest.raises(ConfigurationError) as caught:
        load_suppressions(_file(tmp_path, text))
    assert caught.value.problems == [f"suppressions.yaml:2: suppressions[0].{key}: expected a value, found nothing; add this key"]


BAD = [
    ("owner: ana@bank.example", "owner: ''", "3: suppressions[0].owner: expected text that is not empty, found ''; correct it"),
    ("reason: outage at the vendor, ticket 4711", "reason: noise", "4: suppressions[0].reason: expected text of at least 10 characters, found 'noise'; correct it"),
    ("2020-12-31", "never", "5: suppressions[0].expires_on: expected a date like 2026-01-31, found 'never'; write the last day as year-month-day"),
    ("2020-12-31", "20201231", "5: suppressions[0].expires_on: expected a date like 2026-01-31, found 20201231; write the last day as year-month-day"),
    ("mode: enforce", "mode: hide", "6: suppressions[0].mode: expected 'enforce' or 'monitor', found 'hide'; use one of these"),
    ("{Issue: Card declined}", "{}", "9: suppressions[0].match: expected at least 1 entries, found 0; add what is missing or remove the key"),
    ("{Issue: Card declined}", "{Issue: [a]}", "9: suppressions[0].match.Issue: expected text, found a list; correct it"),
    ("feed: complaints", "feeds: complaints", "8: suppressions[0].feeds: expected one of expires_on, feed, id, match, mode, owner, reason, system, found the unknown key 'feeds'; did you mean 'feed'?"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), BAD, ids=[case[1] for case in BAD])
def test_a_wrong_entry_is_told_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_suppressions(_file(tmp_path, GOOD.replace(old, new)))
    assert caught.value.problems == [f"suppressions.yaml:{message}"]


def test_two_entries_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_suppressions(_file(tmp_path, GOOD + GOOD.removeprefix("suppressions:\n")))
    assert caught.value.problems == [
        "suppressions.yaml:10: suppressions[1].id: expected each id once, found 'vendor_outage' again; rename one"
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "system: fraud_filter",
            "system: other",
            "7: suppressions[0].system: expected one of fraud_filter, found 'other'; correct the system",
        ),
        ("feed: complaints", "feed: other", "8: suppressions[0].feed: expected one of complaints, found 'other'; correct the feed"),
        ("{Issue:", "{Isue:", "9: suppressions[0].match.Isue: expected one of Issue, found 'Isue'; name a fingerprint field"),
    ],
)
def test_an_entry_that_matches_nothing_in_the_catalogue_is_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    systems = (a_system(feeds=(a_feed(fingerprint=("Issue",)),)),)
    assert find_dangling_suppressions(_file(tmp_path, GOOD.replace(old, new)), systems) == (f"suppressions.yaml:{message}",)


def test_an_entry_for_any_feed_may_name_a_field_of_any_of_them(tmp_path: Path) -> None:
    feeds = (a_feed(name="a", fingerprint=("Product",)), a_feed(name="b", fingerprint=("Issue",)))
    text = GOOD.replace("    feed: complaints\n", "")
    assert find_dangling_suppressions(_file(tmp_path, text), (a_system(feeds=feeds),)) == ()
