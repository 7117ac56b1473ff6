"""The supervisors' board."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from cases.models import Reconciliation
from cases.queries.queue import change_cursor
from cases.queries.reconciliation import count_open_differences, last_reconciliation
from cases.rules.access import Permission
from escalation.queries import board as board_query
from escalation.services.acknowledge import BY_CONSOLE, acknowledge_page
from hotline.console import blueprint
from hotline.dead_letters import count_letters
from hotline.extensions import db
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work


@blueprint.get("/board")
@signed_in(Permission.SEE_BOARD)
def board() -> str:
    """What is late, what will be, and who was told."""
    now = datetime.now(UTC)
    session = db.session()
    return render_template(
        "console/board.html",
        board=board_query.board(session, now=now),
        ledger=_ledger(session),
        now=now,
        cursor=change_cursor(session),
    )


@blueprint.get("/board/body")
@signed_in(Permission.SEE_BOARD)
def board_body() -> str:
    """The board without its frame, for live refreshes."""
    now = datetime.now(UTC)
    session = db.session()
    return render_template(
        "console/_board.html", board=board_query.board(session, now=now), ledger=_ledger(session), now=now
    )


@dataclass(frozen=True, slots=True)
class Ledger:
    """What went out and did not arrive, for the board: each figure leads to its page."""

    dead: int
    differences: int
    compared: Reconciliation | None


def _ledger(session: Session) -> Ledger:
    dead = count_letters(session, current_app.extensions["spool"])
    return Ledger(sum(dead.values()), count_open_differences(session), last_reconciliation(session))


@blueprint.post("/pages/<uuid:page_id>/acknowledge")
@signed_in(Permission.WORK_CASES)
def acknowledge(page_id: UUID) -> Response:
    """Answer a page from the console."""
    with unit_of_work() as session:
        case = acknowledge_page(session, page_id, by=acting_user(), via=BY_CONSOLE, now=datetime.now(UTC))
        reference = case.reference
    flash(_("Dikonfirmasi."), "success")
    return redirect(url_for("console.case", reference=reference))
