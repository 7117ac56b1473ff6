"""Where the migrations are, and how to apply them outside a request."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_migrate import downgrade as _downgrade
from flask_migrate import upgrade as _upgrade

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def upgrade(app: Flask, revision: str = "head") -> None:
    """Bring the database up to a revision."""
    with app.app_context():
        _upgrade(directory=str(MIGRATIONS), revision=revision)


def downgrade(app: Flask, revision: str) -> None:
    """Take the database back to a revision."""
    with app.app_context():
        _downgrade(directory=str(MIGRATIONS), revision=revision)
