"""What the case page puts together from what is known: the next thing to do, the composer's facts, the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import get_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Unreachable
from cases.models import Case, CaseNeed, Event, Message, Referral, Template
from cases.queries.lists import CaseFile
from cases.rules.contact_safety import BETRAYING_WORDS, Plan
from cases.rules.history import Change, Line, field_history
from cases.rules.next_step import Next, OpenTask, Situation, next_step
from cases.rules.reach import window_is_open
from cases.rules.safe_hours import is_safe_at
from cases.services.send_to_person import last_address
from cases.vocabulary import (
    Channel,
    ClockState,
    ContactPermission,
    Direction,
    MessageKind,
    ReferralStatus,
    TemplateState,
)
from escalation.models import Clock
from escalation.services.load_paths import load_paths
from hotline.labels import label

_OWED = (ClockState.RUNNING, ClockState.BREACHED)
_ASKED = (ReferralStatus.SENT, ReferralStatus.ACCEPTED)
_SAID_BY_US = (MessageKind.REPLY, MessageKind.NEUTRAL_REPLY, MessageKind.QUESTION)


@dataclass(frozen=True, slots=True)
class Composer:
    """What an officer must see while writing: the way, the hour there and whether it is a safe one, words that betray,
    and what WhatsApp still takes. `templates`: approved words, where its window is shut."""

    channel: Channel | None
    zone: str | None
    safe_now: bool | None
    words: Sequence[str]
    window_open: bool | None
    templates: Sequence[Template]


def what_next(
    case: Case,
    file: CaseFile,
    clocks: Sequence[Clock],
    needs: Sequence[CaseNeed],
    *,
    plan: Plan,
    now: datetime,
) -> Next:
    """The one thing to do now."""
    statuses = [referral.status for referral in file.referrals]
    situation = Situation(
        is_open=case.is_open,
        has_owner=case.owner_id is not None,
        reply=plan.reply,
        clocks=[(clock.step, clock.due_at) for clock in clocks if clock.state in _OWED],
        tasks=[OpenTask(task.kind, task.due_at) for task in file.tasks],
        unanswered_since=unanswered_since(file.messages),
        proposals=statuses.count(ReferralStatus.PROPOSED),
        waiting_for=sum(statuses.count(status) for status in _ASKED),
        needs=[need.state for need in needs],
    )
    return next_step(situation, now)


def unanswered_since(messages: Sequence[Message]) -> datetime | None:
    """When she wrote the first of what nobody has answered yet."""
    since: datetime | None = None
    for message in messages:
        if message.direction is Direction.OUT and message.kind in _SAID_BY_US:
            since = None
        elif message.direction is Direction.IN and message.kind is MessageKind.REPORT:
            since = since or message.created_at
    return since


def composer(
    session: Session, case: Case, file: CaseFile, plan: Plan, zone: ZoneInfo | None, now: datetime
) -> Composer:
    """The composer's facts, in two statements at most."""
    try:
        _, channel = last_address(session, case)
    except Unreachable:
        channel = None
    neutral = plan.reply is ContactPermission.UNKNOWN or plan.is_watched
    opened = None
    templates: Sequence[Template] = ()
    if channel is Channel.WHATSAPP:
        said = [
            message.created_at
            for message in file.messages
            if message.direction is Direction.IN and message.channel is Channel.WHATSAPP
        ]
        opened = window_is_open(max(said, default=None), now)
        if not opened:
            templates = _approved(session, (file.plan.language if file.plan else None) or case.language)
    return Composer(
        channel=channel,
        zone=str(zone) if zone else None,
        safe_now=is_safe_at(plan.hours, plan.zone, now) if plan.hours else None,
        words=sorted(BETRAYING_WORDS) if neutral else (),
        window_open=opened,
        templates=templates,
    )


def history_of(
    events: Sequence[Event], users: Mapping[UUID, str], *, merged: bool
) -> dict[str, list[Change]]:
    """The history of each field, with people by name."""
    lines = [
        Line(event.kind, event.at, event.user.name if event.user else event.actor.value, event.data)
        for event in events
    ]
    history = field_history(lines, merged=merged)
    names = {str(user_id): name for user_id, name in users.items()}
    owner = [
        Change(
            change.field,
            change.at,
            change.who,
            names.get(change.before or "", change.before),
            names.get(change.after or "", change.after),
            change.why,
        )
        for change in history.get("owner", [])
    ]
    return history | ({"owner": owner} if owner else {})


def field_label(field: str, referrals: Sequence[Referral]) -> str:
    """What a field of the history is called on the page."""
    kind, _, rest = field.partition("_")
    if kind == "referral":
        names = {str(referral.id): referral.agency.name for referral in referrals}
        return f"{label('moved_referral')}: {names.get(rest, '?')}"
    if kind == "path":
        words = {line.key: line.words for lines in load_paths().lines.values() for line in lines}
        language = "en" if str(get_locale()) == "en" else "id"
        return f"{label('field_path')}: {words[rest][language] if rest in words else rest}"
    if kind in {"need", "consent"}:
        return f"{label('field_' + kind)}: {label(rest)}"
    return label(f"field_{field}")


def _approved(session: Session, language: str) -> Sequence[Template]:
    query = select(Template).where(Template.is_current, Template.state == TemplateState.APPROVED)
    found = session.scalars(query.order_by(Template.name)).all()
    return [one for one in found if one.language == language] or found
