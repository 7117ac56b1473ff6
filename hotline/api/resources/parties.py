"""Who is who in a case: its parties, whose number it is, and reporters who are one person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy.orm import Session

from cases.models import Case, Party
from cases.queries.find_case import case_by_reference
from cases.queries.persons import person_by_id, person_file
from cases.queries.sender import hold_persons
from cases.rules.access import Permission
from cases.services.identity import confirm_identifier, doubt_identifier, identifier_of
from cases.services.merge_persons import merge_persons
from cases.services.parties import (
    add_party,
    change_party,
    disclosure_of,
    disclosure_to_reporter,
    end_party,
    family_permissions,
    parties_of,
    party_of,
)
from cases.vocabulary import Doubt
from escalation.services.pass_on import pass_on
from hotline.api.blueprint import api_blueprint
from hotline.api.etag import ETAG_HEADER, IF_MATCH, check_version, etag_of, insist_on_if_match
from hotline.api.schemas.person import (
    OtherCaseBody,
    PartiesSchema,
    PartyBody,
    PartyChangeBody,
    PartySchema,
    PassedOnSchema,
    PersonIdentifierSchema,
    PersonSchema,
    show_identifier,
    show_party,
    show_person,
)
from hotline.extensions import db
from hotline.reference import current_book
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("parties", "Who is who in a case")


@blueprint.route("/cases/<reference>/parties")
@bearer(Permission.SEE_CASES)
@blueprint.response(200, PartiesSchema)
def parties(reference: str) -> dict[str, Any]:
    """The parties of now, each with what they may be told of the worker."""
    session = db.session()
    case = case_by_reference(session, reference, by=g.actor)
    found = parties_of(session, case)
    family = family_permissions(session, found)
    return {
        "items": [show_party(party, disclosure_of(party, family=family)) for party in found],
        "reporter_may_learn": disclosure_to_reporter(session, case),
    }


@blueprint.route("/cases/<reference>/parties", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(PartyBody)
@blueprint.response(201, PartySchema)
def add(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Note somebody's part. A known number names its person; nothing is sent to anybody."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        return _shown(session, case, add_party(session, case, **body, by=g.actor, now=datetime.now(UTC)))


@blueprint.route("/cases/<reference>/parties/<uuid:party_id>", methods=["PATCH"])
@bearer(Permission.WORK_CASES)
@blueprint.doc(parameters=[IF_MATCH])
@blueprint.arguments(PartyChangeBody)
@blueprint.response(200, PartySchema, headers=ETAG_HEADER)
def change(
    body: dict[str, Any], reference: str, party_id: UUID
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Change relation, authority, whether the worker named them, or the note. Only from the `version` that was read."""
    insist_on_if_match()
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        check_version(party_of(session, case, party_id))
        party = change_party(session, case, party_id, body, by=g.actor, now=datetime.now(UTC))
        return _shown(session, case, party), 200, etag_of(party)


@blueprint.route("/cases/<reference>/parties/<uuid:party_id>/end", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.response(204)
def end(reference: str, party_id: UUID) -> None:
    """It is not their part, or no longer. Saying it twice changes nothing."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        end_party(session, case, party_id, by=g.actor, now=datetime.now(UTC))


@blueprint.route("/cases/<reference>/merge-reporters", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(OtherCaseBody)
@blueprint.response(200, PersonSchema)
def merge_reporters(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """The reporters of two cases are one person: this case's reporter stays. Can be undone for 30 days."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor)
        other = case_by_reference(session, body["with_case"], by=g.actor)
        survivor = case.reporter_id
        merge_persons(session, survivor, other.reporter_id, by=g.actor, now=datetime.now(UTC))
        session.flush()
        person = person_by_id(session, survivor, by=g.actor)
        return show_person(person, person_file(session, person))


@blueprint.route("/cases/<reference>/identifiers/<uuid:identifier_id>/confirm", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.response(200, PersonIdentifierSchema)
def confirm(reference: str, identifier_id: UUID) -> dict[str, Any]:
    """It is still the reporter's. Without a doubt this changes nothing."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        identifier = identifier_of(session, case, identifier_id)
        confirm_identifier(session, case, identifier, by=g.actor, now=datetime.now(UTC))
        return show_identifier(identifier)


@blueprint.route("/cases/<reference>/identifiers/<uuid:identifier_id>/pass-on", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.response(200, PassedOnSchema)
def pass_number_on(reference: str, identifier_id: UUID) -> dict[str, Any]:
    """It is somebody else's: what came from it since the doubt began moves to a case of their own. 409 for one that
    was passed on before."""
    with unit_of_work() as session:
        hold_persons(session, case_by_reference(session, reference, by=g.actor).reporter_id)
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        identifier = identifier_of(session, case, identifier_id)
        book = current_book(session)
        theirs = pass_on(session, case, identifier, book=book, by=g.actor, now=datetime.now(UTC))
        return {"cases": [one.reference for one in theirs]}


@blueprint.route("/cases/<reference>/identifiers/<uuid:identifier_id>/doubt", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.response(200, PersonIdentifierSchema)
def doubt(reference: str, identifier_id: UUID) -> dict[str, Any]:
    """It may be somebody else's by now: from here on only an officer's neutral words go there."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        identifier = identifier_of(session, case, identifier_id)
        doubt_identifier(session, case, identifier, Doubt.OFFICER, by=g.actor, now=datetime.now(UTC))
        return show_identifier(identifier)


def _shown(session: Session, case: Case, party: Party) -> dict[str, Any]:
    family = family_permissions(session, parties_of(session, case))
    return show_party(party, disclosure_of(party, family=family))
