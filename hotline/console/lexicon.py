"""The word list, edited by a supervisor: one draft, a preview of what it would change, then in use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Response as Download
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from cases.errors import NotFound, Refused
from cases.models import User
from cases.rules.access import Permission
from cases.vocabulary import Actor, Category, ContactSign, Urgency
from escalation.queries.lexicon import draft_lexicon, lexicon_history
from escalation.services.edit_lexicon import (
    LONGEST_CELL,
    content_in_use,
    differences,
    discard_draft,
    go_live,
    open_draft,
    preview,
    put_term,
    remove_term,
    rows_of,
)
from escalation.services.load_lexicon import LEXICON_COLUMNS
from hotline.console import blueprint
from hotline.console.form_numbers import version_seen, whole_number
from hotline.console.refusals import explain
from hotline.extensions import db
from hotline.patience import allow
from hotline.reference import forget_book
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work

ROWS_OF_A_PAGE = 50
# Thousands of labelled messages are judged anew for a preview.
_PREVIEW_SECONDS = 60
CONTEXT = "CTX"
LEVELS = (*(level.value for level in Urgency), "ctx", "none")


@blueprint.get("/lexicon")
@signed_in(Permission.EDIT_LEXICON)
def lexicon() -> str:
    """The terms, of the draft where there is one; `q` narrows, `from` is where the page begins."""
    return _list()


@blueprint.get("/lexicon/term")
@signed_in(Permission.EDIT_LEXICON)
def lexicon_term() -> str:
    """The form of one term: of `at`, or of a new one."""
    return _form()


@blueprint.get("/lexicon/download")
@signed_in(Permission.EDIT_LEXICON)
def lexicon_download() -> Download:
    """The list in use as a CSV file, to be read by others or taken into the project."""
    content = content_in_use(db.session())
    headers = {"Content-Disposition": "attachment; filename=lexicon.csv"}
    return Download(content, mimetype="text/csv", headers=headers)


@blueprint.post("/lexicon/<any(save,remove,discard,live):verb>")
@signed_in(Permission.EDIT_LEXICON)
def edit_lexicon(verb: str) -> Response | tuple[str, int]:
    """Do one thing to the draft. What is refused is told, and what was typed stays."""
    by, now = acting_user(), datetime.now(UTC)
    try:
        with unit_of_work() as session:
            told = _ACTS[verb](session, by, now)
    except NotFound:
        raise
    except Refused as refused:
        what = refused.facts.get("what")
        flash(f"{explain(refused)} {what}" if what else explain(refused), "danger")
        return (_form() if verb == "save" else _list()), 409
    if verb == "live":
        forget_book()
    flash(told, "success")
    return redirect(url_for("console.lexicon", q=request.form.get("q") or None))


@blueprint.post("/lexicon/preview")
@signed_in(Permission.EDIT_LEXICON)
def preview_lexicon() -> str | Response:
    """Judge labelled and past messages with both lists: takes some seconds, changes nothing."""
    with unit_of_work() as session:
        allow(session, _PREVIEW_SECONDS)
        draft = draft_lexicon(session, lock=True)
        if draft is None:
            flash(_("Tidak ada rancangan. Mulai dengan mengubah satu kata."), "danger")
            return redirect(url_for("console.lexicon"))
        seen, version = preview(session, draft), draft.version
    return render_template("console/lexicon_preview.html", seen=seen, version=version)


def _list() -> str:
    session = db.session()
    draft, used = draft_lexicon(session), content_in_use(session)
    words = request.args.get("q", "").strip().lower()[:100]
    rows = [
        (position, row)
        for position, row in enumerate(rows_of(draft.content if draft else used))
        if not words or words in f"{row['term']}|{row['variants']}|{row['sense']}".lower()
    ]
    start = request.args.get("from", "0")
    first = int(start) if start.isascii() and start.isdigit() and len(start) < 7 else 0
    gone, new = differences(used, draft.content) if draft else ([], [])
    return render_template(
        "console/lexicon.html",
        rows=rows[first : first + ROWS_OF_A_PAGE],
        total=len(rows),
        first=first,
        page=ROWS_OF_A_PAGE,
        words=words,
        draft=draft,
        gone=gone,
        new=new,
        history=lexicon_history(session),
        users={user.id: user.name for user in session.scalars(select(User))},
    )


def _form() -> str:
    session = db.session()
    draft = draft_lexicon(session)
    rows = rows_of(draft.content if draft else content_in_use(session))
    at = request.values.get("at", "")
    position = int(at) if at.isascii() and at.isdigit() and len(at) < 7 else None
    if position is not None and position >= len(rows):
        raise NotFound("there is no such term")
    known = rows[position] if position is not None else {}
    typed = {name: request.form.get(name, known.get(name, "")) for name in LEXICON_COLUMNS}
    return render_template(
        "console/lexicon_term.html",
        typed=typed,
        position=position,
        version=draft.version if draft else 0,
        categories=[*(category.value for category in Category), CONTEXT],
        levels=LEVELS,
        signs=[sign.value for sign in ContactSign],
        longest=LONGEST_CELL,
    )


def _save(session: Session, by: Actor, now: datetime) -> str:
    row = {name: request.form.get(name, "") for name in LEXICON_COLUMNS}
    version = _draft_version(session, by, now)
    put_term(session, row, position=whole_number("at"), version=version, by=by, now=now)
    return _("Tersimpan di rancangan. Belum dipakai.")


def _remove(session: Session, by: Actor, now: datetime) -> str:
    position = whole_number("at")
    if position is None:
        raise NotFound("there is no such term")
    version = _draft_version(session, by, now)
    remove_term(session, position, version=version, by=by, now=now)
    return _("Dihapus dari rancangan. Belum dipakai.")


def _discard(session: Session, by: Actor, now: datetime) -> str:
    discard_draft(session, version=version_seen())
    return _("Rancangan dibuang.")


def _live(session: Session, by: Actor, now: datetime) -> str:
    reason = request.form.get("reason", "")
    go_live(session, version=version_seen(), reason=reason, by=by, now=now)
    return _("Dipakai. Semua proses memakainya paling lambat satu menit lagi.")


_ACTS: dict[str, Callable[[Session, Actor, datetime], Any]] = {
    "save": _save,
    "remove": _remove,
    "discard": _discard,
    "live": _live,
}


def _draft_version(session: Session, by: Actor, now: datetime) -> int:
    """The version that was read; 0 begins a draft, if nobody has meanwhile."""
    read = version_seen()
    if read == 0 and draft_lexicon(session) is None:
        return open_draft(session, by=by, now=now).version
    return read
