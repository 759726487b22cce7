"""A gate decision as a JUnit file: what a CI system shows beside its own tests.

Put the shape of that file here; verdicts are taken as decided.

 * One test case for each blocking finding: FAIL is a failure, INCONCLUSIVE an error (it could not be told), PASS passes.
 * What was not evaluated is skipped, never passed, whatever policy makes of it.
 * A decision that did not pass is never a file without a failure or an error, and one without a finding is no empty file.
 * A comparison has the same name in every run, whatever it comes to, so that a CI system can follow it.
 * The same bytes for the same decision: its only time is ``as_of``.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from registry.domain.decision import Finding, Verdict
from registry.domain.gate import GateDecision
from reports.foreign_text import visible
from reports.gate_words import counted_verdict, is_broken, reason_words

_TOO_FEW = "too_few"
_OUTCOMES = {Verdict.FAIL: "failure", Verdict.INCONCLUSIVE: "error"}


def junit_of(decision: GateDecision) -> bytes:
    """Return ``decision`` as a JUnit XML file."""
    suite = ElementTree.Element("testsuite", name=visible(f"proofloop gate {decision.system}"), timestamp=decision.as_of.isoformat())
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in _properties(decision):
        ElementTree.SubElement(properties, "property", name=name, value=visible(value))
    suite.extend(_cases(decision))
    counts = {
        "tests": str(len(suite.findall("testcase"))),
        **{
            name: str(len(suite.findall(f"testcase/{tag}")))
            for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
        },
    }
    suite.attrib.update(counts)
    root = ElementTree.Element("testsuites", suite.attrib)
    del root.attrib["timestamp"]
    root.append(suite)
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _properties(decision: GateDecision) -> Iterator[tuple[str, str]]:
    yield from (("verdict", decision.verdict.value), ("action", decision.action.value))
    for role, one in (("candidate", decision.candidate), ("champion", decision.champion)):
        yield from ((role, one.version), (f"{role}_digest", one.digest))
    yield from (("set_digest", decision.set_digest), ("policy_digest", decision.policy_digest))


def _cases(decision: GateDecision) -> Iterator[ElementTree.Element]:
    left_out = {item.subject: item for item in decision.not_evaluated}
    findings = [one for one in decision.findings if one.blocking]
    compared = {(one.metric, one.segment.name) for one in decision.comparisons}
    for one in findings:
        left_out.pop(f"{one.check} of {one.subject}", None)
        is_left_out = one.reason_code == _TOO_FEW and counted_verdict(one) is Verdict.PASS
        name = one.subject if (one.check, one.subject) in compared else f"{one.subject}: {reason_words(one.reason_code)}"
        yield _skipped(f"gate.{one.check}", name, one.reason) if is_left_out else _judged(one, name)
    for item in left_out.values():
        yield _skipped("gate.not_evaluated", f"{item.subject}: {reason_words(item.reason_code)}", item.reason)
    if not any(counted_verdict(one) is decision.verdict for one in findings):
        yield _of_decision(decision)


def _judged(finding: Finding, name: str) -> ElementTree.Element:
    case = _case(f"gate.{finding.check}", name)
    text = finding.reason + ("; a number was not computed, which counts as a failure" if is_broken(finding) else "")
    _add_outcome(case, counted_verdict(finding), finding.reason_code, text)
    return case


def _of_decision(decision: GateDecision) -> ElementTree.Element:
    """Return the decision itself as a case: its verdict has no finding to stand for it."""
    case = _case("gate", "decision")
    text = "; ".join(one.text for one in decision.reasons) or "nothing was judged"
    _add_outcome(case, decision.verdict, decision.reasons[0].code if decision.reasons else decision.verdict.value, text)
    return case


def _skipped(classname: str, name: str, reason: str) -> ElementTree.Element:
    case = _case(classname, name)
    ElementTree.SubElement(case, "skipped", message=visible(reason))
    return case


def _case(classname: str, name: str) -> ElementTree.Element:
    return ElementTree.Element("testcase", classname=visible(classname), name=visible(name))


def _add_outcome(case: ElementTree.Element, verdict: Verdict, code: str, text: str) -> None:
    if tag := _OUTCOMES.get(verdict):
        ElementTree.SubElement(case, tag, type=visible(code), message=visible(text))
