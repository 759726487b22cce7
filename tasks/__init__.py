"""Tasks touch the world: one effect each, safe to repeat. They never decide and never call each other."""
