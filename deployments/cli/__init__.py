"""The proofloop command."""
