"""What a message says beyond its words: a code, a STOP, a secret word, an answer to a question; and what follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cases.jobs import defer_status_answer
from cases.models import Case, Identifier
from cases.queries.find_case import locked_case
from cases.queries.sender import Sender
from cases.rules.codes import MEANING, Code, CodeBook
from cases.rules.questions import Answer, Meaning, Question, meaning_of, read_answer
from cases.rules.secret_words import gives_word
from cases.rules.triage import Triage
from cases.services.contact import heed_signs, mark_duress
from cases.services.event_log import record_event, touch
from cases.services.identity import confirm_identifier, doubt_identifier
from cases.services.opt_out import resume_contact, stop_contact
from cases.services.questioning import end_questions, take_answer
from cases.services.send_to_person import send_to_person
from cases.services.tasks import open_task
from cases.vocabulary import (
    MACHINE,
    WORKER,
    Category,
    ContactSign,
    Doubt,
    EventKind,
    MessageKind,
    Purpose,
    TaskKind,
    Urgency,
)
from escalation.services.ring_for_duress import ring_for_duress

_SIGNS = {Code.ONLY_WRITE: ContactSign.DO_NOT_CALL, Code.WATCHED: ContactSign.PHONE_NOT_PRIVATE}

_OF_THE_NUMBER = frozenset({Code.STOP, Code.START})
_NO_MEANING = Meaning()


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard in one message; NOTHING in most."""

    code: Code | None = None
    question: Question | None = None
    answer: Answer | None = None
    meaning: Meaning = _NO_MEANING
    safe_word: bool = False
    duress_word: bool = False
    unsupported: bool = False
    doubt: Doubt | None = None

    @property
    def asks_status_alone(self) -> bool:
        """A question that can wait for a job: nothing follows from it at once."""
        said_more = self.safe_word or self.duress_word or self.unsupported or self.doubt is not None
        return self.code is Code.STATUS and not said_more


# Plain words: nothing follows but what triage says.
NOTHING = Heard()


def listen(
    body: str,
    content: dict[str, Any] | None,
    sender: Sender,
    *,
    country: str | None,
    codes: CodeBook,
    doubt: Doubt | None = None,
) -> Heard:
    """Hear what a message says beyond its words. A code keeps its meaning also while a question waits: `1` is
    danger now, everywhere."""
    told = content or {}
    code = codes.read(body, country)
    opt_out = {"STOP": Code.STOP, "START": Code.START}.get(str(told.get("opt_out", "")).upper())
    code = opt_out or code
    question = Question(sender.talk.pending) if sender.talk and sender.talk.pending else None
    answer = None
    if question is not None and code is None:
        button = str((told.get("button") or {}).get("payload") or "")
        answer = read_answer(question, body, has_place="location" in told, button=button)
    plan = sender.plan
    answers = sender.talk.answers if sender.talk else {}
    heard = Heard(
        code=code,
        question=question if answer else None,
        answer=answer,
        meaning=meaning_of(question, answer, answers) if question and answer else _NO_MEANING,
        safe_word=plan is not None and gives_word(body, plan.safe_word),
        duress_word=plan is not None and gives_word(body, plan.duress_word),
        doubt=doubt,
        unsupported=bool(told.get("unsupported")) and plan is not None and plan.may_be_answered,
    )
    return NOTHING if heard == NOTHING else heard


def raised_by(judged: Triage, heard: Heard) -> Triage:
    """The judgement with what codes and answers mean; like all that a machine hears it can only raise."""
    if heard.duress_word:
        # No category and no evidence: nothing that is shown may point at the word.
        return replace(judged, urgency=Urgency.U1)
    urgency, category = heard.meaning.urgency, heard.meaning.category
    if heard.code is not None and heard.code in MEANING:
        urgency, category = MEANING[heard.code]
    code_sign = _SIGNS.get(heard.code) if heard.code else None
    signs = {sign for sign in (code_sign, heard.meaning.sign) if sign}
    if urgency is None and not signs:
        return judged
    known = tuple(one for one in judged.categories if one not in {category, Category.INFO})
    return replace(
        judged,
        urgency=Urgency.worst(judged.urgency, urgency or judged.urgency),
        categories=(category, *known) if category else judged.categories,
        contact_signs=judged.contact_signs | signs,
    )


def heed(
    session: Session,
    case_id: UUID,
    identifier_id: UUID,
    heard: Heard,
    *,
    message_id: UUID,
    person_id: UUID,
    body: str,
    since: datetime,
    now: datetime,
) -> None:
    """Do what follows from what was heard, after the message is stored and its case is locked. `person_id`: whose
    number it came from. `since`: when the message was sent; from it on whoever holds the number may be somebody else.
    """
    if heard.asks_status_alone:
        defer_status_answer(session, message_id)
        return
    case = locked_case(session, case_id)
    if person_id != case.reporter_id:
        _heed_another(session, case, session.get_one(Identifier, identifier_id), heard, now=now)
        return
    if heard.duress_word:
        _heed_duress(session, case, now=now)
        return
    if heard.code is not None and heard.code not in _OF_THE_NUMBER and not (heard.safe_word or heard.doubt):
        # The log grows by many lines here: they go in one statement at the end, not one before each question. Only
        # here: an answer makes a plan that what follows must see.
        with session.no_autoflush:
            _heed_code(session, case, heard.code, message_id=message_id, now=now)
    else:
        _heed_number(
            session, case, identifier_id, heard, message_id=message_id, body=body, since=since, now=now
        )
    if heard.meaning.sign is not None:
        heed_signs(session, case.reporter_id, {heard.meaning.sign}, now=now)
    if heard.unsupported:
        _answer(session, case, "unsupported", now=now)


