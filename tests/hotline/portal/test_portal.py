"""Agencies answer by a signed link."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cast import LOCKED_IN
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Referral
from cases.vocabulary import AgencyKind, ClockState, ReferralStatus, Step
from escalation.models import Clock, Page
from hotline.config import Settings
from hotline.security.links import PAGE, REFERRAL, sign

Opened = Callable[..., Case]


@pytest.fixture
def mission(opened_case: Opened, session: Session) -> Referral:
    opened_case(LOCKED_IN)
    found = session.scalars(select(Referral)).all()
    return next(one for one in found if one.agency.kind is AgencyKind.MISSION)


@pytest.fixture
def link(mission: Referral, settings: Settings) -> str:
    return "/r/" + sign(REFERRAL, mission.id, secret_key=settings.secret_key)


def test_looking_changes_nothing_and_shows_only_the_packet(
    link: str, client: FlaskClient, mission: Referral, session: Session
) -> None:
    for _ in range(3):
        page = client.get(link)

    session.rollback()
    session.refresh(mission)
    assert page.status_code == 200
    assert mission.status is ReferralStatus.SENT
    assert "Penyekapan" in page.text
    assert "makan" not in page.text
    assert "966" not in page.text


def test_accepting_stops_the_clock(
    link: str, client: FlaskClient, mission: Referral, session: Session
) -> None:
    assert client.post(f"{link}/accept").status_code == 302

    session.rollback()
    session.refresh(mission)
    clock = session.scalars(select(Clock).where(Clock.referral_id == mission.id)).one()
    assert (mission.status, clock.state) == (ReferralStatus.ACCEPTED, ClockState.MET)
    assert client.post(f"{link}/done", data={"words": "sudah di shelter"}).status_code == 302
    session.rollback()
    session.refresh(mission)
    assert (mission.status, mission.answer) == (ReferralStatus.DONE, "sudah di shelter")


def test_a_rejection_calls_the_duty_room(
    link: str, client: FlaskClient, mission: Referral, session: Session
) -> None:
    client.post(f"{link}/reject", data={"reason": "not_ours", "words": "wilayah KJRI Jeddah"})

    session.rollback()
    session.refresh(mission)
    assert (mission.status, mission.answer) == (ReferralStatus.REJECTED, "wilayah KJRI Jeddah")
    assert client.post(f"{link}/accept").status_code == 409


def test_a_rejection_after_the_duty_room_took_it_calls_it_again(
    link: str, client: FlaskClient, mission: Referral, session: Session, settings: Settings
) -> None:
    first = session.scalars(select(Page)).one()
    client.post("/p/" + sign(PAGE, first.id, secret_key=settings.secret_key))

    client.post(f"{link}/reject", data={"reason": "no_capacity"})

    session.rollback()
    assert len(session.scalars(select(Page)).all()) == 2


def test_a_revoked_referral_shows_nothing(
    link: str, client: FlaskClient, mission: Referral, session: Session
) -> None:
    mission.status = ReferralStatus.REVOKED
    session.commit()

    page = client.get(link)

    assert "sudah dicabut" in page.text
    assert "Penyekapan" not in page.text


def test_a_page_is_acknowledged_by_its_link(
    mission: Referral, client: FlaskClient, session: Session, settings: Settings
) -> None:
    page = session.scalars(select(Page)).one()
    link = "/p/" + sign(PAGE, page.id, secret_key=settings.secret_key)

    assert client.get(link).status_code == 200
    session.refresh(page)
    assert page.acknowledged_at is None
    assert client.post(link).status_code == 302

    session.rollback()
    session.refresh(page)
    assert page.acknowledged_at is not None
    read = session.scalars(select(Clock).where(Clock.step == Step.READ)).one()
    assert read.state is ClockState.MET


@pytest.mark.parametrize(
    "forge", [lambda t: t[:-6] + ("A" if t[-6] != "A" else "B") + t[-5:], lambda t: "x", lambda t: t + "x"]
)
def test_a_forged_link_is_a_404(link: str, client: FlaskClient, forge: Callable[[str], str]) -> None:
    token = forge(link.removeprefix("/r/"))

    assert client.get(f"/r/{token}").status_code == 404
    assert client.post(f"/r/{token}/accept").status_code == 404


def test_a_referrals_link_opens_no_page(link: str, client: FlaskClient) -> None:
    assert client.get(link.replace("/r/", "/p/")).status_code == 404
