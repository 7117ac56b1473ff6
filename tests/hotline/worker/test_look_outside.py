"""An outside model, a real HTTP server that lies: it may raise a case, and it can do nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import make_settings
from outside_model import Model, outside_model
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session, sessionmaker

from cases.models import Case, Event, Message, OutsideLook, Person
from cases.services.partner_endpoints import fresh_secret
from cases.vocabulary import (
    Actor,
    ActorKind,
    CaseStatus,
    Category,
    CloseReason,
    EventKind,
    LookState,
    MessageKind,
    Role,
    Urgency,
)
from escalation.models import Clock
from escalation.services.book import Book
from escalation.services.work_case import change_urgency, close
from hotline.channels.webhook.outside_look import OutsideModel
from hotline.config import BadSettings, Settings
from hotline.worker.look_outside import OutsideLooker

Opened = Callable[..., Case]
Looker = Callable[..., OutsideLooker]
WORDS = "bagaimana cara perpanjang paspor? nama saya Siti Aminah, hp 0812 0000 0101"


@pytest.fixture
def model() -> Iterator[Model]:
    with outside_model(fresh_secret()) as made:
        yield made


@pytest.fixture
def looker(model: Model, settings: Settings, sessions: sessionmaker[Session]) -> Looker:
    def make(*, url: str = "", seconds: float = 5.0, **changes: str) -> OutsideLooker:
        told = {
            "TRIAGE_HOOK_URL": url or model.url,
            "TRIAGE_HOOK_SECRET": model.secret,
            "WEBHOOK_LOOPBACK": "yes",
        }
        made = make_settings(settings.database_url, **(told | changes))
        asked = OutsideModel(
            made.triage_hook_url or "",
            made.triage_hook_secret or "",
            loopback=made.webhook_loopback,
            seconds=seconds,
        )
        return OutsideLooker(made, sessions, asked)

    return make


def only_message(session: Session) -> Message:
    session.rollback()
    return session.scalars(select(Message).where(Message.kind == "report")).one()


def look(looking: OutsideLooker, session: Session) -> LookState | None:
    assert looking.find() == 1
    return looking.look(only_message(session).id)


def test_nothing_is_sent_while_no_model_is_named(settings: Settings) -> None:
    assert settings.triage_hook_url is None
    assert settings.triage_hook_sends == "masked"


def test_a_higher_level_raises_the_case_as_the_machine_does(
    opened_case: Opened, looker: Looker, model: Model, session: Session
) -> None:
    case = opened_case(WORDS)
    assert case.urgency is Urgency.U4
    model.answers(urgency="U1", categories=["SEKAP"], reason="Siti is locked in, 0812 0000 0101", notes="x")

    assert look(looker(), session) is LookState.RAISED

    session.refresh(case)
    assert case.urgency is Urgency.U1 and Category.SEKAP in case.categories
    raised = session.scalars(select(Event).where(Event.kind == EventKind.URGENCY_CHANGED)).one()
    assert raised.actor is ActorKind.MACHINE
    assert (raised.data["from"], raised.data["to"], raised.data["hook"]) == ("U4", "U1", "127.0.0.1")
    assert "0812" not in raised.data["reason"]
    assert session.scalars(select(Clock).where(Clock.case_id == case.id)).all()
    called = select(Message).where(Message.case_id == case.id, Message.kind == MessageKind.REFERRAL)
    assert session.scalars(called).all(), "agencies are called as by any raise to U1"


def test_masked_by_default_and_in_full_only_by_the_switch(
    opened_case: Opened, looker: Looker, model: Model, session: Session
) -> None:
    opened_case(WORDS)
    model.answers(urgency="U4")

    assert look(looker(), session) is LookState.NOT_ABOVE

    (asked,) = model.asked
    assert "0812" not in asked["data"]["text"] and "Aminah" not in asked["data"]["text"]
    assert "paspor" in asked["data"]["text"]
    assert set(asked["data"]) == {"text", "language", "country", "urgency", "categories"}

    opened_case(WORDS, sender="+966500000777")
    full = looker(TRIAGE_HOOK_SENDS="full")
    assert full.find() == 1
    full.look(session.scalars(select(OutsideLook.message_id).where(OutsideLook.state == "waiting")).one())
    assert model.asked[-1]["data"]["text"] == WORDS


def test_names_known_of_the_case_are_masked(
    opened_case: Opened, looker: Looker, model: Model, session: Session
) -> None:
    case = opened_case("mau tanya jadwal paspor, tertanda Wulan")
    session.get_one(Person, case.reporter_id).name = "Wulan Sari"
    session.commit()
    model.answers(urgency="U4")

    look(looker(), session)

    assert "wulan" not in json.dumps(model.asked).lower()


@pytest.mark.parametrize("level", ["U4", "U3"])
def test_it_never_lowers(
    opened_case: Opened, looker: Looker, model: Model, session: Session, level: str
) -> None:
    case = opened_case("gaji saya tiga bulan tidak dibayar majikan")
    session.execute(update(Case).values(urgency=Urgency.U2))
    session.commit()
    model.answers(urgency=level)

    assert look(looker(), session) is LookState.NOT_ABOVE

    session.refresh(case)
    assert case.urgency is Urgency.U2


@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"U1",
        b"[]",
        b'{"urgency": "U0"}',
        b'{"urgency": "Urgency.U1"}',
        b'{"urgency": null}',
        b'{"level": "U1"}',
        b'{"urgency": "U1", "categories": ["BUKAN"]}',
        b'{"urgency": "U1", "categories": "SEKAP"}',
        b'{"urgency": ["U1"]}',
        b"\xff\xfe{",
        b"[" * 8000,
    ],
)
def test_what_is_no_opinion_is_ignored_and_counted(
    opened_case: Opened, looker: Looker, model: Model, session: Session, says: bytes
) -> None:
    case = opened_case(WORDS)
    model.says = says

    assert look(looker(), session) is LookState.MEANINGLESS

    session.refresh(case)
    assert case.urgency is Urgency.U4
    assert looker().find() == 0, "nobody asks again"


@pytest.mark.parametrize(
    "does",
    [
        {"status": 500},
        {"status": 503},
        {"status": 404},
        {"status": 202},
        {"slow": 1.5},
        {"drip": True},
        {"hang_up": True},
        {"says": b'{"urgency": "U1", "reason": "' + b"x" * 100_000 + b'"}'},
    ],
)
def test_no_answer_is_asked_for_three_times_and_then_given_up(
    opened_case: Opened, looker: Looker, model: Model, session: Session, does: dict[str, Any]
) -> None:
    case = opened_case(WORDS)
    model.answers(urgency="U1")
    for name, value in does.items():
        setattr(model, name, value)
    looking = looker(seconds=0.5)

    assert look(looking, session) is LookState.WAITING
    name = only_message(session).id
    waits = session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE scheduled_at IS NOT NULL"))
    assert waits == 1
    assert looking.look(name) is LookState.WAITING
    assert looking.look(name) is LookState.GIVEN_UP
    assert looking.look(name) is None

    session.refresh(case)
    assert case.urgency is Urgency.U4
    assert len(model.asked) == 3


def test_a_redirect_is_not_followed(
    opened_case: Opened, looker: Looker, model: Model, session: Session
) -> None:
    opened_case(WORDS)
    with outside_model(model.secret) as other:
        other.answers(urgency="U1")
        model.status, model.location = 307, other.url

        assert look(looker(), session) is LookState.WAITING
        assert other.asked == []


def test_an_address_in_our_own_network_is_not_asked(
    opened_case: Opened, model: Model, session: Session, sessions: sessionmaker[Session], settings: Settings
) -> None:
    opened_case(WORDS)
    inside = OutsideModel("https://model.example/x", model.secret, resolver=lambda *_: ["10.0.0.7"])
    looking = OutsideLooker(settings, sessions, inside)

    assert look(looking, session) is LookState.WAITING
    assert model.asked == []


def test_an_officers_word_stands(
    opened_case: Opened,
    looker: Looker,
    model: Model,
    session: Session,
    staff: Callable[[Role], Any],
    book: Book,
) -> None:
    case = opened_case(WORDS)
    by, now = Actor(ActorKind.USER, user_id=staff(Role.OFFICER).id, role=Role.OFFICER), datetime.now(UTC)
    change_urgency(session, case, Urgency.U3, reason="sudah ditelepon", book=book, by=by, now=now)
    session.commit()
    model.answers(urgency="U1")

    assert look(looker(), session) is LookState.HUMAN_DECIDED

    session.refresh(case)
    assert case.urgency is Urgency.U3


def test_a_closed_case_stays_closed(
    opened_case: Opened, looker: Looker, model: Model, session: Session, staff: Callable[[Role], Any]
) -> None:
    case = opened_case(WORDS)
    looking = looker()
    assert looking.find() == 1
    by = Actor(ActorKind.USER, user_id=staff(Role.OFFICER).id, role=Role.OFFICER)
    close(session, case, CloseReason.WITHDRAWN, explanation="sudah dijawab", by=by, now=datetime.now(UTC))
    session.commit()
    model.answers(urgency="U1")

    assert looking.look(only_message(session).id) is None

    session.refresh(case)
    assert (case.status, case.urgency, model.asked) == (CaseStatus.CLOSED, Urgency.U4, [])


def test_a_message_is_asked_about_once_by_two_workers(opened_case: Opened, looker: Looker) -> None:
    opened_case(WORDS)

    assert [looker().find(), looker().find()] == [1, 0]


def test_a_dead_hook_rests(opened_case: Opened, looker: Looker, model: Model, session: Session) -> None:
    for number in range(6):
        opened_case(WORDS, sender=f"+96650000080{number}")
    model.status = 503
    looking = looker()
    assert looking.find() == 6
    names = session.scalars(select(OutsideLook.message_id)).all()

    told = [looking.look(name) for name in names]

    assert told == [LookState.WAITING] * 5 + [None]
    assert len(model.asked) == 5


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"TRIAGE_HOOK_SENDS": "all"}, "TRIAGE_HOOK_SENDS"),
        ({"TRIAGE_HOOK_URL": "http://model.example/x"}, "TRIAGE_HOOK_URL"),
        ({"TRIAGE_HOOK_URL": "https://model.example/x", "TRIAGE_HOOK_SECRET": "short"}, "TRIAGE_HOOK_SECRET"),
        ({"TRIAGE_HOOK_URL": "https://model.example/x"}, "TRIAGE_HOOK_SECRET"),
    ],
)
def test_settings_that_cannot_work_are_told(changes: dict[str, str], told: str) -> None:
    with pytest.raises(BadSettings, match=told):
        make_settings("postgresql://nowhere/nothing", **changes)
