"""A number that belongs to somebody else now: what came from it since the doubt began is a report of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from cases.database import new_id
from cases.models import Case, Identifier, Message, Party
from cases.models.case import case_number
from cases.queries.find_case import locked_case
from cases.rules.references import make_reference
from cases.rules.triage import Triage, triage
from cases.services.event_log import record_event, touch
from cases.services.identity import PassedOn, pass_on_identifier
from cases.services.move_messages import move_messages, said_since
from cases.services.tasks import open_task
from cases.vocabulary import MACHINE, Actor, Category, Direction, EventKind, TaskKind, Urgency
from escalation.services.act import Act
from escalation.services.book import Book
from escalation.services.continue_case import last_words
from escalation.services.open_case import Beginning, open_case


def pass_on(
    session: Session, case: Case, identifier: Identifier, *, book: Book, by: Actor, now: datetime
) -> list[Case]:
    """Pass the number on to a new person. What came from it since it was doubted moves to a case of their own, judged,
    routed and with clocks like any report; a case that holds nothing else goes over as it is. Gives the cases that
    are theirs now.

    What the machine has raised in the old case stays raised: an officer lowers it. An officer who erred merges the
    new person into the old one: the number and the new case come back, nothing is lost. Raises WrongState for a
    number that ended before.

    The caller has called `hold_persons` before it locked the case.
    """
    passed = pass_on_identifier(session, case, identifier, by=by, now=now)
    if passed.since is None:
        return []
    messages = said_since(session, list(passed.rows), passed.since)
    theirs: list[Case] = []
    apart: list[tuple[Case, list[Message]]] = []
    for case_id in sorted({message.case_id for message in messages if message.case_id}):
        source = case if case_id == case.id else locked_case(session, case_id)
        of_case = [message for message in messages if message.case_id == case_id]
        if _holds_nothing_else(session, source, of_case):
            _give_over(session, source, of_case, passed, by=by, now=now)
            theirs.append(source)
        else:
            apart.append((source, of_case))
    if apart:
        theirs.append(_open_theirs(session, apart, passed, identifier, book=book, by=by, now=now))
    _ask_about_stop(session, theirs, passed, now=now)
    return theirs


def _holds_nothing_else(session: Session, case: Case, messages: Sequence[Message]) -> bool:
    query = select(func.count()).where(Message.case_id == case.id, Message.direction == Direction.IN)
    return session.scalar(query) == len(messages)


def _give_over(
    session: Session, case: Case, messages: Sequence[Message], passed: PassedOn, *, by: Actor, now: datetime
) -> None:
    """The case was begun by the new person: it is theirs, with its log, its clocks and its referrals."""
    for message in messages:
        if message.identifier_id is not None:
            message.identifier_id = passed.rows.get(message.identifier_id, message.identifier_id)
    parts = update(Party).where(Party.case_id == case.id, Party.person_id == case.reporter_id)
    session.execute(parts.values(person_id=passed.person.id))
    case.reporter_id = passed.person.id
    session.flush()
    data = {"messages": [str(message.id) for message in messages], "to": passed.person.designation}
    record_event(session, case, EventKind.MESSAGES_TAKEN_OVER, by=by, now=now, data=data)
    touch(case, now=now)


def _open_theirs(
    session: Session,
    apart: Sequence[tuple[Case, list[Message]]],
    passed: PassedOn,
    identifier: Identifier,
    *,
    book: Book,
    by: Actor,
    now: datetime,
) -> Case:
    messages = sorted(
        (message for _, of_case in apart for message in of_case), key=lambda one: (one.created_at, one.id)
    )
    judged, worst = _judge_together(messages, passed.person.country, book=book)
    case_id = new_id()
    beginning = Beginning(
        reference=make_reference(session.scalar(case_number.next_value()) or 0, now),
        person_id=passed.person.id,
        words=worst.body or "",
        country=None,
        number_country=passed.person.country,
        message={"id": messages[0].id, "body": messages[-1].body or "", "content": messages[-1].content},
        triage=worst.triage or {},
    )
    open_case(session, Act(), case_id, beginning, judged, book=book, now=now, by=by)
    theirs = locked_case(session, case_id)
    for source, of_case in apart:
        move_messages(session, of_case, source=source, target=theirs, identifiers=passed.rows, by=by, now=now)
        _look_back(session, source)
    return theirs


def _judge_together(
    messages: Sequence[Message], country: str | None, *, book: Book
) -> tuple[Triage, Message]:
    """One judgement of all they wrote, and the message that weighs most: what was seen when it came in stands, for a
    code or an answer is not in the words alone."""
    judged = [_judge(message, country, book=book) for message in messages]
    place = min(range(len(judged)), key=lambda number: list(Urgency).index(judged[number].urgency))
    categories = [category for one in (judged[place], *judged) for category in one.categories]
    named = [category for category in dict.fromkeys(categories) if category is not Category.INFO]
    together = replace(
        judged[place],
        categories=tuple(named) or (Category.INFO,),
        language=next((one.language for one in judged if one.language != "und"), "und"),
        contact_signs=frozenset().union(*(one.contact_signs for one in judged)),
        places=tuple(dict.fromkeys(name for one in judged for name in one.places)),
    )
    return together, messages[place]


def _judge(message: Message, country: str | None, *, book: Book) -> Triage:
    judged = triage(message.body or "", book.classifier, country=country)
    seen = message.triage or {}
    if not seen:
        return judged
    return replace(
        judged,
        urgency=Urgency.worst(judged.urgency, Urgency(seen["urgency"])),
        categories=tuple(Category(name) for name in seen["categories"]),
    )


def _look_back(session: Session, case: Case) -> None:
    """What lists show of the old case is again what its own person said last."""
    query = (
        select(Message)
        .where(Message.case_id == case.id, Message.direction == Direction.IN)
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(1)
    )
    last = session.scalars(query).one()
    case.last_message_at, case.last_words = last.created_at, last_words(last.body or "", last.content)
    session.flush()


def _ask_about_stop(session: Session, theirs: Sequence[Case], passed: PassedOn, *, now: datetime) -> None:
    """STOP that came since the doubt was the new person's: the question what it means goes with it."""
    stopped = session.scalar(
        select(func.count()).where(
            Identifier.person_id == passed.person.id, Identifier.opted_out_at >= passed.since
        )
    )
    for case in theirs if stopped else ():
        open_task(session, case, TaskKind.POSSIBLE_DURESS, by=MACHINE, now=now)
        open_task(session, case, TaskKind.WRITE_BY_OTHER_MEANS, by=MACHINE, now=now)
