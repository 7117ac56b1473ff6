"""Merging two cases and undoing it, over random histories: everything comes back, nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cast import LOCKED_IN
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cases.errors import Invalid, NotFound, WrongState
from cases.models import (
    Agency,
    Attachment,
    Case,
    CaseFollower,
    ClosingRequest,
    Event,
    Identifier,
    Message,
    Note,
    Party,
    PathStep,
    Questioning,
    Referral,
    SafetyCheck,
    Task,
)
from cases.queries.find_case import locked_case
from cases.queries.merges import standing_merge, survivor_of
from cases.queries.report import CaseGrouping, count_cases
from cases.rules.event_chain import seal
from cases.services.companies import create_company, link_party
from cases.services.merge_cases import UNDO_WITHIN, lock_both, merge_by_id
from cases.services.notes import add_note
from cases.services.parties import add_party
from cases.services.path_steps import path_step_of, set_path_step
from cases.services.send_to_person import last_address
from cases.services.tasks import finish_task, open_task
from cases.vocabulary import (
    Actor,
    CaseStatus,
    ClockState,
    CloseReason,
    Direction,
    PartyRole,
    PathStepState,
    ReferralStatus,
    Role,
    SharingBasis,
    TaskKind,
    Urgency,
    WaitingAbout,
)
from escalation.models import Clock, Page
from escalation.services import refer, work_case
from escalation.services.book import Book
from escalation.services.merge_cases import merge_cases, preview_merge, undo_case_merge
from escalation.services.move_case import move_case

A, B = "+966000000301", "+966000000302"
OWED = (ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHED)
# What changes with every act, and says nothing of the matter.
_COUNTERS = {
    "version", "updated_at", "event_count", "last_event_hash", "generation", "owner_acted_at", "owner_warned_at",
}  # fmt: skip
_TABLES = (
    Message, Attachment, Note, Party, Referral, Task, Clock, Page, Questioning, ClosingRequest, SafetyCheck, PathStep,
)  # fmt: skip


def state(session: Session, *cases: Case) -> dict[str, Any]:
    """Every row that hangs on these cases, and the cases, without their counters."""
    session.flush()
    session.expire_all()
    ids = [case.id for case in cases]
    found: dict[str, Any] = {}
    for model in (Case, *_TABLES):
        table = model.__table__
        of_case = table.c.id if model is Case else table.c.case_id
        rows = session.execute(select(table).where(of_case.in_(ids))).mappings()
        for row in rows:
            key = row.get("id") or row["case_id"]
            found[f"{table.name} {key}"] = {
                name: value for name, value in row.items() if name not in _COUNTERS and name != "id"
            }
    found["followers"] = sorted(session.execute(select(CaseFollower.person_id, CaseFollower.case_id)).all())
    return found


def rows_of(session: Session, *cases: Case) -> dict[str, set[Any]]:
    """The ids of what must never be lost or doubled."""
    ids = [case.id for case in cases]
    return {
        model.__tablename__: set(session.scalars(select(model.id).where(model.case_id.in_(ids))))
        for model in (
            Message,
            Note,
            Party,
            Referral,
            Task,
            Clock,
            Page,
            ClosingRequest,
            SafetyCheck,
            PathStep,
        )
    }


def chain_holds(session: Session, case: Case) -> bool:
    """Whether the case's log is whole, and ends where the case says."""
    last = b""
    lines = session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.position)).all()
    for number, line in enumerate(lines, start=1):
        actor = f"{line.actor}:{line.user_id or line.contact_id or ''}"
        last = seal(last, position=number, kind=line.kind.value, at=line.at, actor=actor, data=line.data)
        if line.position != number or line.hash != last:
            return False
    session.refresh(case)
    return last == case.last_event_hash and len(lines) == case.event_count


STEPS = st.tuples(
    st.sampled_from(
        ("say", "say", "note", "party", "task", "done", "refer", "accept", "reply", "claim", "level", "ask", "breach",
         "tick", "end", "wait")
    ),
    st.integers(0, 1),
    st.integers(0, 3),
)  # fmt: skip


