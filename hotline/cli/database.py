"""`hotline db upgrade`, `hotline db downgrade`, `hotline seed`."""

from __future__ import annotations

import click

from hotline.app import create_app
from hotline.config import read_settings
from hotline.migrations import downgrade, upgrade
from hotline.seeding import seed_demo, seed_reference
from hotline.unit_of_work import unit_of_work


@click.group()
def db() -> None:
    """Bring the database up to date."""


@db.command("upgrade")
@click.argument("revision", default="head")
def db_upgrade(revision: str) -> None:
    """Apply migrations up to REVISION (default: all)."""
    upgrade(create_app(read_settings()), revision)
    click.echo("database is up to date")


@db.command("downgrade")
@click.argument("revision")
def db_downgrade(revision: str) -> None:
    """Take migrations back to REVISION. Data of the tables that go is lost."""
    downgrade(create_app(read_settings()), revision)
    click.echo(f"database is at {revision}")


@click.command()
@click.option(
    "--demo", is_flag=True, help="Also give every agency a made-up phone, and a duty room with staff."
)
def seed(*, demo: bool) -> None:
    """Load agencies and the policy. Running it again changes nothing that was edited."""
    app = create_app(read_settings())
    with app.app_context(), unit_of_work() as session:
        added = seed_reference(session)
        if demo:
            seed_demo(session)
    click.echo(f"agencies added: {added}")
