"""A case that waits for an agency is worked on again when one answers, and only then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Event, Referral, Task
from cases.queries.find_case import locked_case
from cases.vocabulary import (
    Actor,
    ActorKind,
    CaseStatus,
    EventKind,
    ReferralStatus,
    RejectReason,
    Role,
    TaskKind,
    WaitingAbout,
)
from escalation.services import refer, work_case
from escalation.services.book import Book
from escalation.services.move_case import move_case

AGENCY = Actor(ActorKind.AGENCY)
Answer = Callable[[Session, UUID, Book, datetime], object]


def reject(session: Session, referral: UUID, book: Book, now: datetime) -> object:
    return refer.reject_referral(
        session, referral, RejectReason.NOT_OURS, explanation="bukan kami", book=book, by=AGENCY, now=now
    )


def finish(session: Session, referral: UUID, _book: Book, now: datetime) -> object:
    refer.accept_referral(session, referral, by=AGENCY, now=now)
    return refer.finish_referral(session, referral, explanation="sudah dijemput", by=AGENCY, now=now)


def accept(session: Session, referral: UUID, _book: Book, now: datetime) -> object:
    return refer.accept_referral(session, referral, by=AGENCY, now=now)


@pytest.mark.parametrize(
    ("answer", "wanted", "after"),
    [
        (reject, CaseStatus.WAITING_FOR_AGENCY, CaseStatus.OPEN),
        (finish, CaseStatus.WAITING_FOR_AGENCY, CaseStatus.OPEN),
        # That it is theirs is not yet what was asked of them.
        (accept, CaseStatus.WAITING_FOR_AGENCY, CaseStatus.WAITING_FOR_AGENCY),
        (finish, CaseStatus.WAITING_FOR_WORKER, CaseStatus.WAITING_FOR_WORKER),
    ],
)
def test_an_answer_ends_the_waiting_for_it(
    *,
    opened_case: Callable[..., Case],
    acting: Callable[[Role], Actor],
    book: Book,
    session: Session,
    answer: Answer,
    wanted: CaseStatus,
    after: CaseStatus,
) -> None:
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    case = locked_case(session, opened_case().id)
    work_case.claim(session, case, by=by, now=now)
    sent = select(Referral.id).where(Referral.case_id == case.id, Referral.status == ReferralStatus.SENT)
    referral = session.scalars(sent.order_by(Referral.id)).first()
    assert referral is not None
    about = WaitingAbout.ANSWER if wanted is CaseStatus.WAITING_FOR_WORKER else None
    move_case(session, case, wanted, explanation="menunggu", about=about, book=book, by=by, now=now)
    session.commit()

    answer(session, referral, book, now + timedelta(minutes=3))
    session.commit()

    assert case.status is after
    open_looks = select(Task.id).where(Task.kind == TaskKind.LOOK_AGAIN, Task.done_at.is_(None))
    assert bool(session.scalars(open_looks).all()) == (after is wanted)
    moved = select(Event).where(Event.kind == EventKind.STATUS_CHANGED).order_by(Event.position.desc())
    last = session.scalars(moved).first()
    assert last is not None
    assert last.data["to"] == after.value
