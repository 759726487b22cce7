"""Steps and approvals of one issue wait for each other, so that each is judged by what the other left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest

import flows.approving
import flows.taking
import tasks.approvals
from flows.taking import take
from registry.domain.catalogue import OwnerRole
from registry.domain.steps import ActionPlan
from registry.domain.steps_change import Note
from registry.domain.work import StepKind
from registry.domain.work_run import StepResult
from registry.step_documents import read_step_file
from tests.approvals.scenes import ISSUE, PEOPLE, PLANNER, Scene, another_plan
from tests.cli.calling import call

SECONDS = 60


class Meanwhile:
    """A step that somebody else takes between the judging and the recording of what is under way."""

    def __init__(self, step: Callable[[], StepResult]) -> None:
        self.results: list[StepResult] = []
        self._waits_or_is_done, self._go_on = Event(), Event()
        self._thread = Thread(target=self._run, args=(step,))

    def poll(self, seconds: float) -> None:
        """Stand in for the sleep of whoever waits for a lease."""
        self._waits_or_is_done.set()
        self._go_on.wait(seconds)

    def before(self, record: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``record`` with the step begun before its first call, as far as it comes."""

        def recorded(*given: Any) -> Any:
            if not self._thread.ident:
                self._thread.start()
                assert self._waits_or_is_done.wait(SECONDS)
            return record(*given)

        return recorded

    def result(self) -> StepResult:
        self._go_on.set()
        self._thread.join(SECONDS)
        (found,) = self.results
        return found

    def _run(self, step: Callable[[], StepResult]) -> None:
        try:
            self.results.append(step())
        finally:
            self._waits_or_is_done.set()


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any, str, Callable[[], StepResult]], Meanwhile]]:
    """Begin a step while a flow records."""

    def begin(module: Any, name: str, step: Callable[[], StepResult]) -> Meanwhile:
        begun = Meanwhile(step)
        monkeypatch.setattr(tasks.approvals, "time", SimpleNamespace(sleep=begun.poll))
        monkeypatch.setattr(module, name, begun.before(getattr(module, name)))
        return begun

    yield begin


def a_note(scene: Scene) -> StepResult:
    note = Note(text="The shops were asked how they split payments.")
    return take(StepKind.NOTE, ISSUE, PLANNER, OwnerRole.MODEL_OWNER, note, None, str(scene.root))


def test_a_plan_handed_in_while_the_last_approval_is_recorded_is_not_moved_by_it(
    scene: Scene, meanwhile: Callable[..., Meanwhile], capsys: pytest.CaptureFixture[str]
) -> None:
    assert [scene.approve(role) for role in list(PEOPLE)[:2]] == [0, 0]
    last = list(PEOPLE)[2]
    request = scene.request(last)
    scene.sign(request, last)
    (scene.root / "other.yaml").write_text(another_plan().format(due_on=scene_due(scene)))
    plan = read_step_file(ActionPlan, scene.root / "other.yaml")
    other = meanwhile(
        flows.approving, "record_approval", lambda: take(StepKind.PLAN, ISSUE, PLANNER, OwnerRole.MODEL_OWNER, plan, None, str(scene.root))
    )
    assert scene.record(request) == 0
    assert other.result().receipt is None and scene.state() == "action_approved"
    assert call(capsys, "evidence", "verify", "--workspace", scene.root).code == 0


def test_of_two_equal_steps_at_once_one_is_recorded_and_the_other_is_told_so(scene: Scene, meanwhile: Callable[..., Meanwhile]) -> None:
    other = meanwhile(flows.taking, "record_step", lambda: a_note(scene))
    first, second = a_note(scene), other.result()
    assert (first.repeated, second.repeated) == (False, True) and second.receipt is not None
    assert first.receipt is not None and second.receipt.seq == first.receipt.seq


def test_a_document_handed_in_again_by_another_is_refused_whoever_they_are(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("issue", "note", ISSUE, "--text", "The shops were asked how they split payments.", "--workspace", scene.root, "--json")
    own = ("--by", PLANNER, "--role", "model_owner")
    assert call(capsys, *words, *own).code == 0
    for who, codes in (
        (("--by", "ana@bank.example", "--role", "product_owner"), ["recorded_by_another"]),
        (("--by", "mallory", "--role", "product_owner"), ["wrong_actor", "recorded_by_another"]),
        (("--by", PLANNER, "--role", "product_owner"), ["wrong_actor"]),
    ):
        said = call(capsys, *words, *who)
        assert (said.code, [found["code"] for found in said.document["refusals"]]) == (1, codes)
    assert call(capsys, *words, *own).document["repeated"]


def scene_due(scene: Scene) -> str:
    """Return the day by which the scene's own plan is due."""
    return str(read_step_file(ActionPlan, scene.root / "plan.yaml").actions[0].due_on)
