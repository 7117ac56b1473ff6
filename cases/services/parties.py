"""Who is who in a case, and how much those who speak for her may be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, joinedload

from cases.database import NO_KEY_UPDATE
from cases.errors import Invalid, NotFound, StaleVersion, WrongState
from cases.models import Case, ContactPlan, Party, Person
from cases.models.person import designation_of
from cases.rules.duplicates import COMPANIES
from cases.rules.identifiers import read_identifier
from cases.rules.proxies import STRANGER, Proxy, may_learn
from cases.services.companies import key_of_name, recall_company
from cases.services.event_log import record_event, touch
from cases.services.identifiers import add_identifier, current_holder
from cases.vocabulary import (
    Actor,
    Authority,
    ContactPermission,
    Disclosure,
    EventKind,
    PartyRole,
    Relation,
    Reporter,
)

LONGEST_NAME, LONGEST_NOTE = 200, 2000
_CHANGEABLE = frozenset({"relation", "authority", "named_by_worker", "note"})


def add_party(
    session: Session,
    case: Case,
    role: PartyRole,
    *,
    by: Actor,
    now: datetime,
    is_reporter: bool = False,
    name: str = "",
    reach: str = "",
    relation: Relation | None = None,
    authority: Authority = Authority.NONE,
    named_by_worker: bool = False,
    note: str = "",
) -> Party:
    """Write down somebody's part in a locked case: the reporter's own, or another person's by name or by number.

    A number that is known names the person who has it. Nothing is sent to anybody by this. Raises Invalid,
    naming the field; WrongState for a part that is theirs already.
    """
    _check(role, is_reporter=is_reporter, name=name, reach=reach, relation=relation, note=note)
    person = case.reporter if is_reporter else _person(session, case, name, reach, by=by, now=now)
    same = select(Party.id).where(
        Party.case_id == case.id,
        Party.person_id == person.id,
        Party.role == role,
        Party.ended_at.is_(None),
    )
    if session.scalar(same) is not None:
        raise WrongState("this is their part already", party="known")
    party = Party(
        case_id=case.id,
        person_id=person.id,
        role=role,
        relation=relation,
        authority=authority if role is PartyRole.PROXY else Authority.NONE,
        named_by_worker=named_by_worker and role in {PartyRole.PROXY, PartyRole.FAMILY},
        note=note.strip() or None,
        name_key=_name_key(role, person),
        added_at=now,
        added_by_id=by.user_id,
    )
    session.add(party)
    session.flush()
    if is_reporter:
        _settle_reporter(case, role)
    _log(session, case, EventKind.PARTY_ADDED, party, by=by, now=now)
    recall_company(session, case, party, by=by, now=now)
    return party


def change_party(
    session: Session,
    case: Case,
    party_id: UUID,
    changes: Mapping[str, Any],
    *,
    version: int | None = None,
    by: Actor,
    now: datetime,
) -> Party:
    """Change relation, authority, whether she named them, or the note; what is not named stays. Raises StaleVersion
    when it was changed since `version` was read (None: whatever it is)."""
    party = party_of(session, case, party_id)
    if version is not None and party.version != version:
        raise StaleVersion("this party was changed in the meantime", version=party.version)
    unknown = set(changes) - _CHANGEABLE
    if unknown:
        raise Invalid("cannot be changed", field=min(unknown))
    if len(changes.get("note") or "") > LONGEST_NOTE or "\x00" in (changes.get("note") or ""):
        raise Invalid("is too long", field="note")
    for name, value in changes.items():
        setattr(party, name, value)
    party.version += 1
    session.flush()
    _log(session, case, EventKind.PARTY_CHANGED, party, by=by, now=now)
    return party


def end_party(session: Session, case: Case, party_id: UUID, *, by: Actor, now: datetime) -> None:
    """It is not their part, or no longer. Ending twice changes nothing."""
    party = session.get(Party, party_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if party is None or party.case_id != case.id:
        raise NotFound("there is no such party")
    if party.ended_at is not None:
        return
    party.ended_at = now
    party.version += 1
    session.flush()
    _log(session, case, EventKind.PARTY_ENDED, party, by=by, now=now)


def parties_of(session: Session, case: Case) -> Sequence[Party]:
    """The parties of now, with their persons and identifiers: two statements."""
    query = (
        select(Party)
        .where(Party.case_id == case.id, Party.ended_at.is_(None))
        .options(joinedload(Party.person).selectinload(Person.identifiers), joinedload(Party.company))
        .order_by(Party.id)
    )
    return session.scalars(query).all()


def disclosure_to_reporter(session: Session, case: Case) -> Disclosure:
    """How much the one who wrote may be told. A worker may know of her own matter; whoever writes for another, or
    seems to, only what `rules.proxies` opens."""
    return disclosures_to_reporters(session, [case])[case.id]


def disclosures_to_reporters(session: Session, cases: Sequence[Case]) -> dict[UUID, Disclosure]:
    """`disclosure_to_reporter` of many cases, in one statement."""
    query = (
        select(Party, ContactPlan.family)
        .outerjoin(
            ContactPlan, and_(ContactPlan.person_id == Party.person_id, Party.role == PartyRole.VICTIM)
        )
        .where(Party.case_id.in_([case.id for case in cases]), Party.ended_at.is_(None))
    )
    parties: defaultdict[UUID, list[tuple[Party, ContactPermission | None]]] = defaultdict(list)
    for party, family in session.execute(query):
        parties[party.case_id].append((party, family))
    return {case.id: _disclosure(case, parties[case.id]) for case in cases}


def _disclosure(case: Case, parties: Sequence[tuple[Party, ContactPermission | None]]) -> Disclosure:
    parts = {party.role: party for party, _ in parties if party.person_id == case.reporter_id}
    if PartyRole.VICTIM in parts:
        return Disclosure.STATUS
    proxy = parts.get(PartyRole.PROXY)
    if proxy is None:
        seems_another = case.reporter_role is Reporter.THIRD_PERSON or bool(parts)
        return may_learn(STRANGER) if seems_another else Disclosure.STATUS
    return disclosure_of(proxy, family=_strictest([family for _, family in parties if family is not None]))


def disclosure_of(party: Party, *, family: ContactPermission) -> Disclosure:
    """How much a party may be told; only proxies and family whom she named learn anything."""
    if party.role is PartyRole.VICTIM:
        return Disclosure.STATUS
    if party.role not in {PartyRole.PROXY, PartyRole.FAMILY}:
        return Disclosure.NOTHING
    relation = Relation.FAMILY if party.role is PartyRole.FAMILY else party.relation
    return may_learn(Proxy(relation, party.authority, party.named_by_worker), family)


def family_permissions(session: Session, parties: Sequence[Party]) -> ContactPermission:
    """What the victims' contact plans say of telling family: the strictest of them."""
    victims = [party.person_id for party in parties if party.role is PartyRole.VICTIM]
    if not victims:
        return ContactPermission.UNKNOWN
    return _strictest(
        session.scalars(select(ContactPlan.family).where(ContactPlan.person_id.in_(victims))).all()
    )


