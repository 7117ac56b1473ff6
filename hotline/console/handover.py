"""The end of a shift: a note made from what changed, and the cases given over with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from cases.errors import Refused
from cases.models import User
from cases.rules.access import Permission
from cases.services.handover import give_note, mark_seen, note_given_over, notes_by, notes_for
from cases.vocabulary import Role
from escalation.queries.shift import ShiftCase, shift_cases
from hotline.console import blueprint
from hotline.console.assign_many import give_each
from hotline.console.desk_actions import ROOM
from hotline.console.form_numbers import whole_number
from hotline.console.one_by_one import Result
from hotline.console.refusals import explain
from hotline.extensions import db
from hotline.labels import label
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work

USUAL_HOURS, MOST_HOURS = 8, 72


@blueprint.get("/handover")
@signed_in(Permission.WORK_CASES)
def handover() -> str:
    """My cases, what changed since my shift began, and the note that could be given; notes from others."""
    return _page()


@blueprint.post("/handover")
@signed_in(Permission.WORK_CASES)
def give_handover() -> str | tuple[str, int]:
    """Give the note and the chosen cases to somebody. Each case is a transaction of its own: what is refused is told
    beside what was done."""
    by, now = acting_user(), datetime.now(UTC)
    hours = _hours(whole_number("hours"))
    try:
        to = UUID(request.form.get("to", ""))
        with unit_of_work() as session:
            words = request.form.get("words", "")
            note = give_note(session, to=to, since=now - timedelta(hours=hours), words=words, by=by, now=now)
            note_id = note.id
    except ValueError:
        flash(_("Tidak tersimpan: pilih petugasnya."), "danger")
        return _page(), 409
    except Refused as refused:
        flash(explain(refused), "danger")
        return _page(), 409
    mine = [f"{one}/{by.user_id}" for one in request.form.getlist("case")]
    results = give_each(mine, str(to), by=by, now=now)
    with unit_of_work() as session:
        note_given_over(session, note_id, [one.reference for one in results if one.done])
    flash(_("Catatan serah terima diberikan."), "success")
    status = 200 if all(one.done for one in results) else 409
    return _page(results), status


@blueprint.post("/handover/<uuid:note_id>/seen")
@signed_in(Permission.WORK_CASES)
def handover_seen(note_id: UUID) -> Response:
    """I have read the note that was given to me."""
    with unit_of_work() as session:
        mark_seen(session, note_id, by=acting_user(), now=datetime.now(UTC))
    return redirect(url_for("console.handover"))


def _page(results: Sequence[Result] = ()) -> str:
    session, by, now = db.session(), acting_user(), datetime.now(UTC)
    asked = request.args.get("hours", "")
    hours = _hours(whole_number("hours") or (int(asked) if asked.isascii() and asked.isdigit() else None))
    since = now - timedelta(hours=hours)
    mine = shift_cases(session, since=since, by=by, now=now)
    able = select(User).where(
        User.active, User.role.in_([Role.OFFICER, Role.SUPERVISOR]), User.id != by.user_id
    )
    typed = request.form.get("words") if request.method == "POST" and not results else None
    return render_template(
        "console/handover.html",
        mine=mine,
        since=since,
        hours=hours,
        draft=typed if typed is not None else _draft(mine, since),
        staff=session.scalars(able.order_by(User.name)).all(),
        received=notes_for(session, by.user_id),
        given=notes_by(session, by.user_id),
        results=results,
        room=ROOM,
        now=now,
    )


def _draft(mine: Sequence[ShiftCase], since: datetime) -> str:
    if not mine:
        return ""
    start = since.astimezone(ROOM).strftime("%d-%m %H:%M")
    lines = [_("Sejak %(start)s WIB, %(count)s kasus:", start=start, count=len(mine))]
    return "\n\n".join([*lines, *(_of_case(one) for one in mine)])


def _of_case(one: ShiftCase) -> str:
    """References, levels and deadlines; no words of a person."""
    case = one.case
    head = f"{case.reference} · {case.urgency.value} · {label(case.status)} · {label(case.leading_category)}"
    changed = ", ".join(f"{label(kind)} {count}×" for kind, count in one.changes.most_common())
    lines = [head, "- " + (_("Berubah: %(what)s", what=changed) if changed else _("Tidak ada yang berubah"))]
    if one.clocks:
        owed = ", ".join(
            f"{label(step)} {due_at.astimezone(ROOM).strftime('%d-%m %H:%M')}" for step, due_at in one.clocks
        )
        lines.append("- " + _("Tenggat (WIB): %(what)s", what=owed))
    if one.tasks:
        todo = ", ".join(
            label(task.kind) + (f" {task.due_at.astimezone(ROOM).strftime('%d-%m')}" if task.due_at else "")
            for task in one.tasks
        )
        lines.append("- " + _("Tugas: %(what)s", what=todo))
    lines.append("- " + _("Berikutnya: %(what)s", what=label(f"next_{one.next.step.value}")))
    return "\n".join(lines)


def _hours(asked: int | None) -> int:
    return min(max(asked or USUAL_HOURS, 1), MOST_HOURS)
