"""Stories about releases: one candidate goes all the way and is taken back, the other is held at its proposal.

Put comparisons of what came of candidates here; what they are is ``candidates.py``. Each returns what was found and whether it is right.
"""

from __future__ import annotations

from deployments.demo.candidates import CHAMPION, PEOPLE
from deployments.demo.expect import Truth
from deployments.demo.played import Judged, Played, PlayedRelease
from registry.domain.decision import Verdict

_SIGNERS = tuple(list(PEOPLE.values())[:2])
_NOT_PLAYED = "not looked at: nobody asked for this candidate", False


def judge_released(truth: Truth, played: Played) -> Judged:
    """Both judgements pass, both people sign, it serves, and then what served before serves again."""
    one = played.release_of(truth.subject)
    if one is None:
        return _NOT_PLAYED
    served = " then ".join(one.served) or "nothing put in force"
    found = f"gate {one.gate}, release {_verdict(one)}, {len(one.signed_by)} signed; in force: {served}"
    passed = (one.gate, one.proposed, one.refusals) == (Verdict.PASS, Verdict.PASS, ())
    return found, passed and one.signed_by == _SIGNERS and one.served == (truth.subject, CHAMPION)


def judge_held(truth: Truth, played: Played) -> Judged:
    """The gate fails it, so does the release, and whoever would put it in force all the same is refused."""
    one = played.release_of(truth.subject)
    if one is None:
        return _NOT_PLAYED
    found = f"gate {one.gate}, release {_verdict(one)}; in force: {' then '.join(one.served) or 'not'}, refused: {_named(one)}"
    failed = (one.gate, one.proposed) == (Verdict.FAIL, Verdict.FAIL)
    return found, failed and bool(one.refusals) and not one.served and not one.signed_by


def _verdict(one: PlayedRelease) -> str:
    return one.proposed or "refused"


def _named(one: PlayedRelease) -> str:
    return ", ".join(one.refusals) or "nothing"
