"""Lists of the ground floor, a page at a time by keyset: as fast on page 1,000 as on page 1, and steady while
rows come in. Each costs one statement, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, tuple_
from sqlalchemy.orm import Session, contains_eager, joinedload, raiseload

from cases.models import (
    Agency,
    Attachment,
    Case,
    ContactPlan,
    Event,
    Identifier,
    Message,
    Note,
    Party,
    Questioning,
    Referral,
    Task,
    User,
)
from cases.queries.search import mentions
from cases.queries.visible import visible_cases
from cases.rules.access import Permission, may
from cases.vocabulary import (
    Actor,
    AgencyKind,
    CaseStatus,
    Category,
    ReferralStatus,
    Role,
    Urgency,
)

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows in order, and whether more follow them."""

    rows: Sequence[Row]
    more: bool


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What the asker looks for; None and empty mean: any. `reporter` holds look-up hashes of identifiers."""

    status: CaseStatus | None = None
    urgency: Urgency | None = None
    category: Category | None = None
    country: str | None = None
    reporter: tuple[bytes, ...] = ()
    words: str | None = None
    incident_id: UUID | None = None
    company_id: UUID | None = None


def list_cases(
    session: Session,
    wanted: CaseFilter,
    *,
    by: Actor,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
) -> Page[Case]:
    """Cases the asker may see, newest first, with owners and incidents; `after` is the last row of the last page."""
    query = (
        select(Case)
        .where(visible_cases(by), *_conditions(wanted))
        .options(joinedload(Case.owner), joinedload(Case.incident), raiseload("*"))
        .order_by(Case.opened_at.desc(), Case.id.desc())
    )
    if after is not None:
        query = query.where(tuple_(Case.opened_at, Case.id) < after)
    return page_of(session, query, limit)


def list_referrals(
    session: Session,
    *,
    by: Actor,
    limit: int,
    status: ReferralStatus | None = None,
    agency: str | UUID | None = None,
    case: str | None = None,
    after: UUID | None = None,
) -> Page[tuple[Referral, str]]:
    """Referrals of visible cases with the case's reference, newest first. `agency` is a key or an id."""
    query = (
        select(Referral, Case.reference)
        .join(Case, Case.id == Referral.case_id)
        .join(Referral.agency)
        .where(visible_cases(by))
        .options(contains_eager(Referral.agency))
        .order_by(Referral.id.desc())
    )
    if status is not None:
        query = query.where(Referral.status == status)
    if agency is not None:
        query = query.where(named_agency(agency))
    if case is not None:
        query = query.where(Case.reference == case.upper())
    if after is not None:
        query = query.where(Referral.id < after)
    rows = session.execute(query.limit(limit + 1)).all()
    return Page([(referral, reference) for referral, reference in rows[:limit]], len(rows) > limit)


def list_agencies(
    session: Session,
    *,
    limit: int,
    kind: AgencyKind | None = None,
    country: str | None = None,
    words: str | None = None,
    after: tuple[str, UUID] | None = None,
) -> Page[Agency]:
    """Agencies that can be referred to, by name. `country`: where they are, or are accredited."""
    query = select(Agency).where(Agency.active).options(raiseload("*")).order_by(Agency.name, Agency.id)
    if kind is not None:
        query = query.where(Agency.kind == kind)
    if country is not None:
        query = query.where(or_(Agency.country == country, Agency.accredited.contains([country])))
    if words is not None:
        query = query.where(or_(*(_has(column, words) for column in (Agency.name, Agency.key, Agency.city))))
    if after is not None:
        query = query.where(tuple_(Agency.name, Agency.id) > after)
    return page_of(session, query, limit)


