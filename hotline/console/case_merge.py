"""Two cases that are one matter: what would go where, the act, and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from cases.errors import NotFound, Refused, StaleVersion
from cases.models import Case
from cases.queries.find_case import case_by_reference
from cases.rules.access import Permission
from cases.services.duplicates import say_not_the_same
from cases.services.merge_cases import lock_both, merge_by_id
from cases.vocabulary import Actor
from escalation.services.merge_cases import merge_cases, preview_merge, undo_case_merge
from hotline.console import blueprint
from hotline.console.case import show_case
from hotline.console.form_numbers import version_seen
from hotline.console.refusals import explain
from hotline.reference import current_book
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work

Pair = tuple[Case, Case]


@blueprint.post("/cases/<reference>/join/preview")
@signed_in(Permission.WORK_CASES)
def preview_join(reference: str) -> str | tuple[str, int]:
    """What merging another case into this one would do. Nothing is changed by looking."""
    return _preview(reference)


@blueprint.post("/cases/<reference>/join")
@signed_in(Permission.WORK_CASES)
def join(reference: str) -> str | Response | tuple[str, int]:
    """Merge another case into this one, as the preview showed both: with either changed since, it is shown anew."""

    def act(session: Session, pair: Pair, by: Actor, now: datetime) -> None:
        seen = (version_seen(), version_seen("other_version"))
        if seen != (pair[0].version, pair[1].version):
            raise StaleVersion("a case was changed in the meantime")
        merge_cases(session, *pair, book=current_book(session), by=by, now=now)

    try:
        _on_both(reference, request.form.get("with", ""), act)
    except StaleVersion:
        flash(_("Belum digabung: salah satu kasus baru saja berubah. Periksa lagi pratinjaunya."), "danger")
        return _preview(reference, status=409)
    except NotFound:
        raise
    except Refused as refused:
        flash(explain(refused), "danger")
        return show_case(reference), 409
    flash(_("Digabung. Bisa dibatalkan dalam 30 hari."), "success")
    return redirect(url_for("console.case", reference=reference))


@blueprint.post("/cases/<reference>/unjoin")
@signed_in(Permission.WORK_CASES)
def unjoin(reference: str) -> Response | tuple[str, int]:
    """Take a merge into this case back."""
    by = acting_user()
    try:
        merge_id = UUID(request.form.get("merge", ""))
    except ValueError as error:
        raise NotFound("there is no such merge") from error
    try:
        with unit_of_work() as session:
            case = case_by_reference(session, reference, by=by)
            merge = merge_by_id(session, case, merge_id)
            lock_both(session, case, merge.merged)
            session.refresh(merge)
            undo_case_merge(
                session, case, merge.merged, merge, book=current_book(session), by=by, now=datetime.now(UTC)
            )
            other = merge.merged.reference
    except NotFound:
        raise
    except Refused as refused:
        flash(explain(refused), "danger")
        return show_case(reference), 409
    flash(
        _(
            "Penggabungan dibatalkan. Yang datang sesudahnya tetap di sini; sisanya kembali ke %(case)s.",
            case=other,
        ),
        "success",
    )
    return redirect(url_for("console.case", reference=reference))


@blueprint.post("/cases/<reference>/not-same")
@signed_in(Permission.WORK_CASES)
def not_same(reference: str) -> Response:
    """An officer looked: two matters. Neither page hints at the other again."""
    by = acting_user()
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=by, lock=True)
        other = case_by_reference(session, request.form.get("with", ""), by=by)
        say_not_the_same(session, case, other, by=by, now=datetime.now(UTC))
    return redirect(url_for("console.case", reference=reference))


def _preview(reference: str, status: int = 200) -> str | tuple[str, int]:
    shown: dict[str, object] = {}

    def look(session: Session, pair: Pair, by: Actor, now: datetime) -> None:
        versions = {"version": pair[0].version, "other_version": pair[1].version}
        shown.update(versions, urgency_now=pair[0].urgency)
        shown["preview"] = preview_merge(session, *pair, book=current_book(session), by=by, now=now)
        shown.update(
            case=pair[0], other=pair[1], now=now, reporters=[one.reporter.designation for one in pair]
        )

    try:
        _on_both(reference, request.form.get("with", ""), look)
    except NotFound:
        flash(_("Tidak ada kasus dengan nomor itu."), "danger")
        return show_case(reference), 404
    except Refused as refused:
        flash(explain(refused), "danger")
        return show_case(reference), 409
    page = render_template("console/case_merge.html", **shown)
    return page if status == 200 else (page, status)


def _on_both(reference: str, other: str, act: Callable[[Session, Pair, Actor, datetime], None]) -> None:
    by = acting_user()
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=by)
        merged = case_by_reference(session, other.strip(), by=by)
        lock_both(session, case, merged)
        act(session, (case, merged), by, datetime.now(UTC))
