"""Dead letters on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from cases.services.dead_letters import LONGEST_REASON
from cases.vocabulary import DeadLetterKind
from hotline.api.schemas.fields import Body, PageQuery, Shown, Words, page_schema, word
from hotline.dead_letters import MOST_AT_ONCE, DeadLetter


class DeadLetterQuery(PageQuery):
    """Which kind."""

    kind = word(DeadLetterKind, load_default=DeadLetterKind.MESSAGE)


class DeadLetterSchema(Shown):
    """One of them, without words and numbers."""

    letter = fields.String(required=True, metadata={"description": "Its name for replay and settle"})
    kind = word(DeadLetterKind, required=True)
    at = fields.AwareDateTime(required=True, allow_none=True)
    what = fields.String(
        required=True, metadata={"description": "The kind of message, the name of the job, or `webhook`"}
    )
    why = fields.String(
        required=True, allow_none=True, metadata={"description": "The provider's error code, or our mistake"}
    )
    reference = fields.String(required=True, allow_none=True)
    channel = fields.String(required=True, allow_none=True)
    attempts = fields.Integer(required=True)
    about = fields.List(
        fields.String(), required=True, metadata={"description": "Ids of the messages or attachments meant"}
    )


class ActBody(Body):
    """Which ones, and why."""

    letters = fields.List(
        Words(validate=validate.Length(min=3, max=200)),
        required=True,
        validate=validate.Length(min=1, max=MOST_AT_ONCE),
    )
    reason = Words(required=True, validate=validate.Length(min=1, max=LONGEST_REASON))


class ActSchema(Shown):
    """What became of one of them. `refused`: the stable code of the refusal."""

    letter = fields.String(required=True)
    done = fields.Boolean(required=True)
    refused = fields.String(required=True, allow_none=True)


class ActsSchema(Shown):
    """What became of each."""

    items = fields.List(fields.Nested(ActSchema), required=True)


DeadLetterPage = page_schema("DeadLetterPage", DeadLetterSchema)


def show_letter(letter: DeadLetter) -> dict[str, Any]:
    """One dead letter."""
    return {
        "letter": letter.key,
        "kind": letter.kind,
        "at": letter.at,
        "what": letter.what,
        "why": letter.why,
        "reference": letter.reference,
        "channel": letter.channel,
        "attempts": letter.attempts,
        "about": list(letter.messages),
    }
