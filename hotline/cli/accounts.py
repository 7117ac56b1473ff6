"""`hotline user add`, `hotline token create`."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import click

from cases.models import User
from cases.vocabulary import Role
from hotline.app import create_app
from hotline.config import read_settings
from hotline.security.access import hash_of_token
from hotline.security.models import ApiToken
from hotline.seeding import add_account
from hotline.unit_of_work import unit_of_work

_ROLES = click.Choice([role.value for role in Role])


@click.group()
def user() -> None:
    """People who sign in."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", type=_ROLES, required=True)
def user_add(email: str, name: str, role: str) -> None:
    """Add a member of staff, or give an existing one a new one-time password."""
    app = create_app(read_settings())
    with app.app_context(), unit_of_work() as session:
        _, password = add_account(session, email, name, Role(role), now=datetime.now(UTC), must_change=True)
    click.echo(f"one-time password: {password}")


@click.group()
def token() -> None:
    """Machines that use the API."""


@token.command("create")
@click.option("--role", type=_ROLES, required=True)
@click.option("--label", default="api", show_default=True)
def token_create(role: str, label: str) -> None:
    """Print a new bearer token. It is shown once and kept only as a hash."""
    app = create_app(read_settings())
    fresh = secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    with app.app_context(), unit_of_work() as session:
        machine = User(name=f"API: {label}", role=Role(role), created_at=now, active=True, language="id")
        session.add(machine)
        session.flush()
        session.add(
            ApiToken(user_id=machine.id, token_hash=hash_of_token(fresh), label=label, created_at=now)
        )
    click.echo(fresh)
