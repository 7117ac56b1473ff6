"""What officers see of attachments, what nobody else sees, and what is written down about it."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable

import pytest
from attachments import PDF, add_attachment, refused_attachment
from cast import LOCKED_IN
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cases.models import Attachment, Case, Event
from cases.vocabulary import AttachmentState, EventKind, Role
from hotline.media.evidence import verify_evidence
from hotline.media.serving import EXTENSION

Opened = Callable[..., Case]
SignIn = Callable[[Role], FlaskClient]
OGG = b"OggS\x00\x02" + bytes(range(200))


def seen(session: Session) -> list[Event]:
    session.rollback()
    return list(session.scalars(select(Event).where(Event.kind == EventKind.ATTACHMENT_SEEN)))


def test_a_voice_note_can_be_heard_in_parts_and_is_recorded_once(
    app: Flask, session: Session, opened_case: Opened, signed_in_client: SignIn
) -> None:
    case = opened_case(LOCKED_IN)
    voice = add_attachment(app, session, case, OGG, "audio/ogg")
    browser = signed_in_client(Role.OFFICER)

    page = browser.get(f"/console/cases/{case.reference}").text
    first = browser.get(f"/console/attachments/{voice.id}/view", headers={"Range": "bytes=0-9"})
    more = browser.get(f"/console/attachments/{voice.id}/view", headers={"Range": "bytes=10-"})

    assert f'<audio controls preload="none" src="/console/attachments/{voice.id}/view">' in page
    assert (first.status_code, first.data, first.mimetype) == (206, OGG[:10], "audio/ogg")
    assert (more.status_code, more.data) == (206, OGG[10:])
    (line,) = seen(session)
    assert line.user_id is not None
    assert line.data == {"attachment": str(voice.id), "sha256": voice.sha256.hex() if voice.sha256 else None}


def test_a_paper_is_shut_in(
    app: Flask, session: Session, opened_case: Opened, signed_in_client: SignIn
) -> None:
    case = opened_case(LOCKED_IN)
    paper = add_attachment(app, session, case, file_name='x"\r\nSet-Cookie: a=b.html')
    browser = signed_in_client(Role.OFFICER)

    shown = browser.get(f"/console/attachments/{paper.id}/view")
    saved = browser.get(f"/console/attachments/{paper.id}/download")

    assert shown.data == saved.data == PDF
    for answer in (shown, saved):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert "no-store" in answer.headers["Cache-Control"]
        assert "Set-Cookie: a" not in str(answer.headers)
    assert saved.headers["Content-Disposition"].startswith(f"attachment; filename={case.reference}-")


def test_a_card_is_only_ever_downloaded(
    app: Flask, session: Session, opened_case: Opened, signed_in_client: SignIn
) -> None:
    card = add_attachment(app, session, opened_case(LOCKED_IN), b"BEGIN:VCARD\r\n", "text/vcard")

    answer = signed_in_client(Role.OFFICER).get(f"/console/attachments/{card.id}/view")

    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_the_place_is_shown_and_the_thumbnail_served(
    app: Flask, session: Session, opened_case: Opened, signed_in_client: SignIn
) -> None:
    case = opened_case(LOCKED_IN)
    small = app.extensions[EXTENSION].put(b"\xff\xd8\xffsmall")
    place = {"latitude": -6.2, "longitude": 106.825}
    photo = add_attachment(
        app, session, case, b"\xff\xd8\xff", "image/jpeg", thumbnail_sha256=small, place=place
    )
    browser = signed_in_client(Role.OFFICER)

    page = browser.get(f"/console/cases/{case.reference}").text

    assert "-6.2, 106.825" in page
    assert browser.get(f"/console/attachments/{photo.id}/thumbnail").data == b"\xff\xd8\xffsmall"
    assert seen(session) == [], "the thumbnail is part of the page, whose opening is in the log"


def test_what_could_not_be_fetched_is_told_and_asked_for_again(
    app: Flask, session: Session, opened_case: Opened, signed_in_client: SignIn
) -> None:
    case = opened_case(LOCKED_IN)
    bad = refused_attachment(app, session, case)
    browser = signed_in_client(Role.OFFICER)
    page = browser.get(f"/console/cases/{case.reference}").text
    assert "Lampiran tidak dapat diambil" in page and "terlalu besar" in page

    browser.post(f"/console/attachments/{bad.id}/retry")
    browser.post(f"/console/attachments/{bad.id}/retry")

    session.rollback()
    session.refresh(bad)
    assert bad.state is AttachmentState.WAITING
    queued = "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'media'"
    assert session.scalar(text(queued)) == 1, "the second press was refused"
    assert browser.get(f"/console/attachments/{bad.id}/view").status_code == 404


@pytest.mark.parametrize("way", ["view", "download", "thumbnail"])
def test_strangers_and_administrators_see_nothing(
    app: Flask, session: Session, opened_case: Opened, signed_in_client: SignIn, client: FlaskClient, way: str
) -> None:
    paper = add_attachment(app, session, opened_case(LOCKED_IN))
    address = f"/console/attachments/{paper.id}/{way}"

    assert client.get(address).status_code in {302, 401}
    assert signed_in_client(Role.ADMIN).get(address).status_code == 403
    unknown = address.replace(str(paper.id), str(uuid.uuid4()))
    assert signed_in_client(Role.OFFICER).get(unknown).status_code == 404
    assert seen(session) == []


def test_a_file_that_was_damaged_is_not_served(
    app: Flask, session: Session, opened_case: Opened, signed_in_client: SignIn
) -> None:
    paper = add_attachment(app, session, opened_case(LOCKED_IN), b"%PDF-1.4 to be damaged")
    path = app.extensions[EXTENSION].path_of(paper.sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")

    assert signed_in_client(Role.OFFICER).get(f"/console/attachments/{paper.id}/view").status_code == 404


def test_a_supervisor_exports_and_an_officer_may_not(
    app: Flask, session: Session, opened_case: Opened, signed_in_client: SignIn
) -> None:
    case = opened_case(LOCKED_IN)
    add_attachment(app, session, case)
    address = f"/console/cases/{case.reference}/evidence"

    assert signed_in_client(Role.OFFICER).post(address).status_code == 403
    answer = signed_in_client(Role.SUPERVISOR).post(address)

    assert answer.mimetype == "application/zip"
    assert verify_evidence(io.BytesIO(answer.data), expected_key=None) == []
    session.rollback()
    line = session.scalars(select(Event).where(Event.kind == EventKind.EVIDENCE_EXPORTED)).one()
    assert line.user_id is not None and len(line.data["manifest"]) == 64
    assert len(session.scalars(select(Attachment)).all()) == 1
