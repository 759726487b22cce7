"""``proofloop check``: every file of the workspace, every problem at once.

Put here which files are looked at; what is wrong with one is said by its own loader.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import click

from deployments.cli.session import Session, with_global_options
from registry.catalogue.loader import load_catalogue, load_evaluated, load_monitored, load_released
from registry.domain.catalogue import SystemEntry
from registry.errors import ConfigurationError, ProofloopError
from registry.evidence.role_signers import find_shared_key_problems
from registry.policies.loader import load_triage_policies
from registry.policies.suppressions import find_dangling_suppressions, load_suppressions
from registry.settings import Workspace

T = TypeVar("T")


@click.command("check")
@click.option("--online", is_flag=True, help="Also reach every dependency, as doctor does.")
@with_global_options
@click.pass_obj
def command(session: Session, online: bool) -> None:
    """Validate every file of the workspace, all errors at once."""
    workspace = session.workspace()
    systems, policy_digest = _load_everything(workspace)
    kinds = {
        "watched": {one.entry.system_id for one in load_monitored(workspace)},
        "evaluated": {one.entry.system_id for one in load_evaluated(workspace)},
        "released": {one.entry.system_id for one in load_released(workspace)},
    }
    document = {
        "kind": "check",
        "schema_version": 1,
        "verdict": "pass",
        "policy_digest": policy_digest,
        "systems": [_summary(system, kinds) for system in systems],
    }
    if not online:
        session.answer(document, _lines(workspace, systems, kinds, policy_digest))
        return
    from deployments.cli.doctor import examine  # reaching out costs imports that reading files does not

    health = examine(workspace, systems)
    session.answer(
        {**document, "dependencies": health.record()},
        [*_lines(workspace, systems, kinds, policy_digest), *health.lines()],
        health.exit_code,
    )


def _load_everything(workspace: Workspace) -> tuple[tuple[SystemEntry, ...], str]:
    problems: list[str] = []
    systems = _collect(problems, lambda: load_catalogue(workspace))
    policies = _collect(problems, lambda: load_triage_policies(workspace.policies_dir))
    suppressions = _collect(problems, lambda: load_suppressions(workspace.suppressions_path))
    if systems is not None and suppressions is not None:
        problems.extend(find_dangling_suppressions(workspace.suppressions_path, systems))
    problems.extend(find_shared_key_problems(workspace.allowed_signers_path))
    if problems or systems is None or policies is None:
        raise ConfigurationError(list(dict.fromkeys(problems)))
    return systems, policies.digest


def _collect(problems: list[str], load: Callable[[], T]) -> T | None:
    try:
        return load()
    except ConfigurationError as error:
        problems.extend(error.problems)
    except ProofloopError as error:
        problems.append(str(error))
    return None


def _summary(system: SystemEntry, kinds: Mapping[str, Collection[str]]) -> dict[str, Any]:
    return {
        "system": system.system_id,
        "digest": system.digest,
        "feeds": [feed.name for feed in system.feeds],
        **{kind: system.system_id in found for kind, found in kinds.items()},
        "missing_owners": list(system.missing_owners),
        "operable": not system.missing_owners,
    }


def _lines(workspace: Workspace, systems: tuple[SystemEntry, ...], kinds: Mapping[str, Collection[str]], policy_digest: str) -> list[str]:
    feeds = sum(len(system.feeds) for system in systems)
    seen = "".join(f", {len(found)} {kind}" for kind, found in kinds.items() if found)
    lines = [f"ok: {workspace.root}: {len(systems)} systems, {feeds} feeds{seen}, policies {policy_digest[:19]}"]
    lines += [f"  {system.system_id}: not operable: no {', '.join(system.missing_owners)}" for system in systems if system.missing_owners]
    return lines