class Story:
    """Two cases and what happens to them."""

    def __init__(self, session: Session, book: Book, by: Actor, cases: list[Case]) -> None:
        self.session, self.book, self.by, self.cases = session, book, by, cases
        self.now = datetime.now(UTC)

    def tell(self, step: tuple[str, int, int]) -> None:
        verb, which, number = step
        self.now += timedelta(seconds=7)
        case = locked_case(self.session, self.cases[which].id)
        try:
            with self.session.begin_nested():
                getattr(self, f"_{verb}")(case, number)
                self.session.flush()
        except (WrongState, Invalid, NotFound, AssertionError):
            pass
        except Exception as error:  # a reply that the gate holds
            if type(error).__name__ not in {"ContactForbidden", "Unreachable"}:
                raise
        self.session.commit()

    def _say(self, case: Case, number: int) -> None:
        words = ("halo", "tolong saya dipukul", "gaji belum dibayar", "jangan telpon ya")[number]
        self.session.add(
            Message(
                case_id=case.id, direction="in", kind="report", channel="sms", body=words, created_at=self.now,
                identifier_id=self.session.scalar(
                    select(Message.identifier_id).where(
                        Message.case_id == case.id, Message.identifier_id.is_not(None)
                    ).limit(1)
                ),
            )
        )  # fmt: skip
        case.last_message_at, case.last_words = self.now, words

    def _note(self, case: Case, number: int) -> None:
        add_note(self.session, case, f"catatan {number}", by=self.by, now=self.now)

    def _party(self, case: Case, number: int) -> None:
        add_party(
            self.session, case, list(PartyRole)[number], reach=f"+96600000040{number}", name="X",
            is_reporter=False, by=self.by, now=self.now,
        )  # fmt: skip

    def _task(self, case: Case, number: int) -> None:
        kinds = (
            TaskKind.CALL_PERSON,
            TaskKind.CALL_AT_SAFE_HOUR,
            TaskKind.POSSIBLE_DURESS,
            TaskKind.WRITE_BY_OTHER_MEANS,
        )
        open_task(self.session, case, kinds[number], by=self.by, now=self.now)

    def _done(self, case: Case, _number: int) -> None:
        task = self.session.scalars(
            select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
        ).first()
        if task is not None:
            finish_task(self.session, case, task, outcome="done", by=self.by, now=self.now)

    def _refer(self, case: Case, number: int) -> None:
        agency = self.session.scalars(select(Agency.id).order_by(Agency.id).offset(number * 5).limit(1)).one()
        refer.refer_case(
            self.session, case, agency, basis=SharingBasis.VITAL_INTEREST, request="tolong", book=self.book,
            by=self.by, now=self.now,
        )  # fmt: skip

    def _accept(self, case: Case, _number: int) -> None:
        sent = select(Referral.id).where(Referral.case_id == case.id, Referral.status == ReferralStatus.SENT)
        referral = self.session.scalars(sent.order_by(Referral.id)).first()
        if referral is not None:
            refer.accept_referral(self.session, referral, by=self.by, now=self.now)

    def _reply(self, case: Case, _number: int) -> None:
        work_case.reply(self.session, case, "halo kak", by=self.by, now=self.now)

    def _claim(self, case: Case, _number: int) -> None:
        work_case.claim(self.session, case, by=self.by, now=self.now)

    def _level(self, case: Case, number: int) -> None:
        level = list(Urgency)[number]
        work_case.change_urgency(
            self.session, case, level, reason="uji", book=self.book, by=self.by, now=self.now
        )

    def _ask(self, case: Case, _number: int) -> None:
        work_case.ask(self.session, case, by=self.by, now=self.now)

    def _tick(self, case: Case, number: int) -> None:
        step, state = ("safe_now", "her_wish", "shelter", "police")[number], list(PathStepState)[number % 3]
        known = path_step_of(self.session, case, step)
        version = known.version if known else 0
        set_path_step(self.session, case, step, state, version=version, by=self.by, now=self.now)

    def _end(self, case: Case, number: int) -> None:
        """Closed and taken up again, so that it leaves checks behind; or a request that waits."""
        reason = (CloseReason.WITHDRAWN, CloseReason.HANDED_OVER)[number % 2]
        asked = work_case.close(
            self.session, case, reason, explanation="x", safety_note="aman", by=self.by, now=self.now
        )
        if asked is None:
            work_case.reopen(self.session, case, explanation="lagi", book=self.book, by=self.by, now=self.now)

    def _wait(self, case: Case, number: int) -> None:
        move_case(
            self.session,
            case,
            CaseStatus.WAITING_FOR_WORKER,
            explanation="x",
            about=list(WaitingAbout)[number],
            book=self.book,
            by=self.by,
            now=self.now,
        )

    def _breach(self, case: Case, _number: int) -> None:
        clock = self.session.scalars(
            select(Clock).where(Clock.case_id == case.id, Clock.state == ClockState.RUNNING)
        ).first()
        if clock is not None:
            clock.state, clock.breached_at = ClockState.BREACHED, self.now


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    steps=st.lists(STEPS, max_size=14),
    later=st.lists(STEPS, max_size=6),
    first=st.sampled_from(["halo", LOCKED_IN]),
)
def test_undo_restores_exactly_and_nothing_is_lost_or_doubled(
    *,
    steps: list[tuple[str, int, int]],
    later: list[tuple[str, int, int]],
    first: str,
    opened_case: Callable[..., Case],
    acting: Callable[[Role], Actor],
    book: Book,
    session: Session,
) -> None:
    session.rollback()
    _forget_cases(session)
    by = acting(Role.OFFICER)
    cases = [opened_case(first, sender=A), opened_case("halo, gaji saya", sender=B)]
    story = Story(session, book, by, cases)
    for step in steps:
        story.tell(step)
    survivor, merged = cases
    before, rows = state(session, *cases), rows_of(session, *cases)

    now = story.now + timedelta(minutes=1)
    lock_both(session, survivor, merged)
    merge = merge_cases(session, survivor, merged, book=book, by=by, now=now)
    session.commit()

    during = rows_of(session, survivor)
    made = {name: during[name] - ids for name, ids in rows.items()}
    assert {name: ids - during[name] for name, ids in rows.items()} == {name: set() for name in rows}
    assert {name for name, ids in made.items() if ids} <= {"clock", "message"}
    assert all(not ids for ids in rows_of(session, merged).values())
    assert not owed(session, merged)
    assert merged.status is CaseStatus.CLOSED
    steps_owed = [(clock.step, clock.referral_id) for clock in owed(session, survivor)]
    assert len(steps_owed) == len(set(steps_owed))
    assert chain_holds(session, survivor)
    assert chain_holds(session, merged)

    lock_both(session, survivor, merged)
    undo_case_merge(session, survivor, merged, merge, book=book, by=by, now=now + timedelta(days=3))
    session.commit()
    after = state(session, *cases)
    told = {name for name in after if name.startswith("message ")} - set(before)
    assert {name: row for name, row in after.items() if name not in told} == before
    assert chain_holds(session, survivor)
    assert chain_holds(session, merged)

    # Again, and this time life goes on in the survivor before it is undone.
    lock_both(session, survivor, merged)
    merge = merge_cases(session, survivor, merged, book=book, by=by, now=now + timedelta(days=4))
    session.commit()
    held = rows_of(session, survivor)
    story.now = now + timedelta(days=4)
    for step in later:
        story.tell((step[0], 0, step[2]))
    came = rows_of(session, survivor)
    survivor = locked_case(session, survivor.id)
    if survivor.is_open:
        lock_both(session, survivor, merged)
        undo_case_merge(session, survivor, merged, merge, book=book, by=by, now=now + timedelta(days=5))
        session.commit()
        mine, theirs = rows_of(session, survivor), rows_of(session, merged)
        for name, ids in came.items():
            assert not mine[name] & theirs[name]
            gone = ids - mine[name] - theirs[name]
            assert gone == set() or name == "clock"
            assert rows[name] & held[name] <= mine[name] | theirs[name]
        for case in (survivor, merged):
            steps_owed = [(clock.step, clock.referral_id) for clock in owed(session, case)]
            assert len(steps_owed) == len(set(steps_owed))
            assert chain_holds(session, case)
            referrals = select(Referral.id).where(Referral.case_id == case.id)
            strayed = select(Clock.id).where(Clock.referral_id.in_(referrals), Clock.case_id != case.id)
            assert session.scalars(strayed).all() == []


