"""Attachments of a webhook become rows and one job; a message without any costs nothing more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cast import BERTA, HARMLESS, LOCKED_IN
from media_provider import PATH
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cases.models import Attachment, Case, Message
from cases.vocabulary import AttachmentState, Direction

Post = Callable[..., Any]
URL = "https://api.twilio.com" + PATH


def media(*types: str) -> dict[str, str]:
    found = {"NumMedia": str(len(types))}
    for number, declared in enumerate(types):
        found |= {f"MediaUrl{number}": URL, f"MediaContentType{number}": declared}
    return found


def jobs(session: Session) -> list[list[str]]:
    rows = session.execute(text("SELECT args FROM procrastinate_jobs WHERE queue_name = 'media' ORDER BY id"))
    return [row.args["attachment_ids"] for row in rows]


def test_a_new_case_keeps_what_came_with_it(post_message: Post, session: Session) -> None:
    post_message(LOCKED_IN, **media("image/jpeg", "audio/ogg"))

    found = session.scalars(select(Attachment).order_by(Attachment.position)).all()
    case = session.scalars(select(Case)).one()
    assert [(one.declared_type, one.source_url) for one in found] == [("image/jpeg", URL), ("audio/ogg", URL)]
    assert {one.case_id for one in found} == {case.id}
    assert {one.state for one in found} == {AttachmentState.WAITING}
    assert jobs(session) == [[str(one.id) for one in found]]
    kept = session.scalars(select(Message).where(Message.direction == Direction.IN)).one().extra
    assert kept is not None and kept["NumMedia"] == "2"
    assert not {name for name in kept if name.startswith("Media")}


def test_an_open_case_and_a_duty_phone_keep_theirs(post_message: Post, session: Session) -> None:
    post_message(LOCKED_IN)
    post_message("ini fotonya", **media("image/jpeg"))
    post_message("lihat", sender=BERTA, **media("application/pdf"))

    case = session.scalars(select(Case)).one()
    found = session.scalars(select(Attachment).order_by(Attachment.id)).all()
    assert [(one.declared_type, one.case_id) for one in found] == [
        ("image/jpeg", case.id),
        ("application/pdf", case.id),
    ]
    assert len(jobs(session)) == 2


def test_a_repeat_changes_nothing(post_message: Post, session: Session) -> None:
    for _ in range(2):
        post_message(LOCKED_IN, sid="MM" + "a" * 32, **media("image/jpeg"))

    assert len(session.scalars(select(Attachment)).all()) == 1
    assert len(jobs(session)) == 1


def test_no_words_but_a_photo_is_a_report(post_message: Post, session: Session) -> None:
    post_message("", **media("image/jpeg"))

    assert session.scalars(select(Attachment)).one().case_id


def test_what_nobody_can_fetch_is_kept_all_the_same(post_message: Post, session: Session) -> None:
    answer = post_message(
        HARMLESS, NumMedia="eleven", MediaUrl0="file:///etc/passwd\x00", MediaContentType0="x" * 5000
    )

    assert answer.status_code == 200
    found = session.scalars(select(Attachment)).one()
    assert found.source_url == "file:///etc/passwd␀"
    assert len(found.declared_type) == 200


def test_a_message_without_media_has_no_job(post_message: Post, session: Session) -> None:
    post_message(HARMLESS)

    assert session.scalars(select(Attachment)).all() == []
    assert jobs(session) == []
