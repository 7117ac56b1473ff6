"""The queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from flask_babel import get_locale
from sqlalchemy import select
from werkzeug.wrappers import Response

from cases.models import Case, User
from cases.queries.anonymous_calls import unseen_anonymous_calls
from cases.queries.lists import list_workers
from cases.queries.presence import present
from cases.queries.queue import (
    MOST_COUNTED,
    QueueFilter,
    queue_counts,
    queue_page,
    state_of,
)
from cases.queries.queue_rows import RowFacts, row_facts
from cases.queries.saved_views import default_arguments, views_of
from cases.rules.access import Permission, may
from cases.rules.flood import is_flooding
from cases.vocabulary import Actor, CaseStatus, Category, Urgency
from escalation.services.load_countries import load_countries
from hotline.console import blueprint
from hotline.console.live import first_cursor
from hotline.console.queue_address import (
    address,
    arguments_in,
    arguments_of,
    chips,
    read_filter,
)
from hotline.console.queue_position import read_position, write_position
from hotline.extensions import db
from hotline.labels import label_in
from hotline.security.access import acting_user, signed_in

MOST_WORKERS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue. `zone` and `hour_there`: where the worker is, as far as her country tells."""

    case: Case
    facts: RowFacts
    country: str
    zone: str | None
    hour_there: str
    others: list[tuple[str, bool]]


@blueprint.get("/")
@signed_in(Permission.SEE_CASES)
def queue() -> str | Response:
    """Open cases, the most urgent first; without a word in the address, as the officer's own view has them."""
    if not request.args:
        arguments = arguments_in(default_arguments(db.session(), by=acting_user()) or "")
        if arguments:
            return redirect(address(url_for("console.queue"), arguments))
    return show_queue()


@blueprint.get("/rows")
@signed_in(Permission.SEE_CASES)
def rows() -> str:
    """The table alone: the page puts it in place when something has changed."""
    return render_template("console/_rows.html", **_view(acting_user(), _given()))


def show_queue(**more: Any) -> str:
    """The whole page; `more` is what an act has to tell."""
    by, session = acting_user(), db.session()
    arguments = _given()
    workers = list_workers(session, limit=MOST_WORKERS).rows
    users = {user.id: user.name for user in workers}
    users |= _named(read_filter(arguments, by=by), users)
    return render_template(
        "console/queue.html",
        **_view(by, arguments),
        chips=chips(url_for("console.queue"), arguments, users=users),
        workers=workers,
        views=views_of(session, by=by),
        may_share=may(by.role, Permission.SEE_BOARD),
        urgencies=list(Urgency),
        categories=list(Category),
        statuses=list(CaseStatus),
        **more,
    )


def _given() -> list[tuple[str, str]]:
    return arguments_of(request.args.items(multi=True))


def _view(by: Actor, arguments: list[tuple[str, str]]) -> dict[str, Any]:
    session, now = db.session(), datetime.now(UTC)
    after = request.args.get("after", "")
    wanted = read_filter(arguments, by=by)
    page = queue_page(session, wanted, by=by, now=now, after=read_position(after, wanted))
    home = url_for("console.queue")
    more = {"after": after} if after else {}
    return {
        # In place of the global one: this page says hundreds of words.
        "label": label_in(str(get_locale())),
        "rows": _rows(page.cases, by, now),
        "next_url": address(home, arguments, after=write_position(page.after)) if page.after else None,
        "rows_url": address(url_for("console.rows"), arguments, **more),
        "live_url": address(url_for("console.live", queue=1), arguments, **more),
        "cursor": first_cursor(session, state_of(page.cases)),
        "first_url": address(home, arguments) if after else None,
        "wanted": wanted,
        "given": arguments,
        "counts": queue_counts(session, by=by, now=now),
        "most_counted": MOST_COUNTED,
        "now": now,
        "unseen_calls": unseen_anonymous_calls(session, by=by),
        "is_flooding": is_flooding,
    }


def _rows(cases: Any, by: Actor, now: datetime) -> list[Row]:
    """Four statements with the page itself, however many rows."""
    session = db.session()
    facts = row_facts(session, cases, by=by)
    others: dict[str, list[tuple[str, bool]]] = {}
    for one in present(session, by=by, now=now):
        if one.user_id == by.user_id:
            continue
        others.setdefault(one.reference, []).append((one.name, one.is_typing))
    english, countries = str(get_locale()) == "en", load_countries()
    found = []
    for case in cases:
        country = countries.get(case.country or "")
        found.append(
            Row(
                case,
                facts[case.id],
                (country.name_en if english else country.name_id) if country else case.country or "?",
                country.timezone if country else None,
                f"{now.astimezone(ZoneInfo(country.timezone)):%H:%M}" if country else "",
                others.get(case.reference, []),
            )
        )
    return found


def _named(wanted: QueueFilter, known: dict[UUID, str]) -> dict[UUID, str]:
    """Owners in the address who are no longer among the workers."""
    missing = [owner for owner in wanted.owner_ids if owner not in known]
    if not missing:
        return {}
    found = db.session().execute(select(User.id, User.name).where(User.id.in_(missing)))
    return {row[0]: row[1] for row in found}
