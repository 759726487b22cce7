"""The examples that forms and schemas show: each can be handed in as it stands, and every free text has one."""

from __future__ import annotations

from dataclasses import MISSING, fields

import pytest

from registry.domain.step_examples import EXAMPLES
from registry.domain.work import STEPS, TAKEN_BY_PEOPLE
from registry.step_documents import field_help, read_step, step_schema
from tests.issue_story import example

DOCUMENTS = [STEPS[kind].document for kind in TAKEN_BY_PEOPLE]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.__name__)
def test_the_example_of_a_document_is_a_document(document):
    assert isinstance(read_step(document, example(document.__name__)), document)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.__name__)
def test_every_field_that_has_to_be_given_as_text_shows_an_example(document):
    shapes = step_schema(document)["properties"]
    asked = [field.name for field in fields(document) if field.default is MISSING]
    texts = [name for name in asked if shapes[name].get("type") == "string" or shapes[name].get("items", {}).get("type") == "string"]

    assert [name for name in texts if not (shapes[name].get("examples") or shapes[name].get("items", {}).get("examples"))] == []


def test_the_help_of_free_text_ends_with_its_example_and_that_of_a_day_does_not_repeat_it():
    helped = field_help(STEPS["assign"].document)

    assert helped["next_step"].endswith("Example: Find which purchases the filter blocks, and stop it where it is wrong.")
    assert helped["due_on"] == "The day by which it is done, like 2026-03-31."


def test_an_example_belongs_to_a_field_that_there_is():
    for document in DOCUMENTS:
        assert set(EXAMPLES[document.__name__]) <= {field.name for field in fields(document)}
