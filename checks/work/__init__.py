"""Decisions about the steps people take on issues."""