def test_a_preview_changes_nothing_and_says_what_would_be(
    opened_case: Any, acting: Any, book: Book, session: Session
) -> None:
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    survivor, merged = opened_case("halo", sender=A), opened_case(LOCKED_IN, sender=B)
    before = state(session, survivor, merged)
    lock_both(session, survivor, merged)

    preview = preview_merge(session, survivor, merged, book=book, by=by, now=now)

    session.commit()
    assert state(session, survivor, merged) == before
    assert preview.moved["message"] >= 1
    assert preview.urgency is Urgency.U1
    assert preview.follows
    assert any(fate.of_merged and fate.goes_on for fate in preview.clocks)
    assert any(not fate.goes_on for fate in preview.clocks)
    jobs = session.scalar(text("SELECT count(*) FROM procrastinate_jobs"))
    lock_both(session, survivor, merged)
    merge_cases(session, survivor, merged, book=book, by=by, now=now)
    session.commit()
    assert {c.id for c in owed(session, survivor)} >= set()
    assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) >= (jobs or 0)


def test_merging_does_not_count_as_solving(
    opened_case: Any, acting: Any, book: Book, session: Session
) -> None:
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    survivor, merged = opened_case("halo", sender=A), opened_case("halo", sender=B)
    lock_both(session, survivor, merged)
    merge = merge_cases(session, survivor, merged, book=book, by=by, now=now)

    def counted() -> list[tuple[int, int]]:
        span = {"start": now - timedelta(days=1), "end": now + timedelta(days=1)}
        return [(one.opened, one.closed) for one in count_cases(session, CaseGrouping.SIDE, **span)]

    assert counted() == [(1, 0)]
    undo_case_merge(session, survivor, merged, merge, book=book, by=by, now=now)
    assert counted() == [(2, 0)]


