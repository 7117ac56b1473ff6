"""No violation that axe-core knows of, on any page, in both languages, light and dark, desk and phone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from cast import AMINA, DANA, LOCKED_IN
from phones import Exchange, link_in
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Difference, Message, Reconciliation, User
from cases.services.clarifications import Statement, record_clarification
from cases.services.companies import create_company, link_party
from cases.services.identifiers import add_identifier
from cases.services.incidents import add_to_incident, open_incident
from cases.services.merge_companies import merge_companies
from cases.services.parties import add_party
from cases.vocabulary import (
    MACHINE,
    Actor,
    ActorKind,
    ClarificationKind,
    Delivery,
    DifferenceKind,
    Direction,
    IncidentKind,
    PartyRole,
    Relation,
    Role,
)
from escalation.models import Pattern
from hotline.seeding import demo_phone_of
from hotline.unit_of_work import transaction

expect = pytest.importorskip("playwright.sync_api").expect
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found")]

WIDTHS = (1280, 390)
# Rules that see the scheme; the others judge in the dark what they have judged in the light.
OF_COLOUR = ("color-contrast", "link-in-text-block")

TABLES_CUT_OFF = (
    "[...document.querySelectorAll('table')].some(table => table.getBoundingClientRect().right > innerWidth)"
)


@pytest.mark.parametrize("language", ["id", "en"])
def test_axe_finds_nothing(
    desk: Any,
    line_up: Exchange,
    violations: Callable[..., list[str]],
    shot: Callable[[Any, str], None],
    language: str,
) -> None:
    found: dict[str, list[str]] = {}

    def look(page: Any, name: str) -> None:
        for scheme, rules in (("light", ()), ("dark", OF_COLOUR)):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 844})
                where = f"{name}-{scheme}-{width}"
                if language == "id":
                    shot(page, where)
                wrong = violations(page, *rules)
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    wrong.append("wider than the screen")
                if page.evaluate(TABLES_CUT_OFF):
                    wrong.append("a table is cut off")
                if wrong:
                    found[where] = wrong

    def visit(page: Any, path: str, name: str) -> None:
        page.emulate_media(color_scheme="light")
        page.goto(f"{path if path.startswith('http') else base + path}?lang={language}")
        expect(page.locator("html")).to_have_attribute("lang", language)
        look(page, name)

    base = line_up.settings.public_url
    guest, officer = desk.opens("/login", checked=True), desk.signs_in(Role.OFFICER, checked=True)
    visit(guest, "/login", "sign-in")
    visit(officer, "/console/", "empty-queue")
    visit(officer, "/console/tasks", "no-tasks")
    for words in (LOCKED_IN, "kabar", "STOP"):
        line_up.line(AMINA).writes(words)
    line_up.deliver()
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6), tick=True):
        line_up.work()
    with line_up.sessions() as session:
        reference = session.scalars(select(Case.reference)).one()
        mission = line_up.line(demo_phone_of(session, "kbri-riyadh") or "")
    visit(officer, "/console/", "queue")
    visit(officer, "/console/tasks", "tasks")
    visit(officer, "/console/incidents", "incidents")
    with line_up.sessions() as session, session.begin():
        _people_of(session, reference)
    with line_up.sessions() as session, session.begin():
        gathered = _gather(session, reference)
    visit(officer, f"/console/cases/{reference}", "case")
    officer.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
    look(officer, "case-open")
    officer.goto(f"{base}/console/cases/{reference}?lang={language}")
    officer.locator("form[action$='/assign'] button").click()
    officer.locator("#close_reason").select_option("withdrawn")
    officer.locator("#explanation").fill("ia minta")
    officer.locator("#safety-note").fill("ia di rumah ibunya")
    officer.locator("form[action$='/close'] button").click()
    expect(officer.locator("#second-title")).to_be_visible()
    look(officer, "case-two-to-close")
    visit(officer, "/console/handover", "handover")
    visit(officer, f"/console/cases/{reference}/clarifications", "clarifications")
    visit(officer, "/console/companies", "companies")
    visit(officer, f"/console/companies/{gathered.company}", "company")
    visit(officer, f"/console/cases/{reference}/parties/{gathered.party}/company", "choose-company")
    visit(officer, f"/console/incidents/{gathered.incident}", "incident")
    officer.get_by_role("checkbox").first.check()
    officer.locator("#wording").select_option("update_working")
    officer.locator("button[formaction$='/update/preview']").click()
    look(officer, "update-preview")
    visit(officer, "/console/search", "search")
    officer.get_by_role("searchbox").fill(AMINA)
    officer.get_by_role("searchbox").press("Enter")
    look(officer, "found")
    officer.locator("a[href*='/console/persons/']").click()
    look(officer, "person")
    line_up.line("+966000000372").writes(LOCKED_IN)
    visit(officer, f"/console/cases/{reference}", "case-hinted")
    officer.locator(".duplicates form[action$='/join/preview'] button").first.click()
    expect(officer.locator("#goes")).to_be_visible()
    look(officer, "merge-preview")
    supervisor = desk.signs_in(Role.SUPERVISOR, checked=True)
    visit(supervisor, "/console/board", "board")
    visit(supervisor, f"/console/companies/{gathered.company}", "company-gathered")
    something_ended_nowhere(line_up)
    visit(supervisor, "/console/dead-letters", "dead-letters")
    visit(supervisor, "/console/reconciliation", "reconciliation")
    visit(supervisor, "/console/lexicon", "lexicon")
    visit(supervisor, "/console/lexicon/term", "lexicon-term")
    visit(guest, link_in(mission.hears(reference)), "portal")
    visit(guest, link_in(line_up.line(DANA).hears("LEWAT TENGGAT")), "page")
    visit(guest, f"{line_up.phones_url}/", "phones")

    assert found == {}


@dataclass(frozen=True)
class Gathered:
    """A P3MI with a party and an incident, for their pages."""

    company: UUID
    party: UUID
    incident: str


def _gather(session: Session, reference: str) -> Gathered:
    """A P3MI in her case, of which alerts tell, asked once; and an incident with her case in it."""
    case = session.scalars(select(Case).where(Case.reference == reference).with_for_update()).one()
    now = datetime.now(UTC)
    staff = session.scalars(select(User).where(User.role == Role.OFFICER).limit(1)).one()
    by = Actor(ActorKind.USER, user_id=staff.id, role=Role.OFFICER)
    party = add_party(
        session, case, PartyRole.P3MI, name="PT Contoh Jaya", reach="+62215550100", by=by, now=now
    )
    company = create_company(session, "PT Contoh Jaya", PartyRole.P3MI, country="ID", by=by, now=now)
    other = create_company(session, "Tjontoh Djaja", PartyRole.P3MI, country="ID", by=by, now=now)
    merge_companies(session, company.id, other.id, by=by, now=now)
    create_company(session, "Contoh Jaya Makmur", PartyRole.P3MI, by=by, now=now)
    link_party(session, case, party, company, by=by, now=now)
    said = Statement(speaker="Ibu Ratna", admits=True, explanation="Belum cair.")
    record_clarification(session, case, party.id, ClarificationKind.FIRST, said, held_at=now, by=by, now=now)
    session.add(
        Pattern(
            company_id=company.id, rule="many_cases", version="test", case_ids=["a", "b", "c"],
            urgency=case.urgency, found_at=now,
        )
    )  # fmt: skip
    incident = open_incident(session, "Kompleks", IncidentKind.SCAM_COMPOUND, country="MM", by=by, now=now)
    add_to_incident(session, case, incident, by=by, now=now)
    return Gathered(company.id, party.id, incident.reference)


def _people_of(session: Session, reference: str) -> None:
    """Her sister writes with her, and may not know; she has a second number."""
    case = session.scalars(select(Case).where(Case.reference == reference).with_for_update()).one()
    now = datetime.now(UTC)
    add_party(
        session, case, PartyRole.PROXY, name="Kakak", reach="+966000000777", relation=Relation.FAMILY,
        by=MACHINE, now=now,
    )  # fmt: skip
    add_identifier(session, case.reporter, "+966000000102", by=MACHINE, now=now)


def something_ended_nowhere(line_up: Exchange) -> None:
    """A message that failed for good, and one that the provider does not know."""
    now = datetime.now(UTC)
    with transaction(line_up.sessions) as session:
        one, other = session.scalars(select(Message).where(Message.provider_sid.is_not(None)).limit(2)).all()
        one.direction, one.delivery, one.error_code = Direction.OUT, Delivery.FAILED, 30003
        run = Reconciliation(began_at=now, ended_at=now, since=now, until=now, listed=1, ours=2, left_open=1)
        session.add(run)
        session.flush()
        session.add(
            Difference(
                reconciliation_id=run.id, kind=DifferenceKind.NOT_KNOWN_THERE, message_id=other.id,
                provider_sid=other.provider_sid, ours="sent", found_at=now,
            )
        )  # fmt: skip
