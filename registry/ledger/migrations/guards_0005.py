"""Triggers of revision 0005: what the database refuses about judged windows, judged closures and closing, whatever program writes to it.

Frozen with the revision: a later rule belongs in its own revision's file.

 * A judged window or closure is recorded once, by an event of its issue, and takes no UPDATE, DELETE or TRUNCATE.
 * A closure passes with all seven gates, for an issue in verification, on the newest judgement of its window since the fix. That is clean,
   or its days are over and somebody signed, in this occurrence, that the risk is accepted.
 * An issue is closed by the approval of its newest closure, a pass since it came into verification. The approval is of this very event and
   names what was proposed; its window was judged no other way since, nothing else was approved since, no review concluded since to reopen
   the issue, and nothing happened that the proposal did not know.

Who inserts a judgement that nobody made is not found here: ``evidence verify --recompute`` finds that.
"""

from __future__ import annotations

from registry.ledger.migrations.guards_0001 import _postgresql, _refusal, _sqlite

_TABLES = ("recurrence_window", "closure")
_UNSETTLING = (
    "'SignalsJoined', 'LateEvidenceRecorded', 'IssueEscalated', 'IssueReopened', 'SeveritySet', 'RootCauseRecorded', 'ActionsPlanned', "
    "'ChangeLinked', 'FixReleased', 'ContainmentRecorded', 'EvidenceAdded', 'ScopeRecorded', 'RecoveryRecorded', "
    "'NotApplicableRecorded', 'RiskAccepted', 'RiskAcceptanceEnded', 'CauseShared'"
)
# Bodies are canonical JSON: no blank is in them, and a quote within a text has a backslash before it.
_REOPENS = "(e.kind = 'WindowReviewed' AND replace(e.body, '\"conclusion\":\"reopen\"', '') <> e.body)"
_FIXED = "coalesce((SELECT max(event_seq) FROM transition WHERE issue_id = NEW.issue_id AND to_state = 'implemented'), 0)"
_CHANGED = "coalesce((SELECT max(seq) FROM event WHERE issue_id = NEW.issue_id AND kind = 'FixReleased' AND seq < NEW.event_seq), 0)"
_REOPENED = "coalesce((SELECT max(seq) FROM event WHERE issue_id = NEW.issue_id AND kind = 'IssueReopened'), 0)"
_NEWEST_WINDOW = (
    "coalesce((SELECT outcome FROM recurrence_window WHERE issue_id = NEW.issue_id AND purpose = 'closure' "  # noqa: S608 - constants
    f"AND event_seq < NEW.event_seq AND event_seq > {_FIXED} AND event_seq > {_CHANGED} ORDER BY event_seq DESC LIMIT 1), '')"
)
_WAIVED = (
    "NEW.window_outcome = 'elapsed_unevidenced' AND NEW.risk_accepted = 1 AND EXISTS (SELECT 1 FROM approval "  # noqa: S608 - constants
    "WHERE issue_id = NEW.issue_id AND action = 'accept-risk' AND role = 'risk_compliance' AND kind = 'signed' "
    f"AND event_seq < NEW.event_seq AND event_seq > {_REOPENED})"
)
_RULES = (
    (
        "recurrence_window",
        "is_recorded",
        "NOT EXISTS (SELECT 1 FROM event WHERE seq = NEW.event_seq AND kind = 'WindowJudged' AND issue_id = NEW.issue_id)",
        "a window must be recorded by an event of its issue",
    ),
    (
        "closure",
        "is_recorded",
        "NOT EXISTS (SELECT 1 FROM event WHERE seq = NEW.event_seq AND kind = 'ClosureJudged' AND issue_id = NEW.issue_id)",
        "a closure must be recorded by an event of its issue",
    ),
    (
        "closure",
        "is_earned",
        "NEW.verdict = 'pass' AND (NEW.passed_count <> 7 "  # noqa: S608 - constants
        "OR NOT EXISTS (SELECT 1 FROM issue WHERE issue_id = NEW.issue_id AND state = 'verifying') "
        f"OR NEW.window_outcome <> {_NEWEST_WINDOW} OR NOT (NEW.window_outcome = 'clean' OR ({_WAIVED})))",
        "a closure must be earned: seven gates and a window that ended",
    ),
    (
        "transition",
        "is_proposed",
        "NEW.to_state = 'closed' AND NOT EXISTS (SELECT 1 FROM closure c JOIN approval a ON a.issue_id = c.issue_id "  # noqa: S608 - constants
        "AND a.document_digest = c.document_digest WHERE c.issue_id = NEW.issue_id AND c.verdict = 'pass' "
        "AND a.event_seq = NEW.event_seq AND a.action = 'close' "
        "AND c.event_seq = (SELECT max(event_seq) FROM closure WHERE issue_id = NEW.issue_id) "
        "AND c.event_seq > coalesce((SELECT max(event_seq) FROM transition WHERE issue_id = NEW.issue_id AND to_state = 'verifying'), 0) "
        "AND NOT EXISTS (SELECT 1 FROM recurrence_window w WHERE w.issue_id = NEW.issue_id AND w.purpose = 'closure' "
        "AND w.event_seq > c.event_seq AND w.outcome <> c.window_outcome) "
        "AND NOT EXISTS (SELECT 1 FROM approval o WHERE o.issue_id = NEW.issue_id AND o.event_seq > c.event_seq AND o.action <> 'close') "
        "AND NOT EXISTS (SELECT 1 FROM event e WHERE e.issue_id = NEW.issue_id AND e.seq > c.event_seq AND e.seq <= NEW.event_seq "
        f"AND (e.kind IN ({_UNSETTLING}) OR {_REOPENS})))",
        "a transition must close what was proposed and approved",
    ),
)


def sqlite_guards() -> list[str]:
    """Return the statements that create every guard on SQLite."""
    statements = [_sqlite(table, rule, "INSERT", refused, said) for table, rule, refused, said in _RULES]
    for table in _TABLES:
        statements.append(_sqlite(table, "no_update", "UPDATE", "1 = 1", f"{table} is append-only"))
        statements.append(_sqlite(table, "no_delete", "DELETE", "1 = 1", f"rows of {table} are never deleted"))
        # A writer without recursive triggers would replace a row unseen (see guards_0001.py).
        same = f"EXISTS (SELECT 1 FROM {table} WHERE event_seq = NEW.event_seq)"  # noqa: S608 - constants
        statements.append(_sqlite(table, "no_replace", "INSERT", same, f"{table} already has this row"))
    return statements


def postgresql_guards() -> list[str]:
    """Return the statements that create every guard on PostgreSQL; ``ledger_refuse`` is of revision 0001."""
    statements: list[str] = []
    for table, rule, refused, said in _RULES:
        statements += _postgresql(table, rule, "INSERT", refused, said)
    for table in _TABLES:
        for operation, level in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            statements.append(_refusal(table, f"no_{operation.lower()}", operation, level))
    return statements
