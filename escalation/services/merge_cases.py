"""Two cases become one with their promises: no deadline is lost, none is doubled, none moves later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from cases.models import Agency, Case, CaseMerge, Referral
from cases.services import merge_cases as ground
from cases.services.event_log import record_event
from cases.services.ledger import Ledger, made_by, take_away
from cases.vocabulary import Actor, ClockState, EventKind, PartnerEvent, ReferralStatus, Step, Urgency
from escalation.models import Clock, Page
from escalation.services.act import Act
from escalation.services.book import Book
from escalation.services.keep_promise import refresh_next_due, start_case_clocks
from escalation.services.start_clocks import CASE_STEPS, renewed_row
from escalation.services.tell_partners import tell_partners, tell_revoked

_OWED = (ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHED)


@dataclass(frozen=True, slots=True)
class ClockFate:
    """What becomes of one owed clock: whose it was, and whether it goes on."""

    step: Step
    due_at: datetime
    of_merged: bool
    agency: str | None
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do. `moved`: rows by table; `ended_referrals`: agencies asked twice, of which one request
    ends; `sees_more`: agencies with a request of the merged case, which would see the survivor's packet."""

    moved: dict[str, int]
    clocks: Sequence[ClockFate]
    ended_referrals: Sequence[str]
    sees_more: Sequence[str]
    urgency: Urgency
    follows: bool


class _TakenBackError(Exception):
    """Ends the trial."""


def merge_cases(
    session: Session, survivor: Case, merged: Case, *, book: Book, by: Actor, now: datetime
) -> CaseMerge:
    """Put one locked case into another, with its clocks and pages. Raises what `cases.services.merge_cases` raises.

    A referral's clock goes with its referral. Of the steps that both cases owe, the one due earlier goes on; what the
    survivor does not owe (any more) ends. A survivor that becomes more urgent gets the clocks of its new urgency.
    """
    told = {
        one.id
        for one in session.scalars(select(Referral).where(Referral.case_id.in_([survivor.id, merged.id])))
        if one.status in {ReferralStatus.SENT, ReferralStatus.ACCEPTED}
    }
    urgency = survivor.urgency
    merge, ledger, ended = ground.merge_cases(session, survivor, merged, by=by, now=now)
    _end_clocks(session, ledger, survivor, merged, ended)
    for model in (Clock, Page):
        ledger.move(session, model, source=merged.id, target=survivor.id)
    session.expire_all()
    if survivor.urgency is not urgency:
        data = {"from": urgency.value, "to": survivor.urgency.value, "reason": ground.MERGED}
        record_event(session, survivor, EventKind.URGENCY_CHANGED, by=by, now=now, data=data)
        _hurry(session, ledger, survivor, book=book, now=now)
        tell_partners(session, survivor, PartnerEvent.CASE_URGENCY_CHANGED, now=now)
    for referral in ended:
        if referral.id in told:
            tell_revoked(session, survivor, referral, now=now)
    refresh_next_due(session, survivor)
    ground.keep(session, merge, ledger)
    return merge


def undo_case_merge(
    session: Session, survivor: Case, merged: Case, merge: CaseMerge, *, book: Book, by: Actor, now: datetime
) -> None:
    """Take a merge back: both cases, locked, are what they were; what came since stays with the survivor. Raises
    WrongState after 30 days, a second time, when the survivor was merged on, or while it is closed.

    A clock of the merged case that was ended since, by something done to the survivor, starts anew: an open case is
    never without its promise.
    """
    ground.check_undoable(session, merge, survivor, now=now)
    _take_fresh_clocks_away(session, merge)
    ground.undo_case_merge(session, merge, survivor, merged, by=by, now=now)
    _follow_referrals(session, merge, survivor, merged)
    _stay_kept(session, merge)
    _promise_again(session, merge, merged, book=book, now=now)
    for case in (survivor, merged):
        _promise_once(session, case)
        refresh_next_due(session, case)
    session.flush()


