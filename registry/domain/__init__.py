"""The vocabulary: frozen values and enums on the standard library alone."""
