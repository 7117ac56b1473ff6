"""Two cases that are one matter, and back again: what the ground floor holds. The middle floor's clocks and pages move
with it (`escalation.services.merge_cases`)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cases.errors import Invalid, NotFound, WrongState
from cases.models import (
    Attachment,
    Case,
    CaseFollower,
    CaseMerge,
    CaseNeed,
    Clarification,
    ClosingRequest,
    Consent,
    Message,
    Note,
    Party,
    PathStep,
    Questioning,
    Referral,
    SafetyCheck,
    Task,
)
from cases.models.task import BY_OFFICERS
from cases.queries.find_case import locked_case
from cases.queries.merges import standing_merge
from cases.queries.sender import hold_persons
from cases.rules.lifecycle import united_status
from cases.rules.merging import LIVE, may_merge, other_goes_on, united_categories, united_urgency
from cases.services.event_log import record_event, touch
from cases.services.ledger import Ledger, give_back
from cases.services.lifecycle import give_owner
from cases.vocabulary import (
    Actor,
    CaseStatus,
    Category,
    CloseReason,
    ClosingOutcome,
    EventKind,
    NeedState,
    PathStepState,
    ReferralStatus,
    TaskKind,
)

UNDO_WITHIN = timedelta(days=30)
MERGED = "merged"
_MOVING = (
    Message, Attachment, Note, Party, Referral, Task, CaseNeed, Consent, Clarification, ClosingRequest, SafetyCheck,
    PathStep,
)  # fmt: skip


def lock_both(session: Session, one: Case, other: Case) -> None:
    """Lock two cases, after those who write to them: no message goes to a case that its sender's matter has just left.
    The lower id first, as everybody does who locks two."""
    hold_persons(session, one.reporter_id, other.reporter_id)
    for case_id in sorted({one.id, other.id}):
        locked_case(session, case_id)


def merge_cases(
    session: Session, survivor: Case, merged: Case, *, by: Actor, now: datetime
) -> tuple[CaseMerge, Ledger, list[Referral]]:
    """Put all that hangs on one locked, open case into another; the one that is left is closed, as a duplicate.

    Of two parts of one person, two live referrals to one agency and two open tasks of a kind, one ends: all move,
    none is lost. What the case knows is united: the higher urgency, both's categories and signs. Gives the merge, its
    ledger for whoever moves more, and the referrals that ended. The logs stay where they are: each is a chain of its
    own, and both name the merge.

    Raises Invalid for one case twice, WrongState for a closed one.
    """
    if survivor.id == merged.id:
        raise Invalid("these are one case already", field="with_case")
    if by.user_id is None:
        raise Invalid("only a member of staff merges cases", field="author")
    if not may_merge(survivor.status, merged.status):
        raise WrongState("only open cases become one", status=CaseStatus.CLOSED)
    merge = CaseMerge(
        survivor_id=survivor.id, merged_id=merged.id, moved={}, merged_at=now, merged_by_id=by.user_id
    )
    session.add(merge)
    session.flush()
    ledger = Ledger()
    ended = _end_twin_referrals(session, ledger, survivor, merged)
    _end_twin_parties(session, ledger, survivor, merged, now=now)
    _end_twin_tasks(session, ledger, survivor, merged, by=by, now=now)
    _end_twin_needs(session, ledger, survivor, merged, now=now)
    _end_twin_steps(session, ledger, survivor, merged, now=now)
    _end_requests(session, ledger, survivor, merged, by=by, now=now)
    counts = {
        model.__tablename__: ledger.move(session, model, source=merged.id, target=survivor.id)
        for model in _MOVING
    }
    _end_questions(session, ledger, merged, now=now)
    _unite(ledger, survivor, merged)
    ledger.change(
        merged,
        status=CaseStatus.CLOSED,
        closed_at=now,
        close_reason=CloseReason.DUPLICATE,
        next_due_at=None,
        incident_id=None,
    )
    _let_follow(session, merge, survivor, merged)
    data = {"merge": str(merge.id), "survivor": survivor.reference, "merged": merged.reference}
    for case in (survivor, merged):
        record_event(
            session, case, EventKind.CASES_MERGED, by=by, now=now, data=data | {"moved": dict(counts)}
        )
        touch(case, now=now)
    keep(session, merge, ledger)
    return merge, ledger, ended


def keep(session: Session, merge: CaseMerge, ledger: Ledger) -> None:
    """Write the ledger down with its merge."""
    merge.moved = ledger.as_json()
    session.flush()


def check_undoable(session: Session, merge: CaseMerge, survivor: Case, *, now: datetime) -> None:
    """Raise WrongState after 30 days, a second time, when the survivor was merged on, or while it is closed: what would
    come back to life must have had its promises watched."""
    if merge.undone_at is not None or now - merge.merged_at > UNDO_WITHIN:
        raise WrongState("this merge can no longer be undone", merge="too_late")
    if standing_merge(session, survivor.id) is not None:
        raise WrongState("undo the later merge first", merge="merged_on")
    if not survivor.is_open:
        raise WrongState("reopen the case first", status=survivor.status)


def undo_case_merge(
    session: Session, merge: CaseMerge, survivor: Case, merged: Case, *, by: Actor, now: datetime
) -> None:
    """Give everything that was moved back, and restore every value that nobody has changed since, on both locked cases.

    What came after the merge stays with the survivor: messages, also those of the merged case's own reporter, notes,
    referrals and tasks. What was done since to something that moved (a referral accepted, a task finished) stays done
    and goes back with it; what has come to hang on it goes with it.
    """
    give_back(session, merge.moved, source=survivor.id, target=merged.id)
    session.refresh(survivor)
    session.refresh(merged)
    if survivor.owner_id is not None:
        give_owner(survivor, survivor.owner_id, by=by, now=now)  # somebody else has taken it since
    _follow_what_moved(session, merge, survivor, merged)
    session.execute(
        delete(CaseFollower).where(CaseFollower.merge_id == merge.id, CaseFollower.case_id == survivor.id)
    )
    merge.undone_at, merge.undone_by_id = now, by.user_id
    session.flush()
    data = {"merge": str(merge.id), "survivor": survivor.reference, "merged": merged.reference}
    for case in (survivor, merged):
        record_event(session, case, EventKind.CASES_PARTED, by=by, now=now, data=data)
        touch(case, now=now)


def merge_by_id(session: Session, survivor: Case, merge_id: UUID) -> CaseMerge:
    """A merge into this case. Raises NotFound for one into another."""
    merge = session.get(CaseMerge, merge_id, populate_existing=True)
    if merge is None or merge.survivor_id != survivor.id:
        raise NotFound("there is no such merge")
    return merge


def _end_twin_referrals(session: Session, ledger: Ledger, survivor: Case, merged: Case) -> list[Referral]:
    query = select(Referral).where(Referral.case_id.in_([survivor.id, merged.id]), Referral.status.in_(LIVE))
    live = session.scalars(query.order_by(Referral.id).with_for_update(key_share=True)).all()
    kept = {referral.agency_id: referral for referral in live if referral.case_id == survivor.id}
    ended = []
    for referral in live:
        twin = kept.get(referral.agency_id)
        if referral.case_id != merged.id or twin is None:
            continue
        ending = twin if other_goes_on(twin.status, referral.status) else referral
        ledger.change(ending, status=ReferralStatus.REVOKED)
        ended.append(ending)
    return ended


def _end_twin_parties(
    session: Session, ledger: Ledger, survivor: Case, merged: Case, *, now: datetime
) -> None:
    query = select(Party).where(Party.case_id.in_([survivor.id, merged.id]), Party.ended_at.is_(None))
    current = session.scalars(query.order_by(Party.id).with_for_update(key_share=True)).all()
    kept = {
        (one, party.role) for party in current if party.case_id == survivor.id for one in _stands_for(party)
    }
    for party in current:
        if party.case_id == merged.id and any((one, party.role) in kept for one in _stands_for(party)):
            ledger.change(party, ended_at=now)


def _stands_for(party: Party) -> set[UUID]:
    return {party.person_id} | ({party.company_id} if party.company_id else set())


def _end_twin_tasks(
    session: Session, ledger: Ledger, survivor: Case, merged: Case, *, by: Actor, now: datetime
) -> None:
    query = select(Task).where(
        Task.case_id.in_([survivor.id, merged.id]), Task.done_at.is_(None), Task.message_id.is_(None)
    )
    waiting = session.scalars(query.order_by(Task.id).with_for_update(key_share=True)).all()
    kept = {task.kind for task in waiting if task.case_id == survivor.id} - set(BY_OFFICERS)
    for task in waiting:
        if task.case_id == merged.id and task.kind in kept:
            ledger.change(task, done_at=now, done_by_id=by.user_id, outcome=MERGED)


def _end_twin_needs(session: Session, ledger: Ledger, survivor: Case, merged: Case, *, now: datetime) -> None:
    query = select(CaseNeed).where(
        CaseNeed.case_id.in_([survivor.id, merged.id]), CaseNeed.ended_at.is_(None)
    )
    current = session.scalars(query.order_by(CaseNeed.id).with_for_update(key_share=True)).all()
    kept = {need.kind: need for need in current if need.case_id == survivor.id}
    for need in current:
        twin = kept.get(need.kind)
        if need.case_id == merged.id and twin is not None:
            # What is still needed must not hide behind what was met elsewhere.
            other = need.state is NeedState.NEEDED and twin.state is not NeedState.NEEDED
            ledger.change(twin if other else need, ended_at=now)


def _end_twin_steps(session: Session, ledger: Ledger, survivor: Case, merged: Case, *, now: datetime) -> None:
    query = select(PathStep).where(
        PathStep.case_id.in_([survivor.id, merged.id]), PathStep.ended_at.is_(None)
    )
    current = session.scalars(query.order_by(PathStep.id).with_for_update(key_share=True)).all()
    kept = {line.step: line for line in current if line.case_id == survivor.id}
    for line in current:
        twin = kept.get(line.step)
        if line.case_id == merged.id and twin is not None:
            # What was done for one of the two was done.
            other = line.state is PathStepState.DONE and twin.state is not PathStepState.DONE
            ledger.change(twin if other else line, ended_at=now)


def _end_requests(
    session: Session, ledger: Ledger, survivor: Case, merged: Case, *, by: Actor, now: datetime
) -> None:
    """What two were asked to close is another matter now."""
    query = select(ClosingRequest).where(
        ClosingRequest.case_id.in_([survivor.id, merged.id]), ClosingRequest.outcome.is_(None)
    )
    for request in session.scalars(query.order_by(ClosingRequest.id).with_for_update(key_share=True)):
        ledger.change(request, outcome=ClosingOutcome.OVERTAKEN, decided_at=now, decided_by_id=by.user_id)
    asked = select(Task).where(
        Task.case_id.in_([survivor.id, merged.id]),
        Task.kind == TaskKind.CONFIRM_CLOSING,
        Task.done_at.is_(None),
    )
    for task in session.scalars(asked.order_by(Task.id).with_for_update(key_share=True)):
        ledger.change(task, done_at=now, done_by_id=by.user_id, outcome=MERGED)


def _end_questions(session: Session, ledger: Ledger, merged: Case, *, now: datetime) -> None:
    row = session.get(Questioning, merged.id)
    if row is not None and row.ended_at is None:
        ledger.change(row, ended_at=now, end_reason=MERGED, pending=None)


def _unite(ledger: Ledger, survivor: Case, merged: Case) -> None:
    categories = united_categories(survivor.categories, merged.categories)
    urgency = united_urgency(survivor.urgency, merged.urgency)
    worse = urgency.is_above(survivor.urgency)
    leading = survivor.leading_category
    if worse or leading is Category.INFO:
        leading = merged.leading_category
    later = merged if merged.last_message_at > survivor.last_message_at else survivor
    ledger.change(
        survivor,
        urgency=urgency,
        categories=categories,
        leading_category=leading,
        triage=merged.triage if worse else survivor.triage,
        contact_signs=sorted({*survivor.contact_signs, *merged.contact_signs}),
        country=survivor.country or merged.country,
        side=survivor.side if survivor.country else merged.side,
        province_code=survivor.province_code or merged.province_code,
        regency_code=survivor.regency_code or merged.regency_code,
        language=merged.language if survivor.language == "und" else survivor.language,
        owner_id=survivor.owner_id or merged.owner_id,
        owner_acted_at=survivor.owner_acted_at if survivor.owner_id else merged.owner_acted_at,
        status=united_status(
            survivor.status, merged.status, has_owner=bool(survivor.owner_id or merged.owner_id)
        ),
        incident_id=survivor.incident_id or merged.incident_id,
        last_message_at=later.last_message_at,
        last_words=later.last_words,
    )


def _let_follow(session: Session, merge: CaseMerge, survivor: Case, merged: Case) -> None:
    """Whoever wrote to the merged case writes to the survivor from now on."""
    before = session.scalars(select(CaseFollower.person_id).where(CaseFollower.case_id == merged.id)).all()
    for person_id in sorted({merged.reporter_id, *before} - {survivor.reporter_id}):
        session.add(CaseFollower(person_id=person_id, merge_id=merge.id, case_id=survivor.id))
    session.flush()


def _follow_what_moved(session: Session, merge: CaseMerge, survivor: Case, merged: Case) -> None:
    """What was made since for something that goes back goes with it: the task about a message, its repetition."""
    messages = [UUID(one) for one in merge.moved["moved"]["message"]]
    hanging = select(Task).where(Task.message_id.in_(messages), Task.case_id == survivor.id)
    for task in session.scalars(hanging.with_for_update(key_share=True)):
        task.case_id = merged.id
    while messages:
        repeats = select(Message).where(Message.replaces_id.in_(messages), Message.case_id == survivor.id)
        found = session.scalars(repeats.with_for_update(key_share=True)).all()
        for message in found:
            message.case_id = merged.id
        session.flush()
        messages = [message.id for message in found]
    session.flush()
