"""Scenarios of recurrence windows, as data that tests and the printed proof share."""
