"""Outside WhatsApp's window an approved template goes, in her language; what is not approved is never tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests
import time_machine
from cast import DANA, ELI
from click.testing import CliRunner
from paging import due_now, open_case, page_all, pages_to
from phones import Exchange, exchange
from sqlalchemy import select, update

from cases.models import Case, ContactPlan, DutyContact, Message, Task, Template, User
from cases.rules.contact_safety import betraying_words
from cases.vocabulary import (
    Actor,
    ActorKind,
    Channel,
    ContactPermission,
    Delivery,
    Direction,
    Role,
    TaskKind,
    TemplateState,
    Urgency,
)
from escalation.services import work_case
from hotline.channels.twilio.templates import TwilioContent
from hotline.cli.templates import templates as command
from hotline.wording.templates import our_templates
from hotline.worker.sync_templates import TemplateSync


def submit_all(line_up: Exchange, *, status: str = "approved") -> None:
    content = TwilioContent(line_up.settings)
    for template in our_templates().values():
        sid = content.submit(template)
        decide(line_up, sid, status)


def decide(line_up: Exchange, sid: str, status: str) -> None:
    answer = requests.post(
        f"{line_up.phones_url}/_control/templates", json={"sid": sid, "status": status}, timeout=5
    )
    assert answer.ok, answer.text


def sync(line_up: Exchange) -> int:
    return TemplateSync(line_up.settings, line_up.sessions).sync()


def reply(line_up: Exchange, words: str = "halo kak") -> None:
    with line_up.sessions() as session:
        user = session.scalars(select(User).where(User.role == Role.OFFICER)).first()
        case = session.scalars(select(Case)).one()
        by = Actor(ActorKind.USER, user_id=user.id if user else None, role=Role.OFFICER)
        work_case.reply(session, case, words, by=by, now=datetime.now(UTC))
        session.commit()


def to_person(line_up: Exchange) -> list[Message]:
    with line_up.sessions() as session:
        query = select(Message).where(Message.direction == Direction.OUT, Message.identifier_id.is_not(None))
        return list(session.scalars(query.order_by(Message.created_at)))


def settle(line_up: Exchange) -> None:
    for _ in range(3):
        due_now(line_up)
        line_up.deliver()


def test_the_table_is_what_the_provider_says(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        submit_all(line_up, status="pending")
        assert sync(line_up) == len(our_templates())
        with line_up.sessions() as session:
            states = set(session.execute(select(Template.state, Template.is_current)).all())
            sid = session.scalar(select(Template.content_sid).where(Template.name == "neutral_reply"))
        assert states == {(TemplateState.PENDING, True)}

        decide(line_up, sid or "", "rejected")
        sync(line_up)
        with line_up.sessions() as session:
            assert session.get_one(Template, sid).state is TemplateState.REJECTED


def test_what_is_known_stays_while_the_list_cannot_be_read(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        submit_all(line_up)
        sync(line_up)
        line_up.faults(unavailable_before=True)

        assert sync(line_up) == 0
        with line_up.sessions() as session:
            assert len(session.scalars(select(Template)).all()) == len(our_templates())


def test_an_officers_words_outside_the_window_become_a_greeting_and_a_task(fresh_database: str) -> None:
    with (
        time_machine.travel("2026-11-20T10:00:00+00:00", tick=True) as clock,
        exchange(fresh_database) as line_up,
    ):
        submit_all(line_up)
        sync(line_up)
        line_up.line(ELI).writes("halo", channel="whatsapp")
        clock.shift(timedelta(hours=23, minutes=40))
        reply(line_up, "nanti kami jemput")
        settle(line_up)

        first, second = to_person(line_up)
        assert (first.delivery, first.error_code, first.attempts) == (Delivery.FAILED, 63016, 0)
        assert (second.channel, second.replaces_id) == (Channel.WHATSAPP, first.id)
        assert second.content_sid
        (words,) = line_up.line(ELI).received()
        assert words in {our_templates()["neutral_reply", language].body for language in ("id", "en", "ms")}
        with line_up.sessions() as session:
            task = session.scalars(select(Task)).one()
            assert (task.kind, task.message_id) == (TaskKind.MESSAGE_FAILED, first.id)


def test_a_greeting_that_fails_is_followed_by_sms_with_the_words_themselves(fresh_database: str) -> None:
    with (
        time_machine.travel("2026-11-20T10:00:00+00:00", tick=True) as clock,
        exchange(fresh_database) as line_up,
    ):
        submit_all(line_up)
        sync(line_up)
        line_up.line(ELI).writes("halo", channel="whatsapp")
        clock.shift(timedelta(hours=23, minutes=40))
        outcomes = {
            f"whatsapp:{ELI}": {"status": "failed", "code": 63024},
            ELI: {"status": "delivered"},
        }
        requests.post(f"{line_up.phones_url}/_control/faults", json={"outcomes": outcomes}, timeout=5)
        reply(line_up)
        for _ in range(3):
            settle(line_up)

        assert [one.channel for one in to_person(line_up)] == [
            Channel.WHATSAPP,
            Channel.WHATSAPP,
            Channel.SMS,
        ]
        assert line_up.line(ELI).hears("halo kak")


@pytest.mark.parametrize("status", ["pending", "rejected", "paused"])
def test_a_template_that_is_not_approved_is_not_tried(fresh_database: str, status: str) -> None:
    with (
        time_machine.travel("2026-11-20T10:00:00+00:00", tick=True) as clock,
        exchange(fresh_database) as line_up,
    ):
        submit_all(line_up, status=status)
        sync(line_up)
        line_up.line(ELI).writes("halo", channel="whatsapp")
        clock.shift(timedelta(hours=23, minutes=40))
        reply(line_up)
        settle(line_up)

        assert [one.channel for one in to_person(line_up)] == [Channel.WHATSAPP, Channel.SMS]
        assert not any(entry["params"].get("ContentSid") for entry in line_up.ledger("rest"))


def test_a_template_whose_words_are_not_ours_any_more_is_not_used(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        key = our_templates()["neutral_reply", "id"].key
        answer = requests.post(
            f"{line_up.phones_url}/_control/templates",
            json={"name": key, "body": "Kata-kata lama", "status": "approved"},
            timeout=5,
        )
        assert answer.ok, answer.text
        sync(line_up)
        with line_up.sessions() as session:
            assert session.scalars(select(Template)).one().is_current is False


def test_a_page_outside_the_window_goes_as_template_with_its_values(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        submit_all(line_up)
        sync(line_up)
        open_case(line_up)
        by_whatsapp(line_up, DANA)
        page_all(line_up, DANA, [Urgency.U1])
        line_up.deliver()

        (page,) = pages_to(line_up, DANA)
        assert page.content_sid
        (words,) = line_up.line(DANA).received()
        assert words == page.body
        assert words.startswith("TRC U1 TRC-U1: kasus baru")
        assert words.endswith("(panggilan piket)")


def test_inside_the_window_a_page_goes_in_free_words(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        submit_all(line_up)
        sync(line_up)
        open_case(line_up)
        by_whatsapp(line_up, DANA)
        line_up.line(DANA).sends(text="siap", channel="whatsapp")
        page_all(line_up, DANA, [Urgency.U1])
        line_up.deliver()

        (page,) = pages_to(line_up, DANA)
        assert page.content_sid is None
        assert not line_up.line(DANA).received()[-1].endswith("(panggilan piket)")


def test_without_a_template_a_page_goes_by_sms_and_whatsapp_is_not_asked(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        by_whatsapp(line_up, DANA)
        page_all(line_up, DANA, [Urgency.U1])
        line_up.deliver()

        first, second = pages_to(line_up, DANA)
        assert (first.channel, first.error_code, first.attempts) == (Channel.WHATSAPP, 63016, 0)
        assert second.channel is Channel.SMS
        assert line_up.line(DANA).hears("kasus baru")


def test_where_no_message_arrives_and_calls_are_allowed_an_officer_is_to_call(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(ELI).writes("halo", channel="whatsapp")
        with line_up.sessions() as session:
            plan = session.scalars(select(ContactPlan)).one_or_none()
            case = session.scalars(select(Case)).one()
            if plan is None:
                plan = ContactPlan(
                    person_id=case.reporter_id,
                    reply=ContactPermission.ALLOWED,
                    signs=[],
                    updated_at=datetime.now(UTC),
                )
                session.add(plan)
            plan.reply = plan.call = ContactPermission.ALLOWED
            session.commit()
        failed = {"status": "failed", "code": 30005}
        outcomes = {f"whatsapp:{ELI}": failed, ELI: failed}
        requests.post(f"{line_up.phones_url}/_control/faults", json={"outcomes": outcomes}, timeout=5)
        reply(line_up)
        for _ in range(3):
            settle(line_up)

        with line_up.sessions() as session:
            assert session.scalars(select(Task.kind)).all() == [TaskKind.CALL_PERSON]
        assert line_up.ledger("voice") == [], "no machine calls a person"


def test_the_command_line_submits_what_is_missing_once(
    fresh_database: str,
) -> None:
    with exchange(fresh_database) as line_up:
        settings = line_up.settings
        runner = CliRunner(
            env={
                "DATABASE_URL": settings.database_url,
                "SECRET_KEY": settings.secret_key,
                "PUBLIC_URL": settings.public_url,
                "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
                "TWILIO_AUTH_TOKEN": settings.twilio_auth_token,
                "TWILIO_API_URL": settings.twilio_api_url,
                "TWILIO_SMS_FROM": settings.twilio_sms_from,
                "ENCRYPTION_KEYS": ",".join(settings.encryption_keys),
            }
        )

        first = runner.invoke(command, ["submit"])
        second = runner.invoke(command, ["submit"])
        listed = runner.invoke(command, ["list"])

        assert first.exit_code == 0, first.output
        assert first.output.count("HX") == len(our_templates())
        assert second.output.count("HX") == 0
        assert listed.output.count("received") == len(our_templates())


def test_templates_say_nothing_that_betrays_and_neither_begin_nor_end_with_a_place() -> None:
    for template in our_templates().values():
        assert not template.body.startswith("{{")
        assert not template.body.endswith("}}")
        assert len(template.body) <= 1024
        if template.name in {"neutral_reply", "nudge"}:
            assert template.places == ()
            assert betraying_words(template.body) == ()


def by_whatsapp(line_up: Exchange, number: str) -> None:
    with line_up.sessions() as session:
        contact = next(one for one in session.scalars(select(DutyContact)) if one.address == number)
        session.execute(
            update(DutyContact).where(DutyContact.id == contact.id).values(channel=Channel.WHATSAPP)
        )
        session.commit()
