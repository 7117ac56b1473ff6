"""People: found by number or name, and what belongs to one of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from cases.errors import NotFound, Refused
from cases.models import Person
from cases.models.person import end_of_designation
from cases.queries.find_case import case_by_reference
from cases.queries.persons import find_persons, person_by_id, person_file
from cases.queries.search import persons_alike, search_said
from cases.queries.sender import hold_persons
from cases.rules.access import Permission
from cases.rules.references import is_reference
from cases.services.identifiers import add_identifier, end_identifier, record_person_seen
from cases.services.merge_persons import undo_merge
from cases.services.split_person import split_person
from cases.vocabulary import Actor
from hotline.console import blueprint
from hotline.console.marked import marked
from hotline.console.refusals import explain
from hotline.extensions import db
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work

LONGEST_SEARCH = 200


@blueprint.get("/search")
@signed_in(Permission.SEE_CASES)
def search() -> str:
    """The empty form. What is looked for is sent by POST: a number stands in no address and no log."""
    return render_template("console/search.html", words="", found=None)


@blueprint.post("/search")
@signed_in(Permission.SEE_CASES)
def search_for() -> str | Response:
    """A case by its reference; people by number, WhatsApp id, e-mail, @username or designation, and those nearly
    called so; and cases in which the words were said."""
    session, by = db.session(), acting_user()
    words = request.form.get("words", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    if is_reference(words.upper()):
        try:
            case = case_by_reference(session, words, by=by)
        except NotFound:
            return render_template("console/search.html", words=words, found=[])
        return redirect(url_for("console.case", reference=case.reference))
    found = find_persons(session, words, by=by)
    # A name of a channel that somebody has or had needs no guessing.
    exact = bool(found) or end_of_designation(words) is not None
    return render_template(
        "console/search.html",
        words=words,
        found=found,
        alike=[] if exact else persons_alike(session, words, by=by),
        said=None if exact else search_said(session, words, by=by),
        marked=marked,
        now=datetime.now(UTC),
    )


@blueprint.get("/persons/<uuid:person_id>")
@signed_in(Permission.SEE_CASES)
def person(person_id: UUID) -> str:
    """One person. That the page was opened is a line in the log of their open cases."""
    by, now = acting_user(), datetime.now(UTC)
    with unit_of_work() as session:
        record_person_seen(session, person_by_id(session, person_id, by=by), by=by, now=now)
    return _show(person_id)


@blueprint.post("/persons/<uuid:person_id>/<any(add_identifier,end_identifier,split,part):verb>")
@signed_in(Permission.WORK_CASES)
def act_on_person(person_id: UUID, verb: str) -> Response | tuple[str, int]:
    """Do one thing to a person. What is refused is told, and what was typed stays."""
    by, now = acting_user(), datetime.now(UTC)
    try:
        with unit_of_work() as session:
            if verb in _MOVES_NUMBERS:
                hold_persons(session, person_id)
            found = person_by_id(session, person_id, by=by, lock=True)
            goes_to = _ACTS[verb](session, found, by, now)
    except NotFound:
        raise
    except Refused as refused:
        flash(explain(refused), "danger")
        return _show(person_id, identifier=request.form.get("identifier", ""), **{verb: "1"}), 409
    flash(_("Tersimpan."), "success")
    return redirect(url_for("console.person", person_id=goes_to))


def _show(person_id: UUID, **typed: str) -> str:
    session = db.session()
    found = person_by_id(session, person_id, by=acting_user())
    return render_template("console/person.html", person=found, file=person_file(session, found), typed=typed)


def _add(session: Session, found: Person, by: Actor, now: datetime) -> UUID:
    add_identifier(session, found, request.form.get("identifier", ""), by=by, now=now)
    return found.id


def _end(session: Session, found: Person, by: Actor, now: datetime) -> UUID:
    end_identifier(session, found, _one("identifier_id"), by=by, now=now)
    return found.id


def _split(session: Session, found: Person, by: Actor, now: datetime) -> UUID:
    identifiers, cases = _ids("identifiers"), _ids("cases")
    return split_person(session, found.id, identifiers=identifiers, cases=cases, by=by, now=now).id


def _part(session: Session, found: Person, by: Actor, now: datetime) -> UUID:
    undo_merge(session, found.id, _one("merge"), by=by, now=now)
    return found.id


def _ids(name: str) -> list[UUID]:
    try:
        return [UUID(value) for value in request.form.getlist(name)]
    except ValueError as error:
        raise NotFound("there is no such thing", field=name) from error


def _one(name: str) -> UUID:
    ids = _ids(name)
    if not ids:
        raise NotFound("there is no such thing", field=name)
    return ids[0]


# Before the person is locked: messages lock in that order.
_MOVES_NUMBERS = frozenset({"split", "part"})

_ACTS: dict[str, Callable[[Session, Person, Actor, datetime], UUID]] = {
    "add_identifier": _add,
    "end_identifier": _end,
    "split": _split,
    "part": _part,
}
