"""Employers, recruiters and P3MI: the list, one with its cases, and which party of a case stands for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from cases.errors import Invalid, NotFound, Refused
from cases.models import Case, Company, Party
from cases.queries.companies import CompanyRow, company_file, company_row, find_companies, list_companies
from cases.queries.find_case import case_by_reference
from cases.queries.lists import CaseFilter, list_cases
from cases.rules.access import Permission, may
from cases.rules.duplicates import COMPANIES
from cases.services.companies import (
    LONGEST_NAME,
    company_by_id,
    create_company,
    key_of_name,
    link_party,
    rename_company,
    unlink_party,
)
from cases.services.merge_companies import merge_companies, undo_company_merge
from cases.services.parties import party_of
from cases.vocabulary import Actor, PartyRole
from escalation.queries.patterns import alerts_of
from escalation.services.notice_patterns import acknowledge_pattern
from hotline.console import blueprint
from hotline.console.keyset import position, write_position
from hotline.console.refusals import explain
from hotline.extensions import db
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work

ROWS_OF_A_PAGE = 50


@blueprint.get("/companies")
@signed_in(Permission.SEE_CASES)
def companies() -> str:
    """All of them, that of the last linked case first; `role`: of one kind."""
    role = _role(request.args.get("role", ""))
    page = list_companies(db.session(), by=acting_user(), limit=ROWS_OF_A_PAGE, role=role, after=position())
    last = page.rows[-1].company if page.more else None
    after = write_position(last.last_case_at, last.id) if last else None
    return _list(
        page.rows, role=role, next_url=url_for("console.companies", role=role, after=after) if after else None
    )


@blueprint.post("/companies")
@signed_in(Permission.SEE_CASES)
def search_companies() -> str:
    """Those called so, and nearly so. By POST: a household's name stands in no address and no log."""
    words = _words("words")
    found = find_companies(db.session(), words, key=key_of_name(words), by=acting_user())
    return _list(found, words=words)


@blueprint.get("/companies/<uuid:company_id>")
@signed_in(Permission.SEE_CASES)
def company(company_id: UUID) -> str:
    """One of them with its cases, newest first."""
    return _show(company_id)


@blueprint.post("/companies/<uuid:company_id>/<any(rename,find,merge,part):verb>")
@signed_in(Permission.WORK_CASES)
def change_company(company_id: UUID, verb: str) -> str | Response | tuple[str, int]:
    """Call it otherwise, look for another record of the same company, merge that into this one, or undo a merge."""
    by, now = acting_user(), datetime.now(UTC)
    if verb == "find":
        return _show(company_id, words=_words("words"))
    try:
        with unit_of_work() as session:
            found = company_by_id(session, company_id, by=by, lock=verb == "rename")
            _ACTS[verb](session, found, by, now)
    except NotFound:
        raise
    except Refused as refused:
        flash(explain(refused), "danger")
        return _show(company_id), 409
    flash(_("Tersimpan."), "success")
    return redirect(url_for("console.company", company_id=company_id))


@blueprint.post("/companies/<uuid:company_id>/patterns/<uuid:pattern_id>")
@signed_in(Permission.SEE_BOARD)
def answer_pattern(company_id: UUID, pattern_id: UUID) -> str | Response | tuple[str, int]:
    """Say what comes of an alert."""
    by, now = acting_user(), datetime.now(UTC)
    try:
        with unit_of_work() as session:
            note = request.form.get("pattern_note", "")
            acknowledge_pattern(session, pattern_id, note, by=by, now=now)
    except NotFound:
        raise
    except Refused as refused:
        flash(explain(refused), "danger")
        return _show(company_id), 409
    flash(_("Dikonfirmasi."), "success")
    return redirect(url_for("console.company", company_id=company_id))


@blueprint.get("/cases/<reference>/parties/<uuid:party_id>/company")
@signed_in(Permission.WORK_CASES)
def choose_company(reference: str, party_id: UUID) -> str:
    """For whom a party of a case stands: those that are called nearly so, or a new record."""
    return _choose(reference, party_id)


