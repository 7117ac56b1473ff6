"""What live pages are told, and that many of them ask the database no more than one does."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

from cast import AMINA, ELI, HARMLESS, LOCKED_IN
from flask.testing import FlaskClient
from sqlalchemy import event

from cases.models import Case
from cases.vocabulary import Role
from hotline.console.shared import Shared
from hotline.extensions import db

Opened = Callable[..., Case]
SignIn = Callable[[Role], FlaskClient]


def listening(browser: FlaskClient, page: str) -> tuple[str, str]:
    """The address that a page asks, and where it begins."""
    found = dict(re.findall(r'data-(live|cursor)="([^"]*)"', browser.get(page).text))
    return html.unescape(found["live"]), html.unescape(found["cursor"])


def told(browser: FlaskClient, live: str, cursor: str) -> set[str]:
    return set(re.findall(r"^event: (\w+)$", browser.get(live, headers={"Last-Event-ID": cursor}).text, re.M))


def test_a_queue_that_shows_everything_hears_of_nothing_twice(
    opened_case: Opened, signed_in_client: SignIn
) -> None:
    opened_case(HARMLESS, sender=ELI)
    browser = signed_in_client(Role.OFFICER)
    live, cursor = listening(browser, "/console/")

    assert told(browser, live, cursor) == set()
    opened_case(HARMLESS, sender=AMINA)
    assert told(browser, live, cursor) == {"changed"}


def test_a_page_of_the_queue_hears_what_it_shows_and_that_there_is_more(
    opened_case: Opened, signed_in_client: SignIn
) -> None:
    browser = signed_in_client(Role.OFFICER)
    live, cursor = listening(browser, "/console/?urgency=U1")

    opened_case(HARMLESS, sender=ELI)
    answer = browser.get(live, headers={"Last-Event-ID": cursor}).text
    assert re.findall(r"^event: (\w+)$", answer, re.M) == ["elsewhere"]
    # Told once.
    known = re.findall(r"^id: (.+)$", answer, re.M)[-1]
    assert told(browser, live, known) == set()

    opened_case(LOCKED_IN)
    assert told(browser, live, known) == {"changed", "alarm"}


def test_a_shown_case_that_goes_on_is_a_change(opened_case: Opened, signed_in_client: SignIn) -> None:
    opened_case(LOCKED_IN)
    browser = signed_in_client(Role.OFFICER)
    live, cursor = listening(browser, "/console/?urgency=U1")

    opened_case("tolong cepat kak")

    assert "changed" in told(browser, live, cursor)


def test_ten_pages_ask_what_one_asks(opened_case: Opened, signed_in_client: SignIn, app: Any) -> None:
    opened_case(LOCKED_IN)
    app.extensions["live_shared"].seconds = 60
    browser = signed_in_client(Role.OFFICER)
    live, cursor = listening(browser, "/console/")
    told(browser, live, cursor)
    asked: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(*arguments: Any) -> None:
        asked.append(arguments[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        for _ in range(10):
            told(browser, live, cursor)
    finally:
        event.remove(engine, "before_cursor_execute", note)

    # Who asks is looked up each time; nothing else is.
    assert len(asked) == 10
    assert all("account" in statement for statement in asked)


def test_a_shared_answer_is_asked_for_again_when_it_is_old() -> None:
    answers = iter(range(3))
    now, soon = Shared(seconds=60), Shared(seconds=0)

    assert [now.answer("q", lambda: next(answers)) for _ in range(3)] == [0, 0, 0]
    assert [soon.answer("q", lambda: next(answers)) for _ in range(2)] == [1, 2]