def _heed_number(
    session: Session,
    case: Case,
    identifier_id: UUID,
    heard: Heard,
    *,
    message_id: UUID,
    body: str,
    since: datetime,
    now: datetime,
) -> None:
    """What touches on who holds the number, and whether it may be written to."""
    identifier = session.get_one(Identifier, identifier_id)
    if heard.safe_word:
        record_event(session, case, EventKind.SAFE_WORD, by=WORKER, now=now)
        confirm_identifier(session, case, identifier, by=WORKER, now=now)
    elif heard.doubt is not None:
        doubt_identifier(session, case, identifier, heard.doubt, since=since, by=MACHINE, now=now)
    if heard.code is Code.STOP:
        if stop_contact(session, case, identifier, by=WORKER, now=now):
            end_questions(session, case.id, reason="stop", now=now)
            ring_for_duress(session, case, now=now)
    elif heard.code is Code.START:
        resume_contact(session, case, identifier, by=WORKER, now=now)
    elif heard.code is not None:
        _heed_code(session, case, heard.code, message_id=message_id, now=now)
    elif heard.question is not None and heard.answer is not None:
        # Who may be somebody else may shut the gate, never open it; officers read what they wrote all the same.
        if identifier.doubted_at is None or heard.answer is Answer.WRONG_NUMBER:
            take_answer(session, case, heard.question, heard.answer, body=body, now=now)
        if heard.answer is Answer.WRONG_NUMBER:
            doubt_identifier(session, case, identifier, Doubt.WRONG_NUMBER, since=since, by=MACHINE, now=now)


def _heed_another(
    session: Session, case: Case, identifier: Identifier, heard: Heard, *, now: datetime
) -> None:
    """Somebody whose case was merged into this one: their words are about their own number and plan, and nothing is
    answered from a case that answers its reporter."""
    if heard.duress_word:
        mark_duress(session, identifier.person_id, now=now)
        record_event(session, case, EventKind.DURESS_WORD, by=WORKER, now=now)
        open_task(session, case, TaskKind.POSSIBLE_DURESS, by=MACHINE, now=now)
        ring_for_duress(session, case, now=now)
        return
    if heard.code is Code.STOP:
        if stop_contact(session, case, identifier, by=WORKER, now=now):
            ring_for_duress(session, case, now=now)
    elif heard.code is Code.START:
        resume_contact(session, case, identifier, by=WORKER, now=now)
    elif heard.code is not None:
        record_event(
            session, case, EventKind.CODE_RECEIVED, by=WORKER, now=now, data={"code": heard.code.value}
        )
        touch(case, now=now)
        if heard.code in _SIGNS:
            heed_signs(session, identifier.person_id, {_SIGNS[heard.code]}, now=now)
        elif heard.code is Code.CALL_AT_SAFE_HOUR:
            open_task(session, case, TaskKind.CALL_AT_SAFE_HOUR, by=WORKER, now=now)


def _heed_duress(session: Session, case: Case, *, now: datetime) -> None:
    """Silently: nothing is sent to her that shows it was understood."""
    mark_duress(session, case.reporter_id, now=now)
    record_event(session, case, EventKind.DURESS_WORD, by=WORKER, now=now)
    open_task(session, case, TaskKind.POSSIBLE_DURESS, by=MACHINE, now=now)
    end_questions(session, case.id, reason="duress", now=now)
    ring_for_duress(session, case, now=now)


def _heed_code(session: Session, case: Case, code: Code, *, message_id: UUID, now: datetime) -> None:
    if code is Code.STATUS:
        defer_status_answer(session, message_id)
        return
    record_event(session, case, EventKind.CODE_RECEIVED, by=WORKER, now=now, data={"code": code.value})
    touch(case, now=now)
    if code in _SIGNS:
        heed_signs(session, case.reporter_id, {_SIGNS[code]}, now=now)
    elif code is Code.CALL_AT_SAFE_HOUR:
        open_task(session, case, TaskKind.CALL_AT_SAFE_HOUR, by=WORKER, now=now)


def _answer(session: Session, case: Case, wording: str, *, now: datetime) -> None:
    send_to_person(
        session,
        case,
        kind=MessageKind.ANSWER,
        purpose=Purpose.ANSWER,
        wording=wording,
        by=MACHINE,
        now=now,
    )
