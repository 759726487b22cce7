"""Outcomes of the gate that are made here: champion and candidate loaded apart, one after the other, and asked every case of the set.

Put here how the gate comes by outcomes where its catalogue says ``score``. How a version is scored is ``registry/versions/scoring.py``.

The rules:
 * Both versions are scored in the same way, or none counts: a version that cannot be scored is a finding, and nothing is compared.
 * What is scored is named with the decision: the digest of each version's files, and of the signed list that allowed them.
 * The same files on the same set, asked in the same way, are asked once: what they answered is kept in the workspace's state, so that
   asking again is the same question. Only a version that was asked every case is kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from checks.expectations import evaluations
from registry.domain.canonical import digest_of
from registry.domain.catalogue import VersionSpec
from registry.domain.decision import Finding, InputDigest, Verdict
from registry.domain.evaluation import EvaluationSet, OutcomesRead, ScoreSpec
from registry.domain.gate import MODEL_FILES
from registry.domain.gate_run import GatePlan
from registry.errors import ScoringError
from registry.sources.evaluation_outcomes import read_outcomes
from registry.sources.evaluation_scored import SCORED, join_scored, write_scored
from registry.sources.evaluation_set import read_case_inputs
from registry.sources.prediction_rows import PredictionPlace
from registry.versions.scoring import CaseAnswer, ScoringPlace, asked_of, fetched
from registry.versions.scoring_allowed import refuse_unlisted
from tasks.scoring import artifact_of, scoring_place
from tasks.workspace import workspace_of

CHECK = "scoring"
_FORMAT = 1


def score_outcomes(plan: GatePlan, cases: EvaluationSet, place: PredictionPlace) -> OutcomesRead:
    """Return what candidate and champion answer to ``cases``, with what kept them from it as a finding.

    Raises:
        SourceError: the set's inputs cannot be read.
        ConfigurationError: no model can be kept apart on this machine, or MLflow's address is missing.
        VersionsUnavailableError, SourceUnavailableError, EvidenceUnavailableError: something that is needed does not answer.
    """
    score = plan.spec.score or ScoreSpec(())
    asked = _Asked(plan, score, cases.case_ids, read_case_inputs(plan.spec, score.inputs, place))
    versions = tuple(dict.fromkeys((plan.champion.version, plan.candidate.version)))
    scored: list[tuple[Path, InputDigest]] = []
    version = ""
    try:
        where = scoring_place(workspace_of(plan), plan.observed_at)
        for version in versions:
            scored.append(_scored(asked, version, where))
    except ScoringError as error:
        return OutcomesRead({}, (Finding(CHECK, version or "allowed_models", Verdict.INCONCLUSIVE, "not_scored", str(error)),))
    with tempfile.TemporaryDirectory() as folder:
        join_scored([path for path, _ in scored], Path(folder))
        here = replace(place, base=Path(folder), roots=(Path(folder),))
        read = read_outcomes(replace(plan.spec, outcomes=SCORED), cases, versions, here, evaluations)
    allowed = InputDigest("allowed_models", where.allowed.digest)
    return replace(read, inputs=(*read.inputs, *(digest for _, digest in scored), allowed))


class _Asked:
    """What every version is asked in the same way, and where it is kept what one answered."""

    def __init__(self, plan: GatePlan, score: ScoreSpec, case_ids: tuple[str, ...], rows: tuple[tuple[str | None, ...], ...]) -> None:
        self.spec: VersionSpec = artifact_of(plan.system, plan.spec.artifact)
        self.score, self.case_ids, self.rows = score, case_ids, rows
        self._set, self._folder = plan.spec.set_digest, workspace_of(plan).state_dir / "scored"

    def kept_in(self, version: str, digest: str, python: str) -> Path:
        """Return the file of what these files of a version answered to these questions."""
        score = self.score
        key = digest_of([_FORMAT, version, digest, self._set, score.inputs, score.answer, score.score, score.cases_at_once, python])
        return self._folder / f"{key.removeprefix('sha256:')}.parquet"


def _scored(asked: _Asked, version: str, where: ScoringPlace) -> tuple[Path, InputDigest]:
    """Return the file with the outcomes of a version, and the digest of what was scored."""
    name = f"{asked.spec.mlflow_model} {version}"
    with fetched(asked.spec, version, where.uri) as (folder, digest):
        refuse_unlisted(name, digest, where.allowed)
        path = asked.kept_in(version, digest, where.limits.python)
        if not path.exists():
            with asked_of(name, digest, folder, where) as model:
                answers = model.answers(asked.score.inputs, asked.rows, asked.score.cases_at_once)
                write_scored(path, _rows(asked, version, answers))
    return path, InputDigest(f"{MODEL_FILES}{name}", digest)


def _rows(asked: _Asked, version: str, answers: Iterator[CaseAnswer]) -> Iterator[tuple[str, ...]]:
    for case_id, answer in zip(asked.case_ids, answers, strict=True):
        given = _cell(answer, asked.score.answer), _cell(answer, asked.score.score)
        yield version, case_id, *given, f"{answer.seconds:.6f}", answer.error


def _cell(answer: CaseAnswer, column: str) -> str:
    if not column or answer.error:
        return ""
    if column not in answer.cells:
        listed = ", ".join(map(repr, answer.cells)) or "none"
        raise ScoringError(f"expected a column {column!r} in what the model answers, found {listed}; correct evaluation.score")
    return answer.cells[column]
