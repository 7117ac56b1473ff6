"""`hotline spool`: webhooks that wait on this machine's disk, and those that could not be taken in."""

from __future__ import annotations

import click

from cases.database import keyring
from hotline.config import read_settings
from hotline.spool import Spool, Unreadable


@click.group()
def spool() -> None:
    """Webhooks that were kept on disk because the database was away."""


@spool.command("status")
def spool_status() -> None:
    """How many wait, how many came before the call they speak of, and how many were set aside; files are named, never
    their content."""
    found = Spool(read_settings().spool_dir)
    waiting, dead = found.waiting(), found.dead()
    click.echo(f"waiting    {len(waiting)}")
    click.echo(f"early      {len(found.early())}")
    click.echo(f"set aside  {len(dead)}")
    for name in dead:
        click.echo(f"  {name}")


@spool.command("retry")
def spool_retry() -> None:
    """Put what was set aside back in the line: after an update that can take it in, or with a key that was missing."""
    click.echo(f"put back: {Spool(read_settings().spool_dir).revive()}")


@spool.command("check")
def spool_check() -> None:
    """Open every waiting file with the present keys. Exit status 1 when one does not open."""
    settings = read_settings()
    keyring.load(settings.encryption_keys)
    found = Spool(settings.spool_dir)
    bad = 0
    for name in found.waiting():
        try:
            found.read(name)
        except Unreadable:
            bad += 1
            click.echo(f"cannot be opened: {name}")
    if bad:
        raise SystemExit(1)
