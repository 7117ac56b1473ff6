"""How staff sign in: Flask-Security's columns, one row for each member of staff; and tokens of the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, UtcDateTime, new_id
from cases.models import User
from cases.vocabulary import Role


class StaffRole(RoleMixin):
    """A role as Flask-Security wants to see it; roles themselves are words of the ground floor."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.permissions: set[str] = set()


class Account(Base, UserMixin):
    """The sign-in of one member of staff."""

    __tablename__ = "account"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), unique=True)
    email: Mapped[str] = mapped_column(Text, unique=True)
    password: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    fs_uniquifier: Mapped[str] = mapped_column(Text, unique=True)
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(Text, unique=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    current_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_login_ip: Mapped[str | None] = mapped_column(Text)
    current_login_ip: Mapped[str | None] = mapped_column(Text)
    login_count: Mapped[int | None]
    create_datetime: Mapped[datetime | None] = mapped_column(UtcDateTime)
    update_datetime: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tf_primary_method: Mapped[str | None] = mapped_column(Text)
    tf_totp_secret: Mapped[str | None] = mapped_column(Text)
    mf_recovery_codes: Mapped[Any | None] = mapped_column(JSONB)

    user: Mapped[User] = relationship(lazy="joined")

    @property
    def roles(self) -> list[StaffRole]:
        """The one role of this member of staff."""
        return [StaffRole(self.user.role.value)]

    @property
    def role(self) -> Role:
        return self.user.role


class ApiToken(Base):
    """A bearer token of the API. Only its hash is kept; it acts as its user, with that user's role."""

    __tablename__ = "api_token"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    label: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship(lazy="joined")
