"""Dead letters are seen, sent once more through the gate, and never sent twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cast import AMINA
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from phones import Exchange, exchange
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from cases.errors import ContactForbidden, Invalid, Refused, WrongState
from cases.jobs import failed_jobs
from cases.models import Case, DeadLetterAct, Event, Identifier, Message, Task
from cases.queries.dead_letters import dead_messages
from cases.services.contact import set_contact_plan
from cases.services.dead_letters import replay_message
from cases.vocabulary import (
    MACHINE,
    Actor,
    ContactPermission,
    DeadLetterKind,
    DeadLetterVerb,
    Delivery,
    EventKind,
    MessageKind,
    Role,
)
from escalation.services import work_case
from escalation.services.load_sending import load_sending
from escalation.services.walk_on import walk_on
from hotline.cli import hotline
from hotline.dead_letters import act_on_letter, list_letters
from hotline.spool import Spool, Spooled

SignIn = Callable[[Role], FlaskClient]


@pytest.fixture
def supervisor(acting: Callable[[Role], Actor]) -> Actor:
    return acting(Role.SUPERVISOR)


@pytest.fixture
def dead(opened_case: Callable[..., Case], session: Session, supervisor: Actor, now: datetime) -> Message:
    """An officer's reply by SMS that the provider refused for good, and that a human was asked about."""
    case = opened_case("halo")
    message = work_case.reply(session, case, "halo kak, apa kabar?", by=supervisor, now=now)
    message.delivery, message.error_code, message.next_attempt_at = Delivery.FAILED, 30003, None
    session.flush()
    walk_on(session, message.id, now=now)
    # The other way, where there is one, has failed as well.
    session.execute(
        update(Message)
        .where(Message.replaces_id == message.id)
        .values(delivery=Delivery.FAILED, next_attempt_at=None)
    )
    last = session.scalars(select(Message).where(Message.replaces_id == message.id)).one_or_none()
    if last is not None:
        walk_on(session, last.id, now=now)
    session.commit()
    return last or message


def test_it_is_listed_until_it_is_replayed_and_then_sent_once(
    dead: Message, session: Session, supervisor: Actor, now: datetime
) -> None:
    assert [row[0].id for row in dead_messages(session, by=supervisor, limit=10).rows] == [dead.id]

    again = replay_message(
        session, dead.id, sending=load_sending(), reason="nomornya aktif lagi", by=supervisor, now=now
    )

    assert (again.replaces_id, again.body, again.delivery) == (dead.id, dead.body, Delivery.WAITING)
    assert again.author_id == dead.author_id
    assert dead_messages(session, by=supervisor, limit=10).rows == []
    with pytest.raises(WrongState):
        replay_message(session, dead.id, sending=load_sending(), reason="sekali lagi", by=supervisor, now=now)
    jobs = session.scalar(
        text("SELECT count(*) FROM procrastinate_jobs WHERE args::text LIKE :id"), {"id": f"%{again.id}%"}
    )
    assert jobs == 1


def test_why_is_kept_and_the_task_is_done(
    dead: Message, session: Session, supervisor: Actor, now: datetime
) -> None:
    replay_message(
        session, dead.id, sending=load_sending(), reason="nomornya aktif lagi", by=supervisor, now=now
    )

    act = session.scalars(select(DeadLetterAct)).one()
    assert (act.subject, act.verb, act.reason, act.by_id) == (
        str(dead.id), DeadLetterVerb.REPLAYED, "nomornya aktif lagi", supervisor.user_id,
    )  # fmt: skip
    assert session.scalars(select(Task).where(Task.done_at.is_(None), Task.message_id == dead.id)).all() == []
    line = session.scalars(select(Event).where(Event.kind == EventKind.MESSAGE_REPLAYED)).one()
    assert line.data == {"message": str(dead.id), "explanation": "nomornya aktif lagi"}


