"""Migrations go up and down, also with data, and end where the models are."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from conftest import make_settings
from sqlalchemy import create_engine, inspect, text

from cases.database import Base
from hotline import postgres
from hotline.app import create_app
from hotline.extensions import db
from hotline.migrations import downgrade, upgrade


@pytest.fixture
def empty_database(server_url: str) -> Iterator[str]:
    name = f"hotline_test_{uuid.uuid4().hex[:12]}"
    yield postgres.create_database(server_url, name)
    postgres.drop_database(server_url, name)


def test_they_go_up_and_down_and_up_again(empty_database: str) -> None:
    app = create_app(make_settings(empty_database))

    upgrade(app)
    downgrade(app, "base")
    with app.app_context():
        left = set(inspect(db.engine).get_table_names()) - {"alembic_version"}
        functions = db.session.scalars(
            text("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        ).all()
        db.session.rollback()
    assert left == set()
    assert functions == []
    upgrade(app)

    with app.app_context():
        db.engine.dispose()


def test_they_go_down_with_data_in_them(fresh_database: str) -> None:
    app = create_app(make_settings(fresh_database))

    downgrade(app, "0001_cases")
    upgrade(app)

    with app.app_context():
        assert db.session.scalar(text("SELECT count(*) FROM agency"))
        db.session.rollback()
        db.engine.dispose()


def test_models_and_migrations_agree(fresh_database: str) -> None:
    engine = create_engine(make_settings(fresh_database).sqlalchemy_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: kind != "table" or not name.startswith("procrastinate_")
            },
        )
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()

    assert differences == []
