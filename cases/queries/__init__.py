"""Reads of the ground floor."""
