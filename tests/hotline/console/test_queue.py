"""The queue shows what is urgent, to those who may see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from cast import HARMLESS, LOCKED_IN
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from cases.models import Case
from cases.vocabulary import Role
from hotline.extensions import db

Opened = Callable[..., Case]
SignIn = Callable[[Role], FlaskClient]


def references(page: str) -> list[str]:
    return re.findall(r"/console/cases/(TRC-[0-9A-Z-]+)", page)


def test_the_most_urgent_comes_first(opened_case: Opened, signed_in_client: SignIn) -> None:
    harmless = opened_case(HARMLESS, sender="+966000000201")
    urgent = opened_case(LOCKED_IN, sender="+966000000202")

    shown = references(signed_in_client(Role.OFFICER).get("/console/").text)

    assert shown == [urgent.reference, harmless.reference]


def test_an_empty_queue_says_so(signed_in_client: SignIn) -> None:
    assert "Tidak ada kasus di sini." in signed_in_client(Role.OFFICER).get("/console/").text


def test_it_speaks_english_by_switch(signed_in_client: SignIn) -> None:
    browser = signed_in_client(Role.OFFICER)

    assert "No cases here." in browser.get("/console/?lang=en").text
    assert "No cases here." in browser.get("/console/").text


def test_filters_narrow_it(opened_case: Opened, signed_in_client: SignIn) -> None:
    opened_case(HARMLESS, sender="+966000000201")
    urgent = opened_case(LOCKED_IN, sender="+60000000202")
    browser = signed_in_client(Role.OFFICER)

    for query in ("urgency=U1", "country=my", "category=SEKAP"):
        assert references(browser.get(f"/console/?{query}").text) == [urgent.reference]
    assert references(browser.get("/console/?owner=me").text) == []
    assert len(references(browser.get("/console/?urgency=nonsense&owner=none").text)) == 2


def test_pages_follow_one_another_without_gaps(opened_case: Opened, signed_in_client: SignIn) -> None:
    for number in range(53):
        opened_case(HARMLESS, sender=f"+9660000003{number:02d}")
    browser = signed_in_client(Role.OFFICER)

    first = browser.get("/console/").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = browser.get(following.group(1).replace("&amp;", "&")).text

    assert len(references(first)) == 50
    assert len(set(references(first)) | set(references(second))) == 53
    assert browser.get("/console/?after=broken").status_code == 200


def test_the_number_of_queries_does_not_grow(opened_case: Opened, signed_in_client: SignIn, app: Any) -> None:
    browser = signed_in_client(Role.OFFICER)

    def statements() -> int:
        seen: list[str] = []
        with app.app_context():
            engine = db.engine

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        event.listen(engine, "before_cursor_execute", note)
        try:
            browser.get("/console/")
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    opened_case(HARMLESS, sender="+966000000201")
    few = statements()
    for number in range(12):
        opened_case(HARMLESS, sender=f"+9660000004{number:02d}")

    assert statements() == few


def test_live_answers_at_once_and_tells_of_changes(opened_case: Opened, signed_in_client: SignIn) -> None:
    browser = signed_in_client(Role.OFFICER)
    first = browser.get("/console/live").text
    cursor = re.search(r"^id: (.+)$", first, re.M)
    assert cursor

    same = browser.get("/console/live", headers={"Last-Event-ID": cursor.group(1)}).text
    opened_case(LOCKED_IN)
    changed = browser.get("/console/live", headers={"Last-Event-ID": cursor.group(1)}).text

    assert "event:" not in same
    assert "retry: 1000" in same
    assert "event: changed" in changed


@pytest.mark.parametrize(
    ("path", "role", "status"),
    [
        ("/console/", Role.OFFICER, 200),
        ("/console/", Role.SUPERVISOR, 200),
        ("/console/", Role.ADMIN, 403),
        ("/console/board", Role.SUPERVISOR, 200),
        ("/console/board", Role.OFFICER, 403),
        ("/console/board", Role.ADMIN, 403),
        ("/console/live", Role.ADMIN, 403),
    ],
)
def test_each_role_sees_its_pages(signed_in_client: SignIn, path: str, role: Role, status: int) -> None:
    assert signed_in_client(role).get(path).status_code == status


@pytest.mark.parametrize(
    "path", ["/console/", "/console/board", "/console/live", "/console/cases/TRC-2611-00001L"]
)
def test_a_stranger_is_asked_to_sign_in(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code in {302, 401}
    assert "TRC-" not in answer.text.replace(path, "").replace("TRC-2611-00001L", "")


def test_signing_in_works_with_the_one_time_password(
    client: FlaskClient, new_account: Callable[..., str], session: Session
) -> None:
    password = new_account("baru@example.org", Role.OFFICER)

    wrong = client.post("/login", data={"email": "baru@example.org", "password": "salah"})
    right = client.post("/login", data={"email": "baru@example.org", "password": password})

    assert wrong.status_code == 200
    assert "Alamat surel atau kata sandi salah." in wrong.text
    assert right.status_code == 302
    # A one-time password opens only the page on which it is replaced.
    assert client.get("/console/").headers["Location"].startswith("/change")
