"""A workspace over five years of real complaints about one bank, as five AI systems split by product.

Put the catalogue of that workspace here; what is expected of it is ``tests/real/triage.py``. Nothing here is tuned to the data: the filters
follow products, the fingerprints follow product and issue, and every policy is the shipped one.
"""

from __future__ import annotations

from pathlib import Path

FILE = "complaints_2017-05_2021-12.csv.gz"
OWNERS = (
    "{product_owner: product@bank.example, operations_lead: operations@bank.example, risk_compliance: compliance@bank.example, "
    "model_risk: validation@bank.example, business_process_owner: process@bank.example, data_owner: data@bank.example, "
    "evalops_owner: evaluation@bank.example}"
)
CARD = "\"Sub-product\" = 'Government benefit card'"
REPORTING = "\"Product\" LIKE 'Credit reporting%'"
ACCOUNTS = "(\"Product\" LIKE 'Checking%' OR \"Product\" LIKE 'Money transfer%')"

COMPLAINTS = """\
id: {system}
name: {name}
kind: {kind}
risk_tier: {tier}
owners: {owners}
timezone: America/New_York
versions: {{model: {{recorded: "1"}}}}
signals:
  - name: complaints
    category: complaint
    source: {{path: {path}}}
    where: {where}
    fields:
      signal_id: Complaint ID
      occurred_at: Date submitted
      received_at: Date received
      journey_step: Issue
      segment: {{product: Product, state: State, channel: Submitted via}}
    impact: {impact}
    fingerprint: [{fingerprint}]
    opens_issue: {{spike: {{}}}}
    allowed_lateness_days: 1
"""

# A missed deadline is known fifteen days after the complaint was received, not on that day.
UNTIMELY = """\
id: complaint_handling
name: Complaint routing and response
kind: llm
risk_tier: medium
owners: {owners}
timezone: America/New_York
versions: {{model: {{recorded: "1"}}}}
signals:
  - name: untimely_responses
    category: expert_review
    source: {{path: {path}}}
    where: "\\"Timely response?\\" = 'No'"
    fields:
      signal_id: Complaint ID
      occurred_at: Date received
      received_at: {{column: Date received, plus_days: 15}}
      journey_step: Issue
      segment: {{product: Product, state: State, channel: Submitted via}}
    impact: delay
    fingerprint: [Timely response?]
    opens_issue: {{spike: {{}}}}
    allowed_lateness_days: 1
"""


def write_workspace(root: Path, data: Path) -> Path:
    """Write the workspace below ``root`` over the complaints file in ``data`` and return its folder."""
    (root / "systems").mkdir(parents=True, exist_ok=True)
    (root / "proofloop.yaml").write_text(f"timezone: America/New_York\nallowed_source_roots: ['.', '{data.resolve()}']\n")
    path = str((data / FILE).resolve())
    systems = {
        "fraud_filter": ("Card fraud filter", "rules", "high", CARD, "access", "Sub-product"),
        "credit_reporting": ("Credit reporting disputes", "ml", "high", REPORTING, "explanation", "Sub-product, Issue"),
        "onboarding": ("Account opening and payments", "ml", "high", f"NOT ({CARD}) AND {ACCOUNTS}", "access", "Product, Issue"),
        "servicing": (
            "Loan and card servicing",
            "rag",
            "medium",
            f"NOT ({CARD}) AND NOT ({REPORTING}) AND NOT {ACCOUNTS}",
            "repeat_effort",
            "Product, Issue",
        ),
    }
    for system, (name, kind, tier, where, impact, fingerprint) in systems.items():
        text = COMPLAINTS.format(
            system=system,
            name=name,
            kind=kind,
            tier=tier,
            owners=OWNERS,
            path=path,
            impact=impact,
            fingerprint=fingerprint,
            where=_quoted(where),
        )
        (root / "systems" / f"{system}.yaml").write_text(text)
    (root / "systems" / "complaint_handling.yaml").write_text(UNTIMELY.format(owners=OWNERS, path=path))
    return root


def _quoted(condition: str) -> str:
    return '"' + condition.replace('"', '\\"') + '"'
