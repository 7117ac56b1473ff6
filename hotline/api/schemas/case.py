"""Cases on the wire: a line of the list, and the whole file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import fields

from cases.models import Case, ContactPlan, Event, Identifier
from cases.models.person import designation_of
from cases.queries.lists import CaseFile
from cases.queries.sending import Sending
from cases.rules.lifecycle import possible_moves
from cases.vocabulary import (
    ActorKind,
    CaseStatus,
    Category,
    Channel,
    CloseReason,
    ContactPermission,
    ContactSign,
    EventKind,
    IdentifierKind,
    PhoneHolder,
    Reporter,
    Side,
    Urgency,
    WaitingAbout,
)
from escalation.queries.lists import ClockRow
from hotline.api.schemas.clock import ClockSchema, show_clock
from hotline.api.schemas.fields import Shown, page_schema, word
from hotline.api.schemas.incident import IncidentNameSchema, show_incident_name
from hotline.api.schemas.merge import MergingSchema
from hotline.api.schemas.message import (
    NoteSchema,
    SentMessageSchema,
    TriageSchema,
    show_message,
    show_note,
    show_sending,
    show_triage,
)
from hotline.api.schemas.referral import ReferralSchema, show_referral
from hotline.api.schemas.task import QuestioningSchema, TaskSchema, show_questioning, show_task
from hotline.api.schemas.user import UserSchema, show_user


class CaseSchema(Shown):
    """A case as the list shows it: nothing by which the reporter could be found."""

    reference = fields.String(required=True)
    status = word(CaseStatus, required=True)
    possible_moves = fields.List(word(CaseStatus), required=True)
    waiting_about = word(WaitingAbout, required=True, allow_none=True)
    waiting_until = fields.AwareDateTime(required=True, allow_none=True)
    urgency = word(Urgency, required=True)
    categories = fields.List(word(Category), required=True)
    leading_category = word(Category, required=True)
    country = fields.String(required=True, allow_none=True)
    side = word(Side, required=True)
    province_code = fields.String(required=True, allow_none=True)
    regency_code = fields.String(required=True, allow_none=True)
    language = fields.String(required=True)
    reporter = fields.String(required=True, metadata={"description": "What lists and logs call the person"})
    reporter_role = word(Reporter, required=True)
    contact_signs = fields.List(word(ContactSign), required=True)
    owner = fields.Nested(UserSchema, required=True, allow_none=True)
    incident = fields.Nested(IncidentNameSchema, required=True, allow_none=True)
    opened_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)
    last_message_at = fields.AwareDateTime(required=True)
    last_words = fields.String(required=True)
    next_due_at = fields.AwareDateTime(required=True, allow_none=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    close_reason = word(CloseReason, required=True, allow_none=True)
    version = fields.Integer(
        required=True, metadata={"description": "Grows with each change; it is the ETag"}
    )


class IdentifierSchema(Shown):
    """A number or WhatsApp id of the reporter."""

    kind = word(IdentifierKind, required=True)
    value = fields.String(required=True)
    first_seen_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class ContactPlanSchema(Shown):
    """What is known of safe contact; `version` 0: nothing yet. The secret words themselves are never shown here."""

    reply = word(ContactPermission, required=True)
    call = word(ContactPermission, required=True)
    voice_note = word(ContactPermission, required=True)
    family = word(ContactPermission, required=True)
    holder = word(PhoneHolder, required=True)
    channel = word(Channel, required=True, allow_none=True)
    zone = fields.String(required=True, allow_none=True)
    has_safe_word = fields.Boolean(required=True)
    has_duress_word = fields.Boolean(required=True)
    in_duress = fields.Boolean(required=True)
    signs = fields.List(word(ContactSign), required=True)
    hours = fields.String(required=True, allow_none=True)
    language = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class EventSchema(Shown):
    """One line of the case's log."""

    position = fields.Integer(required=True)
    kind = word(EventKind, required=True)
    at = fields.AwareDateTime(required=True)
    actor = word(ActorKind, required=True)
    user = fields.Nested(UserSchema, required=True, allow_none=True)
    contact_id = fields.UUID(required=True, allow_none=True)
    data = fields.Dict(keys=fields.String(), required=True)


