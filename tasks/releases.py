"""The releases that the ledger knows: read back, and found by their names.

Put reading of releases here, for whoever acts on one. Proposing one is ``release_proposals.py``, signing it off ``release_sign_off.py``.
"""

from __future__ import annotations

import json

from registry.domain.release_history import RELEASE_KINDS, find_releases, releases_of
from registry.domain.release_run import KnownRelease
from registry.errors import ConfigurationError
from registry.settings import Workspace
from tasks.ledger import Clock, open_workspace_ledger


def read_releases(workspace: Workspace, clock: Clock) -> tuple[KnownRelease, ...]:
    """Return every release that was ever proposed, oldest first, with its sign-offs and switches.

    Raises:
        LedgerUnavailableError: the database is out of reach or locked.
    """
    events = open_workspace_ledger(workspace, clock).read_events(0, RELEASE_KINDS)
    return releases_of((event.seq, json.loads(event.body)) for event in events)


def meant_release(name: str, releases: tuple[KnownRelease, ...]) -> KnownRelease:
    """Return the one release that ``name`` means.

    Raises:
        ConfigurationError: there is none, or more than one begins so.
    """
    found = find_releases(name, releases)
    if len(found) == 1:
        return found[0]
    if found:
        told = f"the beginning of {', '.join(one.release_id for one in found)}; write more of it"
    elif releases:
        told = f"none of this name; the newest is {releases[-1].release_id}, and `proofloop release list` shows the others"
    else:
        told = "none: none was proposed yet; do it with `proofloop release propose`"
    raise ConfigurationError([f"release {name!r}: expected one that was proposed, found {told}"])
