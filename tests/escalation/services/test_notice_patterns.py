"""Supervisors are told when cases gather: once for a set, again when it grows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cast import HARMLESS, LOCKED_IN
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.errors import Forbidden, Invalid, WrongState
from cases.models import Case, Company, Message
from cases.queries.find_case import locked_case
from cases.services.companies import create_company, link_party
from cases.services.merge_companies import merge_companies, undo_company_merge
from cases.services.parties import add_party
from cases.vocabulary import Actor, PageKind, PartyRole, Role, Urgency
from escalation.models import Page, Pattern
from escalation.queries.patterns import open_alerts
from escalation.services.notice_patterns import acknowledge_pattern, gathering_companies, notice_pattern
from hotline.wording import render

Opened = Callable[..., Case]
Acting = Callable[[Role], Actor]
Gather = Callable[..., Case]


@pytest.fixture
def company(session: Session, acting: Acting, now: datetime) -> Company:
    return make_company(session, acting, now)


def make_company(session: Session, acting: Acting, now: datetime, name: str = "Contoh") -> Company:
    made = create_company(session, name, PartyRole.EMPLOYER, by=acting(Role.OFFICER), now=now)
    session.commit()
    return made


@pytest.fixture
def gather(opened_case: Opened, session: Session, acting: Acting, now: datetime) -> Gather:
    """One more case of a company."""
    count = iter(range(100))

    def one_more(company: Company, words: str = HARMLESS) -> Case:
        case = opened_case(words, sender=f"+9660000007{next(count):02d}")
        locked = locked_case(session, case.id)
        by = acting(Role.OFFICER)
        party = add_party(session, locked, PartyRole.EMPLOYER, name="Contoh", by=by, now=now)
        link_party(session, locked, party, session.get_one(Company, company.id), by=by, now=now)
        session.commit()
        return case

    return one_more


def tick(session: Session) -> list[Pattern]:
    now = datetime.now(UTC)
    raised = [
        one
        for company_id in gathering_companies(session, now=now)
        for one in notice_pattern(session, company_id, now=now)
    ]
    session.commit()
    return raised


def pages(session: Session) -> list[Page]:
    return list(session.scalars(select(Page).where(Page.kind == PageKind.PATTERN).order_by(Page.id)))


def test_the_third_case_raises_one_alert_and_pages_the_supervisor(
    gather: Gather, company: Company, session: Session
) -> None:
    for _ in range(2):
        gather(company)
    assert tick(session) == []
    third = gather(company)

    [pattern] = tick(session)

    assert (pattern.rule, len(pattern.case_ids), pattern.urgency) == ("many_cases", 3, Urgency.U4)
    [page] = pages(session)
    assert page.case_id == third.id
    assert page.contact.level == 2
    message = session.get_one(Message, page.message_id)
    said = render(
        "page_pattern",
        "id",
        link="x",
        **{name: str(value) for name, value in (message.parameters or {}).items()},
    )
    assert "Contoh" not in said
    assert HARMLESS not in said


def test_two_u1_are_enough(gather: Gather, company: Company, session: Session) -> None:
    gather(company, LOCKED_IN)
    gather(company, LOCKED_IN)

    [pattern] = tick(session)

    assert (pattern.rule, pattern.urgency) == ("repeated_danger", Urgency.U1)


def test_the_same_set_is_told_once_and_a_larger_one_again(
    gather: Gather, company: Company, session: Session, acting: Acting
) -> None:
    for _ in range(3):
        gather(company)
    [first] = tick(session)
    assert tick(session) == []
    acknowledge_pattern(session, first.id, "Diperiksa.", by=acting(Role.SUPERVISOR), now=datetime.now(UTC))
    session.commit()
    assert (tick(session), open_alerts(session)) == ([], [])

    gather(company)
    [second] = tick(session)

    assert len(second.case_ids) == 4
    assert len(pages(session)) == 2


def test_an_unanswered_alert_makes_room_for_the_larger_one(
    gather: Gather, company: Company, session: Session, acting: Acting
) -> None:
    for _ in range(3):
        gather(company)
    [first] = tick(session)
    gather(company)
    [second] = tick(session)

    assert [one.id for one in open_alerts(session)] == [second.id]
    with pytest.raises(WrongState):
        acknowledge_pattern(session, first.id, "lama", by=acting(Role.SUPERVISOR), now=datetime.now(UTC))


def test_cases_far_apart_raise_nothing(gather: Gather, company: Company, session: Session) -> None:
    old = [gather(company) for _ in range(2)]
    gather(company)
    for days, case in ((100, old[0]), (220, old[1])):
        at = datetime.now(UTC) - timedelta(days=days)
        session.execute(update(Case).where(Case.id == case.id).values(opened_at=at))
    session.commit()

    assert tick(session) == []


def test_merged_records_gather_together_and_what_was_told_stays_told(
    gather: Gather, company: Company, session: Session, acting: Acting, now: datetime
) -> None:
    other = make_company(session, acting, now, "Tjontoh")
    for _ in range(3):
        gather(other)
    [told] = tick(session)
    by = acting(Role.OFFICER)
    merge = merge_companies(session, company.id, other.id, by=by, now=now)
    session.commit()
    assert tick(session) == []
    gather(company)

    [grown] = tick(session)

    assert (grown.company_id, len(grown.case_ids)) == (company.id, 4)
    assert session.get_one(Pattern, told.id).replaced_at is not None
    undo_company_merge(session, company.id, merge.id, by=by, now=now)
    session.commit()
    assert tick(session) == []


def test_only_a_supervisor_answers_and_with_a_note(
    gather: Gather, company: Company, session: Session, acting: Acting
) -> None:
    for _ in range(3):
        gather(company)
    [pattern] = tick(session)

    with pytest.raises(Forbidden):
        acknowledge_pattern(session, pattern.id, "ya", by=acting(Role.OFFICER), now=datetime.now(UTC))
    with pytest.raises(Invalid):
        acknowledge_pattern(session, pattern.id, "  ", by=acting(Role.SUPERVISOR), now=datetime.now(UTC))


def test_the_board_and_the_page_show_it_and_the_note_closes_it(
    gather: Gather,
    company: Company,
    session: Session,
    signed_in_client: Callable,
    bearer: Callable,
    client: object,
) -> None:
    for _ in range(3):
        gather(company)
    [pattern] = tick(session)
    supervisor, officer = signed_in_client(Role.SUPERVISOR), signed_in_client(Role.OFFICER)
    address = f"/console/companies/{company.id}"

    assert f"{address}#patterns" in supervisor.get("/console/board").text
    assert "pattern_note" in supervisor.get(address).text
    assert "pattern_note" not in officer.get(address).text
    answer = f"{address}/patterns/{pattern.id}"
    assert officer.post(answer, data={"pattern_note": "x"}).status_code == 403
    headers = bearer(Role.SUPERVISOR)
    [listed] = client.get("/api/v1/patterns", headers=headers).json["items"]  # type: ignore[attr-defined]
    assert (listed["id"], listed["cases"]) == (str(pattern.id), 3)
    assert supervisor.post(answer, data={"pattern_note": "Dipanggil <besok>"}).status_code == 302
    assert "Dipanggil &lt;besok&gt;" in officer.get(address).text
    assert f"{address}#patterns" not in supervisor.get("/console/board").text
    path = f"/api/v1/patterns/{pattern.id}/acknowledge"
    assert client.post(path, json={"note": "lagi"}, headers=headers).status_code == 409  # type: ignore[attr-defined]
