"""What was said is found in all its forms, and nobody finds more than they may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cast import AMINA, ELI, HARMLESS, LOCKED_IN
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Message
from cases.queries import search
from cases.queries.search import search_said
from cases.services.notes import add_note
from cases.vocabulary import Actor, Direction, Role

Opened = Callable[..., Case]
SignIn = Callable[[Role], FlaskClient]
Acting = Callable[[Role], Actor]


def found(session: Session, words: str, by: Actor) -> list[str]:
    return [hit.case.reference for hit in search_said(session, words, by=by).hits]


def test_words_are_found_in_their_other_forms(opened_case: Opened, session: Session, acting: Acting) -> None:
    urgent, harmless = opened_case(LOCKED_IN), opened_case(HARMLESS, sender=ELI)
    by = acting(Role.OFFICER)

    assert found(session, "menyekap", by) == [urgent.reference]
    assert found(session, "MAKANAN", by) == [urgent.reference]
    assert found(session, '"perpanjang paspor"', by) == [harmless.reference]
    assert found(session, '"paspor perpanjang"', by) == []
    assert found(session, "paspor or majikan", by) == [harmless.reference, urgent.reference]
    assert found(session, "majikan -makan", by) == []
    for nothing in ("", "!!!", "'; DROP TABLE message", "\x00", "gaji\x00paspor", "((( & |", "%"):
        assert found(session, nothing, by) == []
    assert found(session, "majikan", acting(Role.ADMIN)) == []


def test_notes_are_found_and_pages_to_duty_contacts_are_not(
    opened_case: Opened, session: Session, acting: Acting
) -> None:
    case, by = opened_case(LOCKED_IN), acting(Role.OFFICER)
    locked = session.get_one(Case, case.id, with_for_update={"key_share": True})
    add_note(session, locked, "tetangga melihat ambulans", by=by, now=datetime.now(UTC))
    session.commit()

    hit = search_said(session, "ambulans", by=by).hits[0]
    assert (hit.case.reference, hit.direction) == (case.reference, None)
    paged = session.scalars(select(Message).where(Message.direction == Direction.OUT)).all()
    assert paged
    assert all(session.scalar(select(Message.words).where(Message.id == one.id)) is None for one in paged)


def test_the_page_marks_the_words_and_escapes_the_rest(opened_case: Opened, signed_in_client: SignIn) -> None:
    case = opened_case("<b>tolong</b> saya disekap di <script>alert(1)</script> rumah")

    page = signed_in_client(Role.OFFICER).post("/console/search", data={"words": "sekap"}).text

    assert case.reference in page
    assert "<mark>disekap</mark>" in page
    assert "<script>alert" not in page
    assert "<b>tolong" not in page


def test_names_and_numbers_are_found_by_what_is_nearly_theirs(
    opened_case: Opened, signed_in_client: SignIn
) -> None:
    case = opened_case("halo", sender=f"whatsapp:{AMINA}", ProfileName="Siti Amina")
    opened_case("halo juga", sender=f"whatsapp:{ELI}", ProfileName="Eli")
    browser = signed_in_client(Role.OFFICER)

    for words in ("Aminah", "siti aminah", "000101", "…0101"):
        page = browser.post("/console/search", data={"words": words}).text
        assert f"/console/persons/{case.reporter_id}" in page, words
    assert "/console/persons/" not in browser.post("/console/search", data={"words": "Rahmat"}).text


def test_a_common_word_is_found_among_the_newest(
    opened_case: Opened, session: Session, acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With small bounds, both ways of looking and the word of caution are walked."""
    cases = [opened_case(HARMLESS, sender=f"+9660000005{number:02d}") for number in range(6)]
    by = acting(Role.OFFICER)
    monkeypatch.setattr(search, "MOST_CASES", 2)
    common = search_said(session, "paspor", by=by)
    assert [hit.case.reference for hit in common.hits] == [case.reference for case in (cases[5], cases[4])]
    assert common.more
    assert not common.uneven
    monkeypatch.setattr(search, "_NEWEST", 1)
    monkeypatch.setattr(search, "_MOST_PLACES", 3)
    assert search_said(session, "paspor", by=by).uneven


def test_a_search_costs_the_same_whatever_it_finds(
    opened_case: Opened, signed_in_client: SignIn, statements: Any
) -> None:
    browser = signed_in_client(Role.OFFICER)
    opened_case(HARMLESS)
    with statements() as few:
        browser.post("/console/search", data={"words": "paspor"})
    for number in range(6):
        opened_case(HARMLESS, sender=f"+9660000006{number:02d}")
    with statements() as many:
        browser.post("/console/search", data={"words": "paspor"})
    assert len(many) == len(few) <= 12, many
