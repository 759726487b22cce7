"""An archive written anew by somebody who can: changed files, with every digest, event and seal after them made to fit.

Put here what a forger does who has no key to get past. Such an archive verifies; only judging again, a signature or a head noted down
elsewhere can tell.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from registry.domain.canonical import canonical_json, digest_bytes
from registry.domain.events import EventKind, chain_hash
from registry.evidence.chain import Link, parse_line, render_line
from registry.evidence.draft import bundle_digest_of
from registry.evidence.files import refer
from registry.evidence.names import LEDGER_FILE, seal_files, seal_path
from registry.evidence.packages import PackageSummary, list_packages
from registry.evidence.seal import NO_PREVIOUS, ChainEnd, render_manifest, render_seal

Change = Callable[[Any], None]
_CITING = frozenset(
    {
        *(EventKind.TRIAGE_DECIDED, EventKind.WINDOW_JUDGED, EventKind.INDICATORS_READ),
        *(EventKind.CLOSURE_JUDGED, EventKind.PORTFOLIO_READ),
    }
)


def forged(archive: Path, target: Path, changes: Mapping[str, Change]) -> Path:
    """Copy ``archive`` with the JSON files that ``changes`` names changed, and everything that depends on them made to fit."""
    shutil.copytree(archive, target)
    for name, change in changes.items():
        value = json.loads((target / name).read_bytes())
        change(value)
        (target / name).write_bytes(_written(name, value))
    return resealed(archive, target)


def rewritten(archive: Path, target: Path, name: str, old: bytes, new: bytes) -> Path:
    """Copy ``archive`` with the first ``old`` in the file ``name`` written as ``new``, and everything that depends on it made to fit."""
    shutil.copytree(archive, target)
    content = (target / name).read_bytes()
    assert old in content
    (target / name).write_bytes(content.replace(old, new, 1))
    return resealed(archive, target)


def resealed(archive: Path, target: Path) -> Path:
    """Make the events and seals of ``target``, a copy of ``archive``, fit its files."""
    cited = {package.seal.bundle_digest: _citation(target / package.path.name) for package in list_packages(archive)}
    end, previous = ChainEnd(), NO_PREVIOUS
    for package in list_packages(archive):
        end = _rechained(target / package.path.name / LEDGER_FILE, end, cited)
        previous = _resealed(target, package, previous, end)
    return target


def _written(name: str, value: Any) -> bytes:
    if name.rpartition("/")[2].startswith(("decision", "dossier", "policies")):
        return json.dumps(value, sort_keys=True, indent=1).encode() + b"\n"
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _citation(folder: Path) -> dict[str, str]:
    """Return what an event says of a package's files."""
    bundle = bundle_digest_of(refer(path) for path in sorted(folder.iterdir()) if path.name != LEDGER_FILE)
    if not (folder / "decision.json").is_file():
        return {"bundle_digest": bundle}
    decision = (folder / "decision.json").read_bytes()
    policy_digest = json.loads(decision)["policy_digest"]
    windows = {path.name: digest_bytes(path.read_bytes()) for path in folder.glob("decision-*.json")}
    return {"bundle_digest": bundle, "decision_digest": digest_bytes(decision), "policy_digest": policy_digest, **windows}


def _rechained(path: Path, end: ChainEnd, cited: Mapping[str, dict[str, str]]) -> ChainEnd:
    lines = []
    for line in path.read_bytes().splitlines(keepends=True):
        envelope = json.loads(parse_line(line).body)
        if envelope["kind"] in _CITING and envelope["data"].get("bundle_digest") in cited:
            told = cited[envelope["data"]["bundle_digest"]]
            envelope["data"] |= {name: digest for name, digest in told.items() if name in envelope["data"]}
            if "record" in envelope["data"]:
                envelope["data"]["record_digest"] = told[envelope["data"]["record"]]
        elif envelope["data"].get("bundle_digest") in cited:
            envelope["data"]["bundle_digest"] = cited[envelope["data"]["bundle_digest"]]["bundle_digest"]
        body = canonical_json(envelope)
        link = Link(end.seq + 1, end.hash, chain_hash(end.hash, body), body)
        end = ChainEnd(link.seq, link.hash)
        lines.append(render_line(link))
    path.write_bytes(b"".join(lines))
    return end


def _resealed(target: Path, package: PackageSummary, previous: str, end: ChainEnd) -> str:
    folder, seq = target / package.path.name, package.seal.seq
    files = {f"{folder.name}/{path.name}": refer(path).digest for path in folder.iterdir()}
    manifest = render_manifest(files | {path: refer(target / path).digest for path in seal_files(target, seq - 1)})
    seal_path(target, seq, ".sha256").write_bytes(manifest)
    seal = replace(
        package.seal,
        prev=previous,
        manifest_digest=digest_bytes(manifest),
        file_count=manifest.count(b"\n"),
        last_event=end.seq,
        last_hash=end.hash,
        bundle_digest=_citation(folder)["bundle_digest"],
    )
    seal_path(target, seq).write_bytes(render_seal(seal))
    return seal.digest
