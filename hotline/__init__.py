"""Top floor: how people reach the other two."""
