"""Supervisors see where the provider and we disagree, on the board, on a page and over the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cases.models import Difference, Reconciliation
from cases.vocabulary import DifferenceKind, Role

SignIn = Callable[[Role], FlaskClient]


@pytest.fixture
def difference(session: Session, now: datetime) -> Difference:
    run = Reconciliation(
        began_at=now, ended_at=now, since=now, until=now, listed=3, ours=3, taken_in=1, left_open=1
    )
    session.add(run)
    session.flush()
    for number, settled in enumerate((now, None)):
        made = Difference(
            reconciliation_id=run.id,
            kind=DifferenceKind.NOT_OURS if settled is None else DifferenceKind.STATUS_BEHIND,
            provider_sid=f"SM{number:032x}",
            theirs="delivered",
            found_at=now,
            settled_at=settled,
        )
        session.add(made)
        session.flush()
    session.commit()
    return made


def test_the_board_names_them_and_the_page_settles_them(
    difference: Difference, signed_in_client: SignIn, session: Session
) -> None:
    browser = signed_in_client(Role.SUPERVISOR)
    assert 'underline overdue">1</a>' in browser.get("/console/board").text
    page = browser.get("/console/reconciliation").text
    assert str(difference.provider_sid) in page
    assert "bukan dari kami" in page
    assert "tanda terima hilang" in browser.get("/console/reconciliation?settled=1").text

    url = f"/console/reconciliation/{difference.id}/settle"
    assert "isi alasannya" in browser.post(url, data={"reason": " "}, follow_redirects=True).text
    browser.post(url, data={"reason": "uji coba admin"})
    body = browser.get("/console/board/body").text
    assert '<a href="/console/reconciliation" class="text-decoration-underline">0</a>' in body
    session.rollback()
    session.refresh(difference)
    assert (difference.reason, difference.settled_by_id is not None) == ("uji coba admin", True)


def test_only_supervisors(
    difference: Difference,
    signed_in_client: SignIn,
    client: FlaskClient,
    bearer: Callable[[Role], dict[str, str]],
) -> None:
    assert signed_in_client(Role.OFFICER).get("/console/reconciliation").status_code == 403
    assert client.get("/api/v1/differences", headers=bearer(Role.OFFICER)).status_code == 403


def test_the_api_lists_and_settles(
    difference: Difference, client: FlaskClient, bearer: Callable[[Role], dict[str, str]]
) -> None:
    headers = bearer(Role.SUPERVISOR)
    (item,) = client.get("/api/v1/differences", headers=headers).json["items"]
    assert (item["id"], item["kind"], item["theirs"]) == (str(difference.id), "not_ours", "delivered")
    url = f"/api/v1/differences/{difference.id}/settle"
    assert client.post(url, json={"reason": "uji coba"}, headers=headers).status_code == 204
    assert client.get("/api/v1/differences", headers=headers).json["items"] == []
    assert len(client.get("/api/v1/differences?settled=true", headers=headers).json["items"]) == 2


def test_the_figures_alert(difference: Difference, client: FlaskClient) -> None:
    told = client.get("/metrics").text
    assert "hotline_differences_open 1.0" in told
    assert 'hotline_dead_letters{kind="message"} 0.0' in told
