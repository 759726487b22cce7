"""What became of a release, row by row: who has to sign and who did, how far it is, and what was put in force.

Put here what the ledger says of a release after its decision, as a page shows it. The decision's own rows are ``release_view``, words are
``release_words``. Whether a signature counts is judged elsewhere: here is told whose it is, and whether it has expired.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from registry.domain.approving import person_key
from registry.domain.release_acts import needs_override
from registry.domain.release_run import KnownRelease, ReleaseDecision, ReleaseInputs, SignOff
from registry.domain.versions import WHOLE
from reports import wording
from reports.release_view import Row
from reports.release_words import replaced_words, role_words, switch_words, version_words


def signer_rows(
    decision: ReleaseDecision, inputs: ReleaseInputs, signed: Sequence[SignOff] | None, as_of: datetime, disowned: Sequence[SignOff] = ()
) -> list[Row]:
    """Return who has to sign, role by role, with whoever did, and what counts no more; whoever made or proposed the candidate cannot."""
    rows = []
    for role in inputs.policy.sign_off.roles:
        given = [one for one in signed or () if one.role == role.value]
        if given:
            rows += [sign_off_row(one, inputs.system.timezone, as_of) for one in given]
        else:
            rows.append(_open_row(decision, inputs.system.owners.get(role.value, ""), role.value))
    asked = {role.value for role in inputs.policy.sign_off.roles}
    rows += [sign_off_row(one, inputs.system.timezone, as_of, is_disowned=True) for one in disowned]
    return rows + [sign_off_row(one, inputs.system.timezone, as_of) for one in signed or () if one.role not in asked]


def _open_row(decision: ReleaseDecision, person: str, role: str) -> Row:
    name = role_words(role).capitalize()
    if not person:
        text = "The catalogue names nobody; somebody whom allowed_signers names for this role signs, or nobody can."
        return Row(name, "inconclusive", "Nobody named", text)
    if person_key(person) in {person_key(one) for one in (decision.proposed_by, *decision.made_by)}:
        text = f"{person} made or proposed the candidate and cannot sign it off; somebody else signs in this role."
        return Row(name, "inconclusive", "Not yet", text)
    return Row(name, "muted", "Not yet", person)


def sign_off_row(one: SignOff, zone: str, as_of: datetime, *, is_disowned: bool = False) -> Row:
    """Return one signature as it stands at ``as_of``."""
    until = wording.time_text(one.expires_at, zone)
    text = f"{one.name}, signed {wording.time_text(one.signed_at, zone)} with the key {one.fingerprint}; event {one.seq:,}"
    if one.is_override:
        text += f". Override, because: {one.reason}"
    name = role_words(one.role).capitalize()
    if is_disowned:
        return Row(name, "inconclusive", "Disowned", text, "counts no more: its key is revoked, or cannot be told not to be")
    if one.expires_at <= as_of:
        return Row(name, "inconclusive", "Expired", text, f"counted until {until}")
    return Row(name, "fail" if one.is_override else "pass", "Override" if one.is_override else "Signed", text, f"counts until {until}")


def overrides(known: KnownRelease | None) -> tuple[SignOff, ...]:
    """Return the signatures that answer for gates that do not pass, expired and disowned ones too: they were given."""
    given = (*known.sign_offs, *known.disowned) if known is not None else ()
    return tuple(sorted((one for one in given if one.is_override), key=lambda one: one.seq))


def override_rows(known: KnownRelease | None, zone: str, as_of: datetime) -> list[Row]:
    """Return those signatures as they stand at ``as_of``."""
    disowned = known.disowned if known is not None else ()
    return [sign_off_row(one, zone, as_of, is_disowned=one in disowned) for one in overrides(known)]


def stage(inputs: ReleaseInputs, known: KnownRelease | None, as_of: datetime) -> Row | None:
    """Return how far the release is, in a line; None for a page that was sealed with the decision, before anything could happen."""
    if known is None:
        return None
    made = known.switches[-1] if known.switches else None
    when = wording.time_text(made.started_at, inputs.system.timezone) if made is not None else ""
    if made is not None and not made.ended_event:
        return Row("Not known whether it is in force", "inconclusive", "", f"A switch was started {when} and not ended.")
    if known.replaced_by is not None:
        told = replaced_words(known.replaced_by).partition(": ")[2]
        return Row("Not in force any more", "inconclusive", "", f"{told[:1].upper()}{told[1:]}.")
    if made is not None and made.took_effect:
        what = "In force" if made.share_percent == WHOLE else f"In force for {made.share_percent} % of the traffic"
        return Row(what, "pass", "", f"Since {when}, in place of {version_words(made.from_version)}.")
    return _signing(inputs, known, as_of)


def _signing(inputs: ReleaseInputs, known: KnownRelease, as_of: datetime) -> Row:
    policy, is_override = inputs.policy.sign_off, needs_override(known)
    given = [one for one in known.sign_offs if one.expires_at > as_of and one.is_override is is_override]
    if is_override and not given:
        return Row("Not in force", "muted", "", "Its gates do not all pass, and nobody answers for it by an override that counts now.")
    missing = [role_words(role.value) for role in policy.roles if role.value not in {one.role for one in given}]
    if missing:
        return Row("Not in force", "muted", "", f"It waits for the signature of the {' and of the '.join(missing)}.")
    more = policy.min_override_signer_count - len({person_key(one.name) for one in given}) if is_override else 0
    if more > 0:
        return Row("Not in force", "muted", "", f"It waits for {wording.counted(more, 'more person', 'more people')} to answer for it.")
    return Row("Not in force", "muted", "", "Everybody signed whom policy asks; nobody has put it in force yet.")


def switch_rows(known: KnownRelease | None, zone: str) -> list[Row]:
    """Return what was put in force by this release, oldest first."""
    rows = []
    for one in known.switches if known is not None else ():
        tone, state = ("pass", "Read back") if one.ended_event else ("inconclusive", "Not ended")
        if one.ended_event and not one.took_effect:
            tone, state = "fail", "Another version"
        rows.append(Row(wording.time_text(one.started_at, zone), tone, state, f"{switch_words(one)}; by {one.by}"))
    if known is not None and (after := known.replaced_by) is not None:
        state = "Taken back" if after.is_rollback else "Replaced"
        rows.append(Row(wording.time_text(after.started_at, zone), "inconclusive", state, replaced_words(after)))
    return rows
