"""Registering by hand: three fields, one page, one case."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from cast import LOCKED_IN
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.models import Attachment, Case, Event, Message
from cases.vocabulary import AttachmentState, EventKind, Role

SignedIn = Callable[[Role], FlaskClient]
TYPED = {
    "key": "0123456789abcdef",
    "channel": "walk_in",
    "what": LOCKED_IN,
    "where": "Jeddah",
    "reach": "lewat kakaknya",
    "relation": "family",
}


def test_the_queue_leads_to_the_form(signed_in_client: SignedIn) -> None:
    officer = signed_in_client(Role.OFFICER)

    assert 'href="/console/register"' in officer.get("/console/").text
    assert officer.get("/console/register").status_code == 200


def test_three_fields_open_a_case(signed_in_client: SignedIn, session: Session) -> None:
    answer = signed_in_client(Role.OFFICER).post("/console/register", data=TYPED, follow_redirects=True)

    case = session.scalars(select(Case)).one()
    assert answer.request.path == f"/console/cases/{case.reference}"
    for words in (
        case.reference,
        "Datang langsung",
        "Didaftarkan petugas",
        "Keluarga",
        "lewat kakaknya",
        "Jeddah",
    ):
        assert words in answer.text


def test_the_button_pressed_twice_opens_one(signed_in_client: SignedIn, session: Session) -> None:
    officer = signed_in_client(Role.OFFICER)
    for _ in range(2):
        assert officer.post("/console/register", data=TYPED).status_code == 302

    assert session.scalar(select(func.count()).select_from(Case)) == 1


@pytest.mark.parametrize("missing", ["what", "where", "reach", "channel"])
def test_what_was_typed_stays_when_something_is_missing(signed_in_client: SignedIn, missing: str) -> None:
    answer = signed_in_client(Role.OFFICER).post("/console/register", data={**TYPED, missing: ""})

    assert answer.status_code == 422
    assert "Tidak tersimpan" in answer.text
    assert TYPED["key"] in answer.text
    assert all(TYPED[name] in answer.text for name in ("what", "where", "reach") if name != missing)


def test_an_administrator_registers_nothing(signed_in_client: SignedIn, client: FlaskClient) -> None:
    assert signed_in_client(Role.ADMIN).get("/console/register").status_code == 403
    assert client.get("/console/register").status_code == 302


def test_the_page_is_there_in_english(signed_in_client: SignedIn) -> None:
    page = signed_in_client(Role.OFFICER).get("/console/register?lang=en").text

    for words in ("Register a report", "What happened", "How to reach", "Walk-in"):
        assert words in page


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return out.getvalue()


def test_files_come_with_the_report_and_after_it(signed_in_client: SignedIn, session: Session) -> None:
    officer = signed_in_client(Role.OFFICER)
    files = [(io.BytesIO(picture()), "surat.png"), (io.BytesIO(b"MZ\x90\x00bad"), "../../etc/virus.exe")]
    answer = officer.post("/console/register", data={**TYPED, "files": files}, follow_redirects=True)

    case = session.scalars(select(Case)).one()
    assert answer.request.path == f"/console/cases/{case.reference}", "a refused file costs no report"
    assert "Berkas virus.exe tidak disimpan: jenis berkas tidak diterima." in answer.text
    kept = session.scalars(select(Attachment)).one()
    assert (kept.state, kept.media_type, kept.file_name) == (AttachmentState.STORED, "image/png", "surat.png")
    assert kept.next_attempt_at is None, "nothing to fetch, nothing to delete elsewhere"
    opened = officer.get(f"/console/attachments/{kept.id}/download")
    assert opened.data == picture()
    stored = session.scalars(select(Event).where(Event.kind == EventKind.ATTACHMENT_STORED)).one()
    assert (stored.actor.value, stored.data["sha256"]) == ("user", kept.sha256.hex())

    url = f"/console/cases/{case.reference}/messages/{kept.message_id}/files"
    more = {"files": [(io.BytesIO(b"%PDF-1.4\n%..."), "kontrak.pdf")]}
    assert officer.post(url, data=more).status_code == 302
    session.expire_all()
    assert [one.position for one in session.scalars(select(Attachment).order_by(Attachment.position))] == [
        0,
        1,
    ]


def test_a_form_sent_twice_keeps_its_files_once(signed_in_client: SignedIn, session: Session) -> None:
    officer = signed_in_client(Role.OFFICER)
    for _ in range(2):
        officer.post("/console/register", data={**TYPED, "files": [(io.BytesIO(picture()), "a.png")]})
    assert len(session.scalars(select(Attachment)).all()) == 1


def test_files_are_not_put_into_a_persons_mouth(
    signed_in_client: SignedIn, session: Session, opened_case: Callable[..., Case]
) -> None:
    case = opened_case("halo")
    message = session.scalars(select(Message.id)).first()
    url = f"/console/cases/{case.reference}/messages/{message}/files"
    page = signed_in_client(Role.OFFICER).post(
        url, data={"files": [(io.BytesIO(picture()), "a.png")]}, follow_redirects=True
    )
    assert "berkas hanya ditambahkan ke laporan yang didaftarkan" in page.text
    assert session.scalars(select(Attachment)).all() == []


def test_more_than_the_usual_body_is_let_in_here_only(signed_in_client: SignedIn, session: Session) -> None:
    officer = signed_in_client(Role.OFFICER)
    large = b"%PDF-1.4\n" + bytes(5 * 1024 * 1024)
    officer.post("/console/register", data={**TYPED, "files": [(io.BytesIO(large), "besar.pdf")]})
    assert session.scalars(select(Attachment.size)).one() == len(large)
    case = session.scalars(select(Case)).one()
    refused = officer.post(f"/console/cases/{case.reference}/note", data={"a": (io.BytesIO(large), "b.pdf")})
    assert refused.status_code == 413