def test_the_merged_case_leads_to_the_last_survivor(
    opened_case: Any, acting: Any, book: Book, session: Session
) -> None:
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    first, second, third = (opened_case("halo", sender=f"+96600000030{n}") for n in range(3))

    for survivor, merged in ((second, first), (third, second)):
        lock_both(session, survivor, merged)
        merge_cases(session, survivor, merged, book=book, by=by, now=now)

    assert survivor_of(session, first).id == third.id
    merge = standing_merge(session, first.id)
    assert merge is not None
    with pytest.raises(WrongState):
        undo_case_merge(session, second, first, merge, book=book, by=by, now=now)


def test_what_cannot_be_merged_undone_or_reopened(
    opened_case: Any, acting: Any, book: Book, session: Session
) -> None:
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    first, second, third = (opened_case("halo", sender=f"+96600000030{n}") for n in range(3))
    work_case.close(session, third, CloseReason.WITHDRAWN, explanation="x", by=by, now=now)
    with pytest.raises(Invalid):
        merge_cases(session, first, first, book=book, by=by, now=now)
    with pytest.raises(WrongState):
        merge_cases(session, first, third, book=book, by=by, now=now)
    merge = merge_cases(session, first, second, book=book, by=by, now=now)
    session.flush()
    with pytest.raises(WrongState):
        work_case.reopen(session, second, explanation="x", book=book, by=by, now=now)
    with pytest.raises(NotFound):
        merge_by_id(session, second, merge.id)
    late = now + UNDO_WITHIN + timedelta(seconds=1)
    with pytest.raises(WrongState):
        undo_case_merge(session, first, second, merge, book=book, by=by, now=late)
    undo_case_merge(session, first, second, merge, book=book, by=by, now=now)
    with pytest.raises(WrongState):
        undo_case_merge(session, first, second, merge, book=book, by=by, now=now)


def test_the_sooner_deadline_of_the_two_goes_on(
    opened_case: Any, acting: Any, book: Book, session: Session
) -> None:
    by = acting(Role.OFFICER)
    older, newer = opened_case(LOCKED_IN, sender=A), opened_case(LOCKED_IN, sender=B)
    for clock in owed(session, newer):
        clock.due_at += timedelta(minutes=30)
    due = {clock.step: clock.due_at for clock in owed(session, older) if clock.referral_id is None}
    session.flush()
    lock_both(session, newer, older)

    merge_cases(session, newer, older, book=book, by=by, now=datetime.now(UTC))

    left = {clock.step: clock.due_at for clock in owed(session, newer) if clock.referral_id is None}
    assert left == due
    assert newer.next_due_at == min(clock.due_at for clock in owed(session, newer))


def owed(session: Session, case: Case) -> list[Clock]:
    session.flush()
    return list(session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.state.in_(OWED))))


def _forget_cases(session: Session) -> None:
    session.execute(text("TRUNCATE case_follower, case_merge, cases, person CASCADE"))
    session.commit()


