"""Telling agencies' machines, signed as standardwebhooks.com describes it."""
