"""Rehearsing the way back: the version that would be gone back to is fetched, loaded and asked the smoke cases, by the clock.

Put here how a rehearsal is made. What it is worth is ``checks/release_rollback.py``.

 * Seconds run from before the first byte is fetched until the last case is answered.
 * A case counts as answered where something was said to it: an error, an empty answer and NaN are none.
 * What keeps it from being made is its ``problem``; only an outage is raised, because it may pass.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime

from registry.domain.catalogue import VersionSpec
from registry.domain.gate import PinnedVersion
from registry.domain.release import SmokeCases
from registry.domain.release_read import Rehearsal
from registry.errors import ConfigurationError, ScoringError
from registry.versions.pinned import pin_registered
from registry.versions.scoring import ScoringPlace, loaded

_AT_ONCE = 100


def rehearse(spec: VersionSpec, version: PinnedVersion, cases: SmokeCases, place: ScoringPlace, at: datetime) -> Rehearsal:
    """Return how ``version`` of the model of ``spec`` answered ``cases``; ``at`` is when it was asked.

    Raises:
        VersionsUnavailableError: MLflow, or the storage of its files, does not answer (retried).
    """
    made = Rehearsal(version.version, "", len(cases.rows), 0, 0.0, at, cases_digest=cases.digest)
    begun = time.perf_counter()
    try:
        pinned = pin_registered(place.uri, spec, version.version)
        with loaded(spec, pinned.version, place) as model:
            answers = list(model.answers(cases.columns, cases.rows, _AT_ONCE))
    except (ScoringError, ConfigurationError) as error:
        return replace(made, seconds=time.perf_counter() - begun, problem=str(error))
    answered = sum(any(answer.cells.values()) and not answer.error for answer in answers)
    return replace(made, version_digest=pinned.digest, answered_count=answered, seconds=time.perf_counter() - begun)
