"""The packages that a closure cites, as a run found them: each in the archive, as it was sealed, and its arithmetic done again.

Put here how what was read of the archive becomes what a closure is judged from. What is asked of packages is ``closure_archive.py``.

The rules:
 * A package that is cited and not in the archive is not listed: the gate names it as missing.
 * Judgements of windows are done again: PASS where record and event come out byte for byte, FAIL where either does not or the window knew
   another fix or other versions than the events tell. One that cannot be read is INCONCLUSIVE, and so is one that another version of the
   program comes to otherwise: an upgrade is no forgery, and the next run of the windows settles it. Of several the worst counts.
 * Papers of people, approvals and closures judged before hold no arithmetic that this closure rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from checks.recurrence_again import find_other_history, judge_again
from checks.verdict import badness
from registry.domain.closure import ArchiveCheck, CitedPackage
from registry.domain.closure_run import ArchiveRead, ClosureKnown, WindowToRedo
from registry.domain.decision import Verdict
from registry.domain.recurrence_sealed import SealedWindow

_NOTHING = (Verdict.INCONCLUSIVE, "it holds no arithmetic that the closure rests on")
Redone = tuple[Verdict, str]


def archive_check(archive: ArchiveRead, known: ClosureKnown, windows: Iterable[WindowToRedo]) -> ArchiveCheck:
    """Return the archive as the closure of one issue sees it."""
    redone: dict[str, Redone] = {}
    for window in windows:
        found, before = redo_window(window), redone.get(window.ref.bundle_digest)
        redone[window.ref.bundle_digest] = max((found, *((before,) if before else ())), key=lambda one: badness(one[0]))
    return ArchiveCheck(archive.verdict, archive.reason, archive.head, tuple(_cited(archive, known, redone)))


def redo_window(window: WindowToRedo) -> Redone:
    """Return whether a judged window comes out again as it was recorded, and why not."""
    sealed, ref = window.sealed, window.ref
    if sealed is None or window.policy is None:
        return Verdict.INCONCLUSIVE, window.reason or "nothing is there to judge it from"
    for expected, found in find_other_history(sealed, window.fix, window.versions):
        return Verdict.FAIL, f"expected {expected}, found {found}"
    try:
        again = judge_again(sealed, window.policy, ref.bundle_digest, ref.record)
    except (ValueError, ArithmeticError, KeyError, IndexError) as error:  # inputs that cannot be judged are told, not raised
        return Verdict.INCONCLUSIVE, f"expected inputs that can be judged, found {type(error).__name__}: {error}"
    if again.record != window.record:
        return _otherwise(window, sealed)
    if again.event.canonical_body() != ref.body:
        return Verdict.FAIL, f"expected event {ref.seq} to say what the window says, found another"
    return Verdict.PASS, ""


def _otherwise(window: WindowToRedo, sealed: SealedWindow) -> Redone:
    if dict(window.program) != sealed.program:
        return Verdict.INCONCLUSIVE, f"it was judged by {_named(sealed.program)}, and {_named(window.program)} comes to another record"
    return Verdict.FAIL, f"expected {window.ref.record} to come out again from its inputs, found another record"


def _named(program: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(program.items())) or "an unnamed program"


def _cited(archive: ArchiveRead, known: ClosureKnown, redone: dict[str, Redone]) -> Iterator[CitedPackage]:
    for bundle, kind in dict(known.cited).items():
        package = archive.packages.get(bundle)
        if package is not None:
            yield CitedPackage(bundle, package.seal, kind, package.events, package.problem, *redone.get(bundle, _NOTHING))
