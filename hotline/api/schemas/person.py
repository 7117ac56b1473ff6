"""People, their names and their parts in cases, on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from cases.models import Identifier, Party, Person
from cases.models.person import designation_of
from cases.queries.persons import Found, PersonFile
from cases.rules.identifiers import LONGEST
from cases.services.parties import LONGEST_NAME, LONGEST_NOTE
from cases.vocabulary import Authority, Disclosure, Doubt, IdentifierKind, PartyRole, Relation
from hotline.api.schemas.fields import Body, Shown, Words, word


class PersonIdentifierSchema(Shown):
    """A name of a person, with the time it was theirs."""

    id = fields.UUID(required=True)
    kind = word(IdentifierKind, required=True)
    value = fields.String(required=True)
    first_seen_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    opted_out = fields.Boolean(required=True)
    doubt = word(Doubt, "Why it may be somebody else's by now", required=True, allow_none=True)


class FoundPersonSchema(Shown):
    """A person who was found. `was_theirs`: what was looked for is no longer this person's."""

    id = fields.UUID(required=True)
    designation = fields.String(required=True)
    open_cases = fields.Integer(required=True)
    cases = fields.Integer(required=True)
    was_theirs = fields.Boolean(required=True)


class FoundPersonsSchema(Shown):
    """At most 20 people."""

    items = fields.List(fields.Nested(FoundPersonSchema), required=True)


class PartInCaseSchema(Shown):
    """A part of this person in a case that somebody else reported."""

    case = fields.String(required=True)
    role = word(PartyRole, required=True)


class MergeSchema(Shown):
    """A merge into this person that stands."""

    id = fields.UUID(required=True)
    merged = fields.String(required=True, metadata={"description": "Designation of who was merged"})
    merged_at = fields.AwareDateTime(required=True)


class PersonSchema(Shown):
    """One person: names, the latest 50 cases they reported, parts in others' cases, merges."""

    id = fields.UUID(required=True)
    designation = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    identifiers = fields.List(fields.Nested(PersonIdentifierSchema), required=True)
    cases = fields.List(fields.String(), required=True)
    parts = fields.List(fields.Nested(PartInCaseSchema), required=True)
    merges = fields.List(fields.Nested(MergeSchema), required=True)
    merged_into = fields.UUID(required=True, allow_none=True)


class PartySchema(Shown):
    """Somebody's part in a case; `may_learn`: how much they may be told of the worker."""

    id = fields.UUID(required=True)
    person = fields.UUID(required=True)
    designation = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    role = word(PartyRole, required=True)
    relation = word(Relation, required=True, allow_none=True)
    authority = word(Authority, required=True)
    named_by_worker = fields.Boolean(required=True)
    note = fields.String(required=True, allow_none=True)
    company = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The employer, recruiter or P3MI it stands for: `GET /companies/{id}`"},
    )
    version = fields.Integer(
        required=True, metadata={"description": "Grows with each change; it is the ETag"}
    )
    may_learn = word(Disclosure, required=True)


class PartiesSchema(Shown):
    """The parties of a case, and how much the reporter may be told."""

    items = fields.List(fields.Nested(PartySchema), required=True)
    reporter_may_learn = word(Disclosure, required=True)


def _identifier_words(**options: Any) -> Words:
    return Words(
        validate=validate.Length(min=1, max=LONGEST),
        metadata={"description": "A number with country code, WhatsApp user id, e-mail address or @username"},
        **options,
    )


class PassedOnSchema(Shown):
    """The cases that are the new holder's now; none when nothing came since the doubt began."""

    cases = fields.List(fields.String(), required=True)


class SearchBody(Body):
    """Whom to look for. In a body, since a number must stand in no address."""

    identifier = Words(
        required=True,
        validate=validate.Length(min=1, max=LONGEST),
        metadata={"description": "An identifier, also a former one, or a designation (P-1A2B3C)"},
    )


class IdentifierBody(Body):
    """A name to add."""

    identifier = _identifier_words(required=True)


class SplitBody(Body):
    """What is the other person's: some of the current identifiers, and any of the cases."""

    identifiers = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=200))
    cases = fields.List(
        Words(validate=validate.Length(max=20)), load_default=list, validate=validate.Length(max=200)
    )


class OtherCaseBody(Body):
    """The other case."""

    with_case = Words(required=True, data_key="with", validate=validate.Length(min=1, max=20))


class PartyBody(Body):
    """A part to note. `is_reporter`: the one who wrote; else a name, an identifier, or both."""

    role = word(PartyRole, required=True)
    is_reporter = fields.Boolean(load_default=False)
    name = Words(load_default="", validate=validate.Length(max=LONGEST_NAME))
    reach = _identifier_words(data_key="identifier", load_default="")
    relation = word(Relation, "Of a proxy, to the worker", load_default=None)
    authority = word(Authority, load_default=Authority.NONE)
    named_by_worker = fields.Boolean(load_default=False)
    note = Words(load_default="", validate=validate.Length(max=LONGEST_NOTE))


class PartyChangeBody(Body):
    """What changes of a part; what is not named stays."""

    relation = word(Relation)
    authority = word(Authority)
    named_by_worker = fields.Boolean()
    note = Words(allow_none=True, validate=validate.Length(max=LONGEST_NOTE))


def show_identifier(identifier: Identifier) -> dict[str, Any]:
    """One name of a person."""
    return {
        "id": identifier.id,
        "kind": identifier.kind,
        "value": identifier.value,
        "first_seen_at": identifier.first_seen_at,
        "ended_at": identifier.ended_at,
        "opted_out": identifier.opted_out_at is not None,
        "doubt": identifier.doubt if identifier.doubted_at else None,
    }


def show_found(found: Found) -> dict[str, Any]:
    """One person of a search."""
    return {
        "id": found.person.id,
        "designation": found.person.designation,
        "open_cases": found.open_cases,
        "cases": found.cases,
        "was_theirs": found.was_theirs,
    }


def show_person(person: Person, file: PersonFile) -> dict[str, Any]:
    """One person with what belongs to them."""
    return {
        "id": person.id,
        "designation": person.designation,
        "name": person.name,
        "identifiers": [show_identifier(one) for one in person.identifiers],
        "cases": [case.reference for case in file.reported],
        "parts": [{"case": part.case.reference, "role": part.role} for part in file.parts],
        "merges": [
            {"id": merge.id, "merged": designation_of(merge.merged_id), "merged_at": merge.merged_at}
            for merge in file.merges
        ],
        "merged_into": file.merged_into,
    }


def show_party(party: Party, may_learn: Disclosure) -> dict[str, Any]:
    """One part in a case."""
    return {
        "id": party.id,
        "person": party.person_id,
        "designation": party.person.designation,
        "name": party.person.name,
        "role": party.role,
        "relation": party.relation,
        "authority": party.authority,
        "named_by_worker": party.named_by_worker,
        "note": party.note,
        "company": party.company_id,
        "version": party.version,
        "may_learn": may_learn,
    }
