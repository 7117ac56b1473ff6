"""`hotline evidence export`, `verify`, `key`: a case as a bundle that can be checked."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import select

from cases.queries.find_case import case_by_reference
from cases.rules.access import Permission, may
from cases.vocabulary import Actor, ActorKind
from hotline.app import create_app
from hotline.config import BadSettings, read_settings
from hotline.media.evidence import export_evidence, key_of, public_key, verify_evidence
from hotline.media.serving import media_store
from hotline.security.models import Account
from hotline.unit_of_work import unit_of_work


@click.group()
def evidence() -> None:
    """Hand a case over, and check what was handed over."""


@evidence.command()
@click.argument("reference")
@click.option("--to", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The new file.")
@click.option("--by", required=True, metavar="EMAIL", help="Who exports: goes into the case's log.")
def export(reference: str, to: Path, by: str) -> None:
    """Write the bundle of the case REFERENCE."""
    settings = read_settings()
    app = create_app(settings)
    with app.app_context(), unit_of_work() as session:
        account = session.scalar(select(Account).where(Account.email == by.lower()))
        if account is None or not account.active or not may(account.user.role, Permission.EXPORT_EVIDENCE):
            raise click.ClickException(f"{by} may not export evidence")
        actor = Actor(ActorKind.USER, user_id=account.user_id, role=account.user.role)
        case = case_by_reference(session, reference, by=actor, lock=True)
        with to.open("xb") as file:
            to.chmod(0o600)
            digest = export_evidence(
                session,
                case,
                file,
                store=media_store(),
                secret_key=settings.secret_key,
                by=actor,
                now=datetime.now(UTC),
            )
    click.echo(f"{to}: manifest {digest}")


@evidence.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--key", metavar="HEX", help="The hotline's public key; default: that of the settings here.")
def verify(file: Path, key: str | None) -> None:
    """Say everything that is wrong with the bundle FILE. Needs no database."""
    expected = key or _own_key()
    with file.open("rb") as source:
        wrong = verify_evidence(source, expected_key=expected)
        signer = key_of(source)
    for line in wrong:
        click.echo(f"WRONG  {line}")
    if expected is None:
        click.echo(
            f"Signed by {signer}. Compare this with the key the hotline publishes (hotline evidence key)."
        )
    if wrong:
        sys.exit(1)
    click.echo(f"{file}: nothing is wrong")


@evidence.command("key")
def show_key() -> None:
    """Show the public key by which others can check bundles."""
    click.echo(public_key(read_settings().secret_key))


def _own_key() -> str | None:
    try:
        return public_key(read_settings().secret_key)
    except BadSettings:
        return None