@blueprint.post("/cases/<reference>/parties/<uuid:party_id>/company/<any(find,link,create,unlink):verb>")
@signed_in(Permission.WORK_CASES)
def company_of_party(reference: str, party_id: UUID, verb: str) -> str | Response | tuple[str, int]:
    """Look for a record, choose or make one, or take the link away."""
    by, now = acting_user(), datetime.now(UTC)
    if verb == "find":
        return _choose(reference, party_id, words=_words("words"))
    try:
        with unit_of_work() as session:
            case = case_by_reference(session, reference, by=by, lock=True)
            party = party_of(session, case, party_id)
            _link(session, case, party, verb, by, now)
    except NotFound:
        raise
    except Refused as refused:
        flash(explain(refused), "danger")
        return _choose(reference, party_id, words=_words("company_name")), 409
    flash(_("Tersimpan."), "success")
    return redirect(url_for("console.case", reference=reference))


def _link(session: Session, case: Case, party: Party, verb: str, by: Actor, now: datetime) -> None:
    if verb == "unlink":
        unlink_party(session, case, party, by=by, now=now)
    elif verb == "create":
        made = create_company(
            session, _words("company_name"), party.role, country=case.country, by=by, now=now
        )
        link_party(session, case, party, made, by=by, now=now)
    else:
        link_party(session, case, party, company_by_id(session, _id("company"), by=by), by=by, now=now)


def _choose(reference: str, party_id: UUID, words: str | None = None) -> str:
    session, by = db.session(), acting_user()
    case = case_by_reference(session, reference, by=by)
    party = session.get(Party, party_id)
    if party is None or party.case_id != case.id or party.ended_at is not None or party.role not in COMPANIES:
        raise NotFound("there is no such party")
    asked = words or party.person.name or ""
    return render_template(
        "console/choose_company.html",
        case=case,
        party=party,
        words=asked,
        found=find_companies(session, asked, key=key_of_name(asked), by=by, but=party.company_id),
    )


def _list(
    rows: Sequence[CompanyRow],
    *,
    role: PartyRole | None = None,
    words: str | None = None,
    next_url: str | None = None,
) -> str:
    return render_template(
        "console/companies.html", rows=rows, role=role, roles=list(COMPANIES), words=words, next_url=next_url
    )


def _show(company_id: UUID, words: str | None = None) -> str:
    session, by = db.session(), acting_user()
    row = company_row(session, company_id, by=by)
    wanted = CaseFilter(company_id=row.company.id)
    page = list_cases(session, wanted, by=by, limit=ROWS_OF_A_PAGE, after=position())
    last = page.rows[-1] if page.more else None
    after = write_position(last.opened_at, last.id) if last else None
    asked = row.company.name if words is None else words
    return render_template(
        "console/company.html",
        row=row,
        company=row.company,
        file=company_file(session, row.company),
        cases=page.rows,
        patterns=alerts_of(session, [row.company.id])[row.company.id],
        may_answer=may(by.role, Permission.SEE_BOARD),
        words=asked,
        searched=words is not None,
        alike=find_companies(session, asked, key=key_of_name(asked), by=by, but=row.company.id),
        now=datetime.now(UTC),
        next_url=url_for("console.company", company_id=company_id, after=after) if after else None,
    )


def _rename(session: Session, found: Company, by: Actor, now: datetime) -> None:
    rename_company(session, found, _words("company_name"), now=now)


def _merge(session: Session, found: Company, by: Actor, now: datetime) -> None:
    merge_companies(session, found.id, _id("with"), by=by, now=now)


def _part(session: Session, found: Company, by: Actor, now: datetime) -> None:
    undo_company_merge(session, found.id, _id("merge"), by=by, now=now)


_ACTS: dict[str, Callable[[Session, Company, Actor, datetime], None]] = {
    "rename": _rename,
    "merge": _merge,
    "part": _part,
}


def _role(value: str) -> PartyRole | None:
    return next((role for role in COMPANIES if role.value == value), None)


def _words(name: str) -> str:
    return request.form.get(name, "").replace("\x00", "").strip()[:LONGEST_NAME]


def _id(name: str) -> UUID:
    try:
        return UUID(request.form.get(name, ""))
    except ValueError as error:
        raise Invalid("choose one of the list", field="company") from error