def _strictest(found: Sequence[ContactPermission]) -> ContactPermission:
    if ContactPermission.FORBIDDEN in found:
        return ContactPermission.FORBIDDEN
    return found[0] if found else ContactPermission.UNKNOWN


def _check(
    role: PartyRole, *, is_reporter: bool, name: str, reach: str, relation: Relation | None, note: str
) -> None:
    if not is_reporter and not name.strip() and not reach.strip():
        raise Invalid("a name or a number is needed", field="party_name")
    if len(name) > LONGEST_NAME or "\x00" in name:
        raise Invalid("is too long", field="party_name")
    if len(note) > LONGEST_NOTE or "\x00" in note:
        raise Invalid("is too long", field="note")
    if role is PartyRole.PROXY and relation is None:
        raise Invalid("what are they to the worker?", field="relation")
    if reach.strip() and read_identifier(reach) is None:
        raise Invalid("is no number, e-mail address or user name", field="identifier")


def _person(session: Session, case: Case, name: str, reach: str, *, by: Actor, now: datetime) -> Person:
    found = read_identifier(reach) if reach.strip() else None
    holder = current_holder(session, found) if found else None
    if holder is not None:
        return session.get_one(Person, holder.person_id)
    person = Person(name=name.strip() or None, country=None, created_at=now)
    session.add(person)
    session.flush()
    if found is not None:
        add_identifier(session, person, reach, by=by, now=now)
    return person


def _name_key(role: PartyRole, person: Person) -> bytes | None:
    """By which two cases with one company find each other, although nobody wrote down its number."""
    return key_of_name(person.name) if role in COMPANIES and person.name else None


def _settle_reporter(case: Case, role: PartyRole) -> None:
    case.reporter_role = Reporter.SELF if role is PartyRole.VICTIM else Reporter.THIRD_PERSON


def party_of(session: Session, case: Case, party_id: UUID) -> Party:
    """A part in this case that is still theirs, locked. Raises NotFound for another's."""
    party = session.get(Party, party_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if party is None or party.case_id != case.id or party.ended_at is not None:
        raise NotFound("there is no such party")
    return party


def _log(session: Session, case: Case, kind: EventKind, party: Party, *, by: Actor, now: datetime) -> None:
    data = {
        "party": designation_of(party.person_id),
        "role": party.role.value,
        "relation": party.relation.value if party.relation else None,
        "authority": party.authority.value,
        "named": party.named_by_worker,
    }
    record_event(session, case, kind, by=by, now=now, data=data)
    touch(case, now=now)
