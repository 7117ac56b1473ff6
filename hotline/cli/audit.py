"""`hotline audit verify`: whether anybody has tampered with the logs."""

from __future__ import annotations

import sys

import click

from cases.queries.audit import Tally, verify_logs
from hotline.app import create_app
from hotline.config import read_settings
from hotline.unit_of_work import unit_of_work


@click.group()
def audit() -> None:
    """Check the logs of cases."""


@audit.command()
@click.option("--case", "reference", metavar="REFERENCE", help="Only this case.")
def verify(reference: str | None) -> None:
    """Check the hash chains of all cases. Names the line that breaks each broken one; exits with 1 if any does."""
    app = create_app(read_settings())
    tally, broken = Tally(), 0
    with app.app_context(), unit_of_work() as session:
        for one in verify_logs(session, tally, reference=reference):
            broken += 1
            click.echo(f"{one.reference}: line {one.position} {one.what}")
    if reference is not None and not tally.cases:
        raise click.ClickException(f"there is no case {reference}")
    click.echo(f"{tally.cases} cases, {tally.lines} lines: " + (f"{broken} BROKEN" if broken else "whole"))
    if broken:
        sys.exit(1)
