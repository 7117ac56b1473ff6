"""Verbs of the middle floor: what happens to a case, and who is moved to act."""