def test_the_gate_is_asked_again(dead: Message, session: Session, supervisor: Actor, now: datetime) -> None:
    case = session.get_one(Case, dead.case_id)
    forbidden = {"reply": ContactPermission.FORBIDDEN}
    set_contact_plan(session, case, forbidden, version=0, by=supervisor, now=now)
    session.commit()

    with pytest.raises(ContactForbidden):
        replay_message(session, dead.id, sending=load_sending(), reason="coba lagi", by=supervisor, now=now)
    session.rollback()
    assert session.scalars(select(DeadLetterAct)).all() == []


def test_a_number_that_was_passed_on_gets_nothing(
    dead: Message, session: Session, supervisor: Actor, now: datetime
) -> None:
    session.execute(update(Identifier).where(Identifier.id == dead.identifier_id).values(ended_at=now))
    session.commit()

    with pytest.raises(Refused):
        replay_message(session, dead.id, sending=load_sending(), reason="coba lagi", by=supervisor, now=now)


def test_what_is_too_old_to_help_is_not_sent(
    dead: Message, session: Session, supervisor: Actor, now: datetime
) -> None:
    dead.kind = MessageKind.QUESTION
    session.commit()

    with pytest.raises(WrongState):
        replay_message(
            session,
            dead.id,
            sending=load_sending(),
            reason="coba lagi",
            by=supervisor,
            now=now + timedelta(days=1),
        )


def test_without_a_reason_nothing_is_done(
    dead: Message, session: Session, supervisor: Actor, now: datetime
) -> None:
    with pytest.raises(Invalid):
        replay_message(session, dead.id, sending=load_sending(), reason="  ", by=supervisor, now=now)


def test_supervisors_replay_on_the_page_and_officers_may_not(
    dead: Message, session: Session, signed_in_client: SignIn
) -> None:
    assert signed_in_client(Role.OFFICER).get("/console/dead-letters").status_code == 403
    browser = signed_in_client(Role.SUPERVISOR)
    page = browser.get("/console/dead-letters").text
    assert f"message:{dead.id}" in page
    assert "30003" in page
    assert AMINA not in page

    form = {"letter": f"message:{dead.id}", "verb": "replayed", "reason": "nomornya aktif lagi"}
    assert "1 dikirim ulang" in browser.post("/console/dead-letters", data=form, follow_redirects=True).text
    assert (
        "1 dikirim ulang" not in browser.post("/console/dead-letters", data=form, follow_redirects=True).text
    )
    session.rollback()
    assert session.scalar(select(Message.id).where(Message.replaces_id == dead.id))


def test_the_api_lists_by_keyset_and_tells_what_was_refused(
    dead: Message, session: Session, client: FlaskClient, bearer: Callable[[Role], dict[str, str]]
) -> None:
    for number in range(3):
        values = {"kind": MessageKind.REPLY, "delivery": Delivery.FAILED, "case_id": dead.case_id}
        made = Message(
            direction=dead.direction, channel=dead.channel, identifier_id=dead.identifier_id, attempts=1, body="x",
            created_at=dead.created_at - timedelta(seconds=number + 1), purpose=dead.purpose, **values,
        )  # fmt: skip
        session.add(made)
    session.commit()
    headers = bearer(Role.SUPERVISOR)
    first = client.get("/api/v1/dead-letters?limit=3", headers=headers).json
    rest = client.get(
        f"/api/v1/dead-letters?limit=3&cursor={first['next_cursor'].replace('+', '%2B')}", headers=headers
    )
    assert [len(first["items"]), len(rest.json["items"]), rest.json["next_cursor"]] == [3, 1, None]
    assert client.get("/api/v1/dead-letters?cursor=x", headers=headers).status_code == 422
    assert client.get("/api/v1/dead-letters", headers=bearer(Role.OFFICER)).status_code == 403

    body = {"letters": [first["items"][0]["letter"], "message:nobody", "nothing"], "reason": "aktif lagi"}
    done = client.post("/api/v1/dead-letters/replay", json=body, headers=headers).json["items"]
    assert [(one["done"], one["refused"]) for one in done] == [
        (True, None),
        (False, "not_found"),
        (False, "not_found"),
    ]
    again = client.post("/api/v1/dead-letters/replay", json=body, headers=headers).json["items"]
    assert again[0]["refused"] == "wrong_state"
    settle = {"letters": [first["items"][1]["letter"]], "reason": "sudah ditelepon"}
    assert client.post("/api/v1/dead-letters/settle", json=settle, headers=headers).json["items"][0]["done"]
    assert len(client.get("/api/v1/dead-letters", headers=headers).json["items"]) == 2


