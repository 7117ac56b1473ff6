"""`hotline up`: everything in one command, on embedded defaults."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import click
import requests
from psycopg.errors import DuplicateDatabase

from hotline import postgres
from hotline.app import create_app
from hotline.cli.instance import AlreadyRunning, Instance
from hotline.cli.processes import DEFAULT_PHONES_PORT, DEFAULT_PORT
from hotline.config import Settings, is_loopback, read_settings
from hotline.migrations import upgrade
from hotline.seeding import demo_phone_of, seed_demo, seed_reference
from hotline.unit_of_work import unit_of_work

DATABASE = "hotline"
_READY_SECONDS = 180
_STOP_SECONDS = 20
# A process that dies is started again, but not more often than this.
_RESTART_PAUSE = 1.0
_NEWCOMERS_MISSION = "kbri-riyadh"


@click.command()
@click.option("--port", default=DEFAULT_PORT, show_default=True)
@click.option("--phones-port", default=DEFAULT_PHONES_PORT, show_default=True)
@click.option(
    "--data", default="instance", show_default=True, type=click.Path(path_type=Path, file_okay=False)
)
@click.option("--demo/--no-demo", default=True, show_default=True, help="Made-up staff and agency phones.")
def up(port: int, phones_port: int, data: Path, *, demo: bool) -> None:
    """Start database, web, worker and phones; Ctrl-C ends them all.

    Takes settings from the environment where they are set, and makes up the rest once for the data directory.
    """
    instance = Instance(data)
    try:
        with instance.held():
            _up(instance, port, phones_port, demo=demo)
    except AlreadyRunning as running:
        raise click.ClickException(f"already running on this data directory: {running}") from running


def _up(instance: Instance, port: int, phones_port: int, *, demo: bool) -> None:
    began = time.monotonic()
    leftovers = instance.end_leftovers()
    if leftovers:
        click.echo(f"ended {leftovers} processes that a killed run had left")
    for number in (port, phones_port, phones_port + 1):
        _need_free(number)
    environment = instance.environment(os.environ, port=port, phones_port=phones_port)
    if is_loopback(environment["TWILIO_API_URL"]) and "SMTP_URL" not in environment:
        environment |= _mail_to_phones(_free_port())
    server = None
    if "DATABASE_URL" not in environment:
        click.echo("starting PostgreSQL …")
        server = postgres.start(instance.directory / "postgres")
        environment["DATABASE_URL"] = _own_database(server.url)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    processes: Processes | None = None
    try:
        instance.save_environment(environment)
        settings = read_settings(environment)
        passwords, agency_phone = _prepare(settings, demo=demo)
        environment["PHONES_AGENCY_NUMBER"] = agency_phone or ""
        processes = Processes(environment, instance, port=port, phones_port=phones_port)
        processes.start()
        if _wait_until_ready((f"{port}/readyz", f"{phones_port}/_control/faults"), stopping):
            _greet(settings, phones_port, passwords, seconds=time.monotonic() - began)
        elif not stopping.is_set():
            click.echo(f"not ready after {_READY_SECONDS} s: see {settings.public_url}/readyz", err=True)
        processes.watch(stopping)
    finally:
        click.echo("\nstopping …")
        if processes is not None:
            processes.stop()
        if server is not None:
            server.stop()
        instance.remember_processes([])


class Processes:
    """Web, worker and phones, each a process group of its own; one that dies is started again."""

    def __init__(
        self, environment: dict[str, str], instance: Instance, *, port: int, phones_port: int
    ) -> None:
        self._environment = {**os.environ, **environment}
        self._instance = instance
        self._commands = {
            "phones": ["phones", "--port", str(phones_port)],
            "worker": ["worker"],
            "web": ["web", "--port", str(port)],
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start all three."""
        for name in self._commands:
            self._launch(name)

    def watch(self, stopping: threading.Event) -> None:
        """Keep them running until it is time to stop."""
        while not stopping.wait(_RESTART_PAUSE):
            for name, process in list(self._running.items()):
                if process.poll() is not None and not stopping.is_set():
                    click.echo(f"{name} ended with {process.returncode}; starting it again", err=True)
                    self._launch(name)

    def stop(self) -> None:
        """End them in the order in which work flows, and see that they are gone."""
        for name in ("web", "worker", "phones"):
            process = self._running.get(name)
            if process is None or process.poll() is not None:
                continue
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _launch(self, name: str) -> None:
        # A session of its own: Ctrl-C in the terminal reaches `up` alone, which then ends the others in order.
        self._running[name] = subprocess.Popen(
            [sys.executable, "-m", "hotline.cli", *self._commands[name]],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._instance.remember_processes([process.pid for process in self._running.values()])


def _own_database(server_url: str) -> str:
    with contextlib.suppress(DuplicateDatabase):
        postgres.create_database(server_url, DATABASE)
    return postgres.database_url(server_url, DATABASE)


def _prepare(settings: Settings, *, demo: bool) -> tuple[dict[str, str], str | None]:
    app = create_app(settings)
    upgrade(app)
    with app.app_context(), unit_of_work() as session:
        seed_reference(session)
        passwords = seed_demo(session, with_email=settings.smtp_url is not None) if demo else {}
        return passwords, demo_phone_of(session, _NEWCOMERS_MISSION)


def _mail_to_phones(port: int) -> dict[str, str]:
    """Settings by which the hotline's e-mails end at the phones."""
    return {
        "SMTP_URL": f"smtp://127.0.0.1:{port}",
        "MAIL_FROM": "trc@hotline.example",
        "PHONES_SMTP_PORT": str(port),
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _need_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(f"port {port} is taken: choose another") from error


def _wait_until_ready(doors: Sequence[str], stopping: threading.Event) -> bool:
    """True when every one of the doors (port and path) answers; False when it is time to stop, or too late."""
    ends = time.monotonic() + _READY_SECONDS
    while time.monotonic() < ends and not stopping.wait(0.1):
        if all(_answers(door) for door in doors):
            return True
    return False


def _answers(door: str) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{door}", timeout=2).ok
    except requests.RequestException:
        return False


def _greet(settings: Settings, phones_port: int, passwords: dict[str, str], *, seconds: float) -> None:
    click.echo(f"\nready after {seconds:.1f} s\n")
    click.echo(f"  console   {settings.public_url}/")
    click.echo(f"  API       {settings.public_url}/api/v1/docs")
    click.echo(f"  phones    http://127.0.0.1:{phones_port}/")
    if settings.smtp_url and is_loopback(settings.smtp_url):
        click.echo(f"  e-mail    http://127.0.0.1:{phones_port}/mail")
    if passwords:
        click.echo("\n  sign in with (passwords of this run):")
        for email, password in passwords.items():
            click.echo(f"    {email:<26} {password}")
    click.echo("\nCtrl-C ends everything.")
