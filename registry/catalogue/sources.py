"""Where rows come from, against the workspace: allowed roots, named connections, reviewed queries, and the id of a source.

Put here what a source needs beyond its own shape, which is ``columns.py``. Whether the rows can be reached is found when they are read.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from registry.catalogue.columns import GLOB, Source
from registry.domain.canonical import digest_of
from registry.domain.catalogue import SourceSpec
from registry.settings import Workspace


def source_id_of(source: SourceSpec) -> str:
    """Return a readable id that every feed reading the same rows shares: the file's name and a short digest of all that matters.

    >>> source_id_of(SourceSpec("", path="data/Complaints 2020.csv"))
    'Complaints-2020.csv-6157c133'
    """
    named = source.path or f"{source.connection}-{PurePosixPath(source.query_file).name}"
    readable = re.sub(r"[^A-Za-z0-9.]+", "-", PurePosixPath(named).name).strip("-.")[:48] or "source"
    parts = [source.path, source.connection, source.query_file, source.encoding, source.delimiter]
    return f"{readable}-{digest_of(parts)[7:15]}"


def source_problems(workspace: Workspace, source: Source) -> list[tuple[str, str]]:
    """Return what is wrong with a source, each with the key it is told at: its root, its connection, its query."""
    if source.path:
        problem = root_problem(workspace, source.path)
        return [("path", problem)] if problem else []
    found = []
    if source.connection not in workspace.settings.connections:
        known = ", ".join(sorted(workspace.settings.connections)) or "none"
        message = f"expected a connection of proofloop.yaml ({known}), found {source.connection!r}; add it there"
        found.append(("connection", message))
    query = workspace.resolve(source.query_file)
    if not query.resolve().is_relative_to(workspace.root):
        found.append(
            ("query_file", f"expected a file inside the workspace, found {source.query_file!r}; move the query into the workspace")
        )
    elif not query.is_file():
        found.append(("query_file", f"expected a file, found no {source.query_file!r}; create it or correct the path"))
    return found


def root_problem(workspace: Workspace, path: str) -> str:
    """Return what is wrong with where ``path`` lies; nothing where it is below an allowed root."""
    if _is_below_a_root(workspace, path):
        return ""
    allowed = ", ".join(workspace.settings.allowed_source_roots)
    return f"expected a path below an allowed source root ({allowed}), found {path!r}; move the file or allow its folder"


def _is_below_a_root(workspace: Workspace, path: str) -> bool:
    """A glob is judged by the folder before its first wildcard: matches are checked again when they are read."""
    parts = PurePosixPath(path).parts
    fixed = [part for index, part in enumerate(parts) if not any(GLOB.search(before) for before in parts[: index + 1])]
    return ".." not in parts[len(fixed) :] and workspace.is_allowed_source(Path(*fixed))


def source_spec(source: Source) -> SourceSpec:
    """Return ``source`` as those who read it need it, with the id of its rows."""
    path = str(PurePosixPath(source.path)) if source.path else ""
    query = str(PurePosixPath(source.query_file)) if source.query_file else ""
    spec = SourceSpec("", path, source.connection, query, source.encoding, source.delimiter)
    return SourceSpec(source_id_of(spec), path, source.connection, query, source.encoding, source.delimiter)
