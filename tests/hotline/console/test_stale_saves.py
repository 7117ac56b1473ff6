"""Two officers, one case: the second save is refused with both versions, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, ContactPlan, Party, Referral
from cases.vocabulary import Role

SignIn = Callable[[Role], FlaskClient]


def form_of(page: str, verb: str) -> dict[str, str]:
    """The hidden fields of the first form with this address."""
    found = re.search(rf'action="[^"]*/{verb}"[^>]*>(.*?)</form>', page, re.S)
    assert found, verb
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', found.group(1)))


@pytest.fixture
def two(opened_case: Callable[..., Case], signed_in_client: SignIn) -> tuple[str, FlaskClient, FlaskClient]:
    case = opened_case("halo, gaji saya belum dibayar")
    return (
        f"/console/cases/{case.reference}",
        signed_in_client(Role.OFFICER),
        signed_in_client(Role.SUPERVISOR),
    )


def test_a_contact_plan(two: Any, session: Session) -> None:
    url, berta, dana = two
    seen = form_of(berta.get(url).text, "plan"), form_of(dana.get(url).text, "plan")
    base = {
        "reply": "unknown",
        "call": "forbidden",
        "voice_note": "unknown",
        "family": "unknown",
        "holder": "self",
    }
    first = berta.post(
        f"{url}/plan", data=base | seen[0] | {"cover_story": "bibi dari desa", "hours": "sen 20-21"}
    )
    second = dana.post(f"{url}/plan", data=base | seen[1] | {"cover_story": "teman sekolah", "hours": ""})

    assert (first.status_code, second.status_code) == (302, 409)
    assert "Yang Anda isi" in second.text
    assert "Petugas piket (contoh)" in second.text
    table = second.text.partition('id="stale-save"')[2].partition("</section>")[0]
    assert "bibi dari desa" in table
    assert "teman sekolah" in table
    assert 'name="cover_story" maxlength="500" autocomplete="off" value="teman sekolah"' in second.text
    # What she cleared is still cleared in the form, and the second save is deliberate.
    assert 'name="hours" maxlength="500" autocomplete="off" value=""' in second.text
    again = dana.post(
        f"{url}/plan", data=base | form_of(second.text, "plan") | {"cover_story": "teman sekolah"}
    )
    assert again.status_code == 302
    session.rollback()
    assert session.scalars(select(ContactPlan.cover_story)).one() == "teman sekolah"


@pytest.mark.parametrize("version", ["²", "", "-1", "9" * 40, "1\x00"])
def test_a_version_that_is_none_is_a_late_save_and_no_fault(two: Any, version: str) -> None:
    url, berta, _ = two
    plan = {
        "reply": "unknown",
        "call": "forbidden",
        "voice_note": "unknown",
        "family": "unknown",
        "holder": "self",
    }
    need = {"need": "shelter", "state": "needed", "need_note": ""}
    berta.post(f"{url}/plan", data=plan | form_of(berta.get(url).text, "plan"))
    berta.post(f"{url}/need", data=need | {"version": "0"})

    assert berta.post(f"{url}/plan", data=plan | {"version": version}).status_code == 409
    assert berta.post(f"{url}/need", data=need | {"version": version}).status_code == 409


def test_the_level_the_owner_and_closing(two: Any, post_message: Any, session: Session) -> None:
    url, berta, dana = two
    page = dana.get(url).text
    level, owner, closing = (form_of(page, verb) for verb in ("urgency", "assign", "close"))
    berta.post(f"{url}/urgency", data={"urgency": "U1", "reason": "dipukul"})
    berta.post(f"{url}/claim")
    post_message("saya takut")

    told = dana.post(f"{url}/urgency", data=level | {"urgency": "U4", "reason": "hanya tanya"})
    assert told.status_code == 409
    assert "U1 Kritis" in told.text
    assert 'value="hanya tanya"' in told.text
    session.rollback()
    case = session.scalars(select(Case)).one()
    assert case.urgency == "U1"
    told = dana.post(f"{url}/assign", data=owner | {"to": str(case.owner_id)})
    assert told.status_code == 409
    told = dana.post(f"{url}/close", data=closing | {"close_reason": "withdrawn", "explanation": "beres"})
    assert told.status_code == 409
    assert "saya takut" in told.text.partition('id="stale-save"')[2].partition("</section>")[0]
    assert 'value="beres"' in told.text
    session.rollback()
    session.refresh(case)
    assert case.is_open


def test_a_party_and_a_referral(two: Any, session: Session) -> None:
    url, berta, dana = two
    berta.post(f"{url}/party", data={"role": "proxy", "is_reporter": "1", "relation": "family"})
    page = dana.get(url).text
    change = form_of(page, "change_party")
    assert berta.post(f"{url}/change_party", data=change | {"authority": "spoken"}).status_code == 302
    told = dana.post(f"{url}/change_party", data=change | {"authority": "letter"})
    assert told.status_code == 409
    session.rollback()
    assert session.scalars(select(Party.authority)).one() == "spoken"

    agency = re.search(r'<option value="(kbri-[^"]+)"', page)
    assert agency
    berta.post(f"{url}/refer", data={"agency": agency.group(1), "words": "tolong"})
    page = dana.get(url).text
    referral = session.scalars(
        select(Referral).where(Referral.status == "sent").order_by(Referral.id.desc())
    ).first()
    session.rollback()
    assert referral is not None
    revoke = form_of(page, f"referrals/{referral.id}/revoke")
    assert berta.post(f"{url}/referrals/{referral.id}/accept", data=revoke).status_code == 302
    told = dana.post(f"{url}/referrals/{referral.id}/revoke", data=revoke)
    assert told.status_code == 409
    assert "Dicabut" in told.text
    session.rollback()
    session.refresh(referral)
    assert referral.status == "accepted"
