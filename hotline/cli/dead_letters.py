"""`hotline dead-letters`: what ended without arriving, for operators. Ids only; no words, no numbers."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.errors import Refused
from cases.vocabulary import MACHINE, Actor, ActorKind, DeadLetterKind, DeadLetterVerb
from hotline.app import create_app
from hotline.config import read_settings
from hotline.dead_letters import act_on_letter, count_letters, list_letters
from hotline.extensions import db
from hotline.security.models import Account
from hotline.spool import Spool
from hotline.unit_of_work import unit_of_work

_KINDS = click.Choice([kind.value for kind in DeadLetterKind])
_MOST = 1000
_reason = click.option("--reason", required=True, help="Why; it is kept, and shown on the case.")
_by = click.option(
    "--by", metavar="EMAIL", help="Account of the member of staff who decided; default: the machine."
)


@click.group("dead-letters")
def dead_letters() -> None:
    """What ended without arriving: messages out, jobs, and webhooks of this machine's spool."""


@dead_letters.command("list")
@click.option("--kind", type=_KINDS, help="Only this kind.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, _MOST))
@click.option("--after", help="Go on behind this cursor (with --kind).")
def list_all(kind: str | None, limit: int, after: str | None) -> None:
    """Newest first. Exit status 1 when there is anything."""
    settings = read_settings()
    spool = Spool(settings.spool_dir)
    with create_app(settings).app_context():
        counts = count_letters(db.session(), spool)
        for one in [DeadLetterKind(kind)] if kind else DeadLetterKind:
            page = list_letters(db.session(), spool, one, by=None, limit=limit, after=after if kind else None)
            for letter in page.letters:
                at = f"{letter.at:%Y-%m-%d %H:%M:%S}Z" if letter.at else "-"
                click.echo(
                    f"{letter.key}  {at}  {letter.what}  {letter.channel or '-'}  "
                    f"{letter.reference or '-'}  attempts {letter.attempts}  {letter.why or '-'}"
                )
            if page.after:
                click.echo(f"more: --kind {one.value} --after {page.after}")
    click.echo("  ".join(f"{one.value} {count}" for one, count in counts.items()), err=True)
    if any(counts.values()):
        sys.exit(1)


@dead_letters.command("replay")
@click.argument("letters", nargs=-1)
@click.option("--all", "every", type=_KINDS, help="All of one kind, up to 1,000.")
@_reason
@_by
def replay(letters: tuple[str, ...], every: str | None, reason: str, by: str | None) -> None:
    """Send LETTERS (as `list` names them) once more. A message passes the contact gate again, and is never sent
    twice, however often it is replayed."""
    _act(letters, every, DeadLetterVerb.REPLAYED, reason, by)


@dead_letters.command("settle")
@click.argument("letters", nargs=-1)
@click.option("--all", "every", type=_KINDS, help="All of one kind, up to 1,000.")
@_reason
@_by
def settle(letters: tuple[str, ...], every: str | None, reason: str, by: str | None) -> None:
    """Nothing more is to be done about LETTERS; webhooks are laid by, not deleted."""
    _act(letters, every, DeadLetterVerb.SETTLED, reason, by)


def _act(
    letters: tuple[str, ...], every: str | None, verb: DeadLetterVerb, reason: str, by: str | None
) -> None:
    if not letters and every is None:
        raise click.UsageError("name letters, or --all KIND")
    settings = read_settings()
    spool = Spool(settings.spool_dir)
    refused = 0
    with create_app(settings).app_context():
        session = db.session()
        actor = _actor(session, by)
        if every is not None:
            page = list_letters(session, spool, DeadLetterKind(every), by=None, limit=_MOST)
            letters += tuple(letter.key for letter in page.letters)
        session.rollback()
        for key in letters:
            try:
                with unit_of_work() as fresh:
                    act_on_letter(fresh, spool, key, verb, reason=reason, by=actor, now=datetime.now(UTC))
                click.echo(f"{key}  {verb.value}")
            except Refused as error:
                refused += 1
                click.echo(f"{key}  refused: {error.code} ({error.message})")
    if refused:
        sys.exit(1)


def _actor(session: Session, email: str | None) -> Actor:
    if email is None:
        return MACHINE
    account = session.scalar(select(Account).where(func.lower(Account.email) == email.lower()))
    if account is None:
        raise click.UsageError(f"there is no account {email}")
    return Actor(ActorKind.USER, user_id=account.user_id, role=account.user.role)