def test_later_messages_follow_the_survivor_and_are_never_answered_from_it(
    opened_case: Any, post_message: Callable[..., Any], acting: Any, book: Book, session: Session
) -> None:
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    survivor, merged = opened_case("halo", sender=A), opened_case("halo", sender=B)
    lock_both(session, survivor, merged)
    merge = merge_cases(session, survivor, merged, book=book, by=by, now=now)
    session.commit()

    post_message("kakak saya dipukul", sender=B)
    post_message("STATUS", sender=B)
    post_message("STOP", sender=B)

    session.rollback()
    assert len(session.scalars(select(Case)).all()) == 2
    bodies = session.scalars(select(Message.body).where(Message.case_id == survivor.id)).all()
    assert {"kakak saya dipukul", "STATUS", "STOP"} <= set(bodies)
    identifier, _ = last_address(session, survivor)
    assert identifier.person_id == survivor.reporter_id
    to_persons = select(Message.id).where(
        Message.direction == Direction.OUT, Message.identifier_id.is_not(None)
    )
    assert session.scalars(to_persons).all() == []
    stopped = session.scalars(select(Identifier).where(Identifier.opted_out_at.is_not(None))).all()
    assert [one.person_id for one in stopped] == [merged.reporter_id]
    session.commit()

    survivor, merged = session.get_one(Case, survivor.id), session.get_one(Case, merged.id)
    lock_both(session, survivor, merged)
    undo_case_merge(session, survivor, merged, merge, book=book, by=by, now=now + timedelta(hours=1))
    session.commit()
    post_message("masih di sini", sender=B)
    session.rollback()
    latest = session.scalars(select(Message).order_by(Message.created_at.desc())).first()
    assert latest is not None
    assert latest.case_id == merged.id
    stayed = session.scalars(select(Message.body).where(Message.case_id == survivor.id)).all()
    assert "kakak saya dipukul" in stayed


def test_a_survivor_that_becomes_more_urgent_owes_sooner_until_it_is_undone(
    opened_case: Any, acting: Any, book: Book, session: Session
) -> None:
    by = acting(Role.OFFICER)
    survivor, merged = opened_case("halo, mau tanya", sender=A), opened_case(LOCKED_IN, sender=B)
    # The urgent one is in good hands already, so that none of its promises can take the place of the slow ones.
    work_case.claim(session, locked_case(session, merged.id), by=by, now=datetime.now(UTC))
    work_case.reply(session, merged, "halo kak", by=by, now=datetime.now(UTC))
    session.commit()
    before, slow = state(session, survivor, merged), {clock.id for clock in owed(session, survivor)}
    lock_both(session, survivor, merged)

    merge = merge_cases(session, survivor, merged, book=book, by=by, now=datetime.now(UTC))

    fresh = [clock for clock in owed(session, survivor) if clock.referral_id is None]
    assert fresh
    assert {clock.urgency for clock in fresh} == {Urgency.U1}
    assert not slow & {clock.id for clock in fresh}
    session.commit()
    lock_both(session, survivor, merged)
    undo_case_merge(session, survivor, merged, merge, book=book, by=by, now=datetime.now(UTC))
    session.commit()
    assert state(session, survivor, merged) == before


def test_two_parties_of_one_company_become_one_and_two_again(
    opened_case: Callable[..., Case],
    session: Session,
    acting: Callable[[Role], Actor],
    book: Book,
    now: datetime,
) -> None:
    by = acting(Role.OFFICER)
    survivor, merged = opened_case(LOCKED_IN, sender=A), opened_case(LOCKED_IN, sender=B)
    company = create_company(session, "Contoh", PartyRole.EMPLOYER, by=by, now=now)
    for case, name in ((survivor, "Contoh"), (merged, "Tjontoh")):
        party = add_party(
            session, locked_case(session, case.id), PartyRole.EMPLOYER, name=name, by=by, now=now
        )
        link_party(session, case, party, company, by=by, now=now)
    session.flush()
    before = state(session, survivor, merged)
    lock_both(session, survivor, merged)
    merge = merge_cases(session, survivor, merged, book=book, by=by, now=now)

    query = select(Party).where(Party.case_id == survivor.id, Party.company_id == company.id)
    assert [party.ended_at is None for party in session.scalars(query.order_by(Party.id))] == [True, False]
    undo_case_merge(session, survivor, merged, merge, book=book, by=by, now=now)
    assert state(session, survivor, merged) == before
