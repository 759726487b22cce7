"""A step as an artifact of its Prefect run: what was recorded and where to look, or what is missing and how to meet it."""

from __future__ import annotations

from registry.domain.catalogue import OwnerRole
from registry.domain.decision import Finding, Verdict
from registry.domain.work import Refusal, StepDecision, StepKind, Submission
from registry.domain.work_run import StepReceipt, StepResult
from reports.markdown import step_markdown
from tests.builders import DIGEST
from tests.checks.work.worksheets import FEE_ANSWER

SUBMISSION = Submission(StepKind.ROOT_CAUSE, "ISS-1", "ana@bank.example", OwnerRole.PRODUCT_OWNER, FEE_ANSWER)
RECEIPT = StepReceipt(8, DIGEST, DIGEST, "rca_in_progress")


def a_recorded_step(*findings: Finding) -> StepResult:
    return StepResult(StepDecision(SUBMISSION, (), {}, DIGEST, findings), RECEIPT)


def a_look(reason: str) -> Finding:
    return Finding("elsewhere", "chat", Verdict.INCONCLUSIVE, "shared_part", reason, blocking=False)


def test_a_recorded_step_without_findings_has_no_section_to_look_at() -> None:
    said = step_markdown(a_recorded_step())

    assert said.startswith("# Recorded: ")
    assert "## Look" not in said


def test_where_to_look_is_said_below_what_was_recorded() -> None:
    said = step_markdown(a_recorded_step(a_look("reads the same rows; look with proofloop issue list")))

    assert "## Look" in said
    assert "| chat | reads the same rows; look with proofloop issue list |" in said


def test_what_people_wrote_cannot_break_out_of_its_cell() -> None:
    said = step_markdown(a_recorded_step(a_look("x | y\n# z <script>")))

    assert "<script>" not in said
    assert "\n# z" not in said


def test_a_refused_step_says_what_is_missing_and_how_to_meet_it() -> None:
    refused = StepDecision(
        SUBMISSION, (Refusal("missing", "direct_cause: expected an answer, found nothing", "say what made it fail"),), {}, DIGEST
    )

    said = step_markdown(StepResult(refused))

    assert said.startswith("# Refused: ")
    assert "say what made it fail" in said
