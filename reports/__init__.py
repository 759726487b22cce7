"""Data in, rendered bytes out; nothing is written here."""
