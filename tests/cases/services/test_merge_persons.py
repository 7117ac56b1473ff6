"""Merging two persons and undoing it, over random histories: everything comes back, nothing is lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Invalid, NotFound, WrongState
from cases.models import Case, ContactPlan, Identifier, Message
from cases.services.merge_persons import UNDO_WITHIN, merge_persons, undo_merge
from cases.vocabulary import Actor, ContactPermission, PhoneHolder, Role

A, B = "+966000000301", "+966000000302"


def state(session: Session) -> dict[str, Any]:
    """Who has what; plans without their version, which counts changes."""
    session.expire_all()
    return {
        "identifiers": {i.id: i.person_id for i in session.scalars(select(Identifier))},
        "cases": {c.id: c.reporter_id for c in session.scalars(select(Case))},
        "messages": {m.id: (m.case_id, m.identifier_id) for m in session.scalars(select(Message))},
        "plans": {
            p.person_id: (p.reply, p.call, p.voice_note, p.family, tuple(p.signs), p.holder)
            for p in session.scalars(select(ContactPlan))
        },
    }


@pytest.mark.parametrize("seed", range(12))
def test_undo_restores_exactly(
    seed: int,
    opened_case: Callable[..., Case],
    post_message: Callable[..., Any],
    acting: Callable[[Role], Actor],
    session: Session,
) -> None:
    dice = random.Random(seed)
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    cases = [opened_case("halo", sender=A), opened_case("halo", sender=B)]
    for _ in range(dice.randrange(4)):
        channel = dice.choice(("", "whatsapp:"))
        post_message(
            dice.choice(("tolong", "jangan telpon ya", "gaji")), sender=channel + dice.choice((A, B))
        )
    for case in cases:
        if dice.random() < 0.6 and session.get(ContactPlan, case.reporter_id) is None:
            session.add(
                ContactPlan(
                    person_id=case.reporter_id,
                    reply=dice.choice(list(ContactPermission)),
                    call=dice.choice(list(ContactPermission)),
                    voice_note=dice.choice(list(ContactPermission)),
                    family=dice.choice(list(ContactPermission)),
                    holder=dice.choice(list(PhoneHolder)),
                    signs=[],
                    updated_at=now,
                )
            )
    session.commit()
    survivor, merged = (case.reporter_id for case in cases)
    before = state(session)

    merge = merge_persons(session, survivor, merged, by=by, now=now)
    session.commit()
    during = state(session)
    assert set(during["identifiers"].values()) == {survivor}
    assert set(during["cases"].values()) == {survivor}
    assert during["messages"] == before["messages"]
    if merged in before["plans"]:
        strict = [ContactPermission.ALLOWED, ContactPermission.UNKNOWN, ContactPermission.FORBIDDEN]
        unknown = (ContactPermission.UNKNOWN,) * 4
        kept, other = before["plans"].get(survivor, unknown), before["plans"][merged]
        for number in range(4):
            assert during["plans"][survivor][number] is max(kept[number], other[number], key=strict.index)

    undo_merge(session, merge.survivor_id, merge.id, by=by, now=now + timedelta(days=3))
    session.commit()
    assert state(session) == before


def test_later_messages_follow_the_survivor_and_stay_where_they_are(
    opened_case: Callable[..., Case], post_message: Callable[..., Any], acting: Any, session: Session
) -> None:
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    first, second = opened_case("halo", sender=A), opened_case("halo", sender=B)
    merge = merge_persons(session, first.reporter_id, second.reporter_id, by=by, now=now)
    session.commit()
    post_message("masih di sini", sender=B)
    session.rollback()
    # B's own case was written to last, and both are the survivor's.
    latest = session.scalars(select(Message).order_by(Message.created_at.desc())).first()
    assert latest is not None
    assert latest.case_id == second.id
    assert len(session.scalars(select(Case)).all()) == 2
    undo_merge(session, merge.survivor_id, merge.id, by=by, now=now)
    session.commit()
    assert len(session.scalars(select(Message).where(Message.case_id == second.id)).all()) == 2


def test_what_cannot_be_merged_or_undone(opened_case: Any, acting: Any, session: Session) -> None:
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    first, second = opened_case("halo", sender=A), opened_case("halo", sender=B)
    with pytest.raises(Invalid):
        merge_persons(session, first.reporter_id, first.reporter_id, by=by, now=now)
    survivor, merged = first.reporter_id, second.reporter_id
    merge = merge_persons(session, survivor, merged, by=by, now=now)
    with pytest.raises(WrongState):
        merge_persons(session, merged, survivor, by=by, now=now)
    with pytest.raises(NotFound):
        undo_merge(session, merged, merge.id, by=by, now=now)
    with pytest.raises(WrongState):
        undo_merge(session, merge.survivor_id, merge.id, by=by, now=now + UNDO_WITHIN + timedelta(seconds=1))
    undo_merge(session, merge.survivor_id, merge.id, by=by, now=now)
    with pytest.raises(WrongState):
        undo_merge(session, merge.survivor_id, merge.id, by=by, now=now)
