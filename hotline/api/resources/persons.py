"""`/persons`: finding people, their names, one person or two."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy.orm import Session

from cases.models import Person
from cases.queries.find_case import case_by_reference
from cases.queries.persons import find_persons, person_by_id, person_file
from cases.queries.sender import hold_persons
from cases.rules.access import Permission
from cases.services.identifiers import add_identifier, end_identifier, record_person_seen
from cases.services.merge_persons import undo_merge
from cases.services.split_person import split_person
from hotline.api.blueprint import api_blueprint
from hotline.api.schemas.person import (
    FoundPersonsSchema,
    IdentifierBody,
    PersonIdentifierSchema,
    PersonSchema,
    SearchBody,
    SplitBody,
    show_found,
    show_identifier,
    show_person,
)
from hotline.extensions import db
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("persons", "People, by the names they write under")


@blueprint.route("/persons/search", methods=["POST"])
@bearer(Permission.SEE_CASES)
@blueprint.arguments(SearchBody)
@blueprint.response(200, FoundPersonsSchema)
def search(body: dict[str, Any]) -> dict[str, Any]:
    """People by an identifier, also one they had before, or by designation. It changes nothing."""
    found = find_persons(db.session(), body["identifier"], by=g.actor)
    return {"items": [show_found(one) for one in found]}


@blueprint.route("/persons/<uuid:person_id>")
@bearer(Permission.SEE_CASES)
@blueprint.response(200, PersonSchema)
def one_person(person_id: UUID) -> dict[str, Any]:
    """One person. That it was read is written to the logs of their open cases."""
    with unit_of_work() as session:
        person = person_by_id(session, person_id, by=g.actor)
        record_person_seen(session, person, by=g.actor, now=datetime.now(UTC))
        return _shown(session, person)


@blueprint.route("/persons/<uuid:person_id>/identifiers", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(IdentifierBody)
@blueprint.response(201, PersonIdentifierSchema)
def add(body: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    """This person is also known by this name. 409 when it is somebody else's now; a name they have is given back."""
    with unit_of_work() as session:
        person = person_by_id(session, person_id, by=g.actor, lock=True)
        now = datetime.now(UTC)
        return show_identifier(add_identifier(session, person, body["identifier"], by=g.actor, now=now))


@blueprint.route("/persons/<uuid:person_id>/identifiers/<uuid:identifier_id>/end", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.response(200, PersonIdentifierSchema)
def end(person_id: UUID, identifier_id: UUID) -> dict[str, Any]:
    """It is no longer theirs. Saying it twice changes nothing."""
    with unit_of_work() as session:
        person = person_by_id(session, person_id, by=g.actor, lock=True)
        now = datetime.now(UTC)
        return show_identifier(end_identifier(session, person, identifier_id, by=g.actor, now=now))


@blueprint.route("/persons/<uuid:person_id>/split", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(SplitBody)
@blueprint.response(201, PersonSchema)
def split(body: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    """Make a new person of some of this one's identifiers and cases. Undone by merging the two."""
    with unit_of_work() as session:
        hold_persons(session, person_id)
        person_by_id(session, person_id, by=g.actor, lock=True)
        cases = [case_by_reference(session, reference, by=g.actor).id for reference in body["cases"]]
        other = split_person(
            session,
            person_id,
            identifiers=body["identifiers"],
            cases=cases,
            by=g.actor,
            now=datetime.now(UTC),
        )
        session.flush()
        return _shown(session, person_by_id(session, other.id, by=g.actor))


@blueprint.route("/persons/<uuid:person_id>/merges/<uuid:merge_id>/undo", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.response(200, PersonSchema)
def undo(person_id: UUID, merge_id: UUID) -> dict[str, Any]:
    """Give back exactly what a merge moved. 409 after 30 days, or a second time."""
    with unit_of_work() as session:
        undo_merge(session, person_id, merge_id, by=g.actor, now=datetime.now(UTC))
        session.flush()
        return _shown(session, person_by_id(session, person_id, by=g.actor))


def _shown(session: Session, person: Person) -> dict[str, Any]:
    return show_person(person, person_file(session, person))
