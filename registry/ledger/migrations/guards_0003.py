"""Triggers of revision 0003: what the database refuses about approvals and beginnings, whatever program writes to it.

Frozen with the revision: a later rule belongs in its own revision's file.

 * An approval is recorded once, by an ``ApprovalRecorded`` event of its issue, and takes no UPDATE, DELETE or TRUNCATE.
 * A move that needs an approval has one: of its issue, given since the issue came into the state that the move leaves. Only the approval
   of a plan completes a plan; one of a plan or of an accepted risk closes nothing.
 * An issue starts before its work: as a new signal, in triage, or tracked. Nothing starts closed.
"""

from __future__ import annotations

_SAME = "event_seq = NEW.event_seq OR nonce = NEW.nonce"
_RULES = (
    (
        "approval",
        "is_recorded",
        "NOT EXISTS (SELECT 1 FROM event WHERE seq = NEW.event_seq AND kind = 'ApprovalRecorded' AND issue_id = NEW.issue_id)",
        "an approval must be recorded by an event of its issue",
    ),
    (
        "transition",
        "is_approved",
        "EXISTS (SELECT 1 FROM legal_move WHERE from_state = NEW.from_state AND to_state = NEW.to_state AND role = NEW.role "
        "AND needs_approval = 1) AND NOT EXISTS (SELECT 1 FROM approval WHERE issue_id = NEW.issue_id AND event_seq <= NEW.event_seq "
        "AND event_seq > coalesce((SELECT max(event_seq) FROM transition WHERE issue_id = NEW.issue_id), 0) "
        "AND CASE NEW.to_state WHEN 'action_approved' THEN action = 'plan' ELSE action NOT IN ('plan', 'accept-risk') END)",
        "a transition must be approved",
    ),
    ("issue", "starts_early", "NEW.state NOT IN ('new_signal', 'triage', 'tracked')", "an issue starts before its work"),
)


def sqlite_guards() -> list[str]:
    """Return the statements that create every guard on SQLite."""
    statements = [
        f"CREATE TRIGGER {table}_{rule} BEFORE INSERT ON {table} WHEN {refused} BEGIN SELECT RAISE(ABORT, 'ledger guard: {said}'); END"
        for table, rule, refused, said in _RULES
    ]
    for operation, said in (("UPDATE", "approval is append-only"), ("DELETE", "rows of approval are never deleted")):
        statements.append(
            f"CREATE TRIGGER approval_no_{operation.lower()} BEFORE {operation} ON approval WHEN 1 = 1 "
            f"BEGIN SELECT RAISE(ABORT, 'ledger guard: {said}'); END"
        )
    # A writer without recursive triggers would replace a row unseen (see guards_0001.py).
    statements.append(
        f"CREATE TRIGGER approval_no_replace BEFORE INSERT ON approval WHEN EXISTS (SELECT 1 FROM approval WHERE {_SAME}) "  # noqa: S608 - constants
        "BEGIN SELECT RAISE(ABORT, 'ledger guard: approval already has this row or its nonce'); END"
    )
    return statements


def postgresql_guards() -> list[str]:
    """Return the statements that create every guard on PostgreSQL; ``ledger_refuse`` is of revision 0001."""
    statements = []
    for table, rule, refused, said in _RULES:
        name = f"{table}_{rule}"
        body = (
            f"BEGIN IF {refused} THEN RAISE EXCEPTION 'ledger guard: {said}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
            "RETURN NEW; END"
        )
        statements.append(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
        statements.append(f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    for operation, level in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        name = f"approval_no_{operation.lower()}"
        statements.append(f"CREATE TRIGGER {name} BEFORE {operation} ON approval FOR EACH {level} EXECUTE FUNCTION ledger_refuse()")
    return statements
