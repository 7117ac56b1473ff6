"""Follow-ups, mentions, needs and the consent ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Invalid, NotFound, StaleVersion, WrongState
from cases.models import Agency, Case, Consent, Message, Referral, Task
from cases.queries.find_case import locked_case
from cases.services.consents import consent_for, record_consent
from cases.services.needs import set_need
from cases.services.notes import add_note
from cases.services.tasks import ask_follow_up, change_task, finish_task, open_task
from cases.vocabulary import ConsentPurpose, NeedKind, NeedState, Role, SharingBasis, TaskKind
from escalation.services import refer

NOW = datetime(2026, 11, 1, tzinfo=UTC)
HELP = ConsentPurpose.ASSISTANCE


@pytest.fixture
def case(opened_case: Callable[..., Case], session: Session) -> Case:
    return locked_case(session, opened_case("halo").id)


def test_follow_ups_are_many_and_change_only_from_what_was_read(
    case: Case, acting: Any, staff: Any, session: Session
) -> None:
    by = acting(Role.OFFICER)
    first, second = (
        ask_follow_up(session, case, "telepon keluarga", due_at=NOW + timedelta(days=day), by=by, now=NOW)
        for day in (1, 2)
    )
    change_task(
        session,
        case,
        first,
        {"due_at": NOW, "assignee_id": staff(Role.SUPERVISOR).id},
        version=1,
        by=by,
        now=NOW,
    )
    assert (first.version, first.due_at, second.assignee_id) == (2, NOW, None)
    with pytest.raises(StaleVersion):
        change_task(session, case, first, {"words": "lain"}, version=1, by=by, now=NOW)
    with pytest.raises(Invalid):
        change_task(session, case, first, {"assignee_id": staff(Role.ADMIN).id}, by=by, now=NOW)
    with pytest.raises(Invalid):
        ask_follow_up(session, case, " ", by=by, now=NOW)
    finish_task(session, case, first, outcome="done", by=by, now=NOW)
    with pytest.raises(WrongState):
        change_task(session, case, first, {"words": "lain"}, by=by, now=NOW)
    open_task(session, case, TaskKind.CALL_PERSON, by=by, now=NOW)
    machines = session.scalars(select(Task).where(Task.kind == TaskKind.CALL_PERSON)).one()
    with pytest.raises(WrongState):
        change_task(session, case, machines, {"words": "lain"}, by=by, now=NOW)


def test_who_is_mentioned_gets_a_task(case: Case, acting: Any, staff: Any, session: Session) -> None:
    supervisor = staff(Role.SUPERVISOR)
    note = add_note(session, case, f"@{supervisor.name} tolong lihat", by=acting(Role.OFFICER), now=NOW)
    task = session.scalars(select(Task)).one()
    assert (task.kind, task.assignee_id, task.note_id) == (TaskKind.MENTIONED, supervisor.id, note.id)
    add_note(session, case, f"@{supervisor.name} sekali lagi", by=acting(Role.OFFICER), now=NOW)
    assert len(session.scalars(select(Task)).all()) == 2


def test_a_need_has_one_row_and_a_version(case: Case, acting: Any, session: Session) -> None:
    by = acting(Role.OFFICER)
    need = set_need(
        session, case, NeedKind.SHELTER, NeedState.NEEDED, note="dua orang", version=0, by=by, now=NOW
    )
    again = set_need(session, case, NeedKind.SHELTER, NeedState.MET, version=1, by=by, now=NOW)
    assert again is need
    assert (need.state, need.note, need.version) == (NeedState.MET, "dua orang", 2)
    with pytest.raises(StaleVersion):
        set_need(session, case, NeedKind.SHELTER, NeedState.NEEDED, version=0, by=by, now=NOW)


def test_a_referral_rests_on_consent_that_holds(case: Case, acting: Any, book: Any, session: Session) -> None:
    by = acting(Role.OFFICER)
    agency = session.scalars(select(Agency).where(Agency.kind == "police").limit(1)).one()
    said_in = session.scalars(select(Message.id).where(Message.case_id == case.id).limit(1)).one()

    def send() -> Referral:
        return refer.refer_case(
            session, case, agency.id, basis=SharingBasis.CONSENT, request="", book=book, by=by, now=NOW
        )

    record_consent(session, case, HELP, given=False, message_id=said_in, by=by, now=NOW)
    with pytest.raises(Invalid), session.begin_nested():
        send()
    assert consent_for(session, case, agency.id, HELP) is False
    later = NOW + timedelta(minutes=1)
    record_consent(session, case, HELP, given=True, agency_id=agency.id, how="telepon", by=by, now=later)
    referral = send()
    assert referral.basis is SharingBasis.CONSENT

    record_consent(session, case, HELP, given=False, how="telepon", by=by, now=NOW + timedelta(hours=1))
    stop = session.scalars(select(Task).where(Task.kind == TaskKind.FOLLOW_UP)).one()
    assert agency.name in (stop.words or "")
    assert stop.due_at == NOW + timedelta(hours=73)


def test_an_officer_who_names_consent_writes_it_down(
    case: Case, acting: Any, book: Any, session: Session
) -> None:
    by = acting(Role.OFFICER)
    agency = session.scalars(select(Agency).where(Agency.kind == "police").limit(1)).one()
    refer.refer_case(
        session, case, agency.id, basis=SharingBasis.CONSENT, request="", book=book, by=by, now=NOW
    )
    line = session.scalars(select(Consent)).one()
    assert (line.given, line.agency_id, line.recorded_by_id) == (True, agency.id, by.user_id)


def test_a_consent_says_how_it_was_given(
    case: Case, acting: Any, opened_case: Callable[..., Case], session: Session
) -> None:
    by = acting(Role.OFFICER)
    with pytest.raises(Invalid):
        record_consent(session, case, HELP, given=True, by=by, now=NOW)
    other = session.scalars(
        select(Message.id).where(Message.case_id == opened_case("x", sender="+966000000399").id).limit(1)
    ).one()
    with pytest.raises(NotFound):
        record_consent(
            session, locked_case(session, case.id), HELP, given=True, message_id=other, by=by, now=NOW
        )
