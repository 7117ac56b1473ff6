"""Recording what a P3MI said and promised, and whether it did so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from cases.database import NO_KEY_UPDATE
from cases.errors import Forbidden, Invalid, NotFound, StaleVersion, WrongState
from cases.models import Case, Clarification, Party
from cases.rules.access import Permission, may
from cases.rules.clarification import CLARIFICATIONS, HeldStep, next_kind
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, ClarificationKind, EventKind, PartyRole, PromiseResult

LONGEST_LINE, LONGEST_TEXT, MOST_PROMISES = 200, 4000, 20


@dataclass(frozen=True, slots=True)
class Statement:
    """What was said at a step, as it was written down."""

    speaker: str = ""
    office: str = ""
    address: str = ""
    phone: str = ""
    admits: bool | None = None
    explanation: str = ""
    follow_up: str = ""
    hindrance: str = ""
    promises: tuple[str, ...] = field(default=())
    names_worker: bool = False


def record_clarification(
    session: Session,
    case: Case,
    party_id: UUID,
    kind: ClarificationKind,
    said: Statement,
    *,
    held_at: datetime,
    by: Actor,
    now: datetime,
) -> Clarification:
    """Write down one step of a locked, open case with one of its P3MI. Raises WrongState for a step out of turn,
    NotFound for a party that is no P3MI of this case, Invalid for what the regulation asks and is missing."""
    if by.user_id is None or not may(by.role, Permission.WORK_CASES):
        raise Forbidden("only a member of staff who works cases may do this")
    if not case.is_open:
        raise WrongState("the case is closed", status=case.status)
    party = session.get(Party, party_id)
    if party is None or party.case_id != case.id or party.role is not PartyRole.P3MI or party.ended_at:
        raise NotFound("there is no such P3MI in this case")
    expected = next_of(session, case, party)
    if expected is not kind:
        raise WrongState("another step comes next", clarification=expected.value if expected else "none")
    _check(kind, said, held_at=held_at, now=now)
    row = Clarification(
        case_id=case.id,
        party_id=party.id,
        kind=kind,
        held_at=held_at,
        **{name: getattr(said, name).strip() or None for name in _TEXTS},
        admits=said.admits if kind in CLARIFICATIONS else None,
        promises={"items": _items(said)} if _items(said) else None,
        names_worker=said.names_worker,
        recorded_at=now,
        recorded_by_id=by.user_id,
    )
    session.add(row)
    session.flush()
    _log(session, case, EventKind.CLARIFICATION_RECORDED, row, by=by, now=now)
    return row


def judge_promise(
    session: Session,
    case: Case,
    clarification_id: UUID,
    result: PromiseResult,
    *,
    version: int | None = None,
    by: Actor,
    now: datetime,
) -> Clarification:
    """Say whether what was promised was done. A promise with a date is not broken before that date has passed. Raises
    WrongState for one that was judged, or is not due; StaleVersion when it was changed since `version` was read."""
    row = clarification_of(session, case, clarification_id, lock=True)
    if version is not None and row.version != version:
        raise StaleVersion("this step was changed in the meantime", version=row.version)
    if row.result is not None or not row.promises:
        raise WrongState("there is no promise to judge", clarification="judged")
    if result is PromiseResult.BROKEN and row.promise_due_at is not None and now < row.promise_due_at:
        raise WrongState("the time that was given is not over", clarification="not_due")
    row.result, row.judged_at, row.judged_by_id = result, now, by.user_id
    row.version += 1
    session.flush()
    _log(session, case, EventKind.PROMISE_JUDGED, row, by=by, now=now)
    return row


def clarification_of(
    session: Session, case: Case, clarification_id: UUID, *, lock: bool = False
) -> Clarification:
    """A step of this case. Raises NotFound for another's."""
    row = session.get(
        Clarification,
        clarification_id,
        with_for_update=NO_KEY_UPDATE if lock else None,
        populate_existing=True,
    )
    if row is None or row.case_id != case.id:
        raise NotFound("there is no such step")
    return row


def clarifications_of(session: Session, case: Case) -> Sequence[Clarification]:
    """All steps of a case in the order in which they were held, with their parties; one statement."""
    query = (
        select(Clarification)
        .where(Clarification.case_id == case.id)
        .options(
            joinedload(Clarification.party).options(joinedload(Party.person), joinedload(Party.company)),
            joinedload(Clarification.recorded_by),
        )
        .order_by(Clarification.held_at, Clarification.id)
    )
    return session.scalars(query).all()


def next_of(session: Session, case: Case, party: Party) -> ClarificationKind | None:
    """The step that may come next with this P3MI."""
    return next_step_with(clarifications_of(session, case), party)


def next_step_with(rows: Sequence[Clarification], party: Party) -> ClarificationKind | None:
    """The same, from steps that were read."""
    return next_kind([_held(row) for row in rows if same_p3mi(row.party, party)])


def same_p3mi(one: Party, other: Party) -> bool:
    """Whether two parts in a case, of which one may have ended with a merge, are one P3MI's."""
    same_company = one.company_id is not None and one.company_id == other.company_id
    return one.person_id == other.person_id or same_company


def record_form_export(
    session: Session, case: Case, row: Clarification, form: str, digest: str, *, by: Actor, now: datetime
) -> None:
    """A form was made of this step: which, by whom, and the SHA-256 of the file."""
    data = {"clarification": str(row.id), "form": form, "sha256": digest}
    record_event(session, case, EventKind.FORM_EXPORTED, by=by, now=now, data=data)
    touch(case, now=now)


_TEXTS = ("speaker", "office", "address", "phone", "explanation", "follow_up", "hindrance")
_LINES = ("speaker", "office", "address", "phone")


def _items(said: Statement) -> list[str]:
    return [words for one in said.promises if (words := " ".join(one.split()))]


def _held(row: Clarification) -> HeldStep:
    return HeldStep(row.kind, row.admits, bool(row.promised), row.result)


def _check(kind: ClarificationKind, said: Statement, *, held_at: datetime, now: datetime) -> None:
    if held_at > now:
        raise Invalid("a step is recorded when it was held", field="held_at")
    texts: Mapping[str, str] = {name: getattr(said, name) for name in _TEXTS}
    for name, text in texts.items():
        if "\x00" in text or len(text) > (LONGEST_LINE if name in _LINES else LONGEST_TEXT):
            raise Invalid("is too long", field="clarification_text")
    items = _items(said)
    if len(items) > MOST_PROMISES or any(len(one) > LONGEST_TEXT or "\x00" in one for one in items):
        raise Invalid("at most 20 promises", field="clarification_text")
    if kind in CLARIFICATIONS and said.admits is not None and not said.speaker.strip():
        raise Invalid("who spoke for the P3MI?", field="speaker")
    if kind is ClarificationKind.SECOND and said.admits is not None:
        missing = [name for name in ("explanation", "follow_up", "hindrance") if not texts[name].strip()]
        if missing or (said.admits and not items):
            raise Invalid("explanation, follow-up, hindrance and a new promise", field="second_statement")


def _log(
    session: Session, case: Case, kind: EventKind, row: Clarification, *, by: Actor, now: datetime
) -> None:
    data = {
        "clarification": str(row.id),
        "step": row.kind.value,
        "admits": row.admits,
        "promises": len(row.promised),
        "result": row.result.value if row.result else None,
    }
    record_event(session, case, kind, by=by, now=now, data=data)
    touch(case, now=now)
