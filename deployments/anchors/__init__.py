"""Recipes for an anchor: each gives the archive's head to somebody else, as ``anchor_command`` of ``proofloop.yaml``."""
