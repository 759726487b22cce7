"""The example workspaces of ``proofloop init``: small, made-up, complete enough for a first triage.

Put an example here as the files it writes. The data end the day before the workspace is made, and their last days hold a spike: a replay
of the past weeks opens one issue for it. The same day always gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

HISTORY_DAYS = 120
_SPIKE_DAYS = 5

_CARDS_SYSTEM = """\
# yaml-language-server: $schema=../schemas/system.json
id: card_fraud_filter
name: Card fraud filter
kind: ml                       # ml | llm | rag | agent | rules
risk_tier: medium              # low | medium | high: decides which owners are required
owners:
  product_owner: product.owner@bank.example
  operations_lead: operations.lead@bank.example
  risk_compliance: risk@bank.example
versions:
  model: {recorded: "2.3.0"}   # or {mlflow_model: card_fraud_filter, alias: champion} with mlflow_uri in proofloop.yaml
signals:
  - name: complaints
    category: complaint
    source: {path: data/complaints.csv}
    fields:
      signal_id: complaint_id
      occurred_at: occurred_on
      received_at: received_on
      journey_step: issue
      segment: {product: product, channel: channel}
    impact: {column: issue, map: {Card declined: access, Account locked: access, Wrong letter: explanation}}
    fingerprint: [product, issue]
    opens_issue: spike
"""

_ASSISTANT_SYSTEM = """\
# yaml-language-server: $schema=../schemas/system.json
id: service_assistant
name: Customer service assistant
kind: llm                      # ml | llm | rag | agent | rules
risk_tier: low                 # low | medium | high: decides which owners are required
owners:
  product_owner: product.owner@bank.example
  operations_lead: operations.lead@bank.example
signals:
  - name: reviews
    category: expert_review
    source: {path: data/reviews.jsonl}
    fields:
      signal_id: review_id
      occurred_at: answered_on
      received_at: reviewed_on
      journey_step: topic
      narrative: comment
      segment: {channel: channel}
      versions: {model: model, prompt: prompt}
    impact: explanation
    fingerprint: [topic, defect]
    opens_issue: [spike, {each: {min_severity: L3}}]
"""


@dataclass(frozen=True, slots=True)
class Example:
    """One example: its system file and its data file, the latter made for a day."""

    system_id: str
    system: str
    data_name: str
    data: Callable[[date], str]


def _complaints(today: date) -> str:
    lines = ["complaint_id,occurred_on,received_on,product,issue,channel"]
    lines += [
        f"{100000 + n},{day - timedelta(days=1)},{day},{product},{issue},{channel}"
        for n, day, (product, issue, channel) in _complaint_rows(today)
    ]
    return "\n".join(lines) + "\n"


def _complaint_rows(today: date) -> Iterator[tuple[int, date, tuple[str, str, str]]]:
    kinds = (("Debit card", "Card declined"), ("Credit card", "Wrong letter"), ("Benefit card", "Account locked"))
    number = 0
    for ago in range(HISTORY_DAYS, 0, -1):
        ordinary = [kinds[(ago + step) % 3] for step in range(2 + ago % 2)]
        spike = [kinds[2]] * 8 if ago <= _SPIKE_DAYS else []
        for kind in [*ordinary, *spike]:
            number += 1
            yield number, today - timedelta(days=ago), (*kind, ("Web", "Phone", "Branch")[number % 3])


def _reviews(today: date) -> str:
    return "".join(json.dumps(row) + "\n" for row in _review_rows(today))


def _review_rows(today: date) -> Iterator[dict[str, str]]:
    number = 0
    for ago in range(HISTORY_DAYS, 0, -1):
        day = today - timedelta(days=ago)
        for step in range(1 + ago % 2 + (6 if ago <= _SPIKE_DAYS else 0)):
            number += 1
            topic, defect = ("fees", "outdated answer") if step > 1 else (("cards", "fees")[number % 2], "unclear answer")
            yield {
                "review_id": f"R{number:05d}",
                "answered_on": (day - timedelta(days=1)).isoformat(),
                "reviewed_on": day.isoformat(),
                "topic": topic,
                "defect": defect,
                "channel": ("chat", "mail")[number % 2],
                "model": "5.1.0",
                "prompt": "14",
                "comment": f"The answer about {topic} had this defect: {defect}.",
            }


EXAMPLES = {
    "cards": Example("card_fraud_filter", _CARDS_SYSTEM, "complaints.csv", _complaints),
    "assistant": Example("service_assistant", _ASSISTANT_SYSTEM, "reviews.jsonl", _reviews),
}
