"""Two persons who are one, and back again: an officer's judgement, recorded so that it can be undone exactly."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from cases.database import NO_KEY_UPDATE
from cases.errors import Invalid, NotFound, WrongState
from cases.models import Case, ContactPlan, Identifier, Party, PersonMerge
from cases.models.person import designation_of
from cases.queries.find_case import locked_case
from cases.queries.sender import hold_persons
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, ContactPermission, EventKind, PhoneHolder

UNDO_WITHIN = timedelta(days=30)
_STRICTNESS = (ContactPermission.ALLOWED, ContactPermission.UNKNOWN, ContactPermission.FORBIDDEN)
_PERMISSIONS = ("reply", "call", "voice_note", "family")


def merge_persons(
    session: Session, survivor_id: UUID, merged_id: UUID, *, by: Actor, now: datetime
) -> PersonMerge:
    """Give the identifiers, cases and parts of one person to another. Of two contact plans the narrower parts hold.

    Later messages follow the identifiers, and so the survivor. Raises Invalid for one person twice, WrongState
    when the merged one is merged away already.
    """
    if survivor_id == merged_id:
        raise Invalid("these are one person already", field="with")
    if by.user_id is None:
        raise Invalid("only a member of staff merges persons", field="author")
    # Callers that lock a case call this before; here it keeps two that do not from crossing each other.
    hold_persons(session, survivor_id, merged_id)
    for person_id in (survivor_id, merged_id):
        if _standing_merge_of(session, person_id) is not None:
            raise WrongState("this person was merged into another before")
    # Cases before numbers, as everybody does: whoever takes a message in has locked its case.
    cases = _locked_cases(session, merged_id)
    identifiers = session.scalars(
        select(Identifier)
        .where(Identifier.person_id == merged_id)
        .order_by(Identifier.id)
        .with_for_update(key_share=True)
    ).all()
    moved: dict[str, Any] = {
        "identifiers": [str(identifier.id) for identifier in identifiers],
        "cases": [str(case.id) for case in cases],
        "parties": _give_parts(session, survivor_id, merged_id),
        "plan": _narrow_plan(session, survivor_id, merged_id, now=now),
    }
    for identifier in identifiers:
        identifier.person_id = survivor_id
    for case in cases:
        case.reporter_id = survivor_id
    merge = PersonMerge(
        survivor_id=survivor_id, merged_id=merged_id, moved=moved, merged_at=now, merged_by_id=by.user_id
    )
    session.add(merge)
    session.flush()
    _log(session, cases, EventKind.PERSONS_MERGED, merge, by=by, now=now)
    return merge


def undo_merge(
    session: Session, survivor_id: UUID, merge_id: UUID, *, by: Actor, now: datetime
) -> PersonMerge:
    """Give everything that was moved back, and nothing else: what came to the survivor since stays there, what came
    to a moved case stays in it. Raises NotFound for a merge into somebody else, WrongState after 30 days, a second
    time, or when the survivor was merged on.
    """
    hold_persons(session, survivor_id)
    merge = session.get(PersonMerge, merge_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if merge is None or merge.survivor_id != survivor_id:
        raise NotFound("there is no such merge")
    if merge.undone_at is not None or now - merge.merged_at > UNDO_WITHIN:
        raise WrongState("this merge can no longer be undone")
    if _standing_merge_of(session, merge.survivor_id) is not None:
        raise WrongState("undo the later merge first")
    cases = [locked_case(session, UUID(case_id)) for case_id in sorted(merge.moved["cases"])]
    for identifier_id in merge.moved["identifiers"]:
        identifier = session.get_one(Identifier, UUID(identifier_id), with_for_update=NO_KEY_UPDATE)
        if identifier.person_id == merge.survivor_id:
            identifier.person_id = merge.merged_id
    for case in cases:
        if case.reporter_id == merge.survivor_id:
            case.reporter_id = merge.merged_id
    for party_id in merge.moved.get("parties", ()):
        party = session.get_one(Party, UUID(party_id), with_for_update=NO_KEY_UPDATE)
        if party.person_id == merge.survivor_id:
            party.person_id = merge.merged_id
    _restore_plan(session, merge, now=now)
    merge.undone_at, merge.undone_by_id = now, by.user_id
    session.flush()
    _log(session, cases, EventKind.PERSONS_PARTED, merge, by=by, now=now)
    return merge


def merges_into(session: Session, person_id: UUID) -> list[PersonMerge]:
    """The merges into this person that stand, the latest first."""
    query = (
        select(PersonMerge)
        .where(PersonMerge.survivor_id == person_id, PersonMerge.undone_at.is_(None))
        .order_by(PersonMerge.merged_at.desc())
    )
    return list(session.scalars(query))


def _standing_merge_of(session: Session, person_id: UUID) -> UUID | None:
    query = select(PersonMerge.id).where(PersonMerge.merged_id == person_id, PersonMerge.undone_at.is_(None))
    return session.scalar(query)


def _locked_cases(session: Session, person_id: UUID) -> list[Case]:
    ids = session.scalars(select(Case.id).where(Case.reporter_id == person_id).order_by(Case.id)).all()
    return [locked_case(session, case_id) for case_id in ids]


def _give_parts(session: Session, survivor_id: UUID, merged_id: UUID) -> list[str]:
    """Give the merged person's parts in cases to the survivor, except those that the survivor has too."""
    theirs = aliased(Party)
    same = exists().where(
        theirs.person_id == survivor_id,
        theirs.case_id == Party.case_id,
        theirs.role == Party.role,
        theirs.ended_at.is_(None),
    )
    query = select(Party).where(Party.person_id == merged_id, Party.ended_at.is_(None), ~same)
    parties = session.scalars(query.order_by(Party.id).with_for_update(key_share=True)).all()
    for party in parties:
        party.person_id = survivor_id
    return [str(party.id) for party in parties]


