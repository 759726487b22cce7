"""Drafts, sealed packages, the archive and its offline verification."""
