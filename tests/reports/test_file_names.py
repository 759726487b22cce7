"""No text of the world becomes a name of a file, or an address: what is linked or written is a plain name beside the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from registry.errors import EvidenceError
from registry.evidence.names import name_problem, refuse_bad_names
from reports.rendering import is_package_file
from tests.payloads import PAYLOADS, Payload

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda p: f"{p.kind}-{PAYLOADS.index(p)}")
def test_a_hostile_text_is_no_name_of_a_file_unless_it_is_a_plain_word(payload: Payload, tmp_path: Path) -> None:
    accepted = not name_problem(payload.text)

    assert not accepted or PLAIN.fullmatch(payload.text)
    assert not is_package_file(payload.text) or PLAIN.fullmatch(payload.text)
    if accepted:
        assert (tmp_path / payload.text).resolve().parent == tmp_path.resolve()
    else:
        with pytest.raises(EvidenceError):
            refuse_bad_names([payload.text])


def test_an_ordinary_name_is_taken() -> None:
    assert not name_problem("validation-001.json")
    assert is_package_file("validation-001.json")
