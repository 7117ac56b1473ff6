"""Commands for people who run a line; `hotline --help` lists them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from hotline.cli.accounts import token, user
from hotline.cli.agencies import agency
from hotline.cli.audit import audit
from hotline.cli.database import db, seed
from hotline.cli.dead_letters import dead_letters
from hotline.cli.doctor import doctor
from hotline.cli.evidence import evidence
from hotline.cli.instance import Instance
from hotline.cli.media import media
from hotline.cli.processes import phones, web, worker
from hotline.cli.reconcile import reconcile
from hotline.cli.replay import replay
from hotline.cli.spool import spool
from hotline.cli.templates import templates
from hotline.cli.triage import triage
from hotline.cli.up import up
from hotline.config import BadSettings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rapid-response-hotline")
@click.option(
    "--data",
    default="instance",
    envvar="HOTLINE_DATA",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Data directory of a `hotline up`, whose settings are used where the environment has none.",
)
@click.pass_context
def hotline(context: click.Context, data: Path) -> None:
    """Rapid-response hotline: takes in messages, opens cases, and sees that nobody is forgotten."""
    # `up` makes its own environment; taking yesterday's for the caller's would hide the embedded database.
    if context.invoked_subcommand != "up" and not os.environ.get("DATABASE_URL"):
        for name, value in Instance(data).saved_environment().items():
            os.environ.setdefault(name, value)


for command in (
    up,
    web,
    worker,
    phones,
    db,
    seed,
    replay,
    user,
    token,
    agency,
    doctor,
    spool,
    templates,
    triage,
    media,
    evidence,
    audit,
    dead_letters,
    reconcile,
):
    hotline.add_command(command)


def main() -> None:
    """The entry point: bad settings are told in words, all at once."""
    try:
        hotline()
    except BadSettings as error:
        click.echo(f"The settings are not complete:\n{error}", err=True)
        sys.exit(2)
