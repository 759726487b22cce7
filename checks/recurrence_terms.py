"""Terms of the catalogue that are changed while a window runs: what it began with stands, but where today's ask for more.

Put here what holds for one feed, and how a change is told. Where it is applied, and what of the policy holds, is ``recurrence_policy.py``.

The rules, in the order the code applies them:
 * The terms of a feed are what should become of its symptom (``effect``, with the target of a rate), how many days its rows may be late
   (``allowed_lateness_days``), what names a decision (``decision``) and what counts them (``exposure``). A window begins with those of its
   first judgement.
 * The kind of the effect stays: gone is not weighed as a share, nor a share as gone. So does what a rate is held against, a target or the
   level before; of two targets the smaller holds. A rate whose decisions nothing counts any more has no limit: nothing shows it mended.
 * The longer lateness holds; where a feed names none it is the policy's that holds.
 * What names a decision is neither more nor less strict: it stays as it was.
 * What counts decisions cannot stay: today's is read, for all days. A window whose decisions are counted otherwise than when it began is
   not clean: whether more of them were made, or more are counted, nobody can tell.
 * Where nobody knows what the window began with, no feed waits less than the policy says, and the window is not clean.
 * A feed that the first judgement did not have is judged by today's terms; one that left the catalogue has none (``recurrence_feeds.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from registry.domain.decision import Finding, Verdict
from registry.domain.exposure import EffectKind, EffectSpec, FeedTerms, FeedWatch

Terms = Sequence[FeedTerms]


def held_watch(now: FeedWatch, began: Terms | None, usual_days: int) -> FeedWatch:
    """Return how a feed is watched in a window that began with ``began`` (None: not known); ``usual_days`` is the policy's lateness."""
    held = held_terms(now.terms, began, usual_days, is_counted=now.exposure is not None)
    return replace(now, effect=held.effect, allowed_lateness_days=held.allowed_lateness_days, named_by=held.named_by)


def held_terms(now: FeedTerms, began: Terms | None, usual_days: int, *, is_counted: bool) -> FeedTerms:
    """Return the terms that hold for a feed; ``is_counted``: something counts its decisions today."""
    if began is None:
        return replace(now, allowed_lateness_days=max(usual_days, now.allowed_lateness_days or 0))
    then = next((one for one in began if one.feed == now.feed), None)
    if then is None:
        return now
    days = max(usual_days if one is None else one for one in (then.allowed_lateness_days, now.allowed_lateness_days))
    return FeedTerms(now.feed, held_effect(then.effect, now.effect, is_counted=is_counted), days, then.named_by, now.counted_by)


def held_effect(then: EffectSpec, now: EffectSpec, *, is_counted: bool) -> EffectSpec:
    """Return the effect that holds; ``is_counted``: something counts the decisions of the feed today.

    >>> held_effect(EffectSpec(EffectKind.RATE, 0.0035), EffectSpec(EffectKind.RATE, 0.006), is_counted=True).max_ratio
    0.0035
    """
    if then != now and then.kind is EffectKind.RATE and not is_counted:
        return EffectSpec(EffectKind.RATE)
    if then.max_ratio is None or now.max_ratio is None or then.kind is not now.kind:
        return then
    return EffectSpec(then.kind, min(then.max_ratio, now.max_ratio))


def changed_terms(then: Terms, now: Terms) -> list[tuple[FeedTerms, FeedTerms]]:
    """Return the terms of each feed that has others today."""
    before = {one.feed: one for one in then}
    return [(before[one.feed], one) for one in now if before.get(one.feed, one) != one]


def find_changes(then: Terms, now: Terms) -> Iterator[str]:
    """Yield what was changed, then and now."""
    for before, after in changed_terms(then, now):
        told = zip(_told(before), _told(after), strict=True)
        yield from (f"{name} of {after.feed} from {was} to {found}" for (name, was), (_, found) in told if was != found)


def find_recounted(issue_id: str, then: Terms, now: Terms) -> Iterator[Finding]:
    """Yield that decisions are counted otherwise than when the window began."""
    feeds = ", ".join(after.feed for before, after in changed_terms(then, now) if before.counted_by != after.counted_by)
    if feeds:
        told = f"what counts the decisions of {feeds} was changed in the catalogue (exposure) since the window began"
        reason = f"{told}: whether more were made, or more are counted, is not known; put it back, or the window ends without evidence"
        yield Finding("exposure", issue_id, Verdict.INCONCLUSIVE, "counted_otherwise", reason)


def _told(terms: FeedTerms) -> Iterator[tuple[str, str]]:
    limit = "no more than the level before" if terms.effect.max_ratio is None else f"at most {terms.effect.max_ratio}"
    yield "effect", f"rate of {limit}" if terms.effect.kind is EffectKind.RATE else "absence"
    yield "allowed_lateness_days", "the policy's" if terms.allowed_lateness_days is None else str(terms.allowed_lateness_days)
    yield "decision", f"named by {terms.named_by}"
