"""Reads of the middle floor."""
