"""Triggers of revision 0001: what the database refuses whatever program writes to it.

Frozen with the revision: a later rule belongs in its own revision's file.

 * Append-only tables take no UPDATE, DELETE or TRUNCATE; a repeated row is refused (event, signal, issue) or ignored (the others).
 * An event continues the chain: next ``seq``, ``prev_hash`` of the head.
 * A transition starts at the issue's state and is a legal move; an issue changes state only with one, one version at a time.
 * A lease's fence never falls and a done lease never changes; a published outbox row stays so; counts and the head only grow.
"""

from __future__ import annotations

_APPEND_ONLY = ("event", "signal", "issue_signal", "transition", "quarantine", "feed_day", "version_in_force", "result")
_NEVER_DELETED = ("issue", "log_head", "signal_count", "lease", "outbox")

# (table, rule, operation, condition that is refused, what to say). NEW and OLD mean the same in both dialects.
_RULES = (
    (
        "event",
        "continues",
        "INSERT",
        "NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM event) "
        "OR NEW.prev_hash <> coalesce((SELECT hash FROM event ORDER BY seq DESC LIMIT 1), "
        "'0000000000000000000000000000000000000000000000000000000000000000')",
        "an event must continue the chain",
    ),
    (
        "transition",
        "starts_at_state",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM issue WHERE issue_id = NEW.issue_id AND state = NEW.from_state AND version = NEW.version - 1)",
        "a transition must start at the current state of its issue",
    ),
    (
        "transition",
        "is_legal",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM legal_move WHERE from_state = NEW.from_state AND to_state = NEW.to_state AND role = NEW.role)",
        "a transition must be a legal move",
    ),
    ("issue", "next_version", "UPDATE", "NEW.version <> OLD.version + 1", "an issue changes one version at a time"),
    (
        "issue",
        "keeps_identity",
        "UPDATE",
        "NEW.issue_id <> OLD.issue_id OR NEW.system_id <> OLD.system_id OR NEW.fingerprint <> OLD.fingerprint "
        "OR NEW.fingerprint_version <> OLD.fingerprint_version",
        "an issue keeps its identity",
    ),
    (
        "issue",
        "moves_by_transition",
        "UPDATE",
        "NEW.state <> OLD.state AND NOT EXISTS (SELECT 1 FROM transition WHERE issue_id = NEW.issue_id AND version = NEW.version "
        "AND from_state = OLD.state AND to_state = NEW.state)",
        "an issue changes its state only by a transition",
    ),
    ("issue", "starts_new", "INSERT", "NEW.version <> 1", "an issue starts at version 1"),
    (
        "lease",
        "moves_forward",
        "UPDATE",
        "OLD.status = 'done' OR NEW.fence < OLD.fence OR NEW.flow <> OLD.flow OR NEW.system_id <> OLD.system_id "
        "OR NEW.business_date <> OLD.business_date",
        "a done lease is final and a fence never falls",
    ),
    (
        "outbox",
        "only_published",
        "UPDATE",
        "OLD.published = 1 OR NEW.published <> 1 OR NEW.outbox_id <> OLD.outbox_id OR NEW.event_seq <> OLD.event_seq "
        "OR NEW.path <> OLD.path OR NEW.digest <> OLD.digest OR NEW.kind <> OLD.kind",
        "an outbox row changes once, to published",
    ),
    ("signal_count", "grows", "UPDATE", "NEW.count < OLD.count", "a count never falls"),
    ("log_head", "grows", "UPDATE", "NEW.seq < OLD.seq", "the head never falls"),
    ("narrative", "is_not_edited", "UPDATE", "1 = 1", "a narrative is erased, never edited"),
)

# SQLite alone: INSERT OR REPLACE deletes the old row without a DELETE trigger unless the writer asked for recursive triggers, as our
# connections do. ``signal`` has none of these: it would cost a third of a bulk load, and ``verify`` finds what a stranger replaced.
_REPEATS = {
    "event": ("seq = NEW.seq OR key = NEW.key", "ABORT"),
    "issue": ("issue_id = NEW.issue_id", "ABORT"),
    "transition": ("event_seq = NEW.event_seq OR (issue_id = NEW.issue_id AND version = NEW.version)", "ABORT"),
    "outbox": ("outbox_id = NEW.outbox_id OR path = NEW.path", "ABORT"),
    "lease": ("flow = NEW.flow AND system_id = NEW.system_id AND business_date = NEW.business_date", "IGNORE"),
    "issue_signal": ("issue_id = NEW.issue_id AND signal_key = NEW.signal_key", "IGNORE"),
    "quarantine": ("key = NEW.key", "IGNORE"),
    "feed_day": ("system_id = NEW.system_id AND feed = NEW.feed AND business_date = NEW.business_date", "ABORT"),
    "version_in_force": ("event_seq = NEW.event_seq", "ABORT"),
    "result": ("digest = NEW.digest", "IGNORE"),
    "narrative": ("key = NEW.key", "ABORT"),
}


def sqlite_guards() -> list[str]:
    """Return the statements that create every guard on SQLite."""
    statements = [_sqlite(table, rule, operation, refused, said) for table, rule, operation, refused, said in _RULES]
    for table in _APPEND_ONLY:
        statements.append(_sqlite(table, "no_update", "UPDATE", "1 = 1", f"{table} is append-only"))
    for table in _APPEND_ONLY + _NEVER_DELETED:
        statements.append(_sqlite(table, "no_delete", "DELETE", "1 = 1", f"rows of {table} are never deleted"))
    for table, (same, action) in _REPEATS.items():
        outcome = f"RAISE(ABORT, 'ledger guard: {table} already has this row')" if action == "ABORT" else "RAISE(IGNORE)"
        statements.append(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "  # noqa: S608 - constants
            f"BEGIN SELECT {outcome}; END"
        )
    return statements


def postgresql_guards() -> list[str]:
    """Return the statements that create every guard on PostgreSQL."""
    statements: list[str] = []
    for rule in _RULES:
        statements += _postgresql(*rule)
    statements.append(
        "CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
        "'ledger guard: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in _APPEND_ONLY:
        statements.append(_refusal(table, "no_update", "UPDATE", "ROW"))
    for table in _APPEND_ONLY + _NEVER_DELETED:
        statements.append(_refusal(table, "no_delete", "DELETE", "ROW"))
        statements.append(_refusal(table, "no_truncate", "TRUNCATE", "STATEMENT"))
    return statements


def _sqlite(table: str, rule: str, operation: str, refused: str, said: str) -> str:
    return (
        f"CREATE TRIGGER {table}_{rule} BEFORE {operation} ON {table} WHEN {refused} BEGIN SELECT RAISE(ABORT, 'ledger guard: {said}'); END"
    )


def _postgresql(table: str, rule: str, operation: str, refused: str, said: str) -> list[str]:
    name = f"{table}_{rule}"
    body = (
        f"BEGIN IF {refused} THEN RAISE EXCEPTION 'ledger guard: {said}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        "RETURN NEW; END"
    )
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"CREATE TRIGGER {name} BEFORE {operation} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def _refusal(table: str, rule: str, operation: str, level: str) -> str:
    return f"CREATE TRIGGER {table}_{rule} BEFORE {operation} ON {table} FOR EACH {level} EXECUTE FUNCTION ledger_refuse()"
