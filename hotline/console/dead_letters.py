"""What ended without arriving: looked at, sent once more, or settled, by supervisors and with a reason."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from cases.errors import NotFound, Refused
from cases.rules.access import Permission
from cases.services.dead_letters import note_spooled
from cases.vocabulary import DeadLetterKind, DeadLetterVerb
from hotline.console import blueprint
from hotline.console.refusals import explain
from hotline.dead_letters import MOST_AT_ONCE, act_on_letter, count_letters, list_letters
from hotline.extensions import db
from hotline.security.access import acting_user, signed_in
from hotline.spool import Spool, Unreadable, Words
from hotline.unit_of_work import unit_of_work

_PAGE = 50


@blueprint.get("/dead-letters")
@signed_in(Permission.SEE_BOARD)
def dead_letters() -> str:
    """One kind at a time, newest first."""
    kind = _kind(request.args.get("kind", ""))
    return _page(kind, after=request.args.get("after") or None)


@blueprint.post("/dead-letters")
@signed_in(Permission.SEE_BOARD)
def act_on_dead_letters() -> Response:
    """Replay or settle those that were ticked, each in a transaction of its own: one refusal stops no other."""
    verb = DeadLetterVerb.REPLAYED if request.form.get("verb") == "replayed" else DeadLetterVerb.SETTLED
    done, refused = 0, Counter[str]()
    for key in request.form.getlist("letter")[:MOST_AT_ONCE]:
        try:
            with unit_of_work() as session:
                act_on_letter(
                    session,
                    _spool(),
                    key,
                    verb,
                    reason=request.form.get("reason", ""),
                    by=acting_user(),
                    now=datetime.now(UTC),
                )
            done += 1
        except Refused as error:
            refused[explain(error)] += 1
    if done:
        words = (
            _("%(count)s dikirim ulang.") if verb is DeadLetterVerb.REPLAYED else _("%(count)s diselesaikan.")
        )
        flash(words % {"count": done}, "success")
    for reason, count in refused.items():
        flash(f"{count} × {reason}", "danger")
    if not done and not refused:
        flash(_("Tidak ada yang dipilih."), "warning")
    return redirect(url_for("console.dead_letters", kind=_kind(request.form.get("kind", "")).value))


@blueprint.post("/dead-letters/read")
@signed_in(Permission.SEE_BOARD)
def read_dead_letter() -> str:
    """What a webhook that was set aside says: it may be a cry for help. That it was read is kept."""
    name = request.form.get("name", "")
    try:
        spooled = _spool().read_dead(name)
    except Unreadable:
        flash(_("Tidak ada kunci yang membuka berkas ini."), "danger")
        return _page(DeadLetterKind.SPOOL)
    if spooled is None:
        raise NotFound("there is no such webhook on this machine")
    with unit_of_work() as session:
        note_spooled(
            session, name, DeadLetterVerb.READ, reason="read", by=acting_user(), now=datetime.now(UTC)
        )
    return _page(DeadLetterKind.SPOOL, opened=name, words=spooled.words())


def _page(
    kind: DeadLetterKind, *, after: str | None = None, opened: str = "", words: Words | None = None
) -> str:
    session = db.session()
    page = list_letters(session, _spool(), kind, by=acting_user(), limit=_PAGE, after=after)
    return render_template(
        "console/dead_letters.html",
        kind=kind,
        page=page,
        counts=count_letters(session, _spool()),
        opened=opened,
        words=words,
    )


def _kind(text: str) -> DeadLetterKind:
    """The kind that was asked for; messages for anything else."""
    return DeadLetterKind(text) if text in set(DeadLetterKind) else DeadLetterKind.MESSAGE


def _spool() -> Spool:
    spool: Spool = current_app.extensions["spool"]
    return spool
