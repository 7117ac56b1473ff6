"""A supervisor edits the word list: a draft, a preview, then in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case
from cases.vocabulary import LexiconState, Role
from escalation.models import LexiconVersion
from escalation.services.load_lexicon import shipped_list
from hotline.reference import forget_book

SignIn = Callable[[Role], FlaskClient]
TERM = {
    "term": "dikerangkeng", "variants": "di kerangkeng", "lang": "id", "sense": "locked in", "category": "SEKAP",
    "urgency": "U1", "negates": "yes", "countries": "", "contact_sign": "", "source": "test",
}  # fmt: skip


@pytest.fixture
def supervisor(signed_in_client: SignIn) -> FlaskClient:
    return signed_in_client(Role.SUPERVISOR)


def draft(session: Session) -> LexiconVersion:
    session.rollback()
    return session.scalars(select(LexiconVersion).where(LexiconVersion.state == LexiconState.DRAFT)).one()


def test_a_new_word_is_previewed_then_explains_messages(
    supervisor: FlaskClient, opened_case: Callable[..., Case], session: Session
) -> None:
    opened_case("saya dikerangkeng di sini", sender="+966000000501")
    assert supervisor.post("/console/lexicon/save", data={**TERM, "version": "0"}).status_code == 302
    made = draft(session)
    listed = supervisor.get("/console/lexicon?q=kerangkeng").text
    assert "dikerangkeng" in listed
    assert "Rancangan: 1 kata berubah" in listed

    live = {"version": str(made.version), "reason": "kata baru dari Riyadh"}
    refused = supervisor.post("/console/lexicon/live", data=live)
    assert (refused.status_code, "lihat dulu pratinjaunya" in refused.text) == (409, True)
    page = supervisor.post("/console/lexicon/preview")
    assert page.status_code == 200
    assert "U1 terlihat sebagai U2 ke atas" in page.text
    assert supervisor.post("/console/lexicon/live", data={**live, "reason": ""}).status_code == 409
    assert supervisor.post("/console/lexicon/live", data=live).status_code == 302

    case = opened_case("saya dikerangkeng di sini", sender="+966000000502")
    assert "dikerangkeng" in [found["term"] for found in case.triage["evidence"]]
    assert "kata baru dari Riyadh" in supervisor.get("/console/lexicon").text
    assert "dikerangkeng" in supervisor.get("/console/lexicon/download").text


def test_a_draft_that_misses_the_critical_is_not_used(supervisor: FlaskClient, session: Session) -> None:
    supervisor.post("/console/lexicon/save", data={**TERM, "version": "0"})
    made = draft(session)
    # What a preview would have found.
    worse = {"before": {"hits": 9, "of": 9}, "after": {"hits": 8, "of": 9}}
    supervisor.post("/console/lexicon/preview")
    made = draft(session)
    made.figures = {**(made.figures or {}), "critical_seen": worse}
    session.commit()
    refused = supervisor.post("/console/lexicon/live", data={"version": str(made.version), "reason": "x"})
    assert (refused.status_code, "melewatkan pesan yang gawat" in refused.text) == (409, True)


def test_two_people_do_not_overwrite_each_other(supervisor: FlaskClient, session: Session) -> None:
    supervisor.post("/console/lexicon/save", data={**TERM, "version": "0"})
    first = draft(session).version
    other = {**TERM, "term": "dirantai", "variants": ""}
    assert supervisor.post("/console/lexicon/save", data={**other, "version": str(first)}).status_code == 302
    stale = supervisor.post(
        "/console/lexicon/save", data={**other, "term": "digembok", "version": str(first)}
    )
    assert stale.status_code == 409
    assert 'value="digembok"' in stale.text
    assert supervisor.post("/console/lexicon/save", data={**other, "version": "0"}).status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [{"term": ""}, {"term": "#x"}, {"category": ""}, {"urgency": ""},
     {"category": "NOPE"}, {"urgency": "U9"}, {"negates": "maybe"},
     {"term": "a\nb"}, {"term": "x" * 501}, {"term": "a\x00"}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_stays_typed(
    wrong: dict[str, str], supervisor: FlaskClient, session: Session
) -> None:
    answer = supervisor.post("/console/lexicon/save", data={**TERM, **wrong, "version": "0"})
    assert answer.status_code == 409
    assert 'value="di kerangkeng"' in answer.text
    assert session.scalars(select(LexiconVersion)).all() == []


def test_a_new_word_begins_with_no_category_and_no_level(supervisor: FlaskClient) -> None:
    """Else whoever overlooks a field makes every message with the word a critical one."""
    page = supervisor.get("/console/lexicon/term").text

    for name in ("category", "urgency"):
        field = page.split(f'<select class="form-select" id="{name}"')[1].split("</select>")[0]
        assert field.startswith(f' name="{name}" required><option value="">')
        assert "selected" not in field


def test_terms_are_changed_and_removed_by_their_place(supervisor: FlaskClient, session: Session) -> None:
    form = supervisor.get("/console/lexicon/term?at=0").text
    assert 'name="at" value="0"' in form
    supervisor.post("/console/lexicon/remove", data={"at": "0", "version": "0"})
    made = draft(session)
    lines = [line for line in shipped_list().splitlines() if line and line[0] != "#"]
    assert len(made.content.splitlines()) == len(lines) - 1
    data = {"at": "99999", "version": str(made.version)}
    assert supervisor.post("/console/lexicon/remove", data=data).status_code == 404
    supervisor.post("/console/lexicon/discard", data={"version": str(made.version)})
    assert "Rancangan:" not in supervisor.get("/console/lexicon").text


@pytest.mark.parametrize("at", ["", "²", "-1", "99999999999999999999"])
def test_a_place_that_is_none_removes_nothing(supervisor: FlaskClient, session: Session, at: str) -> None:
    supervisor.post("/console/lexicon/save", data={**TERM, "version": "0"})
    before = draft(session)

    answer = supervisor.post("/console/lexicon/remove", data={"at": at, "version": str(before.version)})

    assert answer.status_code == 404
    assert draft(session).content == before.content


def test_officers_do_not_edit_it(signed_in_client: SignIn) -> None:
    officer = signed_in_client(Role.OFFICER)
    assert officer.get("/console/lexicon").status_code == 403
    assert officer.post("/console/lexicon/save", data=TERM).status_code == 403


@pytest.fixture(autouse=True)
def another_book() -> Any:
    yield
    forget_book()
