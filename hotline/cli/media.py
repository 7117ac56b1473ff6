"""`hotline media rotate`, `hotline media check`, `hotline media prune`: the store of attachments."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from hotline.app import create_app
from hotline.config import read_settings
from hotline.media.prune import NotItsStore, prune_store
from hotline.media.store import MediaStore
from hotline.unit_of_work import unit_of_work


@click.group()
def media() -> None:
    """Look after the stored attachments."""


@media.command()
def rotate() -> None:
    """Seal anew, with the first key, what an older key sealed. Can be stopped and run again at any time."""
    sealed, damaged = _store().rotate()
    click.echo(f"sealed anew: {sealed}, cannot be opened: {damaged}")
    if damaged:
        sys.exit(1)


@media.command()
def check() -> None:
    """Open every file and compare it with its name."""
    count, damaged = _store().check()
    for name in damaged:
        click.echo(f"DAMAGED  {name}")
    click.echo(f"files: {count}, damaged: {len(damaged)}")
    if damaged:
        sys.exit(1)


@media.command()
@click.option("--even-all", is_flag=True, help="Also when the database names little of what is stored.")
def prune(*, even_all: bool) -> None:
    """Remove files older than a day that no attachment names: their rows were deleted. A worker does so each day."""
    settings = read_settings()
    app = create_app(settings)
    store = MediaStore(settings.media_dir, settings.encryption_keys)
    try:
        with app.app_context(), unit_of_work() as session:
            pruned = prune_store(session, store, now=datetime.now(UTC), even_all=even_all)
    except NotItsStore as error:
        raise click.ClickException(f"nothing was removed: {error}. If it is right, use --even-all") from error
    click.echo(f"removed: {pruned.removed}, left because our keys do not know them: {pruned.stays}")


def _store() -> MediaStore:
    settings = read_settings()
    return MediaStore(settings.media_dir, settings.encryption_keys)
