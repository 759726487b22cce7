"""The page of an approval says who approved what and how that is known, and claims nothing that was not."""

from __future__ import annotations

import html
import re
import shlex

import pytest

from tests.reports.approval_samples import FINGERPRINT, RISK, an_approval_page


def commands(page: bytes) -> list[str]:
    return [html.unescape(found).strip() for found in re.findall(r'<pre class="run">(.*?)</pre>', page.decode(), re.DOTALL)]


def test_a_signed_approval_names_person_role_document_key_and_meaning() -> None:
    page = an_approval_page().decode()
    for said in (RISK, "risk_compliance", FINGERPRINT, "event 9", "I have read and approve", "Version 2.4.0 joins payments.", "Signed"):
        assert said in page
    assert "This page verifies nothing" in page and "Asserted" not in page and "glass" not in page


def test_a_typed_name_is_never_called_signed() -> None:
    page = an_approval_page(signed=False).decode()
    assert "Asserted, not signed" in page and "ssh-keygen" not in page and "<b>Signed</b>" not in page
    assert all("request.json.sig" not in command for command in commands(an_approval_page(signed=False)))


def test_a_broken_glass_comes_first() -> None:
    page = an_approval_page(glass=True).decode()
    assert page.index("The glass was broken") < page.index("<b>Signed</b>") and "In an emergency" in page


def test_whether_the_issue_moved_is_told() -> None:
    assert "the issue moved on to action approved" in an_approval_page().decode()
    assert "did not move the issue" in an_approval_page(moves=False).decode()


@pytest.mark.parametrize("name", ["a; touch x", "a' b", '$(id)"', "a\\b", "`id`"])
def test_a_name_is_one_word_of_the_command_whatever_it_holds(name: str) -> None:
    (verify, *_) = commands(an_approval_page(name=name))
    words = shlex.split(verify)
    assert words[words.index("-I") + 1] == name


def test_the_same_approval_gives_the_same_bytes() -> None:
    assert an_approval_page() == an_approval_page()
