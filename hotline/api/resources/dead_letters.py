"""`/dead-letters`: what ended without arriving; replay and settle with a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import current_app, g
from marshmallow import RAISE

from cases.errors import Refused
from cases.rules.access import Permission
from cases.vocabulary import DeadLetterVerb
from hotline.api.blueprint import api_blueprint
from hotline.api.schemas.dead_letter import (
    ActBody,
    ActsSchema,
    DeadLetterPage,
    DeadLetterQuery,
    show_letter,
)
from hotline.dead_letters import act_on_letter, list_letters
from hotline.extensions import db
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("dead letters", "What ended without arriving")


@blueprint.route("/dead-letters")
@bearer(Permission.SEE_BOARD)
@blueprint.arguments(DeadLetterQuery, location="query", unknown=RAISE)
@blueprint.response(200, DeadLetterPage)
def all_letters(query: dict[str, Any]) -> dict[str, Any]:
    """Dead letters of one kind, newest first. Webhooks are those on the disk of the machine that answers."""
    page = list_letters(
        db.session(),
        current_app.extensions["spool"],
        query["kind"],
        by=g.actor,
        limit=query["limit"],
        after=query.get("cursor"),
    )
    return {"items": [show_letter(letter) for letter in page.letters], "next_cursor": page.after}


@blueprint.route("/dead-letters/replay", methods=["POST"])
@bearer(Permission.SEE_BOARD)
@blueprint.arguments(ActBody)
@blueprint.response(200, ActsSchema)
def replay(body: dict[str, Any]) -> dict[str, Any]:
    """Send each once more, through the contact gate again. Each is an act of its own: one refusal stops no other.
    A message has one successor at most, so asking twice sends once."""
    return _act(body, DeadLetterVerb.REPLAYED)


@blueprint.route("/dead-letters/settle", methods=["POST"])
@bearer(Permission.SEE_BOARD)
@blueprint.arguments(ActBody)
@blueprint.response(200, ActsSchema)
def settle(body: dict[str, Any]) -> dict[str, Any]:
    """Nothing more is to be sent: somebody has seen to it otherwise."""
    return _act(body, DeadLetterVerb.SETTLED)


def _act(body: dict[str, Any], verb: DeadLetterVerb) -> dict[str, Any]:
    items = []
    for key in body["letters"]:
        refused = None
        try:
            with unit_of_work() as session:
                act_on_letter(
                    session,
                    current_app.extensions["spool"],
                    key,
                    verb,
                    reason=body["reason"],
                    by=g.actor,
                    now=datetime.now(UTC),
                )
        except Refused as error:
            refused = error.code
        items.append({"letter": key, "done": refused is None, "refused": refused})
    return {"items": items}