def _log(
    session: Session, cases: Iterable[Case], kind: EventKind, merge: PersonMerge, *, by: Actor, now: datetime
) -> None:
    data = {
        "merge": str(merge.id),
        "survivor": designation_of(merge.survivor_id),
        "merged": designation_of(merge.merged_id),
    }
    for case in cases:
        record_event(session, case, kind, by=by, now=now, data=data)
        touch(case, now=now)


def _narrow_plan(
    session: Session, survivor_id: UUID, merged_id: UUID, *, now: datetime
) -> dict[str, Any] | None:
    """Narrow the survivor's plan by the other one; returns what it was, None where nothing changed."""
    other = session.get(ContactPlan, merged_id)
    if other is None:
        return None
    kept = session.get(ContactPlan, survivor_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    was_there = kept is not None
    if kept is None:
        unknown = ContactPermission.UNKNOWN
        kept = ContactPlan(
            person_id=survivor_id, holder=PhoneHolder.UNKNOWN, reply=unknown, call=unknown,
            voice_note=unknown, family=unknown, signs=[], version=0, updated_at=now,
        )  # fmt: skip
        session.add(kept)
    before = {name: getattr(kept, name).value for name in _PERMISSIONS} | {"signs": list(kept.signs)}
    for name in _PERMISSIONS:
        setattr(kept, name, max(getattr(kept, name), getattr(other, name), key=_STRICTNESS.index))
    kept.signs = sorted({*kept.signs, *other.signs})
    kept.version += 1
    session.flush()
    return {"before": before, "was_there": was_there, "version": kept.version}


def _restore_plan(session: Session, merge: PersonMerge, *, now: datetime) -> None:
    """Give the survivor's plan back as it was, unless somebody has worked on it since: then the narrower one stays."""
    kept_before = merge.moved["plan"]
    plan = session.get(ContactPlan, merge.survivor_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if kept_before is None or plan is None or plan.version != kept_before["version"]:
        return
    if not kept_before["was_there"]:
        session.delete(plan)
        return
    for name in _PERMISSIONS:
        setattr(plan, name, ContactPermission(kept_before["before"][name]))
    plan.signs = kept_before["before"]["signs"]
    plan.version += 1
    plan.updated_at = now
