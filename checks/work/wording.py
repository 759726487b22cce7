"""What a text says beyond its filler: its words, and how much of it another text has said before.

Put measures of written answers here; what is refused by them is ``answers.py`` and the module of each step. Words are compared without
case, width, punctuation and common endings. Scripts written without blanks are compared by pairs of characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

# Words that carry a sentence and not its meaning, in the languages that worksheets are written in.
_FUNCTION_TEXT = """
a an the this that these those it its he she they them their we our us you your i my is are was were be been being am has have had
having do does did done will would shall should can could may might must of in on at to for from by with without within into onto over
under about after before between during through and or nor but so as if than then when while where which who whom what why how because
since due not no only also just very too again still there here all any some each both more most such own same other out up off per via
der die das den dem des ein eine einen einem einer eines und oder aber ist sind war waren wird wurde wurden hat haben hatte nicht kein
keine im auf aus bei mit nach von vor zu zum zur durch für weil dass wenn als wie auch nur sich es er sie wir le la les l un une du de d
et ou mais est sont était été ont ne pas que qui dans sur par pour avec sans ce cette ces il elle se el los las lo una unos unas y o
pero son era fue ha han en por para con sin su sus al del gli uno e ma è sono hanno non che nel nella senza si dei delle della het een
maar zijn werd niet dat op voor met door om bij os um uma mas é são foi não em na com sem ao dos
"""
_FUNCTION_WORDS = frozenset(_FUNCTION_TEXT.split())
_ENDINGS = ("ings", "ing", "ied", "ies", "ed", "es", "s", "y", "e")
_MIN_STEM = 3
# Han, kana and Thai are written without blanks between words.
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_PARTICLES = re.compile("[的了是在和与而被把就也都很太]")
# Beside format characters (category Cf): joiners, fillers and variation selectors, of which a reader sees nothing either.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f]")


def seen(text: str) -> str:
    """Return ``text`` without the characters that nobody sees: what is between the letters of TBD does not make it another word.

    >>> seen("T\\u200bB\\u00adD"), seen("[\\u2060say for whom]")
    ('TBD', '[say for whom]')
    """
    return "".join(letter for letter in _UNSEEN.sub("", text) if unicodedata.category(letter) != "Cf")


@lru_cache(maxsize=1024)
def normalised(text: str) -> str:
    """Return ``text`` without case, width, punctuation and what nobody sees, its words apart by one blank.

    >>> normalised("  Wrong\\u00a0ANSWER -- again!! ")
    'wrong answer again'
    """
    folded = unicodedata.normalize("NFKC", seen(text)).casefold()
    return " ".join("".join(letter if letter.isalnum() or unicodedata.combining(letter) else " " for letter in folded).split())


def words(text: str) -> tuple[str, ...]:
    """Return the words of ``text``; a run of a script without blanks is its pairs of characters.

    >>> words("The model failed."), words("模型幻觉")
    (('the', 'model', 'failed'), ('模型', '型幻', '幻觉'))
    """
    return tuple(_UNSPACED.sub(lambda run: f" {' '.join(_pairs(run.group()))} ", normalised(text)).split())


def meaning(text: str) -> frozenset[str]:
    """Return the stems of the words that carry the meaning of ``text``; of all its words where none does.

    >>> sorted(meaning("The retriever ranked the old policies first"))
    ['first', 'old', 'polic', 'rank', 'retriever']
    """
    said = words(text)
    return frozenset(_stem(word) for word in said if word not in _FUNCTION_WORDS) or frozenset(_stem(word) for word in said)


def own_words(text: str, vague: Collection[str], known: Collection[str] = ()) -> frozenset[str]:
    """Return what ``text`` says beyond the ``vague`` words, figures, and the stems that are ``known`` already.

    >>> sorted(own_words("the model hallucinated because the data was bad", ["model", "hallucinated", "data", "bad"]))
    []
    """
    phrases, vague_stems = _parted(tuple(vague))
    rest = _PARTICLES.sub("", normalised(text))
    for phrase in phrases:
        rest = rest.replace(phrase, " ")
    stems = {_stem(word) for word in words(rest) if word not in _FUNCTION_WORDS and not word.isnumeric()}
    return frozenset(stems - vague_stems - set(known))


def share_said(text: str, before: str) -> float:
    """Return the share of the meaning of ``text`` that ``before`` has said, 0 to 1.

    >>> share_said("cards were held", "41 cards were held on Monday"), share_said("", "cards")
    (1.0, 0.0)
    """
    own = meaning(text)
    return len(own & meaning(before)) / len(own) if own else 0.0


@lru_cache(maxsize=8)
def _parted(vague: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the phrases that stand inside a run without blanks, longest first, and the stems of the others."""
    phrases = sorted(filter(_UNSPACED.match, vague), key=len, reverse=True)
    return tuple(phrases), frozenset(_stem(word) for phrase in vague for word in words(phrase))


def _pairs(run: str) -> list[str]:
    return [run[index : index + 2] for index in range(len(run) - 1)] or [run]


def _stem(word: str) -> str:
    ending = next((ending for ending in _ENDINGS if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM), "")
    return word[: len(word) - len(ending)]
