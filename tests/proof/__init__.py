"""Proofs of what statistics promise: seeded simulations with the printed table, run by ``make proof``."""
