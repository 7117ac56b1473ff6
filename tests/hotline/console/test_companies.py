"""Employers, recruiters and P3MI in the console."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cast import HARMLESS, LOCKED_IN
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Company, Event, Party
from cases.queries.find_case import locked_case
from cases.services.parties import add_party
from cases.vocabulary import MACHINE, EventKind, PartyRole, Role

Opened = Callable[..., Case]
SignIn = Callable[[Role], FlaskClient]


@pytest.fixture
def with_party(opened_case: Opened, session: Session) -> Callable[..., Party]:
    """A case with somebody in it who may be a company's."""
    count = iter(range(100))

    def make(
        name: str, role: PartyRole = PartyRole.EMPLOYER, *, words: str = HARMLESS, reach: str = ""
    ) -> Party:
        case = opened_case(words, sender=f"+9660000005{next(count):02d}")
        locked = locked_case(session, case.id)
        party = add_party(session, locked, role, name=name, reach=reach, by=MACHINE, now=datetime.now(UTC))
        session.commit()
        return party

    return make


def page_of(party: Party) -> str:
    return f"/console/cases/{party.case.reference}/parties/{party.id}/company"


def only_company(session: Session) -> Company:
    session.rollback()
    return session.scalars(select(Company)).one()


def link(browser: FlaskClient, party: Party, company: Company) -> None:
    assert browser.post(f"{page_of(party)}/link", data={"company": str(company.id)}).status_code == 302


def test_a_record_is_made_from_one_case_and_found_from_another(
    with_party: Callable[..., Party], signed_in_client: SignIn, session: Session
) -> None:
    first = with_party("Soekarno Trading", reach="+966000000777", words=LOCKED_IN)
    second = with_party("Sukarno trading ltd")
    browser = signed_in_client(Role.OFFICER)

    made = browser.post(f"{page_of(first)}/create", data={"company_name": "Soekarno <Trading>"})
    company = only_company(session)
    offered = browser.get(page_of(second)).text
    link(browser, second, company)

    assert made.status_code == 302
    assert f'value="{company.id}"' in offered
    page = browser.get(f"/console/companies/{company.id}").text
    assert re.findall(r"/console/cases/(TRC-[0-9A-Z-]+)", page) == [
        second.case.reference,
        first.case.reference,
    ]
    assert "2 / 2" in page
    assert "Sukarno trading ltd" in page
    assert "Soekarno &lt;Trading&gt;" in page
    assert "+966000000777" not in page
    assert "+96•••••77" in page
    assert f"/console/companies/{company.id}" in browser.get(f"/console/cases/{first.case.reference}").text
    kinds = session.scalars(select(Event.kind).where(Event.case_id == second.case_id)).all()
    assert EventKind.PARTY_LINKED in kinds


def test_a_known_number_and_the_registered_name_of_a_p3mi_need_no_choice(
    with_party: Callable[..., Party], signed_in_client: SignIn, session: Session
) -> None:
    employer = with_party("Keluarga A", reach="+966000000778")
    placer = with_party("PT Contoh Jaya", PartyRole.P3MI)
    browser = signed_in_client(Role.OFFICER)
    for party, name in ((employer, "Keluarga A"), (placer, "PT. Contoh Jaya")):
        browser.post(f"{page_of(party)}/create", data={"company_name": name})

    again = with_party("", reach="+966000000778")
    same_placer = with_party("contoh jaya", PartyRole.P3MI)
    same_name_only = with_party("Keluarga A")

    session.rollback()
    assert again.company_id == session.get_one(Party, employer.id).company_id is not None
    assert same_placer.company_id == session.get_one(Party, placer.id).company_id is not None
    assert same_name_only.company_id is None


