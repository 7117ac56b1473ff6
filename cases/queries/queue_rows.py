"""What the queue shows of its cases beside the cases themselves: whose turn it is, what is unread, what to mind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, exists, func, or_, select, true
from sqlalchemy.orm import Session

from cases.models import Case, ContactPlan, Identifier, Message, Presence, Referral
from cases.rules.waiting import Said, Waiting, waiting
from cases.vocabulary import (
    Actor,
    ContactPermission,
    ContactWarning,
    Delivery,
    Direction,
    MessageKind,
    PhoneHolder,
    ReferralStatus,
)

# As many messages of each case are looked at: a flood costs the page no more than this.
LOOKED_AT = 60
_CONVERSATION = (
    MessageKind.REPORT, MessageKind.CALL, MessageKind.REPLY, MessageKind.NEUTRAL_REPLY, MessageKind.QUESTION,
    MessageKind.ANSWER, MessageKind.COMMAND,
)  # fmt: skip
_NEVER_SENT = (Delivery.HELD, Delivery.CANCELLED, Delivery.FAILED, Delivery.UNDELIVERED)
_OTHERS = (PhoneHolder.EMPLOYER, PhoneHolder.SHARED, PhoneHolder.AGENCY)


@dataclass(frozen=True, slots=True)
class RowFacts:
    """Beside one case. `unread`: messages to us since the asker last had the case in front of them; `unread_or_more`:
    that many and perhaps more."""

    waiting: Waiting
    unread: int
    unread_or_more: bool
    warnings: tuple[ContactWarning, ...]


def row_facts(session: Session, cases: Sequence[Case], *, by: Actor) -> dict[UUID, RowFacts]:
    """For every given case: two statements, however many there are."""
    ids = [case.id for case in cases]
    if not ids:
        return {}
    said = _said(session, ids)
    beside = session.execute(_BESIDE, {"ids": ids, "user_id": by.user_id})
    facts = {row.id: row for row in beside}
    return {case.id: _row(case, said[case.id], facts[case.id]) for case in cases if case.id in facts}


def _row(case: Case, said: Sequence[Said], facts: Any) -> RowFacts:
    cut_off = len(said) >= LOOKED_AT
    unread = sum(
        one.direction is Direction.IN and (facts.seen_at is None or one.at > facts.seen_at) for one in said
    )
    return RowFacts(
        waiting=waiting(said, opened_at=case.opened_at, referred_at=facts.referred_at, cut_off=cut_off),
        unread=unread,
        unread_or_more=cut_off and unread == len(said),
        warnings=tuple(_warnings(facts)),
    )


def _warnings(facts: Any) -> Iterable[ContactWarning]:
    if facts.duress_at is not None:
        yield ContactWarning.DURESS
    if facts.reply is ContactPermission.FORBIDDEN:
        yield ContactWarning.NO_REPLY
    if facts.opted_out:
        yield ContactWarning.OPTED_OUT
    if facts.doubted:
        yield ContactWarning.IN_DOUBT
    if facts.holder in _OTHERS:
        yield ContactWarning.WATCHED


def _said(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[Said]]:
    found: dict[UUID, list[Said]] = defaultdict(list)
    for case_id, direction, kind, at in session.execute(_SAID, {"ids": ids}):
        found[case_id].append(Said(direction, kind, at))
    return found


def _of_conversation() -> Select[Any]:
    newest = (
        select(Message.direction, Message.kind, Message.created_at)
        .where(
            Message.case_id == Case.id,
            Message.kind.in_(_CONVERSATION),
            or_(Message.direction == Direction.IN, Message.delivery.not_in(_NEVER_SENT)),
        )
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(LOOKED_AT)
        .lateral("newest")
    )
    return (
        select(Case.id, newest.c.direction, newest.c.kind, newest.c.created_at)
        .join(newest, true())
        .where(Case.id.in_(bindparam("ids", expanding=True)))
        .order_by(Case.id, newest.c.created_at.desc())
    )


def _beside_conversation() -> Select[Any]:
    current = and_(Identifier.person_id == Case.reporter_id, Identifier.ended_at.is_(None))
    sent: Any = (
        select(func.min(Referral.sent_at))
        .where(Referral.case_id == Case.id, Referral.status == ReferralStatus.SENT)
        .scalar_subquery()
    )
    seen = and_(Presence.case_id == Case.id, Presence.user_id == bindparam("user_id"))
    return (
        select(
            Case.id,
            ContactPlan.reply,
            ContactPlan.holder,
            ContactPlan.duress_at,
            exists().where(current, Identifier.opted_out_at.is_not(None)).label("opted_out"),
            exists().where(current, Identifier.doubted_at.is_not(None)).label("doubted"),
            sent.label("referred_at"),
            Presence.seen_at,
        )
        .outerjoin(ContactPlan, ContactPlan.person_id == Case.reporter_id)
        .outerjoin(Presence, seen)
        .where(Case.id.in_(bindparam("ids", expanding=True)))
    )


# Put together once: that takes longer than asking.
_SAID, _BESIDE = _of_conversation(), _beside_conversation()
