"""Checks decide: values in, decision out. No input or output, clock, logger or environment."""
