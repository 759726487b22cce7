"""The AI systems under care: one YAML file per system, its schema and its loader."""
