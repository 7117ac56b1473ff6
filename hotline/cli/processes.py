"""`hotline web`, `hotline worker`, `hotline phones`: one process (tree) each."""

from __future__ import annotations

import os
import secrets

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from hotline.channels.phones import PhonesSettings, serve
from hotline.config import Settings, read_settings
from hotline.reference import read_ahead
from hotline.seeding import OFFICER_PHONE, SUPERVISOR_PHONE, WORKER_PHONE
from hotline.worker.run import run

DEFAULT_PORT, DEFAULT_PHONES_PORT = 8000, 8025
# Processes of one thread each: threads that wait for the database and then for the interpreter's lock took in
# 290 messages a second where single-threaded processes took in 390 (measured on two cores, decisions/0010).
WORKERS = 4
THREADS = 1


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=DEFAULT_PORT, show_default=True)
@click.option("--workers", default=WORKERS, show_default=True, help="Processes.")
def web(host: str, port: int, workers: int) -> None:
    """Serve webhooks, console, portal and API."""
    read_settings()
    read_ahead()
    Granian(
        "wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        backlog=2048,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        working_dir=None,
    ).serve()


@click.command()
def worker() -> None:
    """Drive the clocks and send what is to be sent."""
    run(read_settings())


@click.command()
@click.option("--port", default=DEFAULT_PHONES_PORT, show_default=True)
def phones(port: int) -> None:
    """Stand in for Twilio, with phones to play with. Loopback only; media come from the port above."""
    serve(phones_settings(read_settings()), port=port, cdn_port=port + 1)


def _port_in(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def phones_settings(settings: Settings) -> PhonesSettings:
    """The phones with the same account as the hotline, and a cast for a newcomer."""
    agency = os.environ.get("PHONES_AGENCY_NUMBER")
    cast = [
        ("Pekerja", "Worker", WORKER_PHONE, "worker"),
        ("Petugas piket", "Officer on call", OFFICER_PHONE, "officer"),
        ("Supervisor", "Supervisor", SUPERVISOR_PHONE, "supervisor"),
    ]
    if agency:
        cast.insert(1, ("Mitra (perwakilan)", "Agency (mission)", agency, "agency"))
    return PhonesSettings(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
        auth_token_next=settings.twilio_auth_token_next,
        public_url=settings.public_url,
        sms_number=settings.twilio_sms_from or "+12025550143",
        whatsapp_number=(settings.twilio_whatsapp_from or "+12025550143").removeprefix("whatsapp:"),
        messaging_service_sid=settings.twilio_messaging_service_sid,
        smtp_port=_port_in(os.environ.get("PHONES_SMTP_PORT")),
        cast=tuple(cast),
        # Another seed each time: ids of a former run must not come again, as Twilio's never do.
        seed=secrets.randbelow(2**31),
    )
