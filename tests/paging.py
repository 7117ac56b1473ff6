"""Pages in tests: one phone called many times, and the time that makes waiting jobs due."""

from __future__ import annotations

from datetime import UTC, datetime

from cast import AMINA, HARMLESS
from phones import Exchange
from sqlalchemy import select, text

from cases.models import Case, DutyContact, Message
from cases.vocabulary import MessageKind, PageKind, Step, Urgency
from escalation.queries.on_call import OnCall
from escalation.services.act import Act
from escalation.services.paging import add_page


def page_all(
    line_up: Exchange, number: str, levels: list[Urgency], kind: PageKind = PageKind.NEW_CASE
) -> None:
    """Page one phone about the only case, once for each level."""
    with line_up.sessions() as session:
        case = session.scalars(select(Case).order_by(Case.opened_at)).first()
        assert case is not None
        contact = next(one for one in session.scalars(select(DutyContact)) if one.address == number)
        on_call = OnCall(contact.id, contact.agency_id, contact.user_id, contact.level, contact.channel, "id")
        for level in levels:
            act = Act()
            add_page(
                act,
                on_call,
                kind,
                case_id=case.id,
                reference=f"TRC-{level.value}",
                urgency=level,
                step=Step.READ,
                now=datetime.now(UTC),
            )
            act.write(session)
        session.commit()


def pages_to(line_up: Exchange, number: str) -> list[Message]:
    with line_up.sessions() as session:
        contact = next(one for one in session.scalars(select(DutyContact)) if one.address == number)
        query = select(Message).where(Message.contact_id == contact.id, Message.kind == MessageKind.PAGE)
        return list(session.scalars(query.order_by(Message.created_at, Message.id)))


def open_case(line_up: Exchange) -> None:
    line_up.line(AMINA).writes(HARMLESS)
    line_up.deliver()


def due_now(line_up: Exchange) -> None:
    """The database keeps its own time: what our shifted clock holds due is made due there."""
    with line_up.sessions() as session:
        session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"))
        session.commit()
