"""Supervisors see which words WhatsApp lets through, in which language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cases.models import Template
from cases.vocabulary import Role, TemplateState
from hotline.wording.templates import our_templates


def test_the_state_of_each_language_is_shown(
    session: Session, signed_in_client: Callable[[Role], FlaskClient]
) -> None:
    ours = our_templates()["neutral_reply", "jv"]
    session.add(
        Template(
            content_sid="HX" + "0" * 32,
            name=ours.name,
            language=ours.language,
            body=ours.body,
            category=ours.category,
            is_current=True,
            state=TemplateState.REJECTED,
            rejection_reason="TAG_CONTENT_MISMATCH",
            synced_at=datetime.now(UTC),
        )
    )
    session.commit()

    page = signed_in_client(Role.SUPERVISOR).get("/console/templates").text

    assert "TAG_CONTENT_MISMATCH" in page
    assert page.count("belum diajukan") == len(our_templates()) - 1
    assert ours.body in page


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMIN])
def test_others_do_not_see_it(role: Role, signed_in_client: Callable[[Role], FlaskClient]) -> None:
    assert signed_in_client(role).get("/console/templates").status_code == 403
