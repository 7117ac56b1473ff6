"""What one act changed, row by row, kept so that it can be taken back exactly."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, Table, delete, inspect, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE, Base, UtcDateTime, Word


class Ledger:
    """Rows that went from one case to another (`moved`), values that were changed (`changed`: before and after), and
    rows that were made (`made`), by table. `carried`: clocks that went on in the other case."""

    def __init__(self) -> None:
        self.moved: dict[str, list[str]] = {}
        self.changed: list[dict[str, Any]] = []
        self.made: dict[str, list[str]] = {}
        self.carried: list[str] = []

    def move(self, session: Session, model: type[Any], *, source: UUID, target: UUID) -> int:
        """Give every row of a case to another one, whose rows are locked by their cases; tells how many."""
        session.flush()
        statement = update(model).where(model.case_id == source).values(case_id=target).returning(model.id)
        ids = session.scalars(statement.execution_options(synchronize_session=False)).all()
        self.moved[_table(model).name] = [str(one) for one in ids]
        return len(ids)

    def change(self, row: Base, **values: Any) -> None:
        """Set values of a locked row, remembering what they were; what is so already is no change."""
        before = {name: _plain(getattr(row, name)) for name in values}
        after = {name: _plain(value) for name, value in values.items()}
        differing = {name: [before[name], after[name]] for name in values if before[name] != after[name]}
        for name in differing:
            setattr(row, name, values[name])
        if differing:
            (key,) = inspect(type(row)).primary_key_from_instance(row)
            table = _table(type(row)).name
            self.changed.append({"table": table, "id": str(key), "values": differing})

    def make(self, model: type[Base], ids: list[UUID]) -> None:
        """These rows exist because of the act."""
        self.made.setdefault(_table(model).name, []).extend(str(one) for one in ids)

    def as_json(self) -> dict[str, Any]:
        """The ledger as it is kept."""
        return {
            "moved": self.moved, "changed": self.changed, "made": self.made, "carried": self.carried,
        }  # fmt: skip


def give_back(session: Session, kept: dict[str, Any], *, source: UUID, target: UUID) -> None:
    """Undo what the ledger names, and nothing else: rows go back to `target` unless they have left `source` since;
    a value is what it was unless somebody has changed it since, or another row has its place by now."""
    session.flush()
    models = _models()
    for name, ids in kept["moved"].items():
        model = models[name]
        statement = update(model).where(model.id.in_([UUID(one) for one in ids]), model.case_id == source)
        session.execute(statement.values(case_id=target).execution_options(synchronize_session=False))
    session.expire_all()
    for change in reversed(kept["changed"]):
        _restore(session, models[change["table"]], UUID(change["id"]), change["values"])


def take_away(session: Session, model: type[Any], ids: list[UUID]) -> int:
    """Delete rows that the act made and that nothing has used."""
    statement = delete(model).where(model.id.in_(ids)).execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def made_by(kept: dict[str, Any], model: type[Base]) -> list[UUID]:
    """The rows of one table that the act made."""
    return [UUID(one) for one in kept["made"].get(_table(model).name, ())]


def _restore(session: Session, model: type[Any], key: UUID, values: dict[str, list[Any]]) -> None:
    row = session.get(model, key, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if row is None:
        return
    untouched = {
        name: before for name, (before, after) in values.items() if _plain(getattr(row, name)) == after
    }
    try:
        with session.begin_nested():
            for name, before in untouched.items():
                setattr(row, name, _typed(model, name, before))
            session.flush()
    except IntegrityError:
        # Something that came since has its place: one live referral of an agency, one open task of a kind.
        session.expire(row)


def _models() -> dict[str, type[Any]]:
    return {cast(Table, mapper.local_table).name: mapper.class_ for mapper in Base.registry.mappers}


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def _typed(model: type[Any], name: str, value: Any) -> Any:
    kind = _table(model).columns[name].type
    if value is None:
        return None
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Word):
        return kind.words(value)
    return UUID(value) if name.endswith("_id") or name == "id" else value