def test_a_failed_job_goes_back_and_sends_once(fresh_database: str) -> None:
    with exchange(fresh_database) as line:
        line.line(AMINA).writes("tolong saya disekap majikan")
        with line.sessions() as session:
            session.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
            session.commit()
            failed = failed_jobs(session, limit=10)
            assert failed
            line.deliver()
            assert sent(line) == 0
            spool = Spool(Path(line.settings.spool_dir))
            page = list_letters(session, spool, DeadLetterKind.JOB, by=None, limit=10)
            for letter in page.letters:
                act_on_letter(
                    session, spool, letter.key, DeadLetterVerb.REPLAYED, reason="coba lagi", by=MACHINE,
                    now=datetime.now(UTC),
                )  # fmt: skip
            session.commit()
            line.deliver()
            count = len(session.scalars(select(Message.id).where(Message.direction == "out")).all())
            assert sent(line) == count
            assert failed_jobs(session, limit=10) == []


def test_a_webhook_that_was_set_aside_can_be_read_and_put_back(
    app: Flask, session: Session, signed_in_client: SignIn
) -> None:
    spool: Spool = app.extensions["spool"]
    name = spool.put(Spooled("/twilio/messages", b"From=%2B966000000101&Body=tolong+saya", datetime.now(UTC)))
    spool.set_aside(name, why="ValidationError MessageSid")
    browser = signed_in_client(Role.SUPERVISOR)

    page = browser.get("/console/dead-letters?kind=spool").text
    assert name in page
    assert "ValidationError MessageSid" in page
    assert "tolong saya" not in page
    assert "tolong saya" in browser.post("/console/dead-letters/read", data={"name": name}).text
    assert browser.post("/console/dead-letters/read", data={"name": "../../x"}).status_code == 404
    form = {"letter": f"spool:{name}", "verb": "replayed", "reason": "sudah diperbaiki", "kind": "spool"}
    browser.post("/console/dead-letters", data=form)

    assert name in spool.waiting()
    spool.remove(name)
    session.rollback()
    verbs = session.scalars(select(DeadLetterAct.verb).order_by(DeadLetterAct.at)).all()
    assert verbs == [DeadLetterVerb.READ, DeadLetterVerb.REPLAYED]


def test_operators_list_and_replay_and_see_no_words(
    dead: Message, session: Session, settings: Any, database_url: str, tmp_path: Path
) -> None:
    run = CliRunner()
    environment = {
        "DATABASE_URL": database_url, "SECRET_KEY": "a-secret-for-tests-only", "PUBLIC_URL": "http://hotline.example",
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid, "TWILIO_AUTH_TOKEN": "x", "TWILIO_SMS_FROM": "+12025550143",
        "ENCRYPTION_KEYS": "encryption-key-for-tests-only", "SPOOL_DIR": str(tmp_path),
    }  # fmt: skip
    listed = run.invoke(hotline, ["dead-letters", "list"], env=environment)
    assert listed.exit_code == 1
    assert f"message:{dead.id}" in listed.output
    assert "apa kabar" not in listed.output
    assert AMINA not in listed.output

    arguments = [
        "dead-letters",
        "replay",
        "--all",
        "message",
        "--reason",
        "aktif lagi",
        "--by",
        "supervisor@example.org",
    ]
    assert run.invoke(hotline, arguments, env=environment).exit_code == 0
    assert run.invoke(hotline, ["dead-letters", "list"], env=environment).exit_code == 0
    assert run.invoke(hotline, ["dead-letters", "replay", "--reason", "x"], env=environment).exit_code == 2
    session.rollback()
    assert session.scalars(select(DeadLetterAct)).one().by_id is not None


def sent(line: Exchange) -> int:
    return sum(entry.get("method") == "POST" and entry.get("status") == 201 for entry in line.ledger("rest"))
