"""How long we wait for the database. A server that accepts a connection and then says nothing must not hold a process.

Time-outs of TCP do not help there: its kernel, or a proxy before it, still acknowledges every byte.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import ConnectionTimeout, _WaitTimeout
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

Result = TypeVar("Result")
_INTERVAL = 0.1

# psycopg waits for a connection in whole seconds, two at least.
CONNECT_SECONDS = 2
# For a server that has gone without a farewell; `docs/decisions/0019` says why these do not suffice.
CONNECT_ARGS = {
    "connect_timeout": CONNECT_SECONDS,
    "tcp_user_timeout": 3000,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
# What the server itself cuts short on a connection of a request, so that a slow statement is told from a silent
# server. A lock that is held by somebody who has gone silent in the middle of a transaction is given back.
_LIMITS = ("SET statement_timeout = '8s'", "SET idle_in_transaction_session_timeout = '60s'")
# With less time left there is no sense in beginning to connect.
_LEAST_TO_CONNECT = 1.0

_until: ContextVar[float | None] = ContextVar("until", default=None)
_usual: ContextVar[float] = ContextVar("usual", default=0.0)


class Silence:
    """What one process knows of a silent server: after two waits in vain nobody asks for a while, then one does.

    One wait in vain is no silence: a single slow answer. It only makes the next one short.
    """

    QUIET_SECONDS = 5.0
    PROBE_SECONDS = 3.0

    def __init__(self) -> None:
        self._in_vain = 0
        self._quiet_until = 0.0

    def patience(self, usual: float, now: float) -> float:
        """How many seconds to wait for an answer now: 0 to not even ask."""
        if self._in_vain == 0:
            return usual
        if self._in_vain > 1:
            if now < self._quiet_until:
                return 0.0
            # This one asks; who comes meanwhile does not.
            self._quiet_until = now + self.QUIET_SECONDS
        return min(usual, self.PROBE_SECONDS)

    def waited_in_vain(self, now: float) -> None:
        """The server did not answer in time."""
        self._in_vain += 1
        self._quiet_until = now + self.QUIET_SECONDS

    def answered(self) -> None:
        """It speaks."""
        self._in_vain = 0


_silence = Silence()


class PatientConnection(psycopg.Connection[Any]):
    """A connection that waits until the request's time is up, or `longest_wait` for one answer where there is no
    request; then it is closed, for nobody knows what the server has done."""

    longest_wait: float | None = None

    def wait(self, gen: PQGen[Result], interval: float = _INTERVAL, timeout: float | None = None) -> Result:
        """Wait for an answer. Raises OperationalError when it does not come in time."""
        until = _until.get()
        allowed = self.longest_wait if until is None else until - time.monotonic()
        if allowed is None:
            return super().wait(gen, interval, timeout)
        if allowed <= 0:
            self.pgconn.finish()
            raise psycopg.OperationalError("no time left to ask the database")
        try:
            result = super().wait(gen, interval, allowed if timeout is None else min(allowed, timeout))
        except _WaitTimeout as error:
            self.pgconn.finish()
            _silence.waited_in_vain(time.monotonic())
            raise psycopg.OperationalError("the database did not answer in time") from error
        _silence.answered()
        return result


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """All waits for the database in this block together last no longer; less, while the server is silent."""
    begin(seconds)
    try:
        yield
    finally:
        end()


def begin(seconds: float) -> None:
    """From here to `end` all waits for the database together last no longer."""
    now = time.monotonic()
    _usual.set(seconds)
    _until.set(now + _silence.patience(seconds, now))


def begin_anew() -> None:
    """What a request did until now was no waiting for the database: it looked into files, or had them scanned."""
    if _until.get() is not None:
        begin(_usual.get())


def end() -> None:
    """No request's time runs any more."""
    _until.set(None)


def allow(session: Session, seconds: int) -> None:
    """Give what is known to take long its time, in the present transaction: a report, a bundle of evidence."""
    if _until.get() is None:
        return
    _until.set(time.monotonic() + seconds)
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        session.execute(text(f"SET LOCAL {limit} = '{seconds}s'"))


def make_patient(engine: Engine, *, longest_wait: float | None = None) -> None:
    """Let an engine's connections wait no longer than they may. `longest_wait`: for one answer, outside requests."""

    @event.listens_for(engine, "do_connect")
    def connect(
        _dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]
    ) -> PatientConnection:
        until = _until.get()
        if until is not None and until - time.monotonic() < _LEAST_TO_CONNECT:
            raise psycopg.OperationalError("no time left to connect to the database")
        try:
            connection = PatientConnection.connect(*arguments, **options)
        except ConnectionTimeout:
            _silence.waited_in_vain(time.monotonic())
            raise
        connection.longest_wait = longest_wait
        return connection

    @event.listens_for(engine, "connect")
    def limit(connection: PatientConnection, _record: Any) -> None:
        if _until.get() is None:
            return
        connection.autocommit = True
        for statement in _LIMITS:
            connection.execute(statement)
        connection.autocommit = False
