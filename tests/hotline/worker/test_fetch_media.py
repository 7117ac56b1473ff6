"""From a phone to the case: fetched, stored, deleted there; and what a bad one leaves behind."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import make_settings
from media_provider import PATH, Answer, Server, gives, says, sends_to
from PIL import Image
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from cases.models import Attachment, Event
from cases.services.attachments import JOB_LOST_AFTER, lost_fetches
from cases.vocabulary import AttachmentState, EventKind
from hotline.config import Settings
from hotline.media.store import MediaStore
from hotline.worker.fetch_media import MediaKeeper

Serve = Callable[[Answer], Server]


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def keeper_for(
    tmp_path: Path, settings: Settings, sessions: sessionmaker[Session]
) -> Callable[..., MediaKeeper]:
    def make(api: Server, **changes: str) -> MediaKeeper:
        told = {"TWILIO_API_URL": api.url, "MEDIA_DIR": str(tmp_path / "media")}
        return MediaKeeper(make_settings(settings.database_url, **told, **changes), sessions)

    return make


@pytest.fixture
def attached(post_message: Callable[..., Any], session: Session) -> Callable[..., Attachment]:
    def attach(declared: str = "image/png") -> Attachment:
        post_message(
            "ini foto", NumMedia="1", MediaUrl0="https://api.twilio.com" + PATH, MediaContentType0=declared
        )
        session.rollback()
        return session.scalars(select(Attachment)).one()

    return attach


def kinds(session: Session) -> list[EventKind]:
    return list(session.scalars(select(Event.kind).order_by(Event.position)))


def test_a_photo_is_stored_and_then_deleted_at_the_provider(
    attached: Callable[..., Attachment],
    keeper_for: Callable[..., MediaKeeper],
    serve: Serve,
    session: Session,
    tmp_path: Path,
    settings: Settings,
) -> None:
    api = serve(gives(png()))
    attachment = attached()
    keeper = keeper_for(api)
    asked: list[tuple[str, str]] = []

    def delete(message_sid: str, media_sid: str) -> bool:
        with keeper._sessions() as other:
            assert other.get_one(Attachment, attachment.id).state is AttachmentState.STORED, "committed first"
        asked.append((message_sid, media_sid))
        return True

    keeper._provider.delete = delete  # type: ignore[method-assign]
    keeper.keep(attachment.id)
    keeper.keep(attachment.id)

    session.refresh(attachment)
    assert attachment.state is AttachmentState.STORED
    assert attachment.deleted_at_provider_at is not None and attachment.next_attempt_at is None
    assert len(asked) == 1 and len(api.seen) == 1, "the second call found nothing to do"
    store = MediaStore(tmp_path / "media", settings.encryption_keys)
    assert attachment.sha256 is not None and store.get(attachment.sha256) == png()
    assert attachment.thumbnail_sha256 is not None and attachment.clean_sha256 is not None
    assert EventKind.ATTACHMENT_STORED in kinds(session)


def test_a_deletion_that_failed_is_tried_again(
    attached: Callable[..., Attachment],
    keeper_for: Callable[..., MediaKeeper],
    serve: Serve,
    session: Session,
) -> None:
    attachment = attached()
    keeper = keeper_for(serve(gives(png())))
    answers = iter([False, True])
    keeper._provider.delete = lambda message_sid, media_sid: next(answers)  # type: ignore[method-assign]
    keeper.keep(attachment.id)
    session.refresh(attachment)
    assert attachment.deleted_at_provider_at is None and attachment.next_attempt_at is not None

    keeper.keep(attachment.id)

    session.refresh(attachment)
    assert attachment.deleted_at_provider_at is not None


@pytest.mark.parametrize(
    "bad",
    [
        (sends_to("http://169.254.169.254/latest"), "image/png", "private_address"),
        (sends_to("https://attacker.example/"), "image/png", "wrong_address"),
        (gives(bytes(9 * 1024 * 1024)), "image/png", "too_large"),
        (gives(b"%PDF-1.7 not a picture"), "image/png", "type_mismatch"),
        (gives(b"<html><script>alert(1)</script>"), "image/png", "type_not_allowed"),
        (gives(b"MZ\x90\x00" + bytes(200)), "application/pdf", "type_not_allowed"),
    ],
)
def test_what_is_against_the_rules_is_refused_and_recorded(
    bad: tuple[Answer, str, str],
    attached: Callable[..., Attachment],
    keeper_for: Callable[..., MediaKeeper],
    serve: Serve,
    session: Session,
    tmp_path: Path,
) -> None:
    answer, declared, reason = bad
    attachment = attached(declared)

    keeper_for(serve(answer)).keep(attachment.id)

    session.refresh(attachment)
    assert (attachment.state, attachment.reason) == (AttachmentState.REFUSED, reason)
    assert EventKind.ATTACHMENT_NOT_STORED in kinds(session)
    assert not (tmp_path / "media").exists()


def test_media_that_lags_behind_its_message_is_asked_for_again(
    attached: Callable[..., Attachment],
    keeper_for: Callable[..., MediaKeeper],
    serve: Serve,
    session: Session,
) -> None:
    api = serve(says(404))
    attachment = attached()
    keeper = keeper_for(api, MEDIA_KEEP_AT_PROVIDER="yes")
    keeper.keep(attachment.id)
    session.refresh(attachment)
    assert (attachment.state, attachment.reason) == (AttachmentState.WAITING, "not_there")
    assert attachment.next_attempt_at is not None

    api.answer = gives(png())
    keeper.keep(attachment.id)

    session.refresh(attachment)
    assert attachment.state is AttachmentState.STORED


def test_after_many_attempts_it_is_left_to_an_officer(
    attached: Callable[..., Attachment],
    keeper_for: Callable[..., MediaKeeper],
    serve: Serve,
    session: Session,
) -> None:
    attachment = attached()
    keeper = keeper_for(serve(says(503)))
    for _ in range(12):
        keeper.keep(attachment.id)

    session.refresh(attachment)
    assert (attachment.state, attachment.reason) == (AttachmentState.FAILED, "provider_error")
    assert attachment.attempts == 10
    assert kinds(session).count(EventKind.ATTACHMENT_NOT_STORED) == 1


def test_a_silent_scanner_stores_nothing(
    attached: Callable[..., Attachment],
    keeper_for: Callable[..., MediaKeeper],
    serve: Serve,
    session: Session,
) -> None:
    attachment = attached()

    keeper_for(serve(gives(png())), CLAMD_URL="tcp://127.0.0.1:9").keep(attachment.id)

    session.refresh(attachment)
    assert (attachment.state, attachment.reason) == (AttachmentState.WAITING, "scan_unavailable")


def test_a_lost_job_is_found(attached: Callable[..., Attachment], session: Session) -> None:
    attachment = attached()
    long_ago = attachment.received_at - JOB_LOST_AFTER - timedelta(seconds=1)
    session.execute(update(Attachment).values(next_attempt_at=long_ago))

    assert lost_fetches(session, now=attachment.received_at) == 1
