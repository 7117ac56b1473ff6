"""Amina writes that she is locked in. Somebody must come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import requests
import time_machine
from cast import AMINA, BERTA, DANA, DIRECTOR, LOCKED_IN
from phones import code_in, exchange, link_in
from sqlalchemy import select

from cases.models import Case, DutyContact, Message, Referral
from cases.vocabulary import (
    AgencyKind,
    CaseStatus,
    ClockState,
    Delivery,
    Direction,
    ReferralStatus,
    Step,
    Urgency,
)
from escalation.models import Clock
from hotline.seeding import demo_phone_of

# In years to come: the queue goes by the database's clock, to which later must stay later.
NIGHT = datetime(2029, 11, 27, 22, 0, tzinfo=UTC)


def test_nobody_answers_so_the_supervisor_does_and_the_mission_comes(fresh_database: str) -> None:
    with time_machine.travel(NIGHT, tick=True) as clock, exchange(fresh_database) as line_up:
        line = line_up.line
        with line_up.sessions() as session:
            mission = line(demo_phone_of(session, "kbri-riyadh") or "")

        line(AMINA).writes(LOCKED_IN, channel="whatsapp")
        with line_up.sessions() as session:
            case = session.scalars(select(Case)).one()
            assert case.urgency is Urgency.U1

        line_up.deliver()
        referral_link = link_in(mission.expects(case.reference))
        line(BERTA).expects("kasus baru")

        clock.shift(timedelta(minutes=2, seconds=35))
        line_up.work()
        line(BERTA).expects("separuh waktu")
        line(DANA).expects_nothing_more()

        clock.shift(timedelta(minutes=3))
        line_up.work()
        page = line(DANA).expects("LEWAT TENGGAT")
        line(BERTA).expects("LEWAT TENGGAT")

        line(DANA).replies(code_in(page))
        line_up.deliver()
        line(DANA).expects("konfirmasi diterima")

        shown = requests.get(referral_link, timeout=5)
        assert case.reference in shown.text
        assert "disekap" not in shown.text
        assert requests.post(f"{referral_link}/accept", timeout=5).ok

        clock.shift(timedelta(minutes=5))
        line_up.work()
        line(DIRECTOR).expects_nothing_more()
        line(AMINA).expects_nothing_more()

        with line_up.sessions() as session:
            case = session.scalars(select(Case)).one()
            dana = session.scalars(select(DutyContact).where(DutyContact.level == 2)).one()
            assert (case.status, case.owner_id) == (CaseStatus.OPEN, dana.user_id)
            states = {c.step: c.state for c in session.scalars(select(Clock))}
            assert states == {
                Step.READ: ClockState.MET,
                Step.ASSIGN: ClockState.MET,
                Step.REFERRAL_ACCEPT: ClockState.MET,
                Step.SAFE_CONTACT: ClockState.RUNNING,
            }
            read = session.scalars(select(Clock).where(Clock.step == Step.READ)).one()
            assert read.breached_at == read.due_at
            referrals = session.scalars(select(Referral)).all()
            assert {referral.agency.kind: referral.status for referral in referrals} == {
                AgencyKind.MISSION: ReferralStatus.ACCEPTED,
                AgencyKind.DUTY_ROOM: ReferralStatus.ACCEPTED,
                # Support waits for an officer's word.
                AgencyKind.KEMLU: ReferralStatus.PROPOSED,
            }
            sent = session.scalars(select(Message).where(Message.direction == Direction.OUT)).all()
            assert {message.delivery for message in sent} <= {
                Delivery.DELIVERED,
                Delivery.SENT,
                Delivery.READ,
            }
        assert len([entry for entry in line_up.ledger("rest") if entry.get("status") == 201]) == len(sent)


def test_everybody_is_silent_and_the_director_is_called_again_and_again(fresh_database: str) -> None:
    with time_machine.travel(NIGHT, tick=True) as clock, exchange(fresh_database) as line_up:
        line_up.line(AMINA).writes(LOCKED_IN)
        for _ in range(9):
            clock.shift(timedelta(minutes=5))
            line_up.work()

        calls = [words for words in line_up.line(DIRECTOR).received() if "MASIH TANPA JAWABAN" in words]
        assert len(calls) >= 4
        assert len({code_in(words) for words in calls}) == len(calls)
