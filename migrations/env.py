"""Alembic's environment: the application's engine and the models of all floors."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import text

import hotline.security.models  # noqa: F401 - registers the tables
from cases.database import Base

database = current_app.extensions["migrate"].db

# Procrastinate keeps its own tables; they come and go with migration 0004.
_NOT_OURS = "procrastinate_"


def include_name(name: str | None, type_: str, parents: object) -> bool:
    """Leave other people's tables out of comparisons."""
    return not (type_ == "table" and name is not None and name.startswith(_NOT_OURS))


def run() -> None:
    """Apply migrations on a connection of the application's engine."""
    with database.engine.connect() as connection:
        # However short a time the role or the database allows a statement: an index takes as long as it takes.
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SET idle_in_transaction_session_timeout = 0"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_name=include_name,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
