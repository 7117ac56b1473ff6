"""Agencies' machines are told of their referrals, and of nothing else; beside the people on duty."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from cast import AMINA, BERTA, LOCKED_IN
from partner import Partner, partner_machine
from phones import Exchange, exchange
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.models import Agency, Case, Message, PartnerEndpoint, Referral, Task, User
from cases.queries.find_case import locked_case
from cases.services.partner_endpoints import open_endpoint
from cases.vocabulary import (
    Actor,
    ActorKind,
    AgencyKind,
    CloseReason,
    Delivery,
    HoldReason,
    MessageKind,
    ReferralStatus,
    Role,
    TaskKind,
    Urgency,
)
from escalation.services import refer, work_case
from escalation.services.book import load_book
from escalation.services.close_case import confirm_closing
from hotline.api.schemas.message import show_message
from hotline.reference import forget_book
from hotline.worker.deliver import Deliverer
from hotline.worker.run import doors_of

MISSION = "kbri-riyadh"


@pytest.fixture
def line_up(fresh_database: str) -> Iterator[Exchange]:
    with exchange(fresh_database, WEBHOOK_LOOPBACK="yes") as made:
        yield made


@pytest.fixture
def mission(line_up: Exchange) -> Iterator[Partner]:
    """The mission's machine."""
    with partner_machine() as partner:
        join(line_up, MISSION, partner)
        yield partner


def join(line_up: Exchange, key: str, partner: Partner) -> None:
    with line_up.sessions() as session:
        agency = session.scalars(select(Agency).where(Agency.key == key)).one()
        partner.secret = open_endpoint(session, agency, partner.url, now=datetime.now(UTC)).secret
        session.commit()
    forget_book()


def officer(line_up: Exchange) -> Actor:
    with line_up.sessions() as session:
        user = session.scalars(select(User).where(User.role == Role.OFFICER)).first()
        assert user is not None
        return Actor(ActorKind.USER, user_id=user.id, role=Role.OFFICER)


def events(line_up: Exchange) -> list[Message]:
    with line_up.sessions() as session:
        query = select(Message).where(Message.kind == MessageKind.PARTNER_EVENT).order_by(Message.created_at)
        return list(session.scalars(query))


def deliver_again(line_up: Exchange, message: Message) -> None:
    Deliverer(line_up.settings, line_up.sessions, doors_of(line_up.settings)).deliver(message.id)


def tasks(line_up: Exchange) -> list[TaskKind]:
    with line_up.sessions() as session:
        return list(session.scalars(select(Task.kind)))


def test_a_referral_is_told_with_what_the_agency_may_know(line_up: Exchange, mission: Partner) -> None:
    line_up.line(AMINA).writes(LOCKED_IN)
    line_up.deliver()

    (event,) = mission.events
    assert event["type"] == "referral.sent"
    data = event["data"]
    assert (data["agency"], data["referral"]["status"], data["referral"]["basis"]) == (
        MISSION, "sent", "vital_interest",
    )  # fmt: skip
    assert (data["case"]["urgency"], data["case"]["country"]) == ("U1", "SA")
    assert "SEKAP" in data["case"]["categories"]
    assert datetime.fromisoformat(data["referral"]["answer_due_at"]) > datetime.now(UTC)
    said = json.dumps(event)
    assert AMINA not in said and "majikan" not in said and "makan" not in said

    (message,) = events(line_up)
    assert mission.headers[0]["webhook-id"] == str(message.id)
    assert message.delivery is Delivery.DELIVERED
    # The people on duty are called all the same.
    with line_up.sessions() as session:
        assert session.scalars(select(Message).where(Message.kind == MessageKind.REFERRAL)).all()


def test_the_partner_answers_by_the_links_of_the_event(line_up: Exchange, mission: Partner) -> None:
    line_up.line(AMINA).writes(LOCKED_IN)
    line_up.deliver()
    links = mission.events[0]["data"]["links"]

    answer = requests.post(links["accept"], allow_redirects=False, timeout=5)
    assert answer.status_code == 302
    assert requests.post(links["done"], data={"words": "sudah dijemput"}, timeout=5).ok
    assert requests.post(links["reject"], timeout=5).status_code == 409
    with line_up.sessions() as session:
        referral = session.get_one(Referral, mission.events[0]["data"]["referral"]["id"])
        assert (referral.status, referral.answer) == (ReferralStatus.DONE, "sudah dijemput")