def preview_merge(
    session: Session, survivor: Case, merged: Case, *, book: Book, by: Actor, now: datetime
) -> Preview:
    """What merging these two locked cases would do: it is done and taken back at once, so that the preview cannot
    promise anything else. Raises what the merge would."""
    owed = session.scalars(
        select(Clock).where(Clock.case_id.in_([survivor.id, merged.id]), Clock.state.in_(_OWED))
    ).all()
    before = [(clock.id, clock.step, clock.due_at, clock.case_id == merged.id) for clock in owed]
    agencies = _agency_names(session, owed)
    sees_more = _agencies_told(session, merged)
    preview: Preview | None = None
    try:
        with session.begin_nested():
            merge = merge_cases(session, survivor, merged, book=book, by=by, now=now)
            still = set(
                session.scalars(select(Clock.id).where(Clock.case_id == survivor.id, Clock.state.in_(_OWED)))
            )
            preview = Preview(
                moved={table: len(ids) for table, ids in merge.moved["moved"].items()},
                clocks=[
                    ClockFate(step, due_at, of_merged, agencies.get(one), one in still)
                    for one, step, due_at, of_merged in sorted(before, key=lambda clock: clock[2])
                ],
                ended_referrals=_ended_agencies(session, merge),
                sees_more=sees_more,
                urgency=survivor.urgency,
                follows=survivor.reporter_id != merged.reporter_id,
            )
            raise _TakenBackError
    except _TakenBackError:
        session.expire_all()
    if preview is None:
        raise RuntimeError("the trial ended before it was looked at")
    return preview


