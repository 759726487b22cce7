"""The demonstration's workspace as files: written once with its history, then one morning's deliveries at a time.

Put placing of files here. What they hold is ``mishaps.py``, ``rows.py``, ``outbreaks.py`` and ``predictions.py``, the systems are the YAML
files beside this module.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

from deployments.demo.files import file_bytes
from deployments.demo.mishaps import Arrival, arrivals
from deployments.demo.outbreaks import DECISIONS, decision_rows
from deployments.demo.predictions import exported_logs
from deployments.demo.rows import COLUMNS
from deployments.demo.story import HISTORY_FROM, REPLAY_DAYS, REPLAY_FROM, SEED, VERSION_CHANGES

SYSTEMS = ("fraud_filter", "credit_model", "complaint_router")
_HERE = Path(__file__).parent


def write_workspace(root: Path, seed: int = SEED) -> None:
    """Write the workspace as it stands before the first replayed morning; earlier days are one file a month.

    A person can open the folder with any command of proofloop; ``deliver_day`` adds what the next mornings bring.
    """
    _write(root / "proofloop.yaml", (_HERE / "workspace.yaml").read_bytes())
    _write(root / "suppressions.yaml", (_HERE / "suppressions.yaml").read_bytes())
    for system_id in SYSTEMS:
        _write(root / "systems" / f"{system_id}.yaml", _system_file(system_id, REPLAY_FROM))
    for arrival in (*_history(seed), *exported_logs(REPLAY_FROM, seed), _decisions(REPLAY_FROM, seed)):
        _place(root, arrival)


def deliver_day(root: Path, day: date, seed: int = SEED) -> tuple[Path, ...]:
    """Place what arrives on the morning of ``day`` (the data of the day before) and return the files; doing it twice changes nothing."""
    for change in VERSION_CHANGES:
        if change.on == day:
            _write(root / "systems" / f"{change.system_id}.yaml", _system_file(change.system_id, day))
    placed = [arrival for arrival in arrivals(day, seed) if arrival.rows or arrival.columns]
    return tuple(_place(root, arrival) for arrival in (*placed, *exported_logs(day, seed), _decisions(day, seed)))


def replay_days() -> tuple[date, ...]:
    """Return the business dates that the demonstration plays, in order."""
    return tuple(REPLAY_FROM + timedelta(days=offset) for offset in range(REPLAY_DAYS))


def _decisions(morning: date, seed: int) -> Arrival:
    return Arrival("decisions", DECISIONS, decision_rows(morning, seed), COLUMNS["decisions"])


def _history(seed: int) -> list[Arrival]:
    days = (REPLAY_FROM - HISTORY_FROM).days
    mornings = [HISTORY_FROM + timedelta(days=offset) for offset in range(1, days)]
    months: dict[tuple[str, str], list[Arrival]] = defaultdict(list)
    for morning in mornings:
        for arrival in arrivals(morning, seed):
            name = arrival.name.replace((morning - timedelta(days=1)).isoformat(), f"{morning - timedelta(days=1):%Y-%m}")
            months[arrival.source, name].append(arrival)
    return [_joined(source, name, parts) for (source, name), parts in sorted(months.items())]


def _joined(source: str, name: str, parts: list[Arrival]) -> Arrival:
    if source == "register":
        return parts[-1]
    return Arrival(source, name, tuple(row for part in parts for row in part.rows), parts[0].columns)


def _system_file(system_id: str, on: date) -> bytes:
    text = (_HERE / f"{system_id}.yaml").read_text(encoding="utf-8")
    for change in VERSION_CHANGES:
        if change.system_id == system_id and change.on <= on:
            text = text.replace(f'"{change.before}"', f'"{change.after}"')
    return text.encode()


def _place(root: Path, arrival: Arrival) -> Path:
    return _write(root / arrival.path, file_bytes(arrival.name, arrival.rows, arrival.columns))


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
