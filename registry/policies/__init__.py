"""Decision tables as YAML, their loader and their digest."""
