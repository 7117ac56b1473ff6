"""Cases are taken and given from the queue, each with its own result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from cast import ELI, HARMLESS, LOCKED_IN
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.models import Case, Event, User
from cases.vocabulary import CaseStatus, EventKind, Role

Opened = Callable[..., Case]
SignIn = Callable[[Role], FlaskClient]
JSON = {"Accept": "application/json"}


def chosen(*cases: Case) -> list[str]:
    return [f"{case.reference}/{case.owner_id or ''}" for case in cases]


def test_one_key_takes_a_case(
    opened_case: Opened, signed_in_client: SignIn, session: Session, staff: Callable[[Role], User]
) -> None:
    case = opened_case()

    answer = signed_in_client(Role.OFFICER).post(
        "/console/assign", data={"claim": chosen(case)[0]}, headers=JSON
    )

    assert answer.status_code == 200
    assert answer.json == [{"reference": case.reference, "done": True, "words": "Anda menangani kasus ini."}]
    session.expire_all()
    assert session.scalars(select(Case.owner_id)).one() == staff(Role.OFFICER).id


def test_of_two_at_once_one_wins_and_the_other_is_told_who(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case()
    for _round in range(5):
        case = session.scalars(select(Case).with_for_update(key_share=True)).one()
        case.owner_id, case.status = None, CaseStatus.NEW
        session.commit()
        browsers = [signed_in_client(Role.OFFICER), signed_in_client(Role.SUPERVISOR)]
        start, answers = threading.Barrier(2), []

        claim = {"claim": f"{case.reference}/"}

        def take(
            browser: FlaskClient,
            start: threading.Barrier = start,
            answers: list[Any] = answers,
            claim: dict[str, str] = claim,
        ) -> None:
            start.wait()
            answers.append(browser.post("/console/assign", data=claim, headers=JSON))

        threads = [threading.Thread(target=take, args=(browser,)) for browser in browsers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        lost = next(answer.json[0] for answer in answers if answer.status_code == 409)
        session.rollback()
        owner = session.scalars(select(User).join(Case, Case.owner_id == User.id)).one()
        assert lost["words"] == f"Sudah diambil lebih dulu oleh {owner.name}."
    assigned = select(func.count()).select_from(Event).where(Event.kind == EventKind.ASSIGNED)
    assert session.scalar(assigned) == 5


def test_many_are_given_and_what_is_refused_loses_nothing(
    opened_case: Opened, signed_in_client: SignIn, session: Session, staff: Callable[[Role], User]
) -> None:
    free, taken = opened_case(LOCKED_IN), opened_case(HARMLESS, sender=ELI)
    closed = opened_case(HARMLESS, sender="+966000000909")
    picture = chosen(free, taken, closed)
    officer, supervisor = signed_in_client(Role.OFFICER), signed_in_client(Role.SUPERVISOR)
    supervisor.post("/console/assign", data={"claim": chosen(taken)[0]})
    session.get_one(Case, closed.id).status = CaseStatus.CLOSED
    session.commit()

    answer = officer.post(
        "/console/assign?urgency=U1",
        data={"case": [*picture, "TRC-2601-00001C/"], "to": str(staff(Role.OFFICER).id)},
    )

    assert answer.status_code == 409
    page = answer.text
    assert f"{free.reference}</a>: Ditugaskan kepada" in page
    assert f"{taken.reference}</a>: Sudah diambil lebih dulu oleh Supervisor" in page
    assert f"{closed.reference}</a>: Tidak bisa: kasus sudah ditutup" in page
    assert "TRC-2601-00001C</a>: Kasus ini tidak ada." in page
    assert 'chip" href="/console/?view=all"' in page  # the filter of the page is kept
    session.expire_all()
    owners = {row[0]: row[1] for row in session.execute(select(Case.reference, Case.owner_id))}
    assert owners == {
        free.reference: staff(Role.OFFICER).id,
        taken.reference: staff(Role.SUPERVISOR).id,
        closed.reference: None,
    }
    # With the picture of now, giving on is meant.
    handed = officer.post(
        "/console/assign",
        data={"case": chosen(session.get_one(Case, taken.id)), "to": str(staff(Role.OFFICER).id)},
        headers=JSON,
    )
    assert handed.json[0]["done"]


def test_what_makes_no_sense_changes_nothing(opened_case: Opened, signed_in_client: SignIn) -> None:
    case = opened_case()
    officer = signed_in_client(Role.OFFICER)

    assert "Belum ada kasus yang dipilih." in officer.post("/console/assign", data={"to": "me"}).text
    for to in ("", "nobody", "00000000-0000-0000-0000-000000000000"):
        answer = officer.post("/console/assign", data={"case": chosen(case), "to": to}, headers=JSON)
        assert answer.status_code == 409
        assert not answer.json[0]["done"]
    assert signed_in_client(Role.ADMIN).post("/console/assign", data={}).status_code == 403
