"""Flows put tasks and checks in order: gather, decide, record. One flow per file, named as the file."""
