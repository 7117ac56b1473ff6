"""What a line of the queue tells."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cast import AMINA, ELI, HARMLESS, LOCKED_IN
from flask.testing import FlaskClient
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from cases.models import Case, Identifier, Message, Presence
from cases.vocabulary import CaseStatus, Direction, MessageKind, Role

Opened = Callable[..., Case]
SignIn = Callable[[Role], FlaskClient]


def row_of(page: str, case: Case) -> str:
    found = re.search(rf'<tr role="row" data-case="{case.reference}">(.*?)</tr>', page, re.S)
    assert found, page
    return re.sub(r"\s+", " ", found.group(1))


def test_it_tells_all_that_decides_what_to_do_next(opened_case: Opened, signed_in_client: SignIn) -> None:
    case = opened_case(LOCKED_IN)

    row = row_of(signed_in_client(Role.OFFICER).get("/console/").text, case)

    for words in (
        "U1 Kritis", "▲", "Arab Saudi", 'data-zone="Asia/Riyadh"', "data-due=", "Penyekapan", "disekap majikan",
        "pelapor menunggu kita", "data-since=", "belum ada", "1 baru", "Ambil",
    ):  # fmt: skip
        assert words in row, words


def test_a_late_one_is_late_in_words_too(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case(LOCKED_IN)
    session.execute(update(Case).values(next_due_at=datetime.now(UTC) - timedelta(minutes=3)))
    session.commit()

    assert ">lewat " in row_of(signed_in_client(Role.OFFICER).get("/console/").text, case)


def test_what_was_in_front_of_me_is_no_longer_unread(opened_case: Opened, signed_in_client: SignIn) -> None:
    case = opened_case(LOCKED_IN)
    officer, supervisor = signed_in_client(Role.OFFICER), signed_in_client(Role.SUPERVISOR)

    officer.get(f"/console/cases/{case.reference}")

    assert " baru<" not in row_of(officer.get("/console/").text, case)
    assert "1 baru" in row_of(supervisor.get("/console/").text, case)
    opened_case("halo, masih di sana?")
    assert "1 baru" in row_of(officer.get("/console/").text, case)


def test_an_answer_turns_the_waiting_round(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case(HARMLESS, sender=ELI)
    said = session.scalars(select(Message).where(Message.direction == Direction.IN)).one()
    columns = {
        column.name: getattr(said, column.key) for column in Message.__table__.columns if not column.computed
    }
    columns |= {
        "id": case.id, "direction": Direction.OUT, "kind": MessageKind.REPLY, "delivery": "sent",
        "provider_sid": None, "created_at": said.created_at + timedelta(seconds=1),
    }  # fmt: skip
    session.add(Message(**columns))
    session.commit()

    row = row_of(signed_in_client(Role.OFFICER).get("/console/").text, case)

    assert "kita menunggu pelapor" in row


def test_contact_warnings_stand_on_the_row(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case(HARMLESS)
    session.execute(update(Identifier).values(opted_out_at=datetime.now(UTC), doubted_at=datetime.now(UTC)))
    session.commit()

    row = row_of(signed_in_client(Role.OFFICER).get("/console/").text, case)

    assert "minta berhenti (STOP)" in row
    assert "nomor diragukan" in row


def test_filters_combine_and_come_off_one_by_one(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    urgent = opened_case(LOCKED_IN, sender=AMINA)
    harmless = opened_case(HARMLESS, sender="+60000000202")
    opened_case(HARMLESS, sender="+966000000203")
    browser = signed_in_client(Role.OFFICER)

    def shown(query: str) -> set[str]:
        return set(re.findall(r'data-case="(TRC[^"]+)"', browser.get(f"/console/?{query}").text))

    assert shown("urgency=U1&country=MY") == set()
    assert shown("urgency=U1&urgency=U4&country=SA,MY&owner=none") >= {urgent.reference, harmless.reference}
    assert shown("country=MY") == {harmless.reference}
    assert shown("late=1") == set()
    assert shown("status=closed") == set()
    page = browser.get("/console/?urgency=U1&country=SA&owner=me").text
    off = [address.replace("&amp;", "&") for address in re.findall(r'chip" href="([^"]+)"', page)]
    assert off == [
        "/console/?country=SA&owner=me", "/console/?urgency=U1&owner=me", "/console/?urgency=U1&country=SA",
    ]  # fmt: skip
    for nonsense in ("owner=%00", "urgency=U9&country=%E2%98%83", "after=e30=", "late=yes", "owner=x,y"):
        assert len(shown(nonsense)) == 3


def test_closed_cases_are_a_list_of_their_own(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    now = datetime.now(UTC)
    for number in range(52):
        opened_case(HARMLESS, sender=f"+9660000003{number:02d}")
    for number, case in enumerate(session.scalars(select(Case)).all()):
        case.status, case.closed_at = CaseStatus.CLOSED, now - timedelta(minutes=number)
        case.close_reason = "resolved"
    session.commit()
    browser = signed_in_client(Role.OFFICER)

    first = browser.get("/console/?status=closed").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = browser.get(following.group(1).replace("&amp;", "&")).text

    shown = [re.findall(r'data-case="(TRC[^"]+)"', page) for page in (first, second)]
    assert [len(page) for page in shown] == [50, 2]
    assert len({*shown[0], *shown[1]}) == 52
    assert "Tidak ada kasus" in browser.get("/console/").text


def test_another_language_keeps_every_filter(signed_in_client: SignIn) -> None:
    page = signed_in_client(Role.OFFICER).get("/console/?urgency=U1&urgency=U2&lang=id").text

    assert 'href="/console/?urgency=U1&amp;urgency=U2&amp;lang=en"' in page


@pytest.mark.parametrize("rows", [1, 12])
def test_every_line_costs_the_same_number_of_statements(
    opened_case: Opened, signed_in_client: SignIn, statements: Any, rows: int
) -> None:
    browser = signed_in_client(Role.OFFICER)
    for number in range(rows):
        opened_case(HARMLESS, sender=f"+9660000004{number:02d}")

    with statements() as seen:
        browser.get("/console/?urgency=U4&country=SA")

    assert len(seen) <= 13, seen


def test_the_page_is_read_from_the_queues_own_index(session: Session) -> None:
    session.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off"))
    plan = "\n".join(
        session.scalars(
            text(
                "EXPLAIN SELECT id FROM cases WHERE status <> 'closed' AND country IN ('SA', 'MY')"
                " AND (urgency, COALESCE(next_due_at, '9999-01-01 00:00:00+00'::timestamptz), id)"
                " > ('U1', now(), '00000000-0000-0000-0000-000000000000') ORDER BY urgency,"
                " COALESCE(next_due_at, '9999-01-01 00:00:00+00'::timestamptz), id LIMIT 51"
            )
        )
    )

    assert "ix_cases_queue" in plan
    assert "Sort" not in plan


def test_live_answers_tell_who_else_is_there(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case(LOCKED_IN)
    officer, supervisor = signed_in_client(Role.OFFICER), signed_in_client(Role.SUPERVISOR)
    cursor = re.findall(r"^id: (.+)$", officer.get("/console/live").text, re.M)[-1]

    supervisor.get(f"/console/live?case={case.reference}&typing=1")
    told = officer.get("/console/live", headers={"Last-Event-ID": cursor}).text
    again = re.findall(r"^id: (.+)$", told, re.M)[-1]

    assert "event: present" in told
    assert f'{{"{case.reference}": [["Supervisor (contoh)", true]]}}' in told
    assert "event: changed" not in told
    assert "event:" not in officer.get("/console/live", headers={"Last-Event-ID": again}).text
    assert "Supervisor (contoh) mengetik" in row_of(officer.get("/console/rows").text, case)
    # Nobody is shown to themselves, and who has gone is gone without anybody cleaning up.
    assert "mengetik" not in row_of(supervisor.get("/console/rows").text, case)
    session.execute(update(Presence).values(seen_at=datetime.now(UTC) - timedelta(seconds=20)))
    session.commit()
    assert "event: present\ndata: {}" in officer.get("/console/live", headers={"Last-Event-ID": again}).text


def test_a_page_in_the_background_is_in_front_of_nobody(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case(LOCKED_IN)
    browser = signed_in_client(Role.OFFICER)

    browser.get(f"/console/live?case={case.reference}&away=1")
    assert session.scalars(select(Presence)).all() == []
    browser.get(f"/console/live?case={case.reference}")
    first = session.scalars(select(Presence.seen_at)).one()
    session.rollback()
    browser.get(f"/console/live?case={case.reference}")
    assert session.scalars(select(Presence.seen_at)).one() == first


def test_a_u1_that_nobody_took_raises_the_alarm(opened_case: Opened, signed_in_client: SignIn) -> None:
    officer = signed_in_client(Role.OFFICER)
    cursor = re.findall(r"^id: (.+)$", officer.get("/console/live").text, re.M)[-1]
    opened_case(HARMLESS, sender=ELI)
    assert "event: alarm" not in officer.get("/console/live", headers={"Last-Event-ID": cursor}).text

    case = opened_case(LOCKED_IN)
    told = officer.get("/console/live", headers={"Last-Event-ID": cursor}).text
    assert f'event: alarm\ndata: ["{case.reference}"]' in told
    # A reference alone: what somebody wrote is not for a lock screen.
    assert "disekap" not in told

    officer.post(f"/console/cases/{case.reference}/claim")
    after = {"Last-Event-ID": re.findall(r"^id: (.+)$", told, re.M)[-1]}
    assert "event: alarm\ndata: []" in officer.get("/console/live", headers=after).text
