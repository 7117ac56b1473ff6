"""Whose phone rings: duty contacts by agency and level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from cases.vocabulary import Channel

OFFICER_LEVEL, SUPERVISOR_LEVEL, DIRECTOR_LEVEL = 1, 2, 3

_BY_AGENCY = text(
    """
    SELECT id, agency_id, user_id, level, channel, language FROM duty_contact
     WHERE active AND agency_id = ANY(:agency_ids) ORDER BY agency_id, level, id
    """
)
_BY_USER = text(
    """
    SELECT id, agency_id, user_id, level, channel, language FROM duty_contact
     WHERE active AND user_id = ANY(:user_ids) ORDER BY user_id, level, id
    """
)


@dataclass(frozen=True, slots=True)
class OnCall:
    """One phone on duty, without its number: only the sender needs that."""

    id: UUID
    agency_id: UUID
    user_id: UUID | None
    level: int
    channel: Channel
    language: str


class Contacts:
    """The phones of some agencies and some members of staff."""

    def __init__(self, found: Iterable[OnCall]) -> None:
        self._by_agency: dict[tuple[UUID, int], tuple[OnCall, ...]] = {}
        self._by_user: dict[UUID, OnCall] = {}
        for contact in found:
            key = (contact.agency_id, contact.level)
            self._by_agency[key] = (*self._by_agency.get(key, ()), contact)
            if contact.user_id is not None:
                self._by_user.setdefault(contact.user_id, contact)

    def of_agency(self, agency_id: UUID, level: int = OFFICER_LEVEL) -> tuple[OnCall, ...]:
        """The contacts of one agency at one level."""
        return self._by_agency.get((agency_id, level), ())

    def of_user(self, user_id: UUID) -> tuple[OnCall, ...]:
        """The phone of one member of staff; empty when they have none."""
        contact = self._by_user.get(user_id)
        return (contact,) if contact else ()


def contacts_of_agencies(session: Session, agency_ids: Iterable[UUID]) -> Contacts:
    """The active contacts of the given agencies, in one query."""
    rows = session.execute(_BY_AGENCY, {"agency_ids": list(agency_ids)})
    return Contacts([_entry(row) for row in rows])


def contacts_for_ladder(session: Session, agency_ids: Iterable[UUID], user_ids: Iterable[UUID]) -> Contacts:
    """The active contacts of agencies and of handlers, in two queries whatever their number."""
    found = [_entry(row) for row in session.execute(_BY_AGENCY, {"agency_ids": list(agency_ids)})]
    users = list(user_ids)
    if users:
        known = {contact.id for contact in found}
        rows = session.execute(_BY_USER, {"user_ids": users})
        found += [entry for row in rows if (entry := _entry(row)).id not in known]
    return Contacts(found)


def _entry(row: Row[Any]) -> OnCall:
    return OnCall(row.id, row.agency_id, row.user_id, row.level, Channel(row.channel), row.language)