def _end_clocks(
    session: Session, ledger: Ledger, survivor: Case, merged: Case, ended: Sequence[Referral]
) -> None:
    query = (
        select(Clock)
        .where(Clock.case_id.in_([survivor.id, merged.id]), Clock.state.in_(_OWED))
        .order_by(Clock.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    clocks = session.scalars(query).all()
    over = {referral.id for referral in ended}
    kept = {
        clock.step: clock for clock in clocks if clock.case_id == survivor.id and clock.referral_id is None
    }
    for clock in clocks:
        if clock.referral_id in over:
            _end(ledger, clock)
        elif clock.clarification_id is not None:
            continue  # goes with its clarification, whatever else the survivor owes
        elif clock.referral_id is None and clock.case_id == merged.id:
            twin = kept.get(clock.step)
            goes_on = twin is not None and clock.due_at < twin.due_at
            _end(ledger, twin if twin is not None and goes_on else clock)
            if goes_on:
                ledger.carried.append(str(clock.id))
    session.flush()


def _end(ledger: Ledger, clock: Clock) -> None:
    ledger.change(clock, state=ClockState.CANCELLED, next_at=None, generation=clock.generation + 1)


def _hurry(session: Session, ledger: Ledger, survivor: Case, *, book: Book, now: datetime) -> None:
    """Clocks of the new urgency in the place of slower ones; none that is due sooner as it is."""
    query = select(Clock).where(Clock.case_id == survivor.id, Clock.state.in_(_OWED)).order_by(Clock.id)
    act = Act()
    for clock in session.scalars(query):
        if not survivor.urgency.is_above(clock.urgency):
            continue
        fresh = renewed_row(clock, survivor, book=book, now=now)
        if fresh is None or fresh["due_at"] >= clock.due_at:
            continue
        _end(ledger, clock)
        act.add(Clock, fresh)
    ledger.make(Clock, [row["id"] for row in act.rows[Clock]])
    session.flush()
    act.write(session)


def _take_fresh_clocks_away(session: Session, merge: CaseMerge) -> None:
    """The clocks of the raised urgency: gone where nobody was ever called by them, else ended."""
    fresh = made_by(merge.moved, Clock)
    if not fresh:
        return
    used = set(session.scalars(select(Page.clock_id).where(Page.clock_id.in_(fresh))))
    untouched = select(Clock.id).where(
        Clock.id.in_(fresh), Clock.state == ClockState.RUNNING, ~exists().where(Page.clock_id == Clock.id)
    )
    take_away(session, Clock, list(session.scalars(untouched)))
    ending = update(Clock).where(Clock.id.in_(used), Clock.state.in_(_OWED))
    session.execute(ending.values(state=ClockState.CANCELLED, next_at=None, generation=Clock.generation + 1))
    session.expire_all()


def _follow_referrals(session: Session, merge: CaseMerge, survivor: Case, merged: Case) -> None:
    """Clocks and pages that began since, of referrals that go back, go with them."""
    referrals = [UUID(one) for one in merge.moved["moved"]["referral"]]
    clocks = update(Clock).where(Clock.referral_id.in_(referrals), Clock.case_id == survivor.id)
    session.execute(clocks.values(case_id=merged.id).execution_options(synchronize_session=False))
    pages = update(Page).where(
        Page.case_id == survivor.id,
        Page.clock_id.in_(select(Clock.id).where(Clock.case_id == merged.id)),
    )
    session.execute(pages.values(case_id=merged.id).execution_options(synchronize_session=False))
    session.expire_all()


def _stay_kept(session: Session, merge: CaseMerge) -> None:
    """A promise kept in a fresh clock is kept in the one that it had replaced."""
    fresh = session.scalars(select(Clock).where(Clock.id.in_(made_by(merge.moved, Clock)))).all()
    for clock in fresh:
        if clock.state is not ClockState.MET:
            continue
        query = select(Clock).where(
            Clock.case_id == clock.case_id,
            Clock.step == clock.step,
            Clock.referral_id.is_(clock.referral_id),
            Clock.state.in_(_OWED),
        )
        for again in session.scalars(query.with_for_update(key_share=True)):
            again.state, again.met_at, again.next_at = ClockState.MET, clock.met_at, None
            again.generation += 1
    session.flush()


def _promise_again(session: Session, merge: CaseMerge, merged: Case, *, book: Book, now: datetime) -> None:
    ids = [UUID(one) for one in merge.moved["carried"]]
    ended = select(Clock.step).where(Clock.id.in_(ids), Clock.state == ClockState.CANCELLED)
    lost = set(session.scalars(ended))
    if lost:
        act = Act()
        start_case_clocks(act, merged, steps=[one for one in CASE_STEPS if one in lost], book=book, now=now)
        act.write(session)


def _promise_once(session: Session, case: Case) -> None:
    """Of a promise that was given back and one that had taken its place since (by a change of urgency), the one due
    sooner goes on."""
    query = (
        select(Clock)
        .where(Clock.case_id == case.id, Clock.state.in_(_OWED))
        .order_by(Clock.due_at, Clock.id)
        .with_for_update(key_share=True)
    )
    kept: set[tuple[Step, UUID | None, UUID | None]] = set()
    for clock in session.scalars(query):
        promise = (clock.step, clock.referral_id, clock.clarification_id)
        if promise in kept:
            clock.state, clock.next_at = ClockState.CANCELLED, None
            clock.generation += 1
        kept.add(promise)
    session.flush()


def _agency_names(session: Session, clocks: Sequence[Clock]) -> dict[UUID, str]:
    ids = {clock.agency_id for clock in clocks if clock.agency_id}
    agencies = session.execute(select(Agency.id, Agency.name).where(Agency.id.in_(ids)))
    names: dict[UUID, str] = {row.id: row.name for row in agencies}
    return {clock.id: names[clock.agency_id] for clock in clocks if clock.agency_id in names}


def _agencies_told(session: Session, case: Case) -> list[str]:
    query = (
        select(Agency.name)
        .join(Referral, Referral.agency_id == Agency.id)
        .where(
            Referral.case_id == case.id,
            Referral.status.in_([ReferralStatus.SENT, ReferralStatus.ACCEPTED]),
        )
        .order_by(Agency.name)
    )
    return list(session.scalars(query))


def _ended_agencies(session: Session, merge: CaseMerge) -> list[str]:
    ids = [UUID(one["id"]) for one in merge.moved["changed"] if one["table"] == Referral.__tablename__]
    query = select(Agency.name).join(Referral, Referral.agency_id == Agency.id).where(Referral.id.in_(ids))
    return list(session.scalars(query.order_by(Agency.name)))
