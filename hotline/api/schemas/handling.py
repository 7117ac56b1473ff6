"""What officers ask for: filters of the list of cases, and the bodies of the verbs."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from cases.services.categories import MOST_CATEGORIES
from cases.services.contact import LONGEST_PLAN_TEXT, ContactOutcome
from cases.services.lifecycle import LONGEST_REASON
from cases.vocabulary import (
    CaseStatus,
    Category,
    Channel,
    CloseReason,
    ContactPermission,
    PhoneHolder,
    Relation,
    Urgency,
    WaitingAbout,
)
from escalation.services.register_report import CHANNELS, LONGEST_FIELD, LONGEST_REPORT
from hotline.api.schemas.fields import Body, PageQuery, Words, country, word


class CaseQuery(PageQuery):
    """Filters of the list of cases; together they narrow."""

    status = word(CaseStatus)
    urgency = word(Urgency)
    category = word(Category, "Any of the case's categories, not only the leading one")
    country = country("Where the worker is")
    reporter = Words(
        validate=validate.Length(min=1, max=200),
        metadata={"description": "The reporter's present phone number (+966…) or WhatsApp user id"},
    )
    q = Words(
        validate=validate.Length(min=2, max=100),
        metadata={"description": "Part of the reference or of what was written, in any case of letters"},
    )


IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"},
    "description": "The same key of the same token registers one report, however often it is sent",
}


class ReportBody(Body):
    """A report that did not come by message: what happened, where, how to reach somebody."""

    what = Words(required=True, validate=validate.Length(min=1, max=LONGEST_REPORT))
    where = Words(required=True, validate=validate.Length(min=1, max=LONGEST_FIELD))
    reach = Words(
        required=True,
        validate=validate.Length(min=1, max=LONGEST_FIELD),
        metadata={"description": "Free words; numbers with a country code (+966…) become the person's"},
    )
    channel = fields.Enum(
        Channel,
        by_value=fields.String,
        required=True,
        validate=validate.OneOf(CHANNELS, error="Messages come by their webhooks."),
    )
    country = country("Where the worker is; without it the words and the number tell")
    relation = word(Relation, "Of whom reports for another; absent: the worker, or not known")
    name = Words(validate=validate.Length(min=1, max=200), metadata={"description": "The reporter's name"})


def _plan_text() -> Words:
    return Words(allow_none=True, validate=validate.Length(max=LONGEST_PLAN_TEXT))


class ContactPlanBody(Body):
    """What the person said about safe contact; what is not named stays. `version` is the one that was read."""

    reply = word(ContactPermission)
    call = word(ContactPermission)
    voice_note = word(ContactPermission)
    family = word(ContactPermission)
    holder = word(PhoneHolder)
    channel = word(Channel, allow_none=True)
    hours = Words(
        allow_none=True,
        validate=validate.Length(max=200),
        metadata={"description": "In her local time: `sen-jum 20:00-23:30; min 06:00-08:00`"},
    )
    readers = _plan_text()
    language = _plan_text()
    name_to_use = _plan_text()
    cover_story = _plan_text()
    trusted_person = _plan_text()
    safe_word = _plan_text()
    duress_word = _plan_text()
    version = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))


class ChangeBody(Body):
    """What changes; at least one thing."""

    urgency = word(Urgency)
    categories = fields.List(
        word(Category),
        validate=validate.Length(min=1, max=MOST_CATEGORIES),
        metadata={"description": "All of them, the leading one first; `INFO` only alone"},
    )
    reason = Words(
        validate=validate.Length(min=1, max=LONGEST_REASON),
        metadata={"description": "Needed with `urgency` and with `categories`"},
    )
    contact_plan = fields.Nested(ContactPlanBody)

    @validates_schema
    def _needs_something(self, data: dict[str, Any], **_: Any) -> None:
        if not {"urgency", "categories", "contact_plan"} & set(data):
            raise ValidationError("One of urgency, categories and contact_plan is needed.")
        if {"urgency", "categories"} & set(data) and not data.get("reason", "").strip():
            raise ValidationError("A reason is needed.", "reason")


class AssignmentBody(Body):
    """Who is to have the case."""

    user_id = Words(
        required=True,
        validate=validate.Length(min=1, max=40),
        metadata={"description": "An id from `GET /users`, or `me` to take a case that nobody has"},
    )


class StatusBody(Body):
    """Where the case is to go. Closing and reopening are calls of their own."""

    status = word(CaseStatus, required=True)
    explanation = Words(load_default="", validate=validate.Length(max=LONGEST_REASON))
    about = word(WaitingAbout, "What is waited for; needed with `waiting_for_worker`")
    until = fields.AwareDateTime(metadata={"description": "When to look again at what is waited for"})


class CloseBody(Body):
    """Why the case ends."""

    reason = word(CloseReason, required=True)
    explanation = Words(required=True, validate=validate.Length(min=1, max=LONGEST_REASON))
    safety_note = Words(
        load_default="",
        validate=validate.Length(max=LONGEST_REASON),
        metadata={"description": "Needed where two must close: why she is safe now, and how that is known"},
    )


class ReopenBody(Body):
    """Why the case goes on."""

    explanation = Words(required=True, validate=validate.Length(min=1, max=LONGEST_REASON))


class ContactBody(Body):
    """What came of trying to reach the person."""

    outcome = word(ContactOutcome, required=True)
