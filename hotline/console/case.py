"""One case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from cases.errors import Unreachable
from cases.models import Agency, Case, User
from cases.queries.duplicates import duplicates_of
from cases.queries.find_case import case_by_reference
from cases.queries.lists import case_file
from cases.queries.merges import cases_merged_into, followers_of, survivor_of
from cases.queries.needs import needs_by_kind
from cases.queries.persons import related_cases
from cases.queries.queue import change_cursor
from cases.queries.sending import sendings_of_case
from cases.rules.access import Permission, may
from cases.rules.contact_safety import Verdict
from cases.rules.flood import is_flooding
from cases.rules.timeline import TimelineGroup, group_of
from cases.services.consents import consents_of
from cases.services.contact import ContactOutcome, plan_of
from cases.services.merge_persons import merges_into
from cases.services.parties import disclosure_of, disclosure_to_reporter, family_permissions, parties_of
from cases.services.presence import note_presence
from cases.services.reading import record_reading
from cases.services.send_to_person import judge, last_address
from cases.vocabulary import (
    Authority,
    Category,
    Channel,
    ConsentPurpose,
    ContactPermission,
    IncidentKind,
    MessageKind,
    NeedKind,
    NeedState,
    PartyRole,
    PathStepState,
    PhoneHolder,
    Purpose,
    RejectReason,
    Relation,
    Role,
    SharingBasis,
    Urgency,
)
from escalation.models import Clock, Page
from escalation.services.load_codes import load_codes
from escalation.services.load_countries import load_countries, zone_of
from hotline.console import blueprint
from hotline.console.desk import composer, field_label, history_of, unanswered_since, what_next
from hotline.console.desk_actions import ROOM
from hotline.console.endings import endings
from hotline.console.highlight import highlighted, reason_told
from hotline.console.path import path_parts
from hotline.console.stale import Stale
from hotline.extensions import db
from hotline.labels import label_in
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work

PLAN_SECRETS = ("safe_word", "duress_word")
PLAN_FIELDS = (
    "holder",
    "readers",
    "channel",
    "reply",
    "call",
    "voice_note",
    "family",
    "hours",
    "language",
    "name_to_use",
    "cover_story",
    "trusted_person",
    *PLAN_SECRETS,
)
# A flood must not make the page heavy: the rest is one click away.
SHOWN_MESSAGES = 50
SHOWN_EVENTS = 100
SPOKEN = frozenset(
    {
        MessageKind.REPORT, MessageKind.CALL, MessageKind.REPLY, MessageKind.NEUTRAL_REPLY, MessageKind.COMMAND,
        MessageKind.QUESTION, MessageKind.ANSWER, MessageKind.UPDATE,
    }
)  # fmt: skip


@blueprint.get("/cases/<reference>")
@signed_in(Permission.SEE_CASES)
def case(reference: str) -> str | Response:
    """The case page. Opening it is a line in the log; its live refreshes are not. A case that was merged leads to the
    one that it is part of, which says so; `own`: what is left of it, its log."""
    by = acting_user()
    with unit_of_work() as session:
        found = case_by_reference(session, reference, by=by, lock=True)
        survivor = survivor_of(session, found)
        if survivor is not found and "own" not in request.args:
            flash(
                _("%(case)s adalah bagian dari kasus ini: keduanya digabung.", case=found.reference), "info"
            )
            return redirect(url_for("console.case", reference=survivor.reference))
        record_reading(session, found, by=by, now=datetime.now(UTC))
        note_presence(session, found, by=by, now=datetime.now(UTC))
    return show_case(reference)


@blueprint.get("/cases/<reference>/body")
@signed_in(Permission.SEE_CASES)
def case_body(reference: str) -> str:
    """What changes on the page, without the forms somebody may be typing into."""
    return render_template("console/_case_live.html", **_view(db.session(), reference))


def show_case(
    reference: str,
    typed: Mapping[str, str] | None = None,
    *,
    secret: str = "",
    secret_name: str = "",
    stale: Stale | None = None,
) -> str:
    """Render the page; `typed` keeps what was written into a form that was refused, `secret` is shown once, `stale`
    tells what somebody else saved first."""
    session = db.session()
    view = _view(session, reference)
    found: Case = view["case"]
    return render_template(
        "console/case.html",
        **view,
        **_choices(session),
        endings=endings(session, found, now=view["now"]),
        path=path_parts(session, found),
        path_states=list(PathStepState),
        locale="en" if str(get_locale()) == "en" else "id",
        typed=typed or {},
        stale=stale,
        secret=secret,
        secret_name=secret_name,
    )


def _view(session: Session, reference: str) -> dict[str, Any]:
    found = case_by_reference(session, reference, by=acting_user())
    file = case_file(session, found)
    clocks = session.scalars(select(Clock).where(Clock.case_id == found.id).order_by(Clock.due_at)).all()
    pages = session.scalars(
        select(Page)
        .where(Page.case_id == found.id)
        .options(joinedload(Page.contact))
        .order_by(Page.id.desc())
    ).all()
    country = load_countries().get(found.country or "")
    plan = plan_of(session, found.reporter_id)
    now = datetime.now(UTC)
    parties = parties_of(session, found)
    needs = needs_by_kind(session, found)
    survivor = survivor_of(session, found)
    users = {user.id: user.name for user in session.scalars(select(User))}
    zone = ZoneInfo(country.timezone) if country else None
    family = family_permissions(session, parties)
    said = [message for message in file.messages if message.kind in SPOKEN]
    hidden = 0 if "all" in request.args else max(0, len(said) - SHOWN_MESSAGES)
    talk = said[hidden:]
    return {
        "case": found,
        "file": file,
        "sendings": sendings_of_case(session, found, file.messages, file.tasks),
        "clocks": clocks,
        "pages": pages,
        "users": users,
        "country": country,
        "zone": zone,
        "plan_zone": zone_of(found.country),
        "now": now,
        "flooding": is_flooding(found.flooded_at, now),
        "talk": talk,
        "talk_hidden": hidden,
        "by_hand": [message for message in said if "by_hand" in (message.content or {})],
        "sids": {message.provider_sid: message.id for message in talk if message.provider_sid},
        "plan": plan,
        "verdict": contact_now(session, found),
        "label": label_in(str(get_locale())),
        "highlighted": highlighted,
        "shown_events": SHOWN_EVENTS,
        "reason_told": reason_told,
        "code_of": lambda text: load_codes().read(text, found.country),
        "parties": [(party, disclosure_of(party, family=family)) for party in parties],
        "disclosure": disclosure_to_reporter(session, found),
        "related": related_cases(session, found, parties),
        "duplicates": duplicates_of(session, found, parties, by=acting_user(), now=now),
        "survivor": survivor,
        "case_merges": cases_merged_into(session, found),
        "followers": followers_of(session, found),
        "merges": merges_into(session, found.reporter_id),
        "cursor": change_cursor(session, case_id=found.id),
        "next": what_next(found, file, clocks, list(needs.values()), plan=plan, now=now),
        "unanswered_since": unanswered_since(file.messages),
        "composer": composer(session, found, file, plan, zone, now),
        "needs": needs,
        "room": ROOM,
        "timeline_groups": list(TimelineGroup),
        "consents": consents_of(session, found),
        "group_of": group_of,
        "field_label": field_label,
        "history": history_of(file.events, users, merged=survivor is not found),
        "me": current_user.user_id,
        "may_export": may(current_user.role, Permission.EXPORT_EVIDENCE),
        "language": request.args.get("lang"),
    }


def contact_now(session: Session, case: Case) -> Verdict | None:
    """What the gate would say to neutral words of an officer at this moment; None without an address."""
    try:
        identifier, channel = last_address(session, case)
    except Unreachable:
        return None
    return judge(session, identifier, channel, purpose=Purpose.REPLY, body=None, now=datetime.now(UTC))


def _choices(session: Session) -> dict[str, Any]:
    staff = (
        select(User).where(User.active, User.role.in_([Role.OFFICER, Role.SUPERVISOR])).order_by(User.name)
    )
    return {
        "need_kinds": list(NeedKind),
        "need_states": list(NeedState),
        "purposes": list(ConsentPurpose),
        "staff": session.scalars(staff).all(),
        "agencies": session.execute(
            select(Agency.key, Agency.name).where(Agency.active).order_by(Agency.name)
        ).all(),
        "urgencies": list(Urgency),
        "categories": list(Category),
        "bases": list(SharingBasis),
        "reject_reasons": list(RejectReason),
        "outcomes": list(ContactOutcome),
        "permissions": list(ContactPermission),
        "holders": list(PhoneHolder),
        "channels": [channel for channel in Channel if channel is not Channel.WEBHOOK],
        "incident_kinds": list(IncidentKind),
        "party_roles": list(PartyRole),
        "relations": list(Relation),
        "authorities": list(Authority),
    }