def close_by_two(session: Session, case: Case, *, by: Actor) -> None:
    """She was locked in: a second person looks too."""
    asked = work_case.close(
        session,
        case,
        CloseReason.WITHDRAWN,
        explanation="selesai",
        safety_note="di selter",
        by=by,
        now=datetime.now(UTC),
    )
    assert asked is not None
    second = session.scalars(select(User).where(User.role == Role.SUPERVISOR).limit(1)).one()
    also = Actor(ActorKind.USER, user_id=second.id, role=second.role)
    confirm_closing(session, case, request_id=asked.id, by=also, now=datetime.now(UTC))


def test_an_office_that_visits_is_not_told_the_kind_of_harm(line_up: Exchange) -> None:
    with line_up.sessions() as session:
        key = session.scalars(
            select(Agency.key).where(Agency.kind == AgencyKind.REGIONAL_GOVERNMENT).limit(1)
        ).one_or_none()
        if key is None:
            agency = session.scalars(select(Agency).where(Agency.kind == AgencyKind.BP3MI).limit(1)).one()
            agency.kind, key = AgencyKind.REGIONAL_GOVERNMENT, agency.key
            session.commit()
    with partner_machine() as partner:
        join(line_up, key, partner)
        line_up.line(AMINA).writes(LOCKED_IN)
        with line_up.sessions() as session:
            agency_id = session.scalars(select(Agency.id).where(Agency.key == key)).one()
            case = locked_case(session, session.scalars(select(Case.id)).one())
            refer.refer_case(
                session, case, agency_id, basis=None, request="Mohon dikunjungi.", book=load_book(session),
                by=officer(line_up), now=datetime.now(UTC),
            )  # fmt: skip
            session.commit()
        line_up.deliver()

        (event,) = partner.events
        assert "categories" not in event["data"]["case"]
        assert event["data"]["referral"]["request"] == "Mohon dikunjungi."


def test_what_changes_in_the_case_is_told_and_after_revoking_nothing(
    line_up: Exchange, mission: Partner
) -> None:
    by = officer(line_up)
    line_up.line(AMINA).writes(LOCKED_IN)
    line_up.deliver()
    with line_up.sessions() as session:
        case = locked_case(session, session.scalars(select(Case.id)).one())
        work_case.change_urgency(
            session,
            case,
            Urgency.U2,
            reason="sudah aman",
            book=load_book(session),
            by=by,
            now=datetime.now(UTC),
        )
        session.commit()
    line_up.deliver()
    assert mission.types() == ["referral.sent", "case.urgency_changed"]
    assert mission.events[1]["data"]["case"]["urgency"] == "U2"

    with line_up.sessions() as session:
        case = locked_case(session, session.scalars(select(Case.id)).one())
        query = select(Referral).join(Agency).where(Agency.key == MISSION)
        refer.revoke_referral(session, case, session.scalars(query).one(), by=by, now=datetime.now(UTC))
        close_by_two(session, case, by=by)
        session.commit()
    line_up.deliver()
    assert mission.types() == ["referral.sent", "case.urgency_changed", "referral.revoked"]
    assert set(mission.events[2]["data"]["case"]) == {"reference"}
    assert "links" not in mission.events[2]["data"]


def test_facts_that_wait_are_not_told_once_the_referral_is_revoked(
    line_up: Exchange, mission: Partner
) -> None:
    mission.answers.append(503)
    line_up.line(AMINA).writes(LOCKED_IN)
    line_up.deliver()
    (message,) = events(line_up)
    assert (message.delivery, message.error_code) == (Delivery.WAITING, 503)
    with line_up.sessions() as session:
        case = locked_case(session, session.scalars(select(Case.id)).one())
        query = select(Referral).join(Agency).where(Agency.key == MISSION)
        refer.revoke_referral(
            session, case, session.scalars(query).one(), by=officer(line_up), now=datetime.now(UTC)
        )
        session.commit()

    deliver_again(line_up, message)
    line_up.deliver()
    assert mission.types() == ["referral.revoked"]
    first = events(line_up)[0]
    assert (first.delivery, first.hold_reason) == (Delivery.CANCELLED, HoldReason.NO_LONGER_SHARED)