def test_two_records_become_one_and_two_again(
    with_party: Callable[..., Party], signed_in_client: SignIn, session: Session
) -> None:
    first, second = with_party("Al Contoh Agency"), with_party("Alcontoh Agency Riyadh")
    browser = signed_in_client(Role.OFFICER)
    for party in (first, second):
        browser.post(f"{page_of(party)}/create", data={"company_name": party.person.name or ""})
    session.rollback()
    kept, gone = (session.get_one(Party, party.id).company_id for party in (first, second))

    assert browser.post(f"/console/companies/{kept}/merge", data={"with": str(gone)}).status_code == 302
    merged = browser.get(f"/console/companies/{kept}").text
    listed = browser.get("/console/companies").text
    again = browser.post(f"/console/companies/{kept}/merge", data={"with": str(gone)})
    merge_id = re.search(r'name="merge" value="([0-9a-f-]+)"', merged)
    assert merge_id is not None
    parted = browser.post(f"/console/companies/{kept}/part", data={"merge": merge_id.group(1)})

    assert "2 / 2" in merged
    assert str(gone) not in listed
    assert (again.status_code, parted.status_code) == (409, 302)
    session.rollback()
    assert session.get_one(Party, second.id).company_id == gone
    assert "1 / 1" in browser.get(f"/console/companies/{kept}").text


def test_the_link_is_taken_away(
    with_party: Callable[..., Party], signed_in_client: SignIn, session: Session
) -> None:
    party = with_party("Toko Contoh")
    browser = signed_in_client(Role.OFFICER)
    browser.post(f"{page_of(party)}/create", data={"company_name": "Toko Contoh"})

    assert browser.post(f"{page_of(party)}/unlink").status_code == 302

    company = only_company(session)
    assert "0 / 0" in browser.get(f"/console/companies/{company.id}").text
    assert session.get_one(Party, party.id).company_id is None


def test_search_finds_by_sound_and_by_exact_name(
    with_party: Callable[..., Party], signed_in_client: SignIn
) -> None:
    party = with_party("Djuwita Catering")
    browser = signed_in_client(Role.OFFICER)
    browser.post(f"{page_of(party)}/create", data={"company_name": "PT Djuwita Catering"})

    for words in ("juwita", "DJUWITA CATERING", "pt. djuwita catering tbk"):
        assert "PT Djuwita Catering" in browser.post("/console/companies", data={"words": words}).text, words
    nothing = browser.post("/console/companies", data={"words": "Lain Sekali"}).text

    assert "Tidak ada nama seperti itu." in nothing


def test_pages_cost_the_same_however_many_cases_there_are(
    with_party: Callable[..., Party], signed_in_client: SignIn, session: Session, statements: Any
) -> None:
    browser = signed_in_client(Role.OFFICER)
    first = with_party("PT Banyak", PartyRole.P3MI)
    browser.post(f"{page_of(first)}/create", data={"company_name": "PT Banyak"})
    company = only_company(session)
    addresses = ["/console/companies", f"/console/companies/{company.id}"]
    browser.get(addresses[0])

    def cost() -> list[int]:
        counted = []
        for address in addresses:
            with statements() as seen:
                assert browser.get(address).status_code == 200
            counted.append(len(seen))
        return counted

    one = cost()
    for _ in range(4):
        with_party("PT Banyak", PartyRole.P3MI)
    others = with_party("Majikan lain")
    browser.post(f"{page_of(others)}/create", data={"company_name": "Majikan lain"})

    assert cost() == one
    assert "5 / 5" in browser.get(addresses[1]).text


def test_an_administrator_sees_none_of_it(
    with_party: Callable[..., Party], signed_in_client: SignIn, session: Session
) -> None:
    party = with_party("PT Rahasia", PartyRole.P3MI)
    signed_in_client(Role.OFFICER).post(f"{page_of(party)}/create", data={"company_name": "PT Rahasia"})
    company = only_company(session)
    admin = signed_in_client(Role.ADMIN)

    for address in ("/console/companies", f"/console/companies/{company.id}", page_of(party)):
        assert admin.get(address).status_code == 403, address
