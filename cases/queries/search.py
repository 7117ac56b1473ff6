"""Full-text search over what was said, and people nearly called so (docs/decisions/0023)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, literal_column, select, text
from sqlalchemy.orm import Session, joinedload, raiseload

from cases.models import Case, Identifier, Message, Note, Person
from cases.models.note import NOTE_WORDS
from cases.queries.visible import visible_cases
from cases.rules.likeness import digits_in, folded, is_like
from cases.vocabulary import Actor, Direction

MOST_CASES = 50
# Of each case several messages may match: so many of the newest are looked at for MOST_CASES cases.
_MOST_HITS = 400
# A word that is common is found among the newest messages, without asking the index for all of its places …
_NEWEST = 15_000
# … and of a word that is not, so many places are looked at: of more, not the newest may be shown, and that is said.
_MOST_PLACES = 10_000
# Names and numbers are opened one by one: those of so many cases, the last ones to change.
_OPENED = 800
_MOST_ALIKE = 20
# Around a word that was found; no text holds them.
MARKS = ("\x01", "\x02")
_HEADLINE = f"StartSel={MARKS[0]}, StopSel={MARKS[1]}, MaxWords=24, MinWords=10, ShortWord=0"
_LONGEST_EXCERPT = 2000
# The column's own language: the index knows no other.
_LANGUAGE: ColumnElement[Any] = literal_column("'indonesian'::regconfig")


@dataclass(frozen=True, slots=True)
class Hit:
    """A case in which the words were said; `excerpt` has MARKS around them. `direction` is None for a note."""

    case: Case
    at: datetime
    direction: Direction | None
    excerpt: str


@dataclass(frozen=True, slots=True)
class Said:
    """The newest cases first. `more`: there are others; `uneven`: too many to say that these are the newest."""

    hits: Sequence[Hit]
    more: bool = False
    uneven: bool = False


def search_said(session: Session, words: str, *, by: Actor) -> Said:
    """Cases in whose conversation or notes these words were said, in any of their Indonesian forms. `"…"` asks for
    words in a row, `-` for their absence, `or` for either. Four statements at most, whatever there is."""
    asked = _asked(words)
    found, uneven = _newest(session, asked), False
    if len({row.case_id for row in found}) < MOST_CASES:
        found, uneven = _places(session, asked)
    best: dict[UUID, Any] = {}
    for row in sorted(found, key=lambda row: row.id, reverse=True):
        best.setdefault(row.case_id, row)
    hits = _hits(session, list(best.values()), asked, by)
    return Said(hits[:MOST_CASES], more=len(hits) > MOST_CASES or len(found) >= _MOST_HITS, uneven=uneven)


def mentions(words: str) -> ColumnElement[bool]:
    """The condition that a case's conversation holds these words, for lists of cases."""
    asked = _asked(words)
    return select(Message.id).where(Message.case_id == Case.id, Message.words.op("@@")(asked)).exists()


def persons_alike(session: Session, words: str, *, by: Actor) -> list[Person]:
    """People of the cases that changed last whose name is nearly this, or whose number holds these digits. Names and
    numbers are encrypted: they are opened and compared here, so only so many of them, in one statement."""
    digits, wanted = digits_in(words), folded(words)
    if digits is None and not wanted:
        return []
    latest = select(Case.reporter_id).where(visible_cases(by)).order_by(Case.updated_at.desc()).limit(_OPENED)
    of_latest = latest.subquery()
    alike: dict[UUID, Person] = {}
    if digits is not None:
        numbers = (
            select(Identifier)
            .where(Identifier.person_id.in_(select(of_latest.c.reporter_id)), Identifier.ended_at.is_(None))
            .options(joinedload(Identifier.person))
        )
        for number in session.scalars(numbers):
            if digits in "".join(filter(str.isdigit, number.value)):
                alike[number.person_id] = number.person
    else:
        names = select(Person).where(Person.id.in_(select(of_latest.c.reporter_id)), Person.name.is_not(None))
        for person in session.scalars(names):
            if is_like(wanted, person.name or ""):
                alike[person.id] = person
    return list(alike.values())[:_MOST_ALIKE]


def _asked(words: str) -> Any:
    # No text in the database holds a NUL, and none may be asked for.
    return func.websearch_to_tsquery(_LANGUAGE, words.replace("\x00", " "))


def _newest(session: Session, asked: Any) -> Sequence[Any]:
    recent = (
        select(Message.id, Message.case_id, Message.words).order_by(Message.id.desc()).limit(_NEWEST)
    ).subquery()
    query = select(recent.c.id, recent.c.case_id).where(
        recent.c.words.op("@@")(asked), recent.c.case_id.is_not(None)
    )
    return session.execute(query.limit(_MOST_HITS)).all()


def _places(session: Session, asked: Any) -> tuple[Sequence[Any], bool]:
    """Through the index, whatever the planner makes of the limit: it would rather walk the table from its end."""
    session.execute(text("SET LOCAL enable_seqscan = off"))
    said = (
        (
            select(Message.id, Message.case_id)
            .where(Message.words.op("@@")(asked), Message.case_id.is_not(None))
            .limit(_MOST_PLACES + 1)
        )
        .cte("said")
        .prefix_with("MATERIALIZED")
    )
    noted = select(Note.id, Note.case_id).where(
        literal_column(NOTE_WORDS.replace("body", "note.body")).op("@@")(asked)
    )
    noted_some = noted.order_by(Note.id.desc()).limit(_MOST_HITS).subquery()
    places = select(func.count()).select_from(said).scalar_subquery()
    both = (
        select(said.c.id, said.c.case_id).union_all(select(noted_some.c.id, noted_some.c.case_id)).subquery()
    )
    query = select(both.c.id, both.c.case_id, places.label("places"))
    rows = session.execute(query.order_by(both.c.id.desc()).limit(_MOST_HITS)).all()
    return rows, bool(rows) and rows[0].places > _MOST_PLACES


def _hits(session: Session, rows: list[Any], asked: Any, by: Actor) -> list[Hit]:
    if not rows:
        return []
    cases = {
        case.id: case
        for case in session.scalars(
            select(Case)
            .where(Case.id.in_([row.case_id for row in rows]), visible_cases(by))
            .options(joinedload(Case.owner), joinedload(Case.incident), raiseload("*"))
        )
    }
    shown = [row for row in rows if row.case_id in cases][: MOST_CASES + 1]
    excerpts = _excerpts(session, [row.id for row in shown], asked)
    return [Hit(cases[row.case_id], *excerpts[row.id]) for row in shown if row.id in excerpts]


def _excerpts(session: Session, ids: list[UUID], asked: Any) -> dict[UUID, tuple[Any, ...]]:
    def headline(body: Any) -> Any:
        return func.ts_headline(_LANGUAGE, func.left(body, _LONGEST_EXCERPT), asked, literal(_HEADLINE))

    said = select(Message.id, Message.created_at, Message.direction, headline(Message.body))
    noted = select(Note.id, Note.created_at, literal(None), headline(Note.body))
    both = said.where(Message.id.in_(ids)).union_all(noted.where(Note.id.in_(ids)))
    return {
        row[0]: (row[1], Direction(row[2]) if row[2] else None, row[3] or "") for row in session.execute(both)
    }