def test_a_repeat_carries_the_same_id_and_the_same_words(line_up: Exchange, mission: Partner) -> None:
    mission.answers.append(500)
    line_up.line(AMINA).writes(LOCKED_IN)
    line_up.deliver()
    (message,) = events(line_up)
    deliver_again(line_up, message)

    assert mission.bodies[0] == mission.bodies[1]
    assert mission.headers[0]["webhook-id"] == mission.headers[1]["webhook-id"]
    assert mission.types() == ["referral.sent"]


def test_410_closes_the_endpoint_and_asks_a_human(line_up: Exchange, mission: Partner) -> None:
    mission.answers.append(410)
    line_up.line(AMINA).writes(LOCKED_IN)
    line_up.deliver()

    assert tasks(line_up) == [TaskKind.ENDPOINT_GONE]
    with line_up.sessions() as session:
        endpoint = session.scalars(select(PartnerEndpoint)).one()
        assert endpoint.closed_at is not None and endpoint.closed_because == "gone"
    forget_book()
    line_up.line("+966000000102").writes(LOCKED_IN)
    line_up.deliver()
    assert len(events(line_up)) == 1


def test_words_that_are_refused_leave_a_task(line_up: Exchange, mission: Partner) -> None:
    mission.answers.append(422)
    line_up.line(AMINA).writes(LOCKED_IN)
    line_up.deliver()

    assert tasks(line_up) == [TaskKind.MESSAGE_FAILED]


def test_a_silent_partner_holds_up_nobody_else(line_up: Exchange, mission: Partner) -> None:
    mission.slow = 3.0
    line_up.line(AMINA).writes(LOCKED_IN)
    line_up.deliver()

    line_up.line(BERTA).hears("kasus baru")


def test_an_open_end_is_not_told_again_after_revoking(line_up: Exchange, mission: Partner) -> None:
    mission.drop = 1
    line_up.line(AMINA).writes(LOCKED_IN)
    line_up.deliver()
    (message,) = events(line_up)
    assert message.delivery is Delivery.SENDING
    with line_up.sessions() as session:
        case = locked_case(session, session.scalars(select(Case.id)).one())
        query = select(Referral).join(Agency).where(Agency.key == MISSION)
        refer.revoke_referral(
            session, case, session.scalars(query).one(), by=officer(line_up), now=datetime.now(UTC)
        )
        session.execute(update(Message).values(attempted_at=datetime.now(UTC) - timedelta(minutes=5)))
        session.commit()

    deliver_again(line_up, message)
    assert events(line_up)[0].hold_reason is HoldReason.NO_LONGER_SHARED
    assert len(mission.bodies) == 1


def test_a_machine_that_never_answers_is_given_up_in_the_end(line_up: Exchange, mission: Partner) -> None:
    mission.drop = 100
    line_up.line(AMINA).writes(LOCKED_IN)
    line_up.deliver()
    waits = []
    for _ in range(20):
        (message,) = events(line_up)
        if message.delivery is not Delivery.SENDING:
            break
        assert message.next_attempt_at and message.attempted_at
        waits.append(message.next_attempt_at - message.attempted_at)
        with line_up.sessions() as session:
            session.execute(update(Message).values(attempted_at=datetime.now(UTC) - timedelta(hours=2)))
            session.commit()
        deliver_again(line_up, message)

    assert events(line_up)[0].delivery is Delivery.FAILED
    assert tasks(line_up) == [TaskKind.MESSAGE_FAILED]
    assert len(mission.bodies) == 12
    assert waits == sorted(waits) and waits[0] < timedelta(seconds=16) and waits[-1] > timedelta(minutes=50)


def test_the_body_is_not_shown_by_the_api(line_up: Exchange, mission: Partner) -> None:
    line_up.line(AMINA).writes(LOCKED_IN)
    line_up.deliver()

    (message,) = events(line_up)
    assert message.body is not None and "/r/" in message.body
    assert show_message(message)["body"] is None
