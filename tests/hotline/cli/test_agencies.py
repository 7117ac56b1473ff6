"""Agencies are given contacts and webhooks from the command line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cast import ACCOUNT_SID, AUTH_TOKEN, BERTA, PUBLIC_URL, SMS_NUMBER
from click.testing import CliRunner
from meta_place import meta_place
from partner import partner_machine
from smtp_server import smtp_server
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from cases.models import Agency, DutyContact, PartnerEndpoint
from cases.vocabulary import AgencyKind, Channel
from hotline.cli import hotline

Run = Callable[..., tuple[int, str]]
KEY = "kbri-riyadh"


@pytest.fixture
def run(fresh_database: str) -> Run:
    def invoke(*arguments: str) -> tuple[int, str]:
        environment = {
            "DATABASE_URL": fresh_database,
            "SECRET_KEY": "a-secret-for-tests-only",
            "PUBLIC_URL": PUBLIC_URL,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_SMS_FROM": SMS_NUMBER,
            "ENCRYPTION_KEYS": "encryption-key-for-tests-only",
            "WEBHOOK_LOOPBACK": "yes",
        }
        done = CliRunner().invoke(hotline, ["agency", *arguments], env=environment)
        return done.exit_code, done.output.strip()

    return invoke


@pytest.fixture
def looking(fresh_database: str) -> Session:
    engine = create_engine(fresh_database.replace("postgresql://", "postgresql+psycopg://", 1))
    with Session(engine) as session:
        yield session
    engine.dispose()


def test_a_webhook_is_added_tried_rotated_and_removed(run: Run) -> None:
    with partner_machine() as partner:
        code, first = run("webhook", "add", KEY, partner.url)
        assert code == 0 and first.startswith("whsec_")
        partner.secret = first
        assert run("webhook", "test", KEY) == (0, "taken")
        assert partner.types() == ["hotline.test"]

        _, second = run("webhook", "rotate", KEY)
        assert second.startswith("whsec_") and second != first
        for known in (first, second):
            partner.secret = known
            assert run("webhook", "test", KEY)[0] == 0

        _, third = run("webhook", "rotate", KEY, "--overlap-hours", "0")
        partner.secret = second
        assert run("webhook", "test", KEY)[0] == 1
        partner.secret = third
        assert run("webhook", "test", KEY)[0] == 0

        assert run("webhook", "list") == (0, f"{KEY}  127.0.0.1  open")
        assert run("webhook", "remove", KEY) == (0, "removed")
        assert run("webhook", "test", KEY)[0] == 1
        assert "closed" in run("webhook", "list")[1]


@pytest.mark.parametrize("url", ["http://partner.example/", "https://u:p@partner.example/", "nonsense"])
def test_a_wrong_address_is_refused(run: Run, url: str) -> None:
    code, told = run("webhook", "add", KEY, url)

    assert code == 1
    assert "Error: the address" in told


def test_an_unknown_agency_is_refused(run: Run) -> None:
    assert run("webhook", "add", "nobody", "https://partner.example/") == (
        1,
        "Error: there is no agency nobody",
    )


def test_neither_address_nor_secret_stands_readable_in_the_database(run: Run, looking: Session) -> None:
    _, secret = run("webhook", "add", KEY, "https://partner.example/hook/secret-path")

    raw = looking.connection().exec_driver_sql("SELECT url, secret FROM partner_endpoint").one()
    assert b"partner.example" not in bytes(raw[0])
    assert secret.encode() not in bytes(raw[1])
    endpoint = looking.scalars(select(PartnerEndpoint)).one()
    assert (endpoint.url, endpoint.secret) == ("https://partner.example/hook/secret-path", secret)


def test_an_officer_is_reached_by_phone_and_email_and_known(run: Run, looking: Session) -> None:
    room = looking.scalars(select(Agency.key).where(Agency.kind == AgencyKind.DUTY_ROOM)).one()
    arguments = ["contact", "add", room, "+447700900556", "--email", "p@hotline.example", "--account"]
    assert run(*arguments, "nobody@example.org") == (1, "Error: nobody signs in with nobody@example.org")
    assert run(*arguments, "petugas@example.org") == (0, "added")

    contact = looking.scalars(select(DutyContact).order_by(DutyContact.created_at.desc()).limit(1)).one()
    assert contact.email == "p@hotline.example" and contact.user_id is not None


def test_contacts_are_added_with_phone_or_email(run: Run, looking: Session) -> None:
    assert run("contact", "add", KEY, "+447700900555", "--email", "piket@mitra.example")[0] == 0
    assert run("contact", "add", KEY, "loket@mitra.example", "--level", "2", "--language", "en")[0] == 0
    assert run("contact", "add", KEY, "0812")[0] == 1
    assert run("contact", "add", KEY, BERTA) == (1, "Error: another agency has this phone")

    query = select(DutyContact).join(Agency).where(Agency.key == KEY).order_by(DutyContact.created_at)
    _seeded, phone, mail = looking.scalars(query).all()
    assert (phone.channel, phone.email) == (Channel.SMS, "piket@mitra.example")
    assert (mail.channel, mail.address, mail.level) == (Channel.EMAIL, "loket@mitra.example", 2)
    assert "loket@mitra.example" in run("contact", "list", KEY)[1]


def test_the_doctor_asks_meta_and_the_mail_server(fresh_database: str) -> None:
    with meta_place() as place, smtp_server() as mail:
        known = place.settings() | {
            "DATABASE_URL": fresh_database,
            "SECRET_KEY": "a-secret-for-tests-only",
            "PUBLIC_URL": PUBLIC_URL,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_SMS_FROM": SMS_NUMBER,
            "TWILIO_API_URL": "http://127.0.0.1:1",
            "ENCRYPTION_KEYS": "encryption-key-for-tests-only",
            "SMTP_URL": f"smtp://127.0.0.1:{mail.port}",
            "MAIL_FROM": "trc@hotline.example",
        }
        told = CliRunner().invoke(hotline, ["doctor"], env=known).output
        assert "ok    Meta knows our token and our number" in told
        assert "ok    the mail server lets us in" in told

        wrong = {"META_ACCESS_TOKEN": "x", "SMTP_URL": "smtp+starttls://127.0.0.1:" + str(mail.port)}
        told = CliRunner().invoke(hotline, ["doctor"], env=known | wrong).output
        assert "FAIL  Meta refuses our token or our number (HTTP 401)" in told
        assert "FAIL  the mail server does not let us in: SMTPNotSupportedError" in told
