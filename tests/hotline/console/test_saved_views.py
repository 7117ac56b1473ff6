"""Views of the queue are kept, shared by supervisors, and open it."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import DefaultView, SavedView
from cases.vocabulary import Role

SignIn = Callable[[Role], FlaskClient]


def save(browser: FlaskClient, name: str, arguments: str = "urgency=U1&country=SA", **more: str) -> None:
    answer = browser.post("/console/views", data={"name": name, "arguments": arguments, **more})
    assert answer.status_code == 302


def names(browser: FlaskClient) -> list[str]:
    return re.findall(r'view=all">([^<]+)</a>', browser.get("/console/?view=all").text)


def test_a_view_is_saved_renamed_opens_the_queue_and_goes(signed_in_client: SignIn, session: Session) -> None:
    officer = signed_in_client(Role.OFFICER)
    save(officer, "  Saudi   gawat ", "country=SA&urgency=U1&nonsense=1&urgency=U9")
    view = session.scalars(select(SavedView)).one()
    assert (view.name, view.arguments) == ("Saudi gawat", "urgency=U1&country=SA")

    assert "/console/?urgency=U1&amp;country=SA&amp;view=all" in officer.get("/console/?view=all").text
    officer.post(f"/console/views/{view.id}/rename", data={"name": "Riyadh"})
    assert "Riyadh" in names(officer)
    assert officer.get("/console/").status_code == 200
    officer.post(f"/console/views/{view.id}/default")
    assert officer.get("/console/").headers["Location"] == "/console/?urgency=U1&country=SA"
    assert officer.get("/console/?view=all").status_code == 200
    officer.post("/console/views/no-default")
    assert officer.get("/console/").status_code == 200
    officer.post(f"/console/views/{view.id}/default")
    officer.post(f"/console/views/{view.id}/drop")
    session.rollback()
    assert session.scalars(select(DefaultView)).all() == []
    assert officer.get("/console/").status_code == 200


def test_only_a_supervisor_shares(signed_in_client: SignIn, session: Session) -> None:
    officer, supervisor = signed_in_client(Role.OFFICER), signed_in_client(Role.SUPERVISOR)
    save(officer, "rahasia")
    save(officer, "untuk semua", shared="1")
    save(supervisor, "bersama", "late=1", shared="1")

    assert "untuk semua" not in session.scalars(select(SavedView.name)).all()
    assert "bersama" in names(officer)
    assert "rahasia" not in names(supervisor)
    shared = session.scalars(select(SavedView).where(SavedView.shared)).one()
    for verb in ("rename", "drop"):
        assert officer.post(f"/console/views/{shared.id}/{verb}", data={"name": "x"}).status_code == 404
    officer.post(f"/console/views/{shared.id}/default")
    assert officer.get("/console/").headers["Location"] == "/console/?late=1"
    # Shared no longer: it opens nobody else's queue.
    save(supervisor, "bersama", "late=1")
    assert officer.get("/console/").status_code == 200


def test_names_are_short_and_ones_own(signed_in_client: SignIn, session: Session) -> None:
    officer = signed_in_client(Role.OFFICER)
    save(officer, "")
    save(officer, "x" * 61)
    assert session.scalars(select(SavedView)).all() == []
    save(officer, "satu", "late=1")
    save(officer, "satu", "owner=me")
    save(officer, "dua")
    one, two = session.scalars(select(SavedView).order_by(SavedView.name.desc())).all()
    assert one.arguments == "owner=me"
    officer.post(f"/console/views/{two.id}/rename", data={"name": "satu"})
    assert "sudah ada tampilan dengan nama itu" in officer.get("/console/?view=all").text
