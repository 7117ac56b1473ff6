"""Where transactions end: the only file that commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionInTime
from sqlalchemy.orm import Session, sessionmaker

from hotline.extensions import db

# SQLSTATE classes of a server that is away or cannot write just now: connection lost, out of disk, memory or
# connections, shutting down or standing by, its files failing; and read-only, as after a failover.
_OUTAGES = ("08", "53", "57P", "58", "25006")
# The server answers, but not this time: of two transactions that waited for each other it ended one, a lock was
# not to be had, or a statement took longer than the connection allows.
_PASSING = ("40", "55P03", "57014")


def is_outage(error: SQLAlchemyError) -> bool:
    """True when the database is to blame and not the statement: the same will go through later."""
    if isinstance(error, NoConnectionInTime):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        # Nothing answered: psycopg reports so what never reached a server, or never came back from one.
        return error.connection_invalidated or type(error.orig).__name__ in {
            "OperationalError", "InterfaceError", "ConnectionTimeout",
        }  # fmt: skip
    return error.connection_invalidated or str(state).startswith(_OUTAGES)


def is_passing(error: SQLAlchemyError) -> bool:
    """True when the same will probably go through the next time, although the database is there."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return bool(state) and str(state).startswith(_PASSING)


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """One transaction of a request or a command: committed when the block ends, rolled back when it raises."""
    session = db.session()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


@contextmanager
def transaction(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """One transaction outside a request, on a session of its own."""
    with sessions() as session:
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
