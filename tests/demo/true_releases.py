"""What comes of the demonstration's candidates when every story of releases is found, for tests to spoil one thing of.

Put builders of played candidates here; built replays are ``true_replay.py``, built windows ``true_windows.py``.
"""

from __future__ import annotations

from deployments.demo.candidates import BETTER, CHAMPION, PEOPLE, WORSE_FOR_BROKERS
from deployments.demo.played import PlayedRelease
from registry.domain.decision import Verdict

SIGNERS = (PEOPLE["product_owner"], PEOPLE["governance_lead"])


def true_releases() -> dict[str, PlayedRelease]:
    """Return what came of each candidate, by its version; the caller may change the mapping."""
    released = PlayedRelease(BETTER, Verdict.PASS, Verdict.PASS, SIGNERS, (BETTER, CHAMPION))
    held = PlayedRelease(WORSE_FOR_BROKERS, Verdict.FAIL, Verdict.FAIL, refusals=("not_signed_off",))
    return {one.candidate: one for one in (released, held)}
