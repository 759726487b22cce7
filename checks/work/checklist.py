"""The update-governance checklist: is every control that the change asks for answered, and answered yes?

Put here how answers are held against the controls; which are asked of what is ``registry/policies/controls.yaml``.

The rules:
 * An answer is to a control that is asked of this kind of artifact, and each is answered once.
 * Every control that is asked is answered.
 * No is not good enough: what the control asks is done first.
 * ``not_applicable`` is taken where the control allows it, with the reason; yes with where it can be seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from checks.work.answers import Asked, find_unsaid
from checks.work.nearest import nearest
from registry.domain.policy_work import ControlRule, WorkLimits
from registry.domain.steps import Answer
from registry.domain.steps_change import ChangeLink, ControlAnswer
from registry.domain.work import Refusal


def find_unanswered(link: ChangeLink, controls: Collection[ControlRule], limits: WorkLimits) -> Iterator[Refusal]:
    """Yield what the checklist of ``controls`` still asks of ``link``."""
    asked = {rule.control: rule for rule in controls if link.artifact in rule.artifacts}
    given = Counter(answer.control for answer in link.controls)
    yield from (_repeated(control) for control, count in given.items() if count > 1)
    yield from (_unknown(control, link, asked, controls) for control in given if control not in asked)
    yield from (_missing(rule) for rule in asked.values() if rule.control not in given)
    for answer in link.controls:
        if answer.control in asked:
            yield from _find_weak(answer, asked[answer.control], limits)


def _repeated(control: str) -> Refusal:
    return Refusal("answered_twice", f"controls: expected one answer to {control}, found several", "keep the one that holds")


def _unknown(control: str, link: ChangeLink, asked: Collection[str], controls: Collection[ControlRule]) -> Refusal:
    elsewhere = next((rule for rule in controls if rule.control == control), None)
    found = f"one that is asked of {', '.join(elsewhere.artifacts)}" if elsewhere else "an unknown one"
    reason = f"controls: expected a control that is asked of a change to {link.artifact}, found {control!r}, {found}"
    return Refusal("unknown_control", reason, f"write {near!r}, or leave it out" if (near := nearest(control, asked)) else "leave it out")


def _missing(rule: ControlRule) -> Refusal:
    other = ", or not_applicable with the reason" if rule.may_be_not_applicable else ""
    remedy = f"add to controls, with where it can be seen{other}: {{control: {rule.control}, answer: yes, evidence: tbd}}"
    return Refusal("unanswered", f"controls: expected an answer to {rule.control}, found none. {rule.asks}", remedy)


def _find_weak(answer: ControlAnswer, rule: ControlRule, limits: WorkLimits) -> Iterator[Refusal]:
    name = f"controls.{rule.control}"
    if answer.answer is Answer.NO:
        yield Refusal("answered_no", f"{name}: expected yes, found no. {rule.asks}", rule.otherwise)
    elif answer.answer is Answer.YES:
        shown = Asked(f"{name}.evidence", "write where it can be seen")
        yield from find_unsaid(shown, answer.evidence, 1, limits.placeholders)
    elif not rule.may_be_not_applicable:
        yield Refusal("always_applies", f"{name}: expected yes, found not_applicable, which this control never is", rule.otherwise)
    else:
        why = Asked(f"{name}.evidence", "write why the question does not apply to this change")
        yield from find_unsaid(why, answer.evidence, limits.min_why_words, limits.placeholders)
