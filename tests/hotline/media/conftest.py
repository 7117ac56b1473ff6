"""Servers that play the provider of media."""

from __future__ import annotations

from media_provider import serve

__all__ = ["serve"]
