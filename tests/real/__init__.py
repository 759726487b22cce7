"""Acceptance on real input: scripts that print a table of expected and found; they need data that is not part of the product."""