class CaseFileSchema(CaseSchema, MergingSchema):
    """A case with everything that belongs to it."""

    triage = fields.Nested(TriageSchema, required=True, allow_none=True)
    identifiers = fields.List(fields.Nested(IdentifierSchema), required=True)
    contact_plan = fields.Nested(ContactPlanSchema, required=True)
    messages = fields.List(fields.Nested(SentMessageSchema), required=True)
    clocks = fields.List(fields.Nested(ClockSchema), required=True)
    referrals = fields.List(fields.Nested(ReferralSchema), required=True)
    notes = fields.List(fields.Nested(NoteSchema), required=True)
    tasks = fields.List(fields.Nested(TaskSchema), required=True)
    questions = fields.Nested(QuestioningSchema, required=True, allow_none=True)
    events = fields.List(fields.Nested(EventSchema), required=True)


CasePage = page_schema("CasePage", CaseSchema)


def show_case(case: Case) -> dict[str, Any]:
    """A case as the list shows it."""
    return {
        "reference": case.reference,
        "status": case.status,
        "possible_moves": possible_moves(case.status, ActorKind.USER),
        "waiting_about": case.waiting_about,
        "waiting_until": case.waiting_until,
        "urgency": case.urgency,
        "categories": [Category(name) for name in case.categories],
        "leading_category": case.leading_category,
        "country": case.country,
        "side": case.side,
        "province_code": case.province_code,
        "regency_code": case.regency_code,
        "language": case.language,
        "reporter": designation_of(case.reporter_id),
        "reporter_role": case.reporter_role,
        "contact_signs": [ContactSign(sign) for sign in case.contact_signs],
        "owner": show_user(case.owner),
        "incident": show_incident_name(case.incident),
        "opened_at": case.opened_at,
        "updated_at": case.updated_at,
        "last_message_at": case.last_message_at,
        "last_words": case.last_words,
        "next_due_at": case.next_due_at,
        "closed_at": case.closed_at,
        "close_reason": case.close_reason,
        "version": case.version,
    }


def show_case_file(
    case: Case, file: CaseFile, clocks: list[ClockRow], sendings: Mapping[UUID, Sending]
) -> dict[str, Any]:
    """A case with everything that belongs to it."""
    return {
        **show_case(case),
        "triage": show_triage(case.triage),
        "identifiers": [_show_identifier(identifier) for identifier in file.identifiers],
        "contact_plan": _show_plan(file.plan),
        "messages": [
            {
                **show_message(message, file.attached_to(message)),
                "sending": show_sending(sendings.get(message.id)),
            }
            for message in file.messages
        ],
        "clocks": [show_clock(row) for row in clocks],
        "referrals": [show_referral(referral, case.reference) for referral in file.referrals],
        "tasks": [show_task(task) for task in file.tasks],
        "questions": show_questioning(file.talk),
        "notes": [show_note(note) for note in file.notes],
        "events": [_show_event(event) for event in file.events],
    }


def _show_identifier(identifier: Identifier) -> dict[str, Any]:
    return {
        "kind": identifier.kind,
        "value": identifier.value,
        "first_seen_at": identifier.first_seen_at,
        "ended_at": identifier.ended_at,
    }


def _show_plan(plan: ContactPlan | None) -> dict[str, Any]:
    unknown = ContactPermission.UNKNOWN
    known = plan or ContactPlan(
        reply=unknown,
        call=unknown,
        voice_note=unknown,
        family=unknown,
        holder=PhoneHolder.UNKNOWN,
        signs=[],
        version=0,
    )
    names = (
        "reply",
        "call",
        "voice_note",
        "family",
        "holder",
        "channel",
        "zone",
        "hours",
        "language",
        "version",
    )
    return {name: getattr(known, name) for name in names} | {
        "signs": [ContactSign(sign) for sign in known.signs],
        "has_safe_word": known.safe_word is not None,
        "has_duress_word": known.duress_word is not None,
        "in_duress": known.duress_at is not None,
    }


def _show_event(event: Event) -> dict[str, Any]:
    return {
        "position": event.position,
        "kind": event.kind,
        "at": event.at,
        "actor": event.actor,
        "user": show_user(event.user),
        "contact_id": event.contact_id,
        "data": event.data,
    }