def list_workers(session: Session, *, limit: int, after: tuple[str, UUID] | None = None) -> Page[User]:
    """Staff to whom a case can be given, by name."""
    able = [role for role in Role if may(role, Permission.WORK_CASES)]
    query = select(User).where(User.active, User.role.in_(able)).order_by(User.name, User.id)
    if after is not None:
        query = query.where(tuple_(User.name, User.id) > after)
    return page_of(session, query, limit)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that the ground floor holds on one case, in the order it happened."""

    messages: Sequence[Message]
    referrals: Sequence[Referral]
    events: Sequence[Event]
    notes: Sequence[Note]
    identifiers: Sequence[Identifier]
    plan: ContactPlan | None
    tasks: Sequence[Task]
    talk: Questioning | None
    attachments: Sequence[Attachment]

    def attached_to(self, message: Message) -> list[Attachment]:
        """What came with one message, in order."""
        return [one for one in self.attachments if one.message_id == message.id]


def case_file(session: Session, case: Case) -> CaseFile:
    """Read everything on a case: nine statements, however much there is."""
    messages = select(Message).where(Message.case_id == case.id).order_by(Message.created_at, Message.id)
    referrals = select(Referral).where(Referral.case_id == case.id).order_by(Referral.id)
    events = select(Event).where(Event.case_id == case.id).order_by(Event.position)
    notes = select(Note).where(Note.case_id == case.id).order_by(Note.id)
    tasks = select(Task).where(Task.case_id == case.id, Task.done_at.is_(None)).order_by(Task.id)
    attachments = (
        select(Attachment)
        .where(Attachment.case_id == case.id)
        .order_by(Attachment.received_at, Attachment.position, Attachment.id)
    )
    names = select(Identifier).where(Identifier.person_id == case.reporter_id).order_by(Identifier.id)
    return CaseFile(
        messages=session.scalars(messages).all(),
        referrals=session.scalars(referrals.options(joinedload(Referral.agency))).all(),
        events=session.scalars(events.options(joinedload(Event.user))).all(),
        notes=session.scalars(notes.options(joinedload(Note.author))).all(),
        identifiers=session.scalars(names).all(),
        plan=session.get(ContactPlan, case.reporter_id),
        tasks=session.scalars(tasks).all(),
        talk=session.get(Questioning, case.id),
        attachments=session.scalars(attachments).all(),
    )


def named_agency(name: str | UUID) -> ColumnElement[bool]:
    """The agency with this key or this id."""
    return Agency.id == name if isinstance(name, UUID) else Agency.key == name


def page_of(session: Session, query: Select[Row], limit: int) -> Page[Row]:
    """Run a query for one page; one row more than shown tells whether there is a next one."""
    rows = session.scalars(query.limit(limit + 1)).all()
    return Page(rows[:limit], len(rows) > limit)


def _conditions(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(Case.status == wanted.status)
    if wanted.urgency is not None:
        conditions.append(Case.urgency == wanted.urgency)
    if wanted.category is not None:
        conditions.append(Case.categories.contains([wanted.category.value]))
    if wanted.country is not None:
        conditions.append(Case.country == wanted.country)
    if wanted.reporter:
        # Only whose number it is now: numbers change hands, and the new owner is somebody else.
        conditions.append(
            Case.reporter_id.in_(
                select(Identifier.person_id).where(
                    Identifier.value_hash.in_(wanted.reporter), Identifier.ended_at.is_(None)
                )
            )
        )
    if wanted.incident_id is not None:
        conditions.append(Case.incident_id == wanted.incident_id)
    if wanted.company_id is not None:
        linked = select(Party.case_id).where(Party.company_id == wanted.company_id, Party.ended_at.is_(None))
        conditions.append(Case.id.in_(linked))
    if wanted.words is not None:
        conditions.append(_mentions(wanted.words))
    return conditions


def _mentions(words: str) -> ColumnElement[bool]:
    """A reference or the beginning of one; any other words are looked for in what was said."""
    if words.upper().startswith("TRC-"):
        return Case.reference.istartswith(words, autoescape=True)
    return mentions(words)


def _has(column: Any, words: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.icontains(words, autoescape=True)
    return condition
