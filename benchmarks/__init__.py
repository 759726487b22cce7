"""Measured comparisons with peers: each module is a script that prints measured, peer, ratio and goal. Never part of the tests."""
