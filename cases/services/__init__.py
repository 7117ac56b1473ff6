"""Verbs of the ground floor: each loads, asks a rule, writes rows and appends to the case's log."""
