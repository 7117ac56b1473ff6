"""Merging at the console: hints, preview, the act, the redirect, taking it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Message
from cases.vocabulary import CaseStatus, Role

WORDS = "tolong adik saya disekap majikan di Riyadh tidak dikasih makan"
SISTER = "Tolong adikku disekap majikan di riyadh, ga dikasih makan"
A, B = "+966000000321", "+966000000322"


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found.group(1)


def merged(browser: FlaskClient, into: str, other: str) -> Any:
    """Preview and merge, as an officer does."""
    preview = browser.post(f"/console/cases/{into}/join/preview", data={"with": other})
    assert preview.status_code == 200
    form = {name: hidden(preview.text, name) for name in ("with", "version", "other_version")}
    return browser.post(f"/console/cases/{into}/join", data=form)


def test_from_the_hint_to_the_merge_and_back(
    opened_case: Callable[..., Case], signed_in_client: Callable[[Role], FlaskClient], session: Session
) -> None:
    first, second = opened_case(WORDS, sender=A), opened_case(SISTER, sender=B)
    browser = signed_in_client(Role.OFFICER)
    page = browser.get(f"/console/cases/{first.reference}").text
    assert "Mungkin perkara yang sama" in page
    assert "kata-kata yang mirip" in page
    preview = browser.post(f"/console/cases/{first.reference}/join/preview", data={"with": second.reference})
    assert "Pelapornya berbeda" in preview.text
    assert "berakhir" in preview.text
    session.rollback()
    session.refresh(second)
    assert second.status is CaseStatus.NEW

    assert merged(browser, first.reference, second.reference).status_code == 302

    led = browser.get(f"/console/cases/{second.reference}")
    assert led.location == f"/console/cases/{first.reference}"
    survivor = browser.get(led.location).text
    assert f"{second.reference} adalah bagian dari kasus ini" in survivor
    hers = session.scalars(select(Message.id).where(Message.body == SISTER)).one()
    assert f'id="message-{hers}"' in survivor
    assert "Di sini tinggal jejaknya" in browser.get(f"/console/cases/{second.reference}?own=1").text
    assert (
        browser.post(f"/console/cases/{second.reference}/reopen", data={"explanation": "salah"}).status_code
        == 409
    )

    merge = re.search(r'unjoin">.*?name="merge" value="([^"]+)"', survivor, re.S)
    assert merge
    undone = browser.post(f"/console/cases/{first.reference}/unjoin", data={"merge": merge.group(1)})
    assert undone.status_code == 302
    session.rollback()
    session.refresh(second)
    assert second.status is CaseStatus.NEW
    said = session.scalars(select(Message.body).where(Message.case_id == second.id)).all()
    assert SISTER in said
    again = browser.post(f"/console/cases/{first.reference}/unjoin", data={"merge": merge.group(1)})
    assert again.status_code == 409


def test_what_the_preview_showed_is_what_is_merged(
    opened_case: Callable[..., Case],
    signed_in_client: Callable[[Role], FlaskClient],
    post_message: Callable[..., Any],
    session: Session,
) -> None:
    first, second = opened_case(WORDS, sender=A), opened_case("halo", sender=B)
    browser = signed_in_client(Role.OFFICER)
    preview = browser.post(f"/console/cases/{first.reference}/join/preview", data={"with": second.reference})
    form = {name: hidden(preview.text, name) for name in ("with", "version", "other_version")}
    post_message("saya dipukul", sender=B)

    answer = browser.post(f"/console/cases/{first.reference}/join", data=form)

    assert answer.status_code == 409
    assert "Belum digabung" in answer.text
    session.rollback()
    session.refresh(second)
    assert second.is_open


def test_two_matters_are_remembered_as_two(
    opened_case: Callable[..., Case], signed_in_client: Callable[[Role], FlaskClient]
) -> None:
    first, second = opened_case(WORDS, sender=A), opened_case(SISTER, sender=B)
    browser = signed_in_client(Role.OFFICER)

    browser.post(f"/console/cases/{first.reference}/not-same", data={"with": second.reference})

    for case in (first, second):
        assert "Mungkin perkara yang sama" not in browser.get(f"/console/cases/{case.reference}").text


def test_a_reference_with_a_nul_is_no_case(
    opened_case: Callable[..., Case], signed_in_client: Callable[[Role], FlaskClient]
) -> None:
    url = f"/console/cases/{opened_case(WORDS, sender=A).reference}"
    browser = signed_in_client(Role.OFFICER)

    assert browser.get("/console/cases/TRC%00").status_code == 404
    for verb in ("join/preview", "join", "not-same"):
        assert browser.post(f"{url}/{verb}", data={"with": "TRC\x00"}).status_code == 404, verb
    assert browser.post("/console/assign", data={"claim": "TRC\x00"}).status_code == 409


def test_wrong_numbers_and_wrong_people_are_refused(
    opened_case: Callable[..., Case], signed_in_client: Callable[[Role], FlaskClient]
) -> None:
    case = opened_case(WORDS)
    url = f"/console/cases/{case.reference}/join"
    browser = signed_in_client(Role.OFFICER)
    assert browser.post(f"{url}/preview", data={"with": "TRC-0000-0"}).status_code == 404
    assert browser.post(f"{url}/preview", data={"with": case.reference}).status_code == 409
    assert (
        signed_in_client(Role.ADMIN).post(f"{url}/preview", data={"with": case.reference}).status_code == 403
    )
