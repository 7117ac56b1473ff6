"""What every test can ask for. The database is real: a PostgreSQL of the tests' own, or DATABASE_URL's server."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cast import ACCOUNT_SID, AMINA, AUTH_TOKEN, LOCKED_IN, PUBLIC_URL, SMS_NUMBER
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from cases.database import keyring
from cases.models import Case, User
from cases.vocabulary import Actor, ActorKind, Role
from escalation.services.answer_status import answer_status
from escalation.services.book import Book, load_book
from hotline import postgres
from hotline.app import create_app
from hotline.channels.twilio.signing import signature_for
from hotline.config import Settings, read_settings
from hotline.extensions import db
from hotline.migrations import upgrade
from hotline.reference import forget_book
from hotline.security.access import hash_of_token
from hotline.security.models import Account, ApiToken
from hotline.seeding import add_account, seed_demo, seed_reference
from hotline.unit_of_work import unit_of_work

# A change is judged by the same examples every time; `pytest --hypothesis-profile=search` looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile(
    "search", max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same")

_KEPT = {"agency", "duty_contact", "users", "account", "policy_snapshot", "alembic_version"}
_MEDIA = Path(tempfile.mkdtemp(prefix="hotline-tests-media-"))
atexit.register(shutil.rmtree, _MEDIA, ignore_errors=True)
# One for all tests of this process; a test that looks into it says SPOOL_DIR=… itself.
SPOOL_DIR = tempfile.mkdtemp(prefix="hotline-spool-")
_STAFF = {Role.OFFICER: "petugas", Role.SUPERVISOR: "supervisor", Role.ADMIN: "admin"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs on real sockets, browsers and waits is taken once more when it failed; the summary says RERUN.

    Whole runs were refused for one step that a browser or a worker was late for, on few cores that the rest of the
    suite used. A fault that shows each time still fails; one that shows at times is there to be read in the summary.
    """
    for item in items:
        if "journeys" in item.path.parts or hasattr(getattr(item, "module", None), "exchange"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given.replace("postgresql+psycopg://", "postgresql://", 1)
        return
    folder = Path(tempfile.mkdtemp(prefix="hotline-tests-"))
    folder.chmod(0o711)
    server = postgres.start(folder / "postgres", durable=False)
    yield server.url
    server.discard()


@pytest.fixture(scope="session")
def template_url(server_url: str) -> Iterator[str]:
    """A migrated and seeded database that nobody writes to: `fresh_database` copies it."""
    name = f"hotline_test_{uuid.uuid4().hex[:12]}"
    url = postgres.create_database(server_url, name)
    app = create_app(make_settings(url))
    upgrade(app)
    with app.app_context(), unit_of_work() as session:
        seed_reference(session)
        seed_demo(session)
    with app.app_context():
        db.engine.dispose()
    yield url
    postgres.drop_database(server_url, name)


@pytest.fixture
def fresh_database(server_url: str, template_url: str) -> Iterator[str]:
    """A database of the test's own, for tests that start processes."""
    name = f"hotline_test_{uuid.uuid4().hex[:12]}"
    yield postgres.clone_database(server_url, name_in(template_url), name)
    postgres.drop_database(server_url, name)


@pytest.fixture(scope="session")
def database_url(server_url: str, template_url: str) -> Iterator[str]:
    name = f"hotline_test_{uuid.uuid4().hex[:12]}"
    yield postgres.clone_database(server_url, name_in(template_url), name)
    postgres.drop_database(server_url, name)


@pytest.fixture(scope="session")
def settings(database_url: str) -> Settings:
    return make_settings(database_url)


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    made = create_app(settings)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    # A test asks again at once, where a page waits a second.
    made.extensions["live_shared"].seconds = 0
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def engine(settings: Settings) -> Iterator[Engine]:
    made = create_engine(settings.sqlalchemy_url)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def sessions(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False)


@pytest.fixture
def session(sessions: sessionmaker[Session], clean: None) -> Iterator[Session]:
    """A session to arrange with and to look with. What the application wrote is seen after `session.rollback()`."""
    with sessions() as made:
        yield made
        made.rollback()


@pytest.fixture
def clean(engine: Engine, app: Flask, settings: Settings) -> Iterator[None]:
    """Every test that touches the database leaves it as it was seeded."""
    keyring.load(settings.encryption_keys)  # a test of keys may have left others
    yield
    app.extensions["flood_gate"].clear()
    with engine.begin() as connection:
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        names = ", ".join(f'"{name}"' for name in tables if name not in _KEPT)
        connection.execute(text(f"TRUNCATE {names} CASCADE"))
        connection.execute(text("DELETE FROM users WHERE name LIKE 'API: %'"))
        connection.execute(text("UPDATE account SET must_change_password = false"))
    forget_book()


@pytest.fixture
def client(app: Flask, clean: None) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def book(session: Session) -> Book:
    return load_book(session)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def post_message(app: Flask, client: FlaskClient) -> Callable[..., Any]:
    """A signed webhook, as Twilio would send it. However fast a story posts, it is no flood."""

    def post(body: str = LOCKED_IN, *, sender: str = AMINA, sid: str | None = None, **extra: str) -> Any:
        app.extensions["flood_gate"].clear()
        parameters = inbound_parameters(body, sender=sender, sid=sid) | extra
        return client.post(
            "/twilio/messages",
            data=parameters,
            headers={
                "X-Twilio-Signature": signature_for(AUTH_TOKEN, f"{PUBLIC_URL}/twilio/messages", parameters)
            },
        )

    return post


@pytest.fixture
def answer_status_questions(session: Session) -> Callable[[], int]:
    """Run the jobs by which questions for the status are answered, as the worker would; how many there were."""

    def answer() -> int:
        session.rollback()
        taken = text("DELETE FROM procrastinate_jobs WHERE task_name = 'answer_status' RETURNING args")
        asked = [UUID(one) for args in session.scalars(taken) for one in args["message_ids"]]
        for message_id in asked:
            answer_status(session, message_id, now=datetime.now(UTC))
        session.commit()
        return len(asked)

    return answer


@pytest.fixture
def opened_case(post_message: Callable[..., Any], session: Session) -> Callable[..., Case]:
    """A case opened by a real webhook; loaded in `session`."""

    def open_case(text: str = LOCKED_IN, *, sender: str = AMINA, **extra: str) -> Case:
        answer = post_message(text, sender=sender, **extra)
        assert answer.status_code == 200, answer.text
        session.rollback()
        return session.scalars(select(Case).order_by(Case.opened_at.desc(), Case.id.desc()).limit(1)).one()

    return open_case


@pytest.fixture
def staff(session: Session) -> Callable[[Role], User]:
    """The seeded member of staff of a role."""

    def find(role: Role) -> User:
        account = session.scalars(select(Account).where(Account.email == f"{_STAFF[role]}@example.org")).one()
        return account.user

    return find


@pytest.fixture
def acting(staff: Callable[[Role], User]) -> Callable[[Role], Actor]:
    """The `by` of a member of staff."""
    return lambda role: Actor(ActorKind.USER, user_id=staff(role).id, role=role)


@pytest.fixture
def signed_in_client(app: Flask, session: Session) -> Callable[[Role], FlaskClient]:
    """A browser in which somebody of this role has signed in."""

    def sign_in(role: Role) -> FlaskClient:
        account = session.scalars(select(Account).where(Account.email == f"{_STAFF[role]}@example.org")).one()
        browser = app.test_client()
        with browser.session_transaction() as kept:
            kept["_user_id"] = account.fs_uniquifier
            kept["_fresh"] = True
        return browser

    return sign_in


@pytest.fixture
def token(session: Session) -> Callable[[Role], str]:
    """A bearer token of a role."""

    def make(role: Role) -> str:
        fresh = uuid.uuid4().hex
        machine = User(
            name=f"API: test {fresh}", role=role, created_at=datetime.now(UTC), active=True, language="id"
        )
        session.add(machine)
        session.flush()
        session.add(
            ApiToken(
                user_id=machine.id,
                token_hash=hash_of_token(fresh),
                label="test",
                created_at=datetime.now(UTC),
            )
        )
        session.commit()
        return fresh

    return make


@pytest.fixture
def bearer(token: Callable[[Role], str]) -> Callable[[Role], dict[str, str]]:
    """The header of a bearer token of a role."""
    return lambda role: {"Authorization": f"Bearer {token(role)}"}


@pytest.fixture
def new_account(app: Flask, session: Session) -> Callable[..., str]:
    """A fresh account; gives its one-time password."""

    def make(email: str, role: Role, *, must_change: bool = True) -> str:
        with app.app_context():
            _, password = add_account(
                session, email, "Contoh", role, now=datetime.now(UTC), must_change=must_change
            )
        session.commit()
        return password

    return make


def make_settings(url: str, **changes: str) -> Settings:
    """Settings of an application under test."""
    return read_settings(
        {
            "DATABASE_URL": url,
            "SECRET_KEY": "a-secret-for-tests-only",
            "PUBLIC_URL": PUBLIC_URL,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_SMS_FROM": SMS_NUMBER,
            "TWILIO_WHATSAPP_FROM": SMS_NUMBER,
            "MEDIA_DIR": str(_MEDIA),
            "ENCRYPTION_KEYS": "encryption-key-for-tests-only",
            "SPOOL_DIR": SPOOL_DIR,
            # A machine that is busy with tests is no silent database.
            "WEBHOOK_PATIENCE_MS": "30000",
            # Tests of the rate say so; no other test waits for it.
            "SMS_PER_SECOND": "1000",
            "WHATSAPP_PER_SECOND": "1000",
            **changes,
        }
    )


def inbound_parameters(body: str, *, sender: str = AMINA, sid: str | None = None) -> dict[str, str]:
    """The parameters of one incoming message."""
    sid = sid or "SM" + uuid.uuid4().hex
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": ACCOUNT_SID,
        "From": sender,
        "To": SMS_NUMBER,
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
    }


def name_in(url: str) -> str:
    """The database that a URL names."""
    return url.partition("?")[0].rpartition("/")[2]
