"""What the sections of a card must say: filler is found however it is dressed up, and what people write is left alone."""

from __future__ import annotations

import pytest

from checks.release_sections import find_section_problems
from registry.domain.policy_release import CardPolicy
from registry.domain.release import CardKind
from registry.policies.loader import load_tables
from registry.policies.release import release_policy
from tests.release_builders import TEXTS, a_card, a_release_policy

MODEL, HEADING = CardKind.MODEL_CARD, "Limitations"


@pytest.fixture(scope="module")
def shipped() -> CardPolicy:
    """Return the placeholders and the number of words as they are shipped, for the sections of the builders."""
    cards = release_policy(load_tables(None)).cards
    ours = {"min_section_words_count": cards.min_section_words_count, "placeholders": cards.placeholders}
    return a_release_policy(**ours).cards


def told(text: str, policy: CardPolicy) -> list[str]:
    return [f"{one.reason_code}: {one.reason}" for one in find_section_problems("documentation", a_card(texts={HEADING: text}), policy)]


def test_a_section_without_a_letter_that_anybody_sees_is_empty(shipped: CardPolicy) -> None:
    for text in ("", "\u200b\u2060\ufeff", "\u3164 \u3164 \u3164 \u3164 \u3164", "\u200b\n\u00ad"):
        (found,) = told(text, shipped)
        assert found.startswith("empty_section")


FILLER = {
    "lorem ipsum in the middle": "The model has limits that are written here: lorem ipsum, in every state and for every term.",
    "lorem ipsum without its beginning": "Dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore",
    "lorem ipsum with letters that nobody sees": "Limits of the model in all states: lo\u200brem ip\u00adsum and so on.",
    "to be written later": "The limitations will be written later by the team.",
    "to be filled in": "This section will be filled in later by risk.",
    "in another document": "See other document for the limitations of it.",
    "details to follow": "The limitations by state: details to follow soon.",
    "TBD at the end": "Limits for applicants under twenty-five: TBD",
    "tbd in between": "Limits by state are tbd by the risk team.",
    "TODO in between": "Limits by state, TODO by the risk team.",
    "one word again and again": "limits " * 12,
    "one letter again and again": "a a a a a a",
    "three words again and again": "The model limits. " * 8,
    "TBD with letters that nobody sees": "T\u200bB\u2060D: the states are listed by the risk team once they have looked at all of them",
    "TBD with soft hyphens and a joiner": "T\u00adB\u034fD: the states are listed by the risk team once they have looked at all of them",
    "a line of TBD in points": f"{TEXTS[HEADING]}\nT.B.D.",
    "a template's line with a letter that nobody sees": "\u200b[Describe here for whom the model must not be used, and why that is]\u200b",
    "dots with a letter that nobody sees": f"{TEXTS[HEADING]}\n...\u200b",
}


@pytest.mark.parametrize("what", FILLER)
def test_filler_is_no_text(what: str, shipped: CardPolicy) -> None:
    assert [found.split(":")[0] for found in told(FILLER[what], shipped)] == ["empty_section"]


WRITTEN = (
    "Scores card payments while they are made.",
    "Not meant for transfers, cheques or payments abroad.",
    "Missing income gets a placeholder before scoring.",
    "None of the inputs is personal data.",
    "Applicants upload identity papers and other documents themselves.",
    "Officers have written rules to follow for refusals.",
    "El modelo revisa todo pago de tarjeta nuevo.",
    "Fällt ein Merkmal aus, prüft ein Mensch den Antrag.",
    "Payments above 10,000 euros are held, and a person looks at them within the hour; see the runbook for who that is.",
    "What changes after March is added later in the year: the model was trained before the limits of the purses rose, and will be again "
    "once a quarter of purchases under the new limits is labelled. Until then the threshold stays as it is.",
    "模型在夜间交易上的误报率较高，需要人工复核。",
    "The bank's model of the bank's cards is the bank's own, and no vendor of the bank sees the bank's data.",
    *TEXTS.values(),
)


@pytest.mark.parametrize("text", WRITTEN)
def test_what_people_write_is_left_alone(text: str, shipped: CardPolicy) -> None:
    assert [found for found in told(text, shipped) if found.startswith("empty_section")] == []


def test_a_long_text_may_say_that_a_part_of_it_is_written_later(shipped: CardPolicy) -> None:
    assert told(f"{TEXTS[HEADING]} The figures by state are to be written in May.", shipped) == []
