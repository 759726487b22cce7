"""The ledger's names for conditions, and the codes of measures, said in words: the same on page, run page, artifact, terminal and list.

Put here how a text that was sealed with names for programs is read by people. JSON keeps the names; what a condition is doing in its life
is ``standing_view``, words of one kind or measure are ``triggers_words`` and ``performance_view``.
"""

from __future__ import annotations

import re

from reports import triggers_words as words
from reports.performance_view import MEASURE_WORDS
from reports.standing_view import parts_of, problem_words

_DATA = re.compile(rf"data_quality\|(.{{1,200}}?)\|({'|'.join(sorted(words.PROBLEM_WORDS, key=len, reverse=True))})(?!\w)")
_PERFORMANCE = re.compile(r"performance\|(\w+)\|")
_DRIFT = re.compile(r"(?<!\w)drift\|")
_MEASURE = re.compile(rf"(?<![\w|])({'|'.join(MEASURE_WORDS)}) of (?=\S)")
# What is lost beside a drift is told again where the loss asks for something itself.
_TOLD = "|".join(re.escape(problem_words("performance", code)) for code in MEASURE_WORDS)
_AGAIN = re.compile(rf"({_TOLD}) in ([^;]*?), \1 in ")
_NOT_WORSE = re.compile(r"^not worse by (\w+(?:, \w+)*)$")
_TWICE = re.compile(r"; loss: (.+); (worse on known outcomes: \1)(?=;|$)")


def condition_words(key: str) -> str:
    """Return a condition in a few words.

    >>> condition_words("performance|calibration|all rows"), condition_words("drift|channel")
    ('all rows (events observed against predicted)', 'channel (drift)')
    """
    kind, subject, problem = parts_of(key)
    return f"{subject} ({problem_words(kind, problem) if problem else 'drift'})"


def plain_reason(reason: str) -> str:
    """Return a reason in which the names that the ledger has for conditions and measures are said in words, each loss once.

    >>> plain_reason("loss: performance|calibration|a, performance|calibration|b, performance|accuracy|all rows")
    'loss: events observed against predicted in a, b, accuracy on known outcomes in all rows'
    >>> plain_reason("data_quality|emp_length|unseen_level stands; calibration of all rows")
    'emp_length (levels never seen before) stands; events observed against predicted in all rows'
    >>> plain_reason("not worse by accuracy, bias")
    'not worse: accuracy on known outcomes, amounts observed against predicted'
    """
    if found := _NOT_WORSE.match(reason):
        return f"not worse: {', '.join(problem_words('performance', code) for code in found[1].split(', '))}"
    told = _DATA.sub(lambda found: f"{found[1]} ({words.problem_text(found[2])})", reason)
    told = _PERFORMANCE.sub(lambda found: f"{problem_words('performance', found[1])} in ", told)
    told = _MEASURE.sub(lambda found: f"{problem_words('performance', found[1])} in ", told)
    while (shorter := _AGAIN.sub(r"\1 in \2, ", told)) != told:
        told = shorter
    return _TWICE.sub(r"; \2", _DRIFT.sub("", told))


def without_subject(reason: str, subject: str) -> str:
    """Return a reason that stands beside its subject, and so need not begin with it.

    >>> without_subject("all rows: 3 of 9 outcomes are known", "all rows")
    '3 of 9 outcomes are known'
    """
    return reason.removeprefix(f"{subject}: ")
