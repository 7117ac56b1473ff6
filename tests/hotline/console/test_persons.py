"""Finding people in the console, and one person's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cast import AMINA, ELI
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Event, Identifier
from cases.models.person import designation_of
from cases.vocabulary import EventKind, Role

SignIn = Callable[[Role], FlaskClient]
OTHER = "+966000000302"


def test_people_are_found_by_all_their_names(
    opened_case: Callable[..., Case], signed_in_client: SignIn
) -> None:
    case = opened_case(
        "halo",
        sender=f"whatsapp:{AMINA}",
        ExternalUserId="whatsapp:SA.first1",
        ProfileUsername="Amina.K",
        ProfileName="Amina",
    )
    browser = signed_in_client(Role.OFFICER)
    called = designation_of(case.reporter_id)
    names = (AMINA, f"00{AMINA[1:]}", f"whatsapp:{AMINA}", "SA.first1", "@amina.k", called, called.lower())
    for name in names:
        page = browser.post("/console/search", data={"words": name})
        assert page.status_code == 200
        assert f"/console/persons/{case.reporter_id}" in page.text, name
    for name in ("+966000999888", "Sulastri", "P-000000", "'; DROP TABLE person", "\x00", "@%"):
        page = browser.post("/console/search", data={"words": name})
        assert page.status_code == 200
        assert "Tidak ada yang ditemukan" in page.text, name


def test_a_reference_leads_to_its_case(opened_case: Callable[..., Case], signed_in_client: SignIn) -> None:
    case = opened_case("halo")
    browser = signed_in_client(Role.OFFICER)
    found = browser.post("/console/search", data={"words": f" {case.reference.lower()} "})
    assert found.headers["Location"].endswith(f"/console/cases/{case.reference}")
    missing = browser.post("/console/search", data={"words": "TRC-2601-00001C"})
    assert missing.status_code == 200


def test_a_former_number_still_finds_its_person_and_says_so(
    opened_case: Callable[..., Case], signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case("halo")
    browser, url = signed_in_client(Role.OFFICER), f"/console/persons/{case.reporter_id}"
    number = session.scalars(select(Identifier)).one()
    browser.post(f"{url}/end_identifier", data={"identifier_id": str(number.id)})
    page = browser.post("/console/search", data={"words": AMINA})
    assert str(case.reporter_id) in page.text
    assert "bukan lagi miliknya" in page.text


def test_the_page_shows_what_belongs_to_a_person_and_is_recorded(
    opened_case: Callable[..., Case], signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case("halo")
    browser, url = signed_in_client(Role.OFFICER), f"/console/persons/{case.reporter_id}"
    page = browser.get(url)
    assert AMINA in page.text
    assert case.reference in page.text
    assert EventKind.PERSON_SEEN in session.scalars(select(Event.kind)).all()

    refused = browser.post(f"{url}/add_identifier", data={"identifier": "siapa"})
    assert refused.status_code == 409
    assert 'value="siapa"' in refused.text
    assert browser.post(f"{url}/add_identifier", data={"identifier": OTHER}).status_code == 302
    session.expire_all()
    ids = {one.value: str(one.id) for one in session.scalars(select(Identifier))}
    assert browser.post(f"{url}/split", data={"identifiers": list(ids.values())}).status_code == 409
    split = browser.post(f"{url}/split", data={"identifiers": ids[OTHER]})
    assert split.status_code == 302
    assert OTHER in browser.get(split.headers["Location"]).text
    assert OTHER not in browser.get(url).text
    assert browser.get("/console/persons/00000000-0000-0000-0000-000000000000").status_code == 404


def test_administrators_find_nobody(opened_case: Callable[..., Case], signed_in_client: SignIn) -> None:
    case = opened_case("halo")
    browser = signed_in_client(Role.ADMIN)
    assert browser.post("/console/search", data={"words": AMINA}).status_code == 403
    assert browser.get(f"/console/persons/{case.reporter_id}").status_code == 403


def test_parties_on_the_case_page(
    opened_case: Callable[..., Case], signed_in_client: SignIn, session: Session
) -> None:
    victims_own = opened_case("tolong", sender=ELI)
    case = opened_case("halo")
    browser, url = signed_in_client(Role.OFFICER), f"/console/cases/{case.reference}"
    assert victims_own.reference not in browser.get(url).text

    proxy = {"role": "proxy", "is_reporter": "1", "relation": "family"}
    assert browser.post(f"{url}/party", data={"role": "proxy", "is_reporter": "1"}).status_code == 409
    assert browser.post(f"{url}/party", data=proxy).status_code == 302
    assert browser.post(f"{url}/party", data={"role": "victim", "party_reach": ELI}).status_code == 302
    page = browser.get(url).text
    assert victims_own.reference in page
    assert "belum boleh tahu apa pun" in page
    assert 'name="tells_nothing"' in page

    reply = {"reply_body": "baik"}
    assert browser.post(f"{url}/reply", data=reply).status_code == 409
    assert browser.post(f"{url}/reply", data={**reply, "tells_nothing": "1"}).status_code == 302
    assert case.reference in browser.get(f"/console/cases/{victims_own.reference}").text


def test_a_flood_of_cases_costs_the_page_no_more(
    opened_case: Callable[..., Case], signed_in_client: SignIn, session: Session, statements: Any
) -> None:
    case = opened_case("halo")
    browser, url = signed_in_client(Role.OFFICER), f"/console/persons/{case.reporter_id}"
    with statements() as few:
        browser.get(url)
    for number in range(5):
        other = opened_case("halo", sender=f"+96600000040{number}")
        session.get_one(Case, other.id).reporter_id = case.reporter_id
        session.get_one(Case, other.id).status = "closed"
    session.commit()
    with statements() as many:
        browser.get(url)
    assert len(many) == len(few)
