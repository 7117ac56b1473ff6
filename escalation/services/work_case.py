"""An officer's verbs, with the promises they keep. Each takes a locked case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cases.models import Case, ClosingRequest, Message
from cases.services import assignment, categories, contact, lifecycle, replies, urgency
from cases.services.contact import ContactOutcome
from cases.services.questioning import await_when, end_questions, start_questions
from cases.vocabulary import Actor, Category, CloseReason, PartnerEvent, Step, Urgency
from escalation.services.act import Act
from escalation.services.book import Book
from escalation.services.clarify import promise_again
from escalation.services.close_case import close_case
from escalation.services.continue_case import route_again
from escalation.services.keep_promise import (
    keep_promise,
    refresh_next_due,
    restart_clocks,
    start_case_clocks,
)
from escalation.services.look_after import end_checks
from escalation.services.tell_partners import tell_partners


def claim(session: Session, case: Case, *, by: Actor, now: datetime) -> None:
    """Take a case nobody has: it is read and assigned by that."""
    assignment.claim_case(session, case, by=by, now=now)
    keep_promise(session, case, Step.READ, Step.ASSIGN, by=by, now=now)


def assign(session: Session, case: Case, *, to: UUID, by: Actor, now: datetime) -> None:
    """Give a case to somebody."""
    assignment.assign_case(session, case, to=to, by=by, now=now)
    keep_promise(session, case, Step.READ, Step.ASSIGN, by=by, now=now)


def reply(
    session: Session, case: Case, body: str, *, tells_nothing: bool = False, by: Actor, now: datetime
) -> Message:
    """Write to the reporter; the first safe contact is made by it, and the machine asks no more."""
    message = replies.reply_to_reporter(session, case, body, tells_nothing=tells_nothing, by=by, now=now)
    end_questions(session, case.id, reason="officer", now=now)
    keep_promise(session, case, Step.READ, Step.SAFE_CONTACT, by=by, now=now)
    return message


def greet(session: Session, case: Case, *, by: Actor, now: datetime) -> Message:
    """Send the neutral greeting; what she answers decides whether and when the machine may ask her more."""
    message = replies.greet_reporter(session, case, by=by, now=now)
    await_when(session, case, by=by, now=now)
    keep_promise(session, case, Step.READ, Step.SAFE_CONTACT, by=by, now=now)
    return message


def ask(session: Session, case: Case, *, by: Actor, now: datetime) -> None:
    """Start the short conversation."""
    start_questions(session, case, by=by, now=now)
    keep_promise(session, case, Step.READ, Step.SAFE_CONTACT, by=by, now=now)


def record_contact(
    session: Session, case: Case, outcome: ContactOutcome, *, by: Actor, now: datetime
) -> None:
    """Record contact by other means, or the reason why there was none: either keeps the promise."""
    contact.record_contact(session, case, outcome, by=by, now=now)
    keep_promise(session, case, Step.READ, Step.SAFE_CONTACT, by=by, now=now)


def change_urgency(
    session: Session, case: Case, level: Urgency, *, reason: str, book: Book, by: Actor, now: datetime
) -> None:
    """Change the urgency: its clocks start anew, and a case that becomes U1 is put before its agencies at once."""
    if not urgency.change_urgency(session, case, level, reason=reason, by=by, now=now):
        return
    act = Act()
    restart_clocks(session, act, case, book=book, now=now)
    route_again(session, act, case, body=case.last_words, book=book, now=now)
    refresh_next_due(session, case)
    tell_partners(session, case, PartnerEvent.CASE_URGENCY_CHANGED, now=now)


def change_categories(
    session: Session,
    case: Case,
    wanted: Sequence[Category],
    *,
    reason: str,
    book: Book,
    by: Actor,
    now: datetime,
) -> None:
    """Correct what the case is about; another leading category puts it before the agencies that lead in that."""
    leading = case.leading_category
    changed = categories.change_categories(session, case, wanted, reason=reason, by=by, now=now)
    if changed and case.leading_category is not leading:
        route_again(session, Act(), case, body=case.last_words, book=book, now=now)


def close(
    session: Session,
    case: Case,
    reason: CloseReason,
    *,
    explanation: str,
    safety_note: str = "",
    by: Actor,
    now: datetime,
) -> ClosingRequest | None:
    """Close a case on a ground, or ask a second person to: `escalation.services.close_case`."""
    return close_case(session, case, reason, explanation=explanation, safety_note=safety_note, by=by, now=now)


def reopen(session: Session, case: Case, *, explanation: str, book: Book, by: Actor, now: datetime) -> None:
    """Take up a closed case again, with fresh clocks for what is owed."""
    lifecycle.reopen_case(session, case, explanation=explanation, by=by, now=now)
    end_checks(session, case, by=by, now=now)
    act = Act()
    steps = (Step.SAFE_CONTACT,) if case.owner_id else (Step.READ, Step.ASSIGN, Step.SAFE_CONTACT)
    start_case_clocks(act, case, steps=steps, book=book, now=now)
    session.flush()
    act.write(session)
    promise_again(session, case, book=book)
    refresh_next_due(session, case)
    tell_partners(session, case, PartnerEvent.CASE_REOPENED, now=now)
