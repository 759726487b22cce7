"""Who may act: somebody named, in a role that they hold for the system.

Put the rule about people and roles here, for whatever they do; what they do is judged elsewhere.

The rules:
 * Whoever acts says who they are.
 * A role is held by the owner whom the catalogue names for the system, and by those whom ``allowed_signers`` lets sign in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from registry.domain.catalogue import OwnerRole, SystemEntry
from registry.domain.work import Refusal


def find_actor_refusals(
    by: str, role: OwnerRole, system_id: str, system: SystemEntry | None, deputies: Mapping[str, tuple[str, ...]]
) -> Iterator[Refusal]:
    """Yield why ``by`` may not act as ``role`` for ``system_id``; ``system`` is its entry, None where the catalogue has none any more."""
    owners = {system.owners[role]} if system and role in system.owners else set()
    allowed = owners | set(deputies.get(role, ()))
    if not by.strip():
        yield Refusal("no_actor", "expected the name of the person who takes the step, found none", "say who you are")
    elif by not in allowed:
        known = ", ".join(sorted(allowed)) or "nobody"
        yield Refusal(
            "wrong_actor",
            f"expected {known} to act as {role} for {system_id}, found {by!r}",
            "act in a role you hold, or name the person in the catalogue's owners or in allowed_signers",
        )
