"""Releases for pages: one that waits for its signatures, ones that do not pass, and ones that were signed, overridden and put in force.

Put a sample of a release here. Decisions are judged, not written down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import timedelta

from checks.release_gates import judge_release
from registry.domain.approving import SignatureAnswer, SignatureVerdict
from registry.domain.decision import Finding, InputDigest, NotEvaluated, Reason, Verdict
from registry.domain.gate import GateAction
from registry.domain.release import CardKind, PreDeploymentGate, RecordKind
from registry.domain.release_run import GateStanding, KnownRelease, ReleaseDecision, ReleaseInputs, SignOff, SwitchMade
from tests import release_builders as build
from tests.reports.samples import with_text

Sample = tuple[ReleaseDecision, ReleaseInputs]
ANA, GOV = "ana@bank.example", "gov@bank.example"


def judged(inputs: ReleaseInputs) -> Sample:
    return judge_release(inputs), inputs


def a_pass() -> Sample:
    """Everything is shown; two people are asked to sign."""
    return judged(build.release_inputs())


def a_canary() -> Sample:
    return judged(build.release_inputs(judged=build.a_judged(action=GateAction.CANARY)))


def a_drill() -> Sample:
    """Versions cannot be loaded here: somebody tried the way back and signed for it."""
    return judged(build.with_drill())


def a_failure() -> Sample:
    """A hold, a card that cannot be read, an assessment that somebody changed after it was signed, no rehearsal, and a frozen budget."""
    changed = SignatureAnswer(SignatureVerdict.BAD_SIGNATURE, reason="the signature is of other bytes")
    cards = (build.a_card(CardKind.MODEL_CARD, problem="cards/model.md: expected a file, found none"), build.a_card(CardKind.SYSTEM_CARD))
    records = (build.a_record(RecordKind.DPIA, signature=changed), build.a_record(RecordKind.TRA))
    holds, budget = (build.a_release_hold(),), build.a_budget({3: 40.0})
    return judged(build.release_inputs(cards=cards, records=records, rehearsal=None, holds=holds, budget=budget))


def an_open_one() -> Sample:
    """Nothing bad was found, and the way back was not rehearsed."""
    return judged(build.release_inputs(rehearsal=None, budget=build.a_budget(days=12)))


def nothing() -> Sample:
    """Nothing of what is asked for is there."""
    return judged(
        build.release_inputs(
            judged=None,
            cards=(),
            records=(),
            rehearsal=None,
            budget=None,
            in_force=(),
            system=build.a_released_system(owners={}),
            spec=build.a_release_spec(error_budget=None),
        )
    )


SAMPLES = {"pass": a_pass, "canary": a_canary, "drill": a_drill, "failure": a_failure, "open": an_open_one, "nothing": nothing}


def a_sign_off(role: str = "product_owner", name: str = ANA, *, is_override: bool = False, days: int = 7, seq: int = 21) -> SignOff:
    at = build.MORNING + timedelta(hours=2)
    return SignOff(
        seq=seq,
        name=name,
        role=role,
        fingerprint="SHA256:" + name[:1] * 43,
        evidence_digest="sha256:" + "1" * 64,
        signed_at=at,
        expires_at=at + timedelta(days=days),
        is_override=is_override,
        reason="Version 1 refuses every application from Ohio since yesterday" if is_override else "",
        nonce="0123456789abcdef",
        request_digest="sha256:" + "2" * 64,
        bundle_digest="sha256:" + "3" * 64,
    )


def a_switch(**changes: object) -> SwitchMade:
    base = SwitchMade(
        started_event=31,
        system_id=build.SYSTEM,
        artifact="model",
        release_id="REL-20260302-00000000",
        is_rollback=False,
        from_version=build.CHAMPION,
        to_version=build.CANDIDATE,
        to_digest="sha256:" + "4" * 64,
        share_percent=100,
        by="ops@bank.example",
        started_at=build.MORNING + timedelta(hours=5),
        ended_event=32,
        read_back=build.CANDIDATE,
        seconds=1.25,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def known(decision: ReleaseDecision, sign_offs: Sequence[SignOff] = (), switches: Sequence[SwitchMade] = ()) -> KnownRelease:
    """Return the release of ``decision`` as the ledger would have it."""
    return KnownRelease(
        release_id=decision.release_id,
        system_id=decision.system,
        artifact=decision.artifact,
        event=20,
        bundle_digest="sha256:" + "5" * 64,
        decision_digest="sha256:" + "1" * 64,
        proposed_at=decision.as_of,
        proposed_by=decision.proposed_by,
        made_by=decision.made_by,
        verdict=decision.verdict,
        action=decision.action,
        candidate=decision.candidate,
        champion=decision.champion,
        review_on=decision.calendar.review_on,
        sign_offs=tuple(sign_offs),
        switches=tuple(switches),
    )


def both_signed(*, is_override: bool = False) -> tuple[SignOff, SignOff]:
    return a_sign_off(is_override=is_override), a_sign_off("governance_lead", GOV, is_override=is_override, seq=22)


def named_by(texts: Sequence[str]) -> tuple[ReleaseDecision, ReleaseInputs, KnownRelease]:
    """Return a release with each of ``texts`` in every list of its decision, inputs, signatures and switches at once."""
    decision, inputs = a_failure()
    lists = [field.name for field in fields(ReleaseDecision) if isinstance(getattr(decision, field.name), tuple)]
    told = [_told(decision, text) for text in texts]
    joined = replace(told[0], **{name: tuple(item for one in told for item in getattr(one, name)) for name in lists})
    read = _read(inputs, texts)
    signed = tuple(with_text(a_sign_off(is_override=bool(place % 2)), text) for place, text in enumerate(texts))
    made = tuple(with_text(a_switch(ended_event=place % 2), text) for place, text in enumerate(texts))
    return joined, read, replace(known(joined, signed, made), release_id=texts[0], disowned=signed[:2])


def _told(decision: ReleaseDecision, text: str) -> ReleaseDecision:
    verdicts = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)
    short = replace(
        decision,
        reasons=(Reason("x", "x"),),
        findings=tuple(Finding("x", "x", verdict, "x", "x") for verdict in verdicts),
        not_evaluated=(NotEvaluated("x", "x", "x"),),
        inputs=(InputDigest("x", "x"),),
        gates=(GateStanding(PreDeploymentGate.COMPLIANCE, Verdict.FAIL, "x"),),
    )
    return with_text(short, text)  # type: ignore[no-any-return]


def _read(inputs: ReleaseInputs, texts: Sequence[str]) -> ReleaseInputs:
    system = replace(inputs.system, system_id=texts[0], name=texts[0], owners=dict.fromkeys(build.OWNERS, texts[-1]))
    cards = tuple(one for text in texts for one in (with_text(build.a_card(), text), replace(with_text(build.a_card(), text), problem="")))
    records = tuple(
        replace(with_text(build.a_record(RecordKind.TRA), text), problem=text * (place % 2)) for place, text in enumerate(texts)
    )
    return replace(
        inputs,
        system=system,
        spec=replace(inputs.spec, purpose=texts[0]),
        proposal=with_text(inputs.proposal, texts[0]),
        proposed_by=texts[0],
        cards=cards,
        records=records,
        rehearsal=with_text(build.a_rehearsal(), texts[0]),
        budget=replace(build.a_budget(), problem=texts[0]),
        holds=tuple(with_text(build.a_release_hold(), text) for text in texts),
        in_force=tuple(with_text(one, text) for text in texts for one in inputs.in_force),
    )


def package_names() -> Mapping[str, bytes]:
    """Return the papers of a package: one card, and an assessment with its signature."""
    return {"model_card.md": b"# Card\n", "dpia.yaml": b"kind: dpia\n", "dpia.yaml.sig": b"-----BEGIN SSH SIGNATURE-----\n"}
