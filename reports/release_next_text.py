"""What is said of the next step of a release, as lines: whom it waits for and what they type, or why it goes no further.

Put the wording of waiting here, for the terminal and for the Prefect page alike. What becomes of the switch is ``release_switch_text.py``.
"""

from __future__ import annotations

import shlex

from registry.domain.release_next import MissingSigner, NextStep, ReleaseNext
from registry.domain.release_run import KnownRelease
from reports.act_text import refusal_lines
from reports.release_words import role_words


def next_lines(told: ReleaseNext) -> list[str]:
    """Return what comes next for a release, the most important first."""
    release = told.release
    if release is None or told.step is NextStep.REFUSED:
        document = told.plan.document
        named = f"release {release.release_id if release else document.release}" if document.release else f"release of {document.system_id}"
        return [f"refused: {named}; nothing was changed", *refusal_lines(told.decision.refusals)]
    if told.step is NextStep.WAIT:
        return _waiting(told, release)
    if told.step is NextStep.HELD:
        return [
            f"held: release {release.release_id} ends here, since not every gate passes ({release.verdict}: {release.action})",
            "  mend what the gates found and propose it again",
            f"  where it has to go nevertheless: `proofloop release request {release.release_id} --override`, then `release promote`",
        ]
    return [f"signed off: release {release.release_id}, by {' and '.join(told.signed) or 'nobody'}; it is put in force now"]


def _waiting(told: ReleaseNext, release: KnownRelease) -> list[str]:
    roles = " and ".join(role_words(one.role) for one in told.missing)
    signed = f"  signed so far: {', '.join(told.signed)}" if told.signed else "  signed so far: nobody"
    until = f"  until {told.until:%Y-%m-%d %H:%M} UTC; after that it is proposed again" if told.until else ""
    return [
        f"waits for sign-off: {roles}",
        *(_signer(one) for one in told.missing),
        signed,
        until,
        "",
        "  each of them reads the report, and signs with a key of their own:",
        *(line for one in told.missing for line in _commands(release, one)),
        "",
        "  then press Resume in the page of the run: the sign-offs are read from the ledger, and nothing else is asked.",
        f"  without a page: `proofloop release promote {release.release_id}`",
    ]


def _signer(one: MissingSigner) -> str:
    people = " or ".join(one.people) or "a role that nobody holds who may sign: name somebody in the catalogue or allowed_signers"
    return f"  still to sign: {role_words(one.role)}, {people}"


def _commands(release: KnownRelease, one: MissingSigner) -> list[str]:
    file = f"request-{one.role.replace('_', '-')}.json"
    name = shlex.quote(one.people[0]) if one.people else "NAME"
    return [
        f"  proofloop release request {release.release_id} --by {name} \\",
        f"    --role {one.role} --out {file}",
        f"  ssh-keygen -Y sign -n {one.role} -f KEY {file}",
        f"  proofloop release sign {release.release_id} --request {file}",
    ]
