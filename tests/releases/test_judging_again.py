"""Sealed releases are judged again byte for byte, and whatever comes out otherwise, or rests on something else, is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployments.recompute import recompute
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from tests.released_bank import ReleasedBank, copied
from tests.releases.test_verifying import ReleaseStory, told

Change = Callable[[ReleaseStory], None]


def again(story: ReleaseStory, folder: Path) -> list[str]:
    """Seal the story and judge everything again."""
    return [f"{problem.verdict}: {problem}" for problem in recompute(story.sealed(folder)).problems]


def inputs_of(story: ReleaseStory, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the sealed inputs of the release."""
    files = story.files(story.proposed)
    sealed = json.loads(files["inputs.json"])
    change(sealed)
    files["inputs.json"] = json.dumps(sealed).encode()


def another_verdict(story: ReleaseStory) -> None:
    files = story.files(story.proposed)
    files["decision.json"] = files["decision.json"].replace(b'"approve"', b'"canary"')
    story.proposed["data"]["decision_digest"] = digest_bytes(files["decision.json"])


def another_event(story: ReleaseStory) -> None:
    story.proposed["data"]["change"] = "Nothing changes"


def another_card(story: ReleaseStory) -> None:
    story.files(story.proposed)["model_card.md"] += b"\n## Added later\n\nAnd nobody judged it.\n"


def lose_card(story: ReleaseStory) -> None:
    del story.files(story.proposed)["model_card.md"]


def another_schema(story: ReleaseStory) -> None:
    inputs_of(story, lambda sealed: sealed.update(schema_version=2))


def another_gate(story: ReleaseStory) -> None:
    def change(sealed: dict[str, Any]) -> None:
        sealed["judged"]["verdict"] = "pass"
        sealed["judged"]["set_digest"] = digest_bytes(b"another set")

    inputs_of(story, change)


def another_in_force(story: ReleaseStory) -> None:
    inputs_of(story, lambda sealed: sealed.update(in_force=[{"version": "v7", "share_percent": 100}]))


def a_hold_that_is_not_told(story: ReleaseStory) -> None:
    hold = {"hold_id": "preserve-1", "system_id": "fraud_filter", "issue_id": "ISS-1", "by": "risk@bank.example", "reason": "asked for"}
    inputs_of(story, lambda sealed: sealed.update(holds=[{**hold, "set_at": "2026-03-01T00:00:00.000000Z"}]))


def another_record(story: ReleaseStory) -> None:
    inputs_of(story, lambda sealed: sealed["records"][0].update(outcome="refused"))


def another_policy(story: ReleaseStory) -> None:
    files = story.files(story.proposed)
    files["policies.json"] = files["policies.json"].replace(b"43.2", b"99.9")


CHANGED: dict[str, tuple[Change, str]] = {
    "the decision": (another_verdict, "fail: "),
    "the event": (another_event, "fail: ledger event"),
    "a card beside it": (another_card, "fail: "),
    "a card that is gone": (lose_card, "inconclusive: "),
    "the schema of the inputs": (another_schema, "inconclusive: "),
    "the gate's decision among the inputs": (another_gate, "as the gate's event before tells it"),
    "what was in force among the inputs": (another_in_force, "as the events before tell it"),
    "a hold among the inputs": (a_hold_that_is_not_told, "1 holds"),
    "a record among the inputs": (another_record, "fail: "),
    "the policy": (another_policy, "a policy table with the decision's policy_digest"),
}


def test_a_release_that_was_sealed_comes_out_the_same(promoted: ReleasedBank) -> None:
    found = recompute(promoted.archive)
    assert (found.verdict, found.same_count, found.day_count, found.problems) == (Verdict.PASS, 2, 2, ())


@pytest.mark.parametrize("name", CHANGED)
def test_what_was_changed_is_named(promoted: ReleasedBank, tmp_path: Path, name: str) -> None:
    change, expected = CHANGED[name]
    story = told(promoted)
    change(story)
    found = again(story, tmp_path)
    assert found and any(expected in one for one in found), found


def test_a_rehearsal_that_was_rewritten_is_named(promoted: ReleasedBank, tmp_path: Path) -> None:
    story = told(promoted)
    tried = json.loads(json.dumps(story.proposed))
    tried |= {"kind": EventKind.ROLLBACK_REHEARSED, "key": digest_bytes(b"tried"), "data": {"milliseconds": 1}}
    story.envelopes.insert(story.envelopes.index(story.proposed), tried)
    assert any("the rehearsal of the way back" in one for one in again(story, tmp_path))


def test_two_releases_of_a_day_are_judged_each_by_what_was_known(promoted: ReleasedBank, tmp_path: Path) -> None:
    bank = copied(promoted, tmp_path)
    result = bank.propose(change="The same candidate once more, after it was put in force")
    assert result.decision is not None and "champion_replaced" in {one.reason_code for one in result.decision.findings}
    found = recompute(bank.archive)
    assert (found.verdict, found.same_count) == (Verdict.PASS, 3), found.problems
    assert record_json(result.decision) == (Path(result.report_path).parent / "decision.json").read_bytes()
