"""`hotline media rotate`, `hotline media check`: the store of attachments."""

from __future__ import annotations

import sys

import click

from hotline.config import read_settings
from hotline.media.store import MediaStore


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


def _store() -> MediaStore:
    settings = read_settings()
    return MediaStore(settings.media_dir, settings.encryption_keys)
