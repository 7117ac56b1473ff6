"""`hotline agency contact …`, `hotline agency webhook …`: how agencies are reached."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import new_id
from cases.errors import NotFound, Refused
from cases.models import Agency, DutyContact, PartnerEndpoint
from cases.rules.phone_numbers import parse_address
from cases.services.duty_contacts import add_contact
from cases.services.partner_endpoints import (
    OVERLAP,
    REMOVED,
    close_endpoint,
    open_endpoint,
    open_endpoint_of,
    rotate_secret,
)
from cases.vocabulary import Channel
from hotline.app import create_app
from hotline.channels.port import Sent
from hotline.channels.webhook.payload import trial_payload
from hotline.channels.webhook.sender import WebhookChannel
from hotline.config import Settings, is_mail_address, read_settings
from hotline.media.pinned import WrongAddress, read_address
from hotline.security.models import Account
from hotline.unit_of_work import unit_of_work

_PHONES = {"sms": Channel.SMS, "whatsapp": Channel.WHATSAPP}


@click.group()
def agency() -> None:
    """How agencies are reached. KEY is the agency's name in escalation/data/agencies.csv."""


@agency.group()
def contact() -> None:
    """The people on duty."""


@contact.command("add")
@click.argument("key")
@click.argument("address")
@click.option("--email", help="Also an e-mail address, tried when the phone fails.")
@click.option("--channel", type=click.Choice(list(_PHONES)), default="sms", show_default=True)
@click.option("--level", type=click.IntRange(1, 3), default=1, show_default=True)
@click.option("--label", default="piket", show_default=True, help="What lists call them; no name.")
@click.option("--language", type=click.Choice(["id", "en"]), default="id", show_default=True)
@click.option("--account", help="Their sign-in address here: their answer then assigns the case to them.")
def contact_add(
    *,
    key: str,
    address: str,
    email: str | None,
    channel: str,
    level: int,
    label: str,
    language: str,
    account: str | None,
) -> None:
    """Add ADDRESS, a phone (+62…) or, for an office without one, an e-mail address."""
    way = Channel.EMAIL if is_mail_address(address) else _PHONES[channel]
    if way is not Channel.EMAIL and (parse_address(address) is None or not address.startswith("+")):
        raise click.ClickException("ADDRESS must be a phone as +62… or an e-mail address")
    if email is not None and not is_mail_address(email):
        raise click.ClickException("--email must be one e-mail address")
    with _at_work() as (session, _):
        add_contact(
            session,
            _agency(session, key),
            address,
            channel=way,
            level=level,
            label=label,
            email=email,
            language=language,
            user_id=_user_id(session, account) if account else None,
            now=datetime.now(UTC),
        )
    click.echo("added")


@contact.command("list")
@click.argument("key")
def contact_list(key: str) -> None:
    """Show who is reached at an agency, and by what."""
    with _at_work() as (session, _):
        found = session.scalars(
            select(DutyContact)
            .where(DutyContact.agency_id == _agency(session, key).id, DutyContact.active)
            .order_by(DutyContact.level, DutyContact.id)
        )
        for one in found:
            click.echo(f"{one.level}  {one.channel.value:<8}  {one.address}  {one.email or '-'}  {one.label}")


@agency.group()
def webhook() -> None:
    """The agency's own system, told of its referrals (docs/partners.md)."""


@webhook.command("add")
@click.argument("key")
@click.argument("url")
def webhook_add(key: str, url: str) -> None:
    """Tell URL of the agency's referrals from now on; prints the secret, once. Replaces what was there."""
    with _at_work() as (session, settings):
        try:
            read_address(url, loopback=settings.webhook_loopback)
        except WrongAddress as error:
            raise click.ClickException(str(error)) from error
        endpoint = open_endpoint(session, _agency(session, key), url, now=datetime.now(UTC))
        click.echo(endpoint.secret)


@webhook.command("rotate")
@click.argument("key")
@click.option("--overlap-hours", type=click.IntRange(0, 720), default=int(OVERLAP.total_seconds() // 3600))
def webhook_rotate(key: str, overlap_hours: int) -> None:
    """Print a fresh secret; for so many hours everything is signed with both."""
    with _at_work() as (session, _):
        overlap = timedelta(hours=overlap_hours)
        endpoint = rotate_secret(session, _agency(session, key), overlap=overlap, now=datetime.now(UTC))
        click.echo(endpoint.secret)


@webhook.command("remove")
@click.argument("key")
def webhook_remove(key: str) -> None:
    """Tell this agency's system nothing any more."""
    with _at_work() as (session, _):
        endpoint = open_endpoint_of(session, _agency(session, key))
        close_endpoint(session, endpoint, because=REMOVED, now=datetime.now(UTC))
    click.echo("removed")


@webhook.command("list")
def webhook_list() -> None:
    """Show which agencies have one, and which were closed. The host only: a path may hold a secret."""
    with _at_work() as (session, _):
        query = select(PartnerEndpoint, Agency.key).join(Agency).order_by(Agency.key)
        for endpoint, key in session.execute(query):
            host = read_address(endpoint.url, loopback=True).hostname
            closed = (
                f"closed {endpoint.closed_at:%Y-%m-%d}: {endpoint.closed_because}"
                if endpoint.closed_at
                else ""
            )
            click.echo(f"{key}  {host}  {closed or 'open'}")


@webhook.command("test")
@click.argument("key")
def webhook_test(key: str) -> None:
    """Send a signed event of type hotline.test now and say what came back. Exit status 1 when it failed."""
    now = datetime.now(UTC)
    with _at_work() as (session, settings):
        endpoint = open_endpoint_of(session, _agency(session, key))
        url, secrets = endpoint.url, endpoint.secrets_at(now)
    outcome = WebhookChannel(settings).post(new_id(), url, trial_payload(key, now=now), secrets)
    if not isinstance(outcome, Sent):
        click.echo(f"not taken: {outcome}", err=True)
        sys.exit(1)
    click.echo("taken")


@contextmanager
def _at_work() -> Iterator[tuple[Session, Settings]]:
    """One transaction of one command; what is refused is told in words."""
    settings = read_settings()
    app = create_app(settings)
    try:
        with app.app_context(), unit_of_work() as session:
            yield session, settings
    except Refused as refused:
        raise click.ClickException(refused.message) from refused


def _user_id(session: Session, email: str) -> UUID:
    found = session.scalar(select(Account.user_id).where(Account.email == email))
    if found is None:
        raise NotFound(f"nobody signs in with {email}")
    return found


def _agency(session: Session, key: str) -> Agency:
    found = session.scalar(select(Agency).where(Agency.key == key))
    if found is None:
        raise NotFound(f"there is no agency {key}")
    return found
