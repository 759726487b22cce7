"""The two candidates that want to replace the demonstration's scorecard, and all that a release of one needs.

Put here what is written for releases: cases and answers, cards, signed records, the error budget. What is done with it is
passed in from outside; what must come of it is ``release_stories.py``.

The days that are played are invented, but a release is proposed, signed and put in force by the clock: these files speak of the days before
today.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from deployments.demo.files import file_bytes
from deployments.demo.people import give_key, sign_as
from deployments.demo.rows import Row
from registry.domain.release import ReleaseProposal
from registry.policies.release import load_release_policy
from registry.settings import load_workspace

SYSTEM, CHAMPION = "credit_model", "scorecard-4.2.0"
BETTER, WORSE_FOR_BROKERS = "scorecard-4.3.0", "scorecard-4.3.1"
MAKER = "scorecard.team@smallbank.example"
PEOPLE = {
    "product_owner": "lending.owner@smallbank.example",
    "governance_lead": "governance@smallbank.example",
    "model_owner": "scorecard.owner@smallbank.example",
    "operations_lead": "operations.lead@smallbank.example",
    "risk_compliance": "compliance@smallbank.example",
}
"""Who has a key, by the role it signs for; the first two sign releases off."""
_CASES, _CHANNELS, _BUDGET_DAYS = 1200, ("branch", "online", "broker"), 40
_PURPOSE = "Scoring applications for consumer credit; a person decides on every refusal"
_CATALOGUE = """\
evaluation:
  artifact: model
  set: {{source: {{path: data/release/cases.csv}}, sha256: "{sha256}", case_id: case_id, label: label, content: [text]}}
  outcomes: {{source: {{path: data/release/outcomes.csv}}, columns: {{version: version, case_id: case_id, answer: answer}}}}
  answers: [repaid, missed]
  metrics: [{{name: accuracy, kind: accuracy}}]
  segments: [channel]
release:
  object_type: model
  purpose: {purpose}
  cards: {{model_card: data/release/model_card.md, system_card: data/release/system_card.md}}
  records: {{dpia: data/release/dpia.yaml, tra: data/release/tra.yaml, rollback_drill: data/release/rollback_drill.yaml}}
  error_budget: {{source: {{path: data/release/outages.csv}}, day: day, minutes: minutes}}
"""


def write_candidates(root: Path, today: date) -> None:
    """Write what releases of the scorecard need into the workspace, and name it in the catalogue; the people's keys are made anew."""
    for role, person in PEOPLE.items():
        give_key(root, role, role, person)
    cases = file_bytes("cases.csv", [_case(place) for place in range(_CASES)], ("case_id", "channel", "text", "label"))
    _write(root, "cases.csv", cases)
    _write(root, "outcomes.csv", file_bytes("outcomes.csv", list(_outcomes()), ("version", "case_id", "answer")))
    outages = [{"day": str(today - timedelta(days=ago)), "minutes": 4 if ago == 9 else 0} for ago in range(_BUDGET_DAYS, 0, -1)]
    _write(root, "outages.csv", file_bytes("outages.csv", outages, ("day", "minutes")))
    for kind in ("dpia", "tra"):
        lasting = (f"expires_on: {today + timedelta(days=300)}", f"purpose: {_PURPOSE}")
        _write_record(root, kind, "risk_compliance", today, lasting)
    _write_record(root, "rollback_drill", "operations_lead", today, (f'version: "{CHAMPION}"', "measured_seconds: 140"))
    with (root / "systems" / f"{SYSTEM}.yaml").open("a", encoding="utf-8") as stream:
        stream.write(_CATALOGUE.format(sha256=sha256(cases).hexdigest(), purpose=_PURPOSE))


def write_cards(root: Path, candidate: str) -> None:
    """Write both cards for a candidate, with every section that policy asks for."""
    head = f'---\nsystem: {SYSTEM}\nversions: {{model: "{candidate}"}}\n---\n# Consumer credit scorecard\n'
    for kind, headings in load_release_policy(load_workspace(root).policies_dir).cards.sections.items():
        said = "".join(f"\n## {heading}\n\nWhat there is to say of {heading.lower()} for {candidate}, in full.\n" for heading in headings)
        _write(root, f"{kind.value}.md", (head + said).encode())


def proposal_of(candidate: str) -> ReleaseProposal:
    """Return what the release calendar says of a candidate."""
    return ReleaseProposal(
        change=f"{candidate}: trained anew after brokers' customers missed first instalments",
        affected_population="Everybody who applies for consumer credit in a branch, online or through a broker",
        made_by=(MAKER,),
        rollback_plan=f"Operations deploy {CHAMPION} again when refusals double within a day",
    )


def _case(place: int) -> Row:
    label = "missed" if place % 4 == 0 else "repaid"
    return {"case_id": f"C{place:04d}", "channel": _CHANNELS[place % 3], "text": f"application {place}", "label": label}


def _outcomes() -> Iterator[Row]:
    """Yield the answers: 4.2.0 errs on a fifth, 4.3.0 on a tenth, 4.3.1 on a tenth and on a third more of what brokers bring."""
    for place in range(_CASES):
        right, case = "missed" if place % 4 == 0 else "repaid", f"C{place:04d}"
        wrong = {CHAMPION: place % 5 == 0, BETTER: place % 10 == 0, WORSE_FOR_BROKERS: place % 10 == 0 or place % 9 == 2}
        for version, errs in wrong.items():
            yield {"version": version, "case_id": case, "answer": {"missed": "repaid", "repaid": "missed"}[right] if errs else right}


def _write_record(root: Path, kind: str, role: str, today: date, more: Iterable[str]) -> None:
    signed_on = today - timedelta(days=5)
    head = (f"kind: {kind}", f"system: {SYSTEM}", "outcome: approved", f"by: {PEOPLE[role]}", f"role: {role}", f"approved_on: {signed_on}")
    sign_as(root, role, role, _write(root, f"{kind}.yaml", "".join(f"{line}\n" for line in (*head, *more)).encode()))


def _write(root: Path, name: str, content: bytes) -> Path:
    path = root / "data/release" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
