"""Gate 1, documentation: is it written down what is released, for whom, and what it cannot do?

Put here what is asked of a card as a whole; its sections are ``release_sections.py``, the line in the release calendar
``release_calendar.py``. Reading a card is ``registry/sources/release_cards.py``.

The rules:
 * Every card that the policy asks for is there, once, and could be read. INCONCLUSIVE: what it says is not known.
 * Its head names this system, and the candidate as the version of the artifact. FAIL: it is the card of something else. Where it names
   versions of other artifacts too, each is one that is in force; those of which nobody recorded what is are not compared, and listed.
 * Its sections are there and say something (``release_sections.py``). FAIL.
 * The line in the release calendar says what it is there for.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.release_calendar import find_calendar
from checks.release_sections import find_section_problems
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.release import CardKind, PreDeploymentGate
from registry.domain.release_read import CardRead
from registry.domain.release_run import ReleaseInputs

CHECK = PreDeploymentGate.DOCUMENTATION.value


def find_documentation(inputs: ReleaseInputs) -> tuple[Finding, ...]:
    """Return what is missing in the cards and the calendar, and what is there."""
    asked = [kind for kind in CardKind if kind in inputs.policy.cards.sections]
    if not asked:
        text = "expected cards that the policy table release asks for, found none; name their sections under cards"
        return (Finding(CHECK, "cards", Verdict.INCONCLUSIVE, "not_configured", text),)
    return (*(found for kind in asked for found in _of_kind(kind, inputs)), *find_calendar(inputs))


def _of_kind(kind: CardKind, inputs: ReleaseInputs) -> Iterator[Finding]:
    name, found = kind.value.replace("_", " "), [card for card in inputs.cards if card.kind is kind]
    if len(found) != 1:
        text = f"expected one {name}, found {len(found) or 'none'}; write it and name it in the catalogue under release.cards.{kind}"
        yield Finding(CHECK, name, Verdict.INCONCLUSIVE, "missing_card" if not found else "several_cards", text)
    elif found[0].problem:
        yield Finding(CHECK, name, Verdict.INCONCLUSIVE, "unreadable_card", found[0].problem)
    else:
        yield from _of_card(name, found[0], inputs)


def _of_card(name: str, card: CardRead, inputs: ReleaseInputs) -> Iterator[Finding]:
    asked = inputs.policy.cards.sections[card.kind]
    against = [*_of_head(name, card, inputs), *find_section_problems(CHECK, card, inputs.policy.cards)]
    yield from against
    if not against:
        text = f"{card.path}: {len(asked)} of {len(asked)} sections say something, and it is of the version that is released"
        yield Finding(CHECK, name, Verdict.PASS, "documented", text, n=len(asked))


def _of_head(name: str, card: CardRead, inputs: ReleaseInputs) -> Iterator[Finding]:
    system, artifact, judged = inputs.system.system_id, inputs.spec.artifact, inputs.judged
    if card.system_id != system:
        text = f"{card.path}: system: expected {system}, found {card.system_id or 'none'}; write the card of this system"
        yield Finding(CHECK, name, Verdict.FAIL, "other_system", text)
    named = card.versions.get(artifact, "")
    if judged is None:
        text = f"{card.path}: expected a candidate to compare versions.{artifact} with, found none that the evaluation gate judged"
        yield Finding(CHECK, name, Verdict.INCONCLUSIVE, "no_candidate", text)
    elif not named or named not in (judged.candidate.version, judged.candidate.digest):
        text = f"{card.path}: versions.{artifact}: expected the candidate, {judged.candidate.version}, found {named or 'none'}; "
        yield Finding(CHECK, name, Verdict.FAIL, "other_version", f"{text}bring the card up to date with what is released")
    for other, serving in sorted(inputs.others.items()):
        known, named = {one.version for one in serving}, card.versions.get(other, "")
        if other != artifact and named and known and named not in known:
            text = f"{card.path}: versions.{other}: expected what is in force, {' or '.join(sorted(known))}, found {named}; "
            yield Finding(CHECK, name, Verdict.FAIL, "other_bundle", f"{text}bring the card up to date with what serves beside it")


def find_uncompared(inputs: ReleaseInputs) -> Iterator[NotEvaluated]:
    """Yield which versions in the cards were compared with nothing."""
    known = {inputs.spec.artifact, *(name for name, serving in inputs.others.items() if serving)}
    if others := sorted({name for card in inputs.cards for name in card.versions} - known):
        text = f"the cards name versions of {', '.join(others)} too; nobody recorded what of it is in force, so they were not compared"
        yield NotEvaluated("other versions in the cards", "not_compared", text)
