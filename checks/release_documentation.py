"""Gate 1, documentation: is it written down what is released, for whom, and what it cannot do?

Put here what is asked of the cards; the line in the release calendar is ``release_calendar.py``. Reading a card is
``registry/sources/release_cards.py``; which sections it has is policy.

The rules:
 * Every card that the policy asks for is there, once, and could be read. INCONCLUSIVE: what it says is not known.
 * Its head names this system, and the candidate as the version of the artifact. FAIL: it is the card of something else. Where it names
   versions of other artifacts too, each is one that is in force; those of which nobody recorded what is are not compared, and listed.
 * Every section that the policy asks for is there and says something: no placeholder in any line of it, enough words, and no section in
   the words of another. FAIL, naming the sections. Case, punctuation and numbers of headings do not count.
 * The line in the release calendar says what it is there for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from checks.release_calendar import find_calendar
from checks.work.answers import is_placeholder, quoted
from checks.work.wording import normalised, words
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.release import CardKind, PreDeploymentGate
from registry.domain.release_run import CardRead, ReleaseInputs

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
    against = [*_of_head(name, card, inputs), *_of_sections(name, card, asked, inputs)]
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


def _of_sections(name: str, card: CardRead, asked: Collection[str], inputs: ReleaseInputs) -> Iterator[Finding]:
    if not asked:
        text = f"expected sections of the {name} in the policy table release, found none; name them under cards"
        yield Finding(CHECK, name, Verdict.INCONCLUSIVE, "not_configured", text)
    texts: dict[str, str] = {}
    for heading, text in card.sections.items():
        texts[heading_key(heading)] = "\n".join(filter(None, (texts.get(heading_key(heading)), text)))
    listed = {heading: texts.get(heading_key(heading)) for heading in asked}
    missing = [heading for heading, text in listed.items() if text is None]
    if missing:
        text = f"{card.path}: expected the sections {_listed(asked)}, found no {_listed(missing)}; write them"
        yield Finding(CHECK, name, Verdict.FAIL, "missing_section", text, n=len(missing))
    said = {heading: text for heading, text in listed.items() if text is not None}
    for heading, text in said.items():
        yield from _of_section(name, card, heading, text, inputs)
    yield from _of_copies(name, card, said)


def _of_section(name: str, card: CardRead, heading: str, text: str, inputs: ReleaseInputs) -> Iterator[Finding]:
    policy = inputs.policy.cards
    stand_in = next(filter(_is_stand_in, text.splitlines()), "") or (text if is_placeholder(text, policy.placeholders) else "")
    found = ""
    if not text.strip():
        found = "nothing"
    elif stand_in:
        found = f"the placeholder {quoted(stand_in)}"
    elif (count := len(words(text))) < policy.min_section_words_count:
        found = f"{count} in {quoted(text)}"
    if found:
        text = f"{card.path}: {heading}: expected at least {policy.min_section_words_count} words of its own, found {found}; write it"
        yield Finding(CHECK, name, Verdict.FAIL, "empty_section", text)


def _is_stand_in(line: str) -> bool:
    """Return whether a line was to be written later, whatever is around it: TBD, ..., or all of it between brackets."""
    text = line.strip()
    is_bracketed = len(text) > 1 and (text[0], text[-1]) in {("[", "]"), ("{", "}"), ("<", ">")}
    return bool(text) and not text.isnumeric() and (is_bracketed or is_placeholder(text, ()))


def _of_copies(name: str, card: CardRead, said: Mapping[str, str]) -> Iterator[Finding]:
    same: dict[str, list[str]] = {}
    for heading, text in said.items():
        same.setdefault(normalised(text), []).append(heading)
    for text, headings in same.items():
        if text and len(headings) > 1:
            told = (
                f"{card.path}: expected a text of its own for each section, found the same under {_listed(headings)}; write what each asks"
            )
            yield Finding(CHECK, name, Verdict.FAIL, "repeated_section", told, n=len(headings))


def heading_key(heading: str) -> str:
    """Return what two spellings of one heading share.

    >>> heading_key("2.1 Intended Use:"), heading_key("intended use")
    ('intended use', 'intended use')
    """
    said = normalised(heading).split()
    while len(said) > 1 and said[0].isnumeric():
        said = said[1:]
    return " ".join(said)


def _listed(headings: Collection[str]) -> str:
    return ", ".join(repr(heading) for heading in headings)
