"""The queue."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from flask import render_template, request, url_for

from cases.queries.anonymous_calls import unseen_anonymous_calls
from cases.queries.queue import Position, QueueFilter, change_cursor, counts_by_urgency, queue_page
from cases.rules.access import Permission
from cases.rules.flood import is_flooding
from cases.vocabulary import Actor, CaseStatus, Category, Urgency
from hotline.console import blueprint
from hotline.console.addresses import with_arguments
from hotline.extensions import db
from hotline.security.access import acting_user, signed_in

Words = TypeVar("Words", bound=StrEnum)


@blueprint.get("/")
@signed_in(Permission.SEE_CASES)
def queue() -> str:
    """Open cases, the most urgent first."""
    return render_template("console/queue.html", **_view(), cursor=change_cursor(db.session()))


@blueprint.get("/rows")
@signed_in(Permission.SEE_CASES)
def rows() -> str:
    """The table alone: the page puts it in place when something has changed."""
    return render_template("console/_rows.html", **_view())


def _view() -> dict[str, Any]:
    by = acting_user()
    wanted = _filter(by)
    page = queue_page(db.session(), wanted, by=by, after=_position(request.args.get("after")))
    given = {name: value for name, value in request.args.items() if name != "lang"}
    filters = {name: value for name, value in given.items() if name != "after"}
    return {
        "page": page,
        "next_url": with_arguments(url_for("console.queue"), filters, after=_write(page.after))
        if page.after
        else None,
        "rows_url": with_arguments(url_for("console.rows"), given),
        "wanted": wanted,
        "counts": counts_by_urgency(db.session(), by=by),
        "now": datetime.now(UTC),
        "unseen_calls": unseen_anonymous_calls(db.session(), by=by),
        "is_flooding": is_flooding,
        "urgencies": list(Urgency),
        "categories": list(Category),
        "statuses": list(CaseStatus),
        "arguments": filters,
    }


def _filter(by: Actor) -> QueueFilter:
    """The filter in the address. A word that is no word filters nothing, rather than failing at 3 a.m."""
    owner = request.args.get("owner")
    category = _word(Category, "category")
    country = request.args.get("country", "").upper()
    return QueueFilter(
        urgency=_word(Urgency, "urgency"),
        status=_word(CaseStatus, "status"),
        country=country if len(country) == 2 and country.isascii() and country.isalpha() else None,
        category=category.value if category else None,
        owner_id=by.user_id if owner == "me" else None,
        unassigned=owner == "none",
    )


def _word(words: type[Words], name: str) -> Words | None:
    value = request.args.get(name, "")
    return words(value) if value in {word.value for word in words} else None


def _write(position: Position) -> str:
    urgency, due, case_id = position
    return urlsafe_b64encode(json.dumps([urgency, due.isoformat(), str(case_id)]).encode()).decode()


def _position(text: str | None) -> Position | None:
    """A position from the address; a broken one shows the first page."""
    if not text:
        return None
    try:
        urgency, due, case_id = json.loads(urlsafe_b64decode(text))
        return Urgency(urgency).value, datetime.fromisoformat(due), UUID(case_id)
    except (ValueError, TypeError):
        return None
