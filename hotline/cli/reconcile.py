"""`hotline reconcile`: what the provider says it sent, compared with what we hold."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import click
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

import escalation.models  # noqa: F401 - registers the tables
from cases.database import keyring
from hotline.channels.twilio.history import History
from hotline.config import read_settings
from hotline.worker.reconcile import SETTLED_AFTER, Reconciler


@click.command()
@click.option("--since", type=click.DateTime(), help="From this moment (UTC) on; default: one day ago.")
def reconcile(since: datetime | None) -> None:
    """Compare now. Takes in what the provider sent and we did not note; leaves the rest open for a supervisor. Exit
    status 1 when anything is left open, 2 when the list could not be read to its end."""
    settings = read_settings()
    keyring.load(settings.encryption_keys)
    engine = create_engine(settings.sqlalchemy_url, hide_parameters=True)
    now = datetime.now(UTC)
    began = since.replace(tzinfo=UTC) if since else now - timedelta(days=1)
    reconciler = Reconciler(
        History(settings), sessionmaker(engine), every=timedelta(seconds=settings.reconcile_every)
    )
    tally = reconciler.run(began, now - SETTLED_AFTER)
    engine.dispose()
    if tally is None:
        raise click.ClickException("another worker is comparing just now")
    for name, value in (
        ("on the provider's list", tally.listed),
        ("in our rows", tally.ours),
        ("taken in", tally.taken_in),
        ("left open", tally.left_open),
    ):
        click.echo(f"{name:<24} {value}")
    if tally.problem:
        click.echo(f"not to its end: {tally.problem}", err=True)
        sys.exit(2)
    sys.exit(1 if tally.left_open else 0)
