"""Attachments for other systems."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from attachments import PDF, add_attachment, refused_attachment
from cast import LOCKED_IN
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Event
from cases.vocabulary import EventKind, Role


def test_they_are_listed_with_their_message_and_can_be_read(
    app: Flask,
    session: Session,
    opened_case: Callable[..., Case],
    client: FlaskClient,
    bearer: Callable[..., Any],
) -> None:
    case = opened_case(LOCKED_IN)
    paper = add_attachment(app, session, case)
    bad = refused_attachment(app, session, case)
    headers = bearer(Role.OFFICER)

    body = client.get(f"/api/v1/cases/{case.reference}", headers=headers).json
    report = next(message for message in body["messages"] if message["kind"] == "report")
    shown, failed = report["attachments"]
    answer = client.get(shown["url"], headers=headers)

    assert shown == {
        "id": str(paper.id),
        "state": "stored",
        "reason": None,
        "type": "application/pdf",
        "declared_type": "application/pdf",
        "size": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "url": f"/api/v1/attachments/{paper.id}",
    }
    assert (failed["state"], failed["reason"], failed["url"]) == ("refused", "too_large", None)
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    session.rollback()
    assert session.scalars(select(Event).where(Event.kind == EventKind.ATTACHMENT_SEEN)).one().user_id
    assert client.get(f"/api/v1/attachments/{bad.id}", headers=headers).status_code == 404


def test_no_token_and_the_wrong_role_get_nothing(
    app: Flask,
    session: Session,
    opened_case: Callable[..., Case],
    client: FlaskClient,
    bearer: Callable[..., Any],
) -> None:
    address = f"/api/v1/attachments/{add_attachment(app, session, opened_case(LOCKED_IN)).id}"

    assert client.get(address).status_code == 401
    assert client.get(address, headers=bearer(Role.ADMIN)).status_code == 403
