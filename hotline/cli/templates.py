"""`hotline templates`: the WhatsApp templates of our wording, their approval, and submitting them."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from cases.services.templates import keep_listed, known_templates
from hotline.app import create_app
from hotline.channels.twilio.templates import ContentUnavailable, TwilioContent
from hotline.config import read_settings
from hotline.extensions import db
from hotline.unit_of_work import unit_of_work
from hotline.wording.templates import our_templates


@click.group()
def templates() -> None:
    """Message templates for WhatsApp, where free words are refused."""


@templates.command("sync")
def templates_sync() -> None:
    """Read the provider's list into the database; the worker does so every ten minutes."""
    click.echo(f"known: {_sync()}")


@templates.command("list")
def templates_list() -> None:
    """Every template we want, and how far it has got."""
    with create_app(read_settings()).app_context():
        known = {(one.name, one.language): one for one in known_templates(db.session())}
    for (name, language), _ours in sorted(our_templates().items()):
        found = known.get((name, language))
        state = found.state.value if found else "not there"
        old = "" if found is None or found.is_current else "  (words have changed: submit again)"
        click.echo(f"{name:24} {language:4} {state}{old}")


@templates.command("submit")
@click.option("--language", help="Only this language.")
@click.option("--dry-run", is_flag=True, help="Show what would be submitted.")
def templates_submit(language: str | None, dry_run: bool) -> None:
    """Submit what the provider does not have, or has with other words."""
    settings = read_settings()
    content = TwilioContent(settings)
    try:
        current = {(one.name, one.language) for one in content.listed() if one.is_current}
        for key, template in sorted(our_templates().items()):
            if key in current or (language and template.language != language):
                continue
            sid = "would submit" if dry_run else content.submit(template)
            click.echo(f"{template.name:24} {template.language:4} {sid}")
    except ContentUnavailable as error:
        raise click.ClickException(f"the provider cannot be asked: {error}") from error
    if not dry_run:
        click.echo(f"known: {_sync()}")


def _sync() -> int:
    settings = read_settings()
    try:
        listed = TwilioContent(settings).listed()
    except ContentUnavailable as error:
        raise click.ClickException(f"the provider cannot be asked: {error}") from error
    with create_app(settings).app_context(), unit_of_work() as session:
        return keep_listed(session, listed, now=datetime.now(UTC))
