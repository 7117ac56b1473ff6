"""WhatsApp by Meta through the whole pipeline: out, reports, a lost answer, the way to SMS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from cast import ELI
from meta_place import MetaPlace, message_of, meta_place, webhook
from phones import Exchange, exchange
from PIL import Image
from sqlalchemy import select

from cases.models import Attachment, Case, Message, User
from cases.vocabulary import Actor, ActorKind, AttachmentState, Channel, Delivery, Direction, Role
from escalation.services import work_case
from hotline.worker.deliver import Deliverer
from hotline.worker.run import doors_of


@pytest.fixture
def place() -> Iterator[MetaPlace]:
    with meta_place() as made:
        yield made


@pytest.fixture
def line_up(fresh_database: str, place: MetaPlace) -> Iterator[Exchange]:
    with exchange(fresh_database, **place.settings()) as made:
        place.hook = f"{made.settings.public_url}/meta/webhook"
        yield made


def reply(line_up: Exchange, words: str = "halo kak") -> None:
    with line_up.sessions() as session:
        user = session.scalars(select(User).where(User.role == Role.OFFICER)).first()
        assert user is not None
        case = session.scalars(select(Case)).one()
        by = Actor(ActorKind.USER, user_id=user.id, role=Role.OFFICER)
        work_case.reply(session, case, words, by=by, now=datetime.now(UTC))
        session.commit()


def to_person(line_up: Exchange) -> list[Message]:
    with line_up.sessions() as session:
        query = select(Message).where(Message.direction == Direction.OUT, Message.identifier_id.is_not(None))
        return list(session.scalars(query.order_by(Message.created_at)))


def deliver_now(line_up: Exchange, message: Message) -> None:
    Deliverer(line_up.settings, line_up.sessions, doors_of(line_up.settings)).deliver(message.id)


def a_png() -> bytes:
    made = BytesIO()
    Image.new("RGB", (40, 30), "red").save(made, "PNG")
    return made.getvalue()


def test_an_answer_goes_by_meta_and_its_reports_come_back(line_up: Exchange, place: MetaPlace) -> None:
    assert place.writes(ELI, "halo") == 200
    reply(line_up)
    line_up.deliver()
    (message,) = to_person(line_up)
    assert (message.channel, message.delivery) == (Channel.WHATSAPP, Delivery.ACCEPTED)
    assert message.provider_sid == place.sid_of()

    for status in ("read", "sent", "delivered", "something_new"):
        assert place.reports(status) == 200
    assert to_person(line_up)[0].delivery is Delivery.READ
    assert line_up.line(ELI).received() == []


def test_a_report_without_our_id_is_found_by_theirs(line_up: Exchange, place: MetaPlace) -> None:
    place.writes(ELI, "halo")
    reply(line_up)
    line_up.deliver()

    assert place.reports("delivered", with_our_id=False) == 200
    assert to_person(line_up)[0].delivery is Delivery.DELIVERED


def test_what_fails_at_meta_goes_by_sms(line_up: Exchange, place: MetaPlace) -> None:
    place.writes(ELI, "halo")
    reply(line_up)
    line_up.deliver()
    assert place.reports("failed", code=131026) == 200
    line_up.deliver()

    first, second = to_person(line_up)
    assert (first.delivery, first.error_code) == (Delivery.FAILED, 131026)
    assert second.channel is Channel.SMS
    line_up.line(ELI).expects("halo kak")


def test_a_refusal_at_once_goes_by_sms_too(line_up: Exchange, place: MetaPlace) -> None:
    place.writes(ELI, "halo")
    place.answers.append((400, 131047))
    reply(line_up)
    line_up.deliver()

    assert [message.channel for message in to_person(line_up)] == [Channel.WHATSAPP, Channel.SMS]
    line_up.line(ELI).expects("halo kak")


@pytest.mark.parametrize("fault", ["lose", "drop"])
def test_a_lost_answer_is_settled_by_the_report(line_up: Exchange, place: MetaPlace, fault: str) -> None:
    place.writes(ELI, "halo")
    setattr(place, fault, 1)
    reply(line_up)
    line_up.deliver()
    assert to_person(line_up)[0].delivery is Delivery.SENDING

    assert place.reports("sent") == 200
    (message,) = to_person(line_up)
    assert (message.delivery, message.provider_sid) == (Delivery.SENT, place.sid_of())
    deliver_now(line_up, message)
    assert len(place.messages) == 1


def test_where_no_report_comes_it_is_sent_again_after_two_minutes(
    fresh_database: str, place: MetaPlace
) -> None:
    with (
        time_machine.travel("2029-11-24T02:00:00+00:00", tick=True) as clock,
        exchange(fresh_database, **place.settings()) as line_up,
    ):
        place.hook = f"{line_up.settings.public_url}/meta/webhook"
        place.writes(ELI, "halo")
        place.lose = 1
        reply(line_up)
        line_up.deliver()
        (message,) = to_person(line_up)

        clock.shift(timedelta(seconds=60))
        deliver_now(line_up, message)
        assert len(place.messages) == 1
        clock.shift(timedelta(seconds=70))
        deliver_now(line_up, message)
        assert len(place.messages) == 2
        assert to_person(line_up)[0].delivery is Delivery.ACCEPTED


def test_a_photo_is_kept_and_deleted_at_meta(line_up: Exchange, place: MetaPlace) -> None:
    place.media["9876"] = (a_png(), "image/png")
    image = {"id": "9876", "mime_type": "image/png", "caption": "pintu dikunci"}
    assert place.posts(webhook(message_of(ELI, {"type": "image", "image": image}))) == 200
    line_up.deliver()

    with line_up.sessions() as session:
        attachment = session.scalars(select(Attachment)).one()
        assert (attachment.state, attachment.media_type) == (AttachmentState.STORED, "image/png")
        assert attachment.deleted_at_provider_at is not None
    assert place.deleted == ["9876"]
