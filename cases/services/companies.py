"""Employers, recruiters and P3MI that recur: made once, and linked to the parties of cases that stand for them.

A case is locked before a company, everywhere."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE, keyring
from cases.errors import Forbidden, Invalid, NotFound, WrongState
from cases.models import Case, Company, CompanyMerge, CompanyName, Party, Person
from cases.rules.access import Permission, may
from cases.rules.duplicates import COMPANIES, company_name
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, EventKind, PartyRole

LONGEST_NAME = 200


def create_company(
    session: Session, name: str, role: PartyRole, *, country: str | None = None, by: Actor, now: datetime
) -> Company:
    """Make a record without cases. Raises Invalid for a name that is empty or too long, a role that is no company's,
    and a country that is no two-letter code; Forbidden for anyone but staff who work cases."""
    if by.user_id is None or not may(by.role, Permission.WORK_CASES):
        raise Forbidden("only a member of staff who works cases may do this")
    words = _checked(name)
    if role not in COMPANIES:
        raise Invalid("an employer, a recruiter or a P3MI", field="company_role")
    if country is not None and re.fullmatch("[A-Z]{2}", country) is None:
        raise Invalid("two capital letters are needed, as in SA", field="country")
    company = Company(
        role=role, name=words, country=country, created_at=now, created_by_id=by.user_id, last_case_at=now
    )
    session.add(company)
    session.flush()
    _add_name(session, company, words, now=now)
    return company


def rename_company(session: Session, company: Company, name: str, *, now: datetime) -> None:
    """Call it otherwise; the former name stays one of its names. Raises Invalid as `create_company` does."""
    company.name = _checked(name)
    company.version += 1
    _add_name(session, company, company.name, now=now)
    session.flush()


def link_party(
    session: Session, case: Case, party: Party, company: Company, *, by: Actor, now: datetime
) -> None:
    """Say that a party of a locked case stands for a company; how the party is called becomes one of its names. Saying
    it again changes nothing. Raises Invalid for a party that is no company's, WrongState for a company that was merged
    into another."""
    if party.role not in COMPANIES:
        raise Invalid("an employer, a recruiter or a P3MI", field="company_role")
    session.refresh(company, with_for_update=NO_KEY_UPDATE)
    if merged_into(session, company.id) is not None:
        raise WrongState("this record was merged into another", company="merged")
    if party.company_id == company.id:
        return
    party.company_id = company.id
    party.version += 1
    company.last_case_at = max(company.last_case_at, now)
    name = session.scalar(select(Person.name).where(Person.id == party.person_id))
    if name:
        _add_name(session, company, name, now=now)
    session.flush()
    session.expire(party, ["company"])
    _log(session, case, EventKind.PARTY_LINKED, party, company.id, by=by, now=now)


def unlink_party(session: Session, case: Case, party: Party, *, by: Actor, now: datetime) -> None:
    """It does not stand for that company. The company keeps its names. Without a link this changes nothing."""
    if party.company_id is None:
        return
    company_id, party.company_id = party.company_id, None
    party.version += 1
    session.flush()
    session.expire(party, ["company"])
    _log(session, case, EventKind.PARTY_UNLINKED, party, company_id, by=by, now=now)


def recall_company(session: Session, case: Case, party: Party, *, by: Actor, now: datetime) -> bool:
    """Link a party that was just added, where there is nothing to judge: its number is linked in another case, or it is
    a P3MI, whose name is registered once, with exactly one record of that name. False: an officer looks."""
    if party.role not in COMPANIES:
        return False
    standing = select(CompanyMerge.merged_id).where(CompanyMerge.undone_at.is_(None))
    same_person = select(Party.company_id).where(
        Party.person_id == party.person_id,
        Party.role == party.role,
        Party.company_id.is_not(None),
        Party.ended_at.is_(None),
    )
    found = set(session.scalars(same_person))
    if not found and party.role is PartyRole.P3MI and party.name_key is not None:
        same_name = (
            select(CompanyName.company_id)
            .join(Company, Company.id == CompanyName.company_id)
            .where(
                CompanyName.name_key == party.name_key,
                Company.role == PartyRole.P3MI,
                Company.id.not_in(standing),
            )
        )
        found = set(session.scalars(same_name))
    if len(found) != 1:
        return False
    link_party(session, case, party, session.get_one(Company, found.pop()), by=by, now=now)
    return True


def company_by_id(session: Session, company_id: UUID, *, by: Actor, lock: bool = False) -> Company:
    """The record, if the asker may see cases. Raises NotFound otherwise."""
    company = session.get(
        Company, company_id, with_for_update=NO_KEY_UPDATE if lock else None, populate_existing=True
    )
    if company is None or not may(by.role, Permission.SEE_CASES):
        raise NotFound("there is no such company")
    return company


def merged_into(session: Session, company_id: UUID) -> UUID | None:
    """The record into which this one was merged; None for one that stands."""
    query = select(CompanyMerge.survivor_id).where(
        CompanyMerge.merged_id == company_id, CompanyMerge.undone_at.is_(None)
    )
    return session.scalar(query)


def key_of_name(name: str) -> bytes | None:
    """By what a name is found; None for one of signs alone."""
    plain = company_name(name)
    return keyring.fingerprint("company", plain) if plain else None


def _add_name(session: Session, company: Company, name: str, *, now: datetime) -> None:
    key = key_of_name(name)
    if key is None:
        return
    known = select(CompanyName.id).where(CompanyName.company_id == company.id, CompanyName.name_key == key)
    if session.scalar(known.limit(1)) is None:
        session.add(CompanyName(company_id=company.id, name=name.strip(), name_key=key, added_at=now))
        session.flush()


def _checked(name: str) -> str:
    words = " ".join(name.split())
    if not company_name(words) or len(words) > LONGEST_NAME or "\x00" in words:
        raise Invalid("a name is needed, at most 200 characters", field="company_name")
    return words


def _log(
    session: Session, case: Case, kind: EventKind, party: Party, company_id: UUID, *, by: Actor, now: datetime
) -> None:
    data = {"party": str(party.id), "role": party.role.value, "company": str(company_id)}
    record_event(session, case, kind, by=by, now=now, data=data)
    touch(case, now=now)
