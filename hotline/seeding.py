"""Reference data for an empty database; made-up phones and staff for trying things out."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from uuid import UUID, uuid5

from flask_security.utils import hash_password
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cases.database import keyring
from cases.models import Agency, DutyContact, User
from cases.vocabulary import AgencyKind, Channel, Role
from escalation.services.adopt_policy import adopt_policy
from escalation.services.load_agencies import load_agencies
from escalation.services.load_policy import load_policy
from hotline.security.models import Account

_NAMESPACE = UUID("6f1d3c52-5c0a-5d86-9a3b-3f0f6b0c7a11")
# Ofcom keeps +44 7700 900000 to 900999 for drama: nobody's phone rings.
FICTION = "+447700900"
OFFICER_PHONE, SUPERVISOR_PHONE, DIRECTOR_PHONE = FICTION + "001", FICTION + "002", FICTION + "003"
WORKER_PHONE = FICTION + "000"
_FIRST_AGENCY_PHONE = 100
DEMO_STAFF = (
    ("petugas@example.org", "Petugas piket (contoh)", Role.OFFICER, 1, OFFICER_PHONE),
    ("supervisor@example.org", "Supervisor (contoh)", Role.SUPERVISOR, 2, SUPERVISOR_PHONE),
    ("direktur@example.org", "Direktur piket (contoh)", Role.SUPERVISOR, 3, DIRECTOR_PHONE),
    ("admin@example.org", "Admin (contoh)", Role.ADMIN, None, None),
)


def seed_reference(session: Session) -> int:
    """Add the shipped agencies that are not there yet, and keep the policy; returns how many were added."""
    adopt_policy(session, load_policy(), now=datetime.now(UTC))
    known = set(session.scalars(select(Agency.key)))
    added = 0
    for row in load_agencies():
        if row.key in known:
            continue
        session.add(
            Agency(
                id=uuid5(_NAMESPACE, row.key),
                key=row.key,
                kind=row.kind,
                name=row.name,
                country=row.country,
                province_code=row.province_code,
                regency_code=row.regency_code,
                city=row.city,
                is_main=row.is_main,
                timezone=row.timezone,
                weekend="-".join(str(day) for day in sorted(row.weekend)),
                accredited=list(row.accredited),
                source=row.source,
            )
        )
        added += 1
    session.flush()
    return added


def seed_demo(session: Session, *, with_email: bool = False) -> dict[str, str]:
    """Staff with one-time passwords and phones that nobody has; returns the fresh passwords by e-mail.

    Each call sets new passwords for the made-up accounts whose owner has not chosen one. `with_email`: contacts
    get a mailbox too, where e-mail goes no further than this machine.
    """
    now = datetime.now(UTC)
    passwords = {}
    duty_room = session.scalars(select(Agency).where(Agency.kind == AgencyKind.DUTY_ROOM)).one()
    for email, name, role, level, phone in DEMO_STAFF:
        user, password = add_account(session, email, name, role, now=now)
        passwords[email] = password
        if level is not None and phone is not None:
            mailbox = email if with_email else None
            _add_contact(session, duty_room.id, level, name, phone, user_id=user.id, email=mailbox, now=now)
    agencies = session.scalars(select(Agency).where(Agency.kind != AgencyKind.DUTY_ROOM).order_by(Agency.key))
    for number, agency in enumerate(agencies, start=_FIRST_AGENCY_PHONE):
        mailbox = f"{agency.key}@example.org" if with_email else None
        phone = f"{FICTION}{number:03d}"
        _add_contact(session, agency.id, 1, agency.name, phone, user_id=None, email=mailbox, now=now)
    return passwords


def demo_phone_of(session: Session, key: str) -> str | None:
    """The made-up phone of an agency."""
    query = select(DutyContact).join(Agency).where(Agency.key == key).limit(1)
    contact = session.scalar(query)
    return contact.address if contact else None


def add_account(
    session: Session, email: str, name: str, role: Role, *, now: datetime, must_change: bool = False
) -> tuple[User, str]:
    """A member of staff with a fresh one-time password; an account that exists gets a new password."""
    password = secrets.token_urlsafe(12)
    account = session.scalar(select(Account).where(Account.email == email))
    if account is None:
        user = User(name=name, role=role, created_at=now, active=True, language="id")
        session.add(user)
        session.flush()
        account = Account(
            user_id=user.id, email=email, fs_uniquifier=secrets.token_hex(32), confirmed_at=now, active=True
        )
        session.add(account)
    account.password = hash_password(password)
    account.must_change_password = must_change
    session.flush()
    return session.get_one(User, account.user_id), password


def _add_contact(
    session: Session,
    agency_id: UUID,
    level: int,
    label: str,
    phone: str,
    *,
    user_id: UUID | None,
    email: str | None,
    now: datetime,
) -> None:
    values = {
        "id": uuid5(_NAMESPACE, f"{agency_id}:{level}:{phone}"),
        "agency_id": agency_id,
        "user_id": user_id,
        "level": level,
        "label": label,
        "channel": Channel.SMS,
        "address": phone,
        "address_hash": keyring.fingerprint("address", phone),
        "email": email,
        "language": "id",
        "active": True,
        "created_at": now,
    }
    session.execute(insert(DutyContact).values(**values).on_conflict_do_nothing())
