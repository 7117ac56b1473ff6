"""`hotline doctor`: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from smtplib import SMTPException

import click
import requests
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from cases.models import Agency, DutyContact, PartnerEndpoint
from cases.rules.media_types import LARGEST
from cases.services.partner_endpoints import GONE
from cases.vocabulary import AgencyKind
from escalation.services.load_areas import load_areas
from hotline.app import create_app
from hotline.channels.email.sender import EmailChannel
from hotline.channels.twilio.watermark import MESSAGES, Watermark
from hotline.config import Settings, read_settings
from hotline.extensions import db
from hotline.health import readiness_problems
from hotline.media.scan import EICAR, ask_clamd
from hotline.spool import Spool

_OLDEST_SERVER = 150000
_LIST_TOO_OLD = timedelta(minutes=10)


@click.command()
def doctor() -> None:
    """Check settings, database, reference data, duty contacts and the provider. Exit status 1 when something fails."""
    settings = read_settings()
    app = create_app(settings)
    findings: list[tuple[bool, str]] = [(True, "settings are complete")]
    with app.app_context():
        findings += _database()
    findings.append(_areas())
    findings += _mail(settings) + _meta(settings)
    findings += _spool(Spool(settings.spool_dir))
    findings += scanner_findings(settings.clamd_url)
    try:
        answer = requests.get(settings.twilio_api_url, timeout=5)
        findings.append((True, f"the provider answers (HTTP {answer.status_code})"))
    except requests.RequestException as error:
        findings.append((False, f"the provider cannot be reached: {type(error).__name__}"))
    for good, finding in findings:
        click.echo(f"{'ok  ' if good else 'FAIL'}  {finding}")
    if not all(good for good, _ in findings):
        sys.exit(1)


def _database() -> list[tuple[bool, str]]:
    session = db.session()
    try:
        version = int(session.scalar(text("SHOW server_version_num")) or 0)
    except SQLAlchemyError as error:
        return [(False, f"database cannot be reached: {type(error).__name__}")]
    findings = [(version >= _OLDEST_SERVER, f"PostgreSQL {version // 10000} (15 or newer is needed)")]
    problems = readiness_problems(session, now=datetime.now(UTC))
    findings += [(False, problem) for problem in problems] or [(True, "migrated, and a worker is at work")]
    if any("migrat" in problem for problem in problems):
        return findings
    findings.append(_gap_fill(session, now=datetime.now(UTC)))
    agencies = session.scalar(select(func.count()).select_from(Agency)) or 0
    findings.append((agencies > 0, f"{agencies} agencies (hotline seed)"))
    closed = session.scalar(
        select(func.count()).select_from(PartnerEndpoint).where(PartnerEndpoint.closed_because == GONE)
    )
    if closed:
        findings.append(
            (False, f"{closed} partner webhooks answered 410 and were closed (hotline agency webhook list)")
        )
    levels = set(
        session.scalars(
            select(DutyContact.level)
            .join(Agency)
            .where(Agency.kind == AgencyKind.DUTY_ROOM, DutyContact.active)
        )
    )
    missing = sorted({1, 2, 3} - levels)
    told = "the duty room has a phone at every level"
    findings.append(
        (not missing, told if not missing else f"no duty contact at level {missing}: nobody is paged")
    )
    return findings


def _spool(spool: Spool) -> list[tuple[bool, str]]:
    try:
        spool.check()
    except OSError as error:
        return [(False, f"the spool {spool.directory} cannot be written: {error.strerror}")]
    waiting, dead = len(spool.waiting()), len(spool.dead())
    findings = [(True, f"the spool can be written; {waiting} webhooks wait in it")]
    if dead:
        told = (
            f"{dead} webhooks could not be taken in and wait in {spool.directory}/dead (hotline spool retry)"
        )
        findings.append((False, told))
    return findings


def scanner_findings(clamd_url: str | None) -> list[tuple[bool, str]]:
    """Whether the virus scanner, where there is one, finds its test file and takes the largest attachment."""
    if clamd_url is None:
        return []
    try:
        found, large = ask_clamd(EICAR, clamd_url), ask_clamd(bytes(LARGEST), clamd_url)
    except OSError:
        return [(False, "the virus scanner cannot be reached: attachments wait for it")]
    if not found.endswith("FOUND"):
        return [(False, f"the virus scanner does not find its test file: {found}")]
    told = f"the virus scanner does not take {LARGEST // 1024**2} MB (StreamMaxLength): {large}"
    return [(True, "the virus scanner answers") if large == "stream: OK" else (False, told)]


def _gap_fill(session: Session, *, now: datetime) -> tuple[bool, str]:
    mark = session.get(Watermark, MESSAGES)
    if mark is None:
        return True, "the provider's list has not been read yet (the worker does it each minute)"
    late = now - mark.seen_until > _LIST_TOO_OLD
    return not late, f"the provider's list is read until {mark.seen_until:%Y-%m-%d %H:%M} UTC"


def _mail(settings: Settings) -> list[tuple[bool, str]]:
    try:
        tried = EmailChannel(settings).greet()
    except (OSError, SMTPException) as error:
        return [(False, f"the mail server does not let us in: {type(error).__name__}")]
    return [(True, "the mail server lets us in")] if tried else []


def _meta(settings: Settings) -> list[tuple[bool, str]]:
    if settings.whatsapp_provider != "meta":
        return []
    try:
        answer = requests.get(
            f"{settings.meta_api_url}/{settings.meta_phone_number_id}",
            headers={"Authorization": f"Bearer {settings.meta_access_token}"},
            timeout=5,
        )
    except requests.RequestException as error:
        return [(False, f"Meta cannot be reached: {type(error).__name__}")]
    told = "Meta knows our token and our number"
    return [
        (
            answer.ok,
            told if answer.ok else f"Meta refuses our token or our number (HTTP {answer.status_code})",
        )
    ]


def _areas() -> tuple[bool, str]:
    try:
        load_areas()
    except FileNotFoundError as error:
        return False, str(error)
    return True, "administrative areas are built in"
