"""Random contact plans against every way in which words could leave for a person's phone.

Each trial writes through a real path, changes the plan at random between writing and sending, and looks at what the
sender is given. Nothing may come out that the plan of that moment forbids.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import ContactForbidden
from cases.models import Case, ContactPlan, Identifier, Message
from cases.rules.contact_safety import betraying_words
from cases.rules.safe_hours import is_safe_at, parse_hours
from cases.services.contact import plan_of
from cases.services.outbox import begin_attempt
from cases.services.send_to_person import release_message, send_to_person
from cases.vocabulary import (
    MACHINE,
    Actor,
    Channel,
    ContactPermission,
    ContactSign,
    Delivery,
    Direction,
    MessageKind,
    PhoneHolder,
    Purpose,
    Role,
)
from escalation.services import work_case
from hotline.wording import render

TRIALS = 800
WORDS = ("halo kak, apa kabar?", "kasus kakak di KBRI sudah kami terima", "polisi segera datang")
HOURS = (None, "20:00-23:00", "00:00-06:00; 12:00-13:00", "sen-jum 08:00-17:00")


class Paths:
    """Every way in which words leave for a person, by name."""

    def __init__(
        self, session: Session, case: Case, by: Actor, dice: random.Random, post: Any, answer: Any
    ) -> None:
        self.session, self.case, self.by, self.dice = session, case, by, dice
        self.post, self.answer = post, answer

    def reply(self, now: datetime) -> None:
        work_case.reply(self.session, self.case, self.dice.choice(WORDS), by=self.by, now=now)

    def greet(self, now: datetime) -> None:
        work_case.greet(self.session, self.case, by=self.by, now=now)

    def ask(self, now: datetime) -> None:
        work_case.ask(self.session, self.case, by=self.by, now=now)

    def notice(self, now: datetime) -> None:
        send_to_person(
            self.session, self.case, kind=MessageKind.ANSWER, purpose=Purpose.NOTICE,
            wording="status_working", by=MACHINE, now=now,
        )  # fmt: skip

    def release(self, now: datetime) -> None:
        held = self.session.scalars(select(Message).where(Message.delivery == Delivery.HELD)).first()
        if held is not None:
            release_message(self.session, self.case, held.id, by=self.by, now=now)

    def answer_to_a_code(self, now: datetime) -> None:
        self._hers("kabar")
        assert self.answer() == 1

    def answer_to_a_letter(self, now: datetime) -> None:
        self._hers(self.dice.choice(("y", "t", "kapan saja", "jam 9 malam")))

    def answer_to_her_stop(self, now: datetime) -> None:
        self._hers(self.dice.choice(("STOP", "START")))

    def _hers(self, words: str) -> None:
        self.session.commit()
        assert self.post(words).status_code == 200


PATHS = (
    "reply",
    "greet",
    "ask",
    "notice",
    "release",
    "answer_to_a_code",
    "answer_to_a_letter",
    "answer_to_her_stop",
)


def test_nothing_leaves_that_the_plan_forbids(
    opened_case: Callable[..., Case],
    acting: Callable[[Role], Actor],
    session: Session,
    post_message: Any,
    answer_status_questions: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dice = random.Random(20261124)
    by = acting(Role.OFFICER)
    case = opened_case("halo, mau tanya")
    paths = Paths(session, case, by, dice, post_message, answer_status_questions)
    seen: Counter[str] = Counter()
    for trial in range(TRIALS):
        now = datetime.now(UTC) + timedelta(minutes=dice.randrange(7 * 24 * 60))
        _shuffle_plan(session, case, dice)
        path = PATHS[trial % len(PATHS)]
        try:
            getattr(paths, path)(now)
        except ContactForbidden:
            seen["refused"] += 1
            session.rollback()
        session.commit()
        if dice.random() < 0.5:
            _shuffle_plan(session, case, dice)
            session.commit()
        for message in _waiting(session):
            seen[_send(session, case, message, now)] += 1
            session.commit()
        session.refresh(case)
    with capsys.disabled():
        print(f"\ngate: {TRIALS} trials over {len(PATHS)} paths: {dict(seen)}")
    assert seen["sent"] > 20
    assert seen["kept back at sending"] > 20
    assert seen["refused"] > 20


def _waiting(session: Session) -> list[Message]:
    query = select(Message).where(
        Message.direction == Direction.OUT,
        Message.identifier_id.is_not(None),
        Message.delivery == Delivery.WAITING,
    )
    return list(session.scalars(query))


def _send(session: Session, case: Case, message: Message, now: datetime) -> str:
    attempt = begin_attempt(session, message.id, now=now)
    if attempt is None:
        message.delivery = Delivery.CANCELLED if message.delivery is Delivery.WAITING else message.delivery
        return "kept back at sending"
    plan = plan_of(session, case.reporter_id)
    identifier = session.get_one(Identifier, message.identifier_id)
    body = attempt.body or render(attempt.wording or "", attempt.language)
    assert identifier.opted_out_at is None
    assert plan.reply is not ContactPermission.FORBIDDEN
    assert ContactSign.DO_NOT_REPLY not in plan.signs
    assert plan.channel in {None, attempt.channel}
    if message.purpose is not Purpose.REPLY:
        assert plan.reply is ContactPermission.ALLOWED
        assert not plan.in_duress
    if plan.reply is not ContactPermission.ALLOWED or plan.is_watched or plan.in_duress:
        assert betraying_words(body) == ()
    if message.purpose is not Purpose.ANSWER:
        assert is_safe_at(plan.hours, plan.zone, now)
    message.delivery = Delivery.SENT
    return "sent"


def _shuffle_plan(session: Session, case: Case, dice: random.Random) -> None:
    row = session.get(ContactPlan, case.reporter_id, populate_existing=True)
    if row is None:
        row = ContactPlan(person_id=case.reporter_id, version=1, signs=[], updated_at=datetime.now(UTC))
        row.reply = row.call = ContactPermission.UNKNOWN
        session.add(row)
    row.reply = dice.choices(list(ContactPermission), weights=(3, 5, 2))[0]
    row.signs = sorted(dice.sample([sign.value for sign in ContactSign], k=dice.choice((0, 0, 1, 2))))
    row.holder = dice.choice(list(PhoneHolder))
    row.channel = dice.choice((None, None, Channel.SMS, Channel.WHATSAPP))
    row.hours = dice.choice(HOURS)
    parse_hours(row.hours or "")
    row.zone = "Asia/Riyadh"
    row.duress_at = datetime.now(UTC) if dice.random() < 0.1 else None
    for identifier in session.scalars(select(Identifier)):
        identifier.opted_out_at = datetime.now(UTC) if dice.random() < 0.1 else None
    session.flush()
