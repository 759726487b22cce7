"""Public incidents of four providers of language models, as rows of an incident feed: one for each component, with what went wrong.

Put here how the public file becomes a feed, and the catalogue of it; what is counted in it is ``recurrence_providers.py``. The file has no
column for a cause. What failed, and which part, is read from an incident's title by words, and once more from its updates: the second
reading decides nothing, it is what the first is held against.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

FILE = "provider_incidents_2021_2025.csv.gz"
PROVIDERS = ("openai", "anthropic", "StabilityAI", "character")
_COMPONENTS = (
    *("Playground", "API", "DALL-E", "ChatGPT", "api.anthropic.com", "claude.ai", "console.anthropic.com", "Character.AI"),
    *("REST API", "gRPC API", "Stable Assistant"),
)
_UPDATES = ("identified_description", "monitoring_description", "resolved_description", "postmortem_description")
# The first that fits. A word stands for what failed, not for why: which is all that these pages say of most incidents.
_FAILURES = {
    "sign-in": r"log ?in|sign ?in|signing|authenticat|\bsso\b|sign ?up|verification",
    "limits and billing": r"billing|payment|usage|rate limit|quota|credit|subscription",
    "slow": r"latenc|slow|delay|perform|time ?d? ?out|timeout|degrad",
    "errors": r"error|\b5\d\d\b|fail",
    "down": r"\bdown\b|outage|unavail|unreachable|inaccess|offline|disrupt",
}
_PARTS = {
    "images": r"dall|image|vision|stable diffusion|sdxl|upscal",
    "speech": r"whisper|speech|voice|audio|\btts\b",
    "embeddings": r"embedding|moderation",
    "fine-tuning": r"fine.?tun|\bbatch\b",
    "assistants": r"assistant|\bgpts\b|plugin|brows|search",
    "files": r"\bfiles?\b|upload|artifact|code interpreter|data analysis",
    "history": r"history|conversation|\bchats\b",
    "haiku": r"haiku",
    "sonnet": r"sonnet",
    "opus": r"opus",
    "gpt-4": r"gpt.?4|\bo1\b",
    "gpt-3": r"gpt.?3|davinci|turbo|codex",
    "site": r"web ?site|\bsite\b|\bconsole\b|dashboard|labs|\bweb\b",
}
_ENTRY = """\
id: {system}
name: {provider}, as its status page tells
kind: llm
risk_tier: medium
owners: {{product_owner: product@bank.example, operations_lead: operations@bank.example}}
timezone: UTC
versions: {{model: {{recorded: "1"}}}}
signals:
  - name: incidents
    category: incident
    source: {{path: data/incidents.csv}}
    where: "\\"Provider\\" = '{provider}'"
    fields: {{signal_id: Row, occurred_at: Began, received_at: Began, journey_step: Component, segment: {{component: Component}}}}
    impact: delay
    fingerprint: [{fingerprint}]
    opens_issue: {{each: {{min_severity: L2}}}}
    allowed_lateness_days: 1500
"""


def write_incidents(root: Path, data: Path, fingerprint: str) -> Path:
    """Write the rows and a system for each provider below ``root``, with one fingerprint for all, and return the folder."""
    for name in ("systems", "data"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "proofloop.yaml").write_text("timezone: UTC\nallowed_source_roots: [data]\n")
    for provider in PROVIDERS:
        text = _ENTRY.format(system=provider.lower(), provider=provider, fingerprint=fingerprint)
        (root / f"systems/{provider.lower()}.yaml").write_text(text)
    with (root / "data/incidents.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("Row", "Provider", "Began", "Component", "Failure", "Part", "Impact"))
        for incident in read_incidents(data):
            told = reading_of(incident["Incident_Title"])
            for component in components_of(incident):
                began = incident["start_timestamp"].replace(" ", "T")
                row_id = f"{incident['incident_id']}:{component.replace(' ', '-')}"
                rows.writerow((row_id, incident["provider"], began, component, *told, incident["incident_impact_level"]))
    return root


def read_incidents(data: Path) -> Iterator[Mapping[str, str]]:
    """Yield the incidents that began; two were only announced."""
    with gzip.open(data / FILE, "rt", encoding="utf-8", newline="") as stream:
        yield from (incident for incident in csv.DictReader(stream) if incident["start_timestamp"])


def components_of(incident: Mapping[str, str]) -> tuple[str, ...]:
    """Return the components of an incident; those of one that names none are not told."""
    return tuple(name for name in _COMPONENTS if incident[name] == "1") or ("not told",)


def reading_of(text: str) -> tuple[str, str]:
    """Return what failed, and which part of it, as the words of a text say.

    >>> reading_of("Elevated errors for requests to Claude 3.5 Sonnet")
    ('errors', 'sonnet')
    """
    return _first(_FAILURES, text), _first(_PARTS, text)


def updates_of(incident: Mapping[str, str]) -> tuple[str, str]:
    """Return the same of everything that was told after the first notice."""
    return reading_of(" ".join(incident[name] for name in _UPDATES))


def _first(words: Mapping[str, str], text: str) -> str:
    return next((name for name, pattern in words.items() if re.search(pattern, text, re.IGNORECASE)), "not told")
