"""Making a ledger's schema and refusing to run on any other.

Put migration and the comparison with the golden list here. The list (``golden.json``) holds, for each backend, one line for every column,
constraint, index, trigger and function; a migration that changes the schema changes the list in the same commit.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from registry.domain.issue import LEGAL_MOVES
from registry.errors import LedgerSchemaError
from registry.ledger.engine import make_folder, open_engine, reading, writing
from registry.ledger.tables import LEGAL_MOVE, METADATA

_HERE = Path(__file__).parent
GOLDEN_PATH = _HERE / "golden.json"
_MIGRATION_LOCK = 7_236_841_905

_SQLITE = (
    "SELECT type || ' ' || name || ' on ' || tbl_name || ': ' || coalesce(sql, 'implied') FROM sqlite_master WHERE tbl_name IN :tables"
)
# One line per fact; contype 'n' (not null) is left out because only newer servers list it, and the column line says it.
_POSTGRESQL = """
WITH ours AS (SELECT c.oid, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = current_schema() AND c.relkind = 'r' AND c.relname IN :tables)
SELECT 'column ' || o.relname || '.' || a.attname || ': ' || format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || coalesce(' collate ' || k.collname, '')
       || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
  FROM ours o JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_collation k ON k.oid = a.attcollation LEFT JOIN pg_attrdef d ON d.adrelid = o.oid AND d.adnum = a.attnum
UNION ALL SELECT 'constraint ' || c.conname || ' on ' || o.relname || ': ' || pg_get_constraintdef(c.oid)
  FROM ours o JOIN pg_constraint c ON c.conrelid = o.oid AND c.contype IN ('c', 'p', 'u', 'f')
UNION ALL SELECT 'index ' || i.relname || ': ' || replace(pg_get_indexdef(i.oid), current_schema() || '.', '')
  FROM ours o JOIN pg_index x ON x.indrelid = o.oid JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indisvalid
UNION ALL SELECT 'trigger ' || t.tgname || ' enabled ' || t.tgenabled::text || ': '
       || replace(pg_get_triggerdef(t.oid), current_schema() || '.', '') || ' => ' || p.prosrc
  FROM ours o JOIN pg_trigger t ON t.tgrelid = o.oid AND NOT t.tgisinternal JOIN pg_proc p ON p.oid = t.tgfoid
"""


def migrate(url: str) -> None:
    """Bring the ledger at ``url`` to the newest revision, creating it if it does not exist; several may do so at once.

    Raises:
        LedgerSchemaError: a newer version made it, or afterwards the schema is not the golden one.
        LedgerUnavailableError: the database is out of reach.
    """
    engine = open_engine(url)
    make_folder(engine)
    try:
        with writing(engine) as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            _upgrade(connection)
            _store_legal_moves(connection)
        assert_schema(engine)
    finally:
        engine.dispose()


def assert_schema(engine: Engine) -> None:
    """Refuse a ledger whose schema or table of legal moves is not exactly the one this program was written for.

    Raises:
        LedgerSchemaError: what is missing and what is there instead.
    """
    with reading(engine) as connection:
        found, moves = describe_schema(connection), None
        expected = golden()[engine.dialect.name]
        if found == expected:
            moves = {tuple(row) for row in connection.execute(LEGAL_MOVE.select())}
    if moves is None:
        raise LedgerSchemaError(_difference(engine, expected, found))
    if moves != set(_legal_moves()):
        raise LedgerSchemaError(
            f"ledger {engine.url.render_as_string()}: table legal_move holds other moves than this version of proofloop allows; "
            "run `proofloop migrate`, or use the version that made it"
        )


def describe_schema(connection: Connection) -> list[str]:
    """Return one line for each column, constraint, index and trigger of the ledger's tables, sorted."""
    query = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
    literal = ", ".join(f"'{name}'" for name in sorted(METADATA.tables))
    lines = connection.exec_driver_sql(query.replace(":tables", f"({literal})")).scalars()
    return sorted(re.sub(r"\s+", " ", line).strip() for line in lines)


@cache
def golden() -> dict[str, list[str]]:
    """Return the golden list of each backend."""
    found: dict[str, list[str]] = json.loads(GOLDEN_PATH.read_text("ascii"))
    return found


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", (_HERE / "migrations").as_posix().replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        where = f"ledger {connection.engine.url.render_as_string()}"
        found = f"expected a revision that this version of proofloop knows, found another ({error})"
        raise LedgerSchemaError(f"{where}: {found}; nothing was written. Use the version that made it") from error


def _store_legal_moves(connection: Connection) -> None:
    if {tuple(row) for row in connection.execute(LEGAL_MOVE.select())} != set(_legal_moves()):
        connection.execute(LEGAL_MOVE.delete())
        names = [column.name for column in LEGAL_MOVE.columns]
        rows: list[dict[str, Any]] = [dict(zip(names, move, strict=True)) for move in _legal_moves()]
        connection.execute(LEGAL_MOVE.insert(), rows)


def _legal_moves() -> list[tuple[str, str, str, int]]:
    return sorted((move.from_state.value, move.to_state.value, move.role.value, int(move.needs_approval)) for move in LEGAL_MOVES)


def _difference(engine: Engine, expected: list[str], found: list[str]) -> str:
    where = f"ledger {engine.url.render_as_string()}"
    if not found:
        return f"{where}: expected the tables of a ledger, found none; check ledger_url, or create the ledger first"
    missing, extra = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    shown = [f"missing: {line[:160]}" for line in missing[:3]] + [f"found instead: {line[:160]}" for line in extra[:3]]
    return (
        f"{where}: the schema is not the one this version was written for ({len(missing)} missing, {len(extra)} unexpected); nothing was "
        "written. `proofloop migrate` brings an older ledger up to date; else restore it from a backup, or use the matching version.\n"
        + "\n".join(shown)
    )
