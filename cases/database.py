"""How rows are declared and written: the base class, the column types, and bulk writes in one round trip."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

import orjson
import uuid_utils.compat
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import DateTime, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.types import TypeDecorator


class Base(DeclarativeBase):
    """Declarative base of all three floors; constraint names are fixed so that migrations can name them."""

    # A registry rather than a map on the class: Flask-SQLAlchemy derives a class of its own from this one.
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={dict[str, Any]: JSONB, list[str]: JSONB},
    )


# How rows are locked here, also as `with_for_update(key_share=True)`: no key ever changes. The stronger FOR UPDATE also
# keeps out whoever writes a row that points here, and PostgreSQL checks what a row points to again when one transaction
# changes it twice: somebody who holds a message would wait for its case, whose holder waits for the message.
NO_KEY_UPDATE: dict[str, Any] = {"key_share": True}


def new_id() -> UUID:
    """A fresh primary key: UUID version 7, so that ids sort by the time they were made."""
    return uuid_utils.compat.uuid7()


def first_id_at(moment: datetime) -> UUID:
    """The lowest id that could have been made at this moment: for walking rows by time along their primary key."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Refuses naive datetimes on the way in, gives aware UTC on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)


class Keyring:
    """The keys for what is encrypted in the database, and for looking encrypted values up.

    The first key encrypts, every key decrypts. The look-up key is derived from the LAST key, so keys are
    rotated by putting the new one in front; the last one stays for as long as its rows do.
    """

    def __init__(self) -> None:
        self._fernet: MultiFernet | None = None
        self._lookup = b""

    def load(self, keys: Sequence[str]) -> None:
        """Use these Fernet keys (32 bytes, URL-safe base64). Raises ValueError for none or a malformed one."""
        if not keys:
            raise ValueError("at least one encryption key is needed")
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._lookup = hashlib.sha256(b"identifier look-up:" + keys[-1].encode()).digest()

    @property
    def fernet(self) -> MultiFernet:
        if self._fernet is None:
            raise RuntimeError("the keyring is empty: load() was not called")
        return self._fernet

    def fingerprint(self, kind: str, value: str) -> bytes:
        """A keyed hash by which an encrypted value can be found without being decrypted."""
        return hmac.digest(self._lookup, f"{kind}:{value}".encode(), "sha256")


keyring = Keyring()


class EncryptedText(TypeDecorator[str]):
    """Text that only the application can read. A value no key opens raises ValueError, never garbage."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect | None = None) -> bytes | None:
        return None if value is None else keyring.fernet.encrypt(value.encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect | None = None) -> str | None:
        if value is None:
            return None
        try:
            return keyring.fernet.decrypt(bytes(value)).decode()
        except InvalidToken as error:
            raise ValueError("an encrypted value cannot be opened with any configured key") from error


class EncryptedJSON(TypeDecorator[dict[str, Any]]):
    """A JSON object that only the application can read."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(
        self, value: dict[str, Any] | None, dialect: Dialect | None = None
    ) -> bytes | None:
        return None if value is None else keyring.fernet.encrypt(json.dumps(value).encode())

    def process_result_value(
        self, value: bytes | None, dialect: Dialect | None = None
    ) -> dict[str, Any] | None:
        if value is None:
            return None
        return dict(json.loads(keyring.fernet.decrypt(bytes(value))))


class Word(TypeDecorator[StrEnum]):
    """One word of a vocabulary, stored as text: a new word needs no change of type in the database."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(self.words(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


# Filled in with names from our own models only.
_INSERT = 'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::"{table}", %s::json)'
_UPDATE = (
    'UPDATE "{table}" AS old SET {assignments} '
    'FROM json_populate_recordset(NULL::"{table}", %s::json) AS new WHERE old.id = new.id'
)

# Moments pass through `_plain`, which refuses those without a time zone.
_JSON_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME

Rows = Mapping[type[Base], Sequence[Mapping[str, Any]]]


def write_together(session: Session, new: Rows, changed: Rows) -> None:
    """Insert and update rows of several tables in ONE statement and one round trip, in the caller's transaction.

    Both map a model to its rows. New rows: a column that a row does not name is NULL. Changed rows: found by
    `id`; all rows of one table name the same columns. Foreign keys among the rows may point either way: they
    are checked at the end of the statement. A webhook that opens a case writes eleven rows; one statement
    costs a third of eleven (docs/decisions/0007). A row must not be both new and changed.
    """
    parts = [
        (verb, _table_of(model), list(of_model))
        for verb, rows in ((_INSERT, new), (_UPDATE, changed))
        for model, of_model in rows.items()
        if of_model
    ]
    if not parts:
        return
    statement = _statement(tuple((verb, table, _names_in(of_table)) for verb, table, of_table in parts))
    session.connection().exec_driver_sql(
        statement, tuple(_as_json(table, of_table) for _, table, of_table in parts)
    )


def insert_together(session: Session, rows: Rows) -> None:
    """`write_together` for new rows alone."""
    write_together(session, rows, {})


def _table_of(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


def _names_in(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in rows for name in row))


@lru_cache(maxsize=256)
def _statement(shape: tuple[tuple[str, Table, tuple[str, ...]], ...]) -> str:
    *first, last = (
        verb.format(
            table=table.name,
            columns=", ".join(f'"{name}"' for name in names),
            assignments=", ".join(f'"{name}" = new."{name}"' for name in names if name != "id"),
        )
        for verb, table, names in shape
    )
    if not first:
        return last
    return "WITH " + ", ".join(f"_{n} AS ({part})" for n, part in enumerate(first)) + " " + last


@lru_cache(maxsize=64)
def _encrypted_columns(table: Table) -> tuple[tuple[str, EncryptedText | EncryptedJSON], ...]:
    return tuple(
        (column.name, column.type)
        for column in table.columns
        if isinstance(column.type, EncryptedText | EncryptedJSON)
    )


def _as_json(table: Any, rows: Iterable[Mapping[str, Any]]) -> str:
    sealed_columns = _encrypted_columns(table)
    prepared = []
    for row in rows:
        sealed = {name: kind.process_bind_param(row[name]) for name, kind in sealed_columns if name in row}
        prepared.append({**row, **sealed} if sealed else row)
    return orjson.dumps(prepared, default=_plain, option=_JSON_OPTIONS).decode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.isoformat()
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"{type(value).__name__} cannot be stored")
