"""The append-only ledger: events, projections, guards, leases and outbox."""
