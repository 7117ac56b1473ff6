"""What an officer does with a case: each a form on its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from cases.errors import Invalid, NotFound, Refused, StaleVersion
from cases.models import Agency, Case, Identifier, Referral
from cases.queries.find_case import case_by_reference
from cases.queries.sender import hold_persons
from cases.rules.access import Permission
from cases.services.contact import ContactOutcome, set_contact_plan, show_secret
from cases.services.identity import (
    confirm_identifier,
    doubt_identifier,
    identifier_of,
)
from cases.services.merge_persons import merge_persons, undo_merge
from cases.services.notes import add_note
from cases.services.parties import add_party, change_party, end_party
from cases.services.send_to_person import cancel_message, release_message
from cases.services.tasks import finish_task, task_of
from cases.services.training_use import record_training_use
from cases.vocabulary import (
    Actor,
    Authority,
    Category,
    Doubt,
    PartyRole,
    Relation,
    SharingBasis,
    Urgency,
)
from escalation.services import refer, work_case
from escalation.services.load_countries import zone_of
from escalation.services.pass_on import pass_on
from hotline.console import blueprint, desk_actions, endings, path
from hotline.console.case import PLAN_FIELDS, PLAN_SECRETS, show_case
from hotline.console.form_numbers import version_seen
from hotline.console.refusals import explain
from hotline.console.stale import compare, refuse_stale
from hotline.extensions import db
from hotline.reference import current_book
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import is_passing, unit_of_work

Words = TypeVar("Words", bound=StrEnum)
Act = Callable[[Session, Case, Actor, datetime], Any]


@blueprint.post(
    "/cases/<reference>/<any(claim,assign,reply,greet,ask,release,discard,task,confirm,pass_on,doubt,merge,part,party,change_party,end_party,note,contact,plan,urgency,categories,training,refer,close,reopen,move,confirm_closing,decline_closing,path,follow_up,change_task,need,consent):verb>"
)
@signed_in(Permission.WORK_CASES)
def act(reference: str, verb: str) -> Response | tuple[str, int]:
    """Do one thing to a locked case. What is refused is told, and what was typed stays in its form."""
    by, now = acting_user(), datetime.now(UTC)
    try:
        with unit_of_work() as session:
            if verb in _MOVES_PERSONS:
                hold_persons(session, *_persons(session, reference, by))
            case = case_by_reference(session, reference, by=by, lock=True)
            told = _ACTS[verb](session, case, by, now)
    except NotFound:
        raise
    except StaleVersion as refused:
        return _shown_both(reference, verb, explain(refused))
    except Refused as refused:
        return _told_why_not(reference, explain(refused))
    except DBAPIError as error:
        if not is_passing(error):
            raise
        return _told_why_not(
            reference, _("Belum tersimpan: orang lain sedang mengubah hal yang sama. Coba lagi.")
        )
    flash(told if isinstance(told, str) else _("Tersimpan."), "success")
    return redirect(url_for("console.case", reference=reference))


def _shown_both(
    reference: str, what: str, words: str, more: Mapping[str, str] | None = None
) -> tuple[str, int]:
    flash(words, "danger")
    typed = _typed()
    session = db.session()
    case = case_by_reference(session, reference, by=acting_user())
    stale = compare(session, case, what, typed | dict(more or {}))
    return show_case(reference, typed, stale=stale), 409


def _typed() -> dict[str, str]:
    return {name: value for name, value in request.form.items() if name != "csrf_token"}


def _told_why_not(reference: str, words: str) -> tuple[str, int]:
    flash(words, "danger")
    return show_case(reference, _typed()), 409


def _persons(session: Session, reference: str, by: Actor) -> list[UUID]:
    """Whose numbers and cases the form is about, as things stand before anything is locked."""
    named = [reference, request.form.get("with", "").strip()]
    return [case_by_reference(session, one, by=by).reporter_id for one in named if one]


@blueprint.post("/cases/<reference>/secret")
@signed_in(Permission.WORK_CASES)
def secret(reference: str) -> str | tuple[str, int]:
    """Show the safe word or the duress word once, on the answer to a POST: it stands in no address."""
    by, now = acting_user(), datetime.now(UTC)
    name = request.form.get("secret", "")
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=by, lock=True)
        word = show_secret(session, case, name, by=by, now=now)
    return show_case(reference, secret=word, secret_name=name)


@blueprint.post("/cases/<reference>/referrals/<uuid:referral_id>/<any(send,revoke,accept,done):verb>")
@signed_in(Permission.WORK_CASES)
def referral(reference: str, referral_id: UUID, verb: str) -> Response | tuple[str, int]:
    """Send or revoke a referral, or note an answer that came by telephone."""
    by, now = acting_user(), datetime.now(UTC)
    try:
        with unit_of_work() as session:
            case = case_by_reference(session, reference, by=by, lock=True)
            found = session.scalar(
                select(Referral).where(Referral.id == referral_id, Referral.case_id == case.id)
            )
            if found is None:
                raise NotFound("there is no such referral")
            refuse_stale(request.form, "version", found.version)
            _move_referral(session, case, found, verb, by, now)
    except NotFound:
        raise
    except StaleVersion as refused:
        return _shown_both(
            reference, "referral", explain(refused), {"referral": str(referral_id), "verb": verb}
        )
    except Refused as refused:
        return _told_why_not(reference, explain(refused))
    flash(_("Tersimpan."), "success")
    return redirect(url_for("console.case", reference=reference))


def _move_referral(
    session: Session, case: Case, found: Referral, verb: str, by: Actor, now: datetime
) -> None:
    words = request.form.get("words", "")
    if verb == "send":
        book = current_book(session)
        basis = _choice(SharingBasis, "basis", optional=True)
        refer.send_referral(session, case, found, basis=basis, request=words, book=book, by=by, now=now)
    elif verb == "revoke":
        refer.revoke_referral(session, case, found, by=by, now=now)
    elif verb == "accept":
        refer.accept_referral(session, found.id, by=by, now=now)
    else:
        refer.finish_referral(session, found.id, explanation=words, by=by, now=now)


def _assign(session: Session, case: Case, by: Actor, now: datetime) -> None:
    try:
        to = UUID(request.form.get("to", ""))
    except ValueError as error:
        raise Invalid("choose somebody", field="to") from error
    refuse_stale(request.form, "was", case.owner_id)
    work_case.assign(session, case, to=to, by=by, now=now)


def _urgency(session: Session, case: Case, by: Actor, now: datetime) -> None:
    refuse_stale(request.form, "was", case.urgency)
    level, reason = _choice(Urgency, "urgency"), request.form.get("reason", "")
    work_case.change_urgency(session, case, level, reason=reason, book=current_book(session), by=by, now=now)


def _plan(session: Session, case: Case, by: Actor, now: datetime) -> None:
    """Save what the form names; an empty secret word means: as it was."""
    changes = {
        name: value
        for name in PLAN_FIELDS
        if (value := request.form.get(name)) is not None and (value or name not in PLAN_SECRETS)
    }
    changes["zone"] = zone_of(case.country)
    set_contact_plan(session, case, changes, version=version_seen(), by=by, now=now)


def _finish_task(session: Session, case: Case, by: Actor, now: datetime) -> None:
    task = task_of(session, case, _id("task"))
    finish_task(session, case, task, outcome="done", by=by, now=now)


def _identifier(session: Session, case: Case) -> Identifier:
    return identifier_of(session, case, _id("identifier"))


def _pass_on(session: Session, case: Case, by: Actor, now: datetime) -> str:
    """The number is somebody else's: what they wrote is a case of their own."""
    theirs = pass_on(session, case, _identifier(session, case), book=current_book(session), by=by, now=now)
    if not theirs:
        return _("Nomor ini bukan lagi miliknya. Pesan berikutnya membuka kasus baru.")
    return _(
        "Pesan sejak nomor ini diragukan sekarang ada di kasus %(cases)s. Keliru? Gabungkan orangnya dengan kasus itu.",
        cases=", ".join(one.reference for one in theirs),
    )


def _merge(session: Session, case: Case, by: Actor, now: datetime) -> None:
    """The reporter of the other case and of this one are one person: this one stays."""
    other = case_by_reference(session, request.form.get("with", "").strip(), by=by)
    merge_persons(session, case.reporter_id, other.reporter_id, by=by, now=now)


def _add_party(session: Session, case: Case, by: Actor, now: datetime) -> None:
    form = request.form
    add_party(
        session,
        case,
        _choice(PartyRole, "role"),
        is_reporter="is_reporter" in form,
        name=form.get("party_name", ""),
        reach=form.get("party_reach", ""),
        relation=_choice(Relation, "relation", optional=True),
        authority=_choice(Authority, "authority", optional=True) or Authority.NONE,
        named_by_worker="named_by_worker" in form,
        note=form.get("party_note", ""),
        by=by,
        now=now,
    )


def _change_party(session: Session, case: Case, by: Actor, now: datetime) -> None:
    changes = {
        "authority": _choice(Authority, "authority", optional=True) or Authority.NONE,
        "named_by_worker": "named_by_worker" in request.form,
    }
    version = version_seen() or None
    change_party(session, case, _id("party"), changes, version=version, by=by, now=now)


def _reply(session: Session, case: Case, by: Actor, now: datetime) -> None:
    body, tells_nothing = request.form.get("reply_body", ""), "tells_nothing" in request.form
    work_case.reply(session, case, body, tells_nothing=tells_nothing, by=by, now=now)


def _id(name: str) -> UUID:
    try:
        return UUID(request.form.get(name, ""))
    except ValueError as error:
        raise NotFound("there is no such thing", field=name) from error


def _refer(session: Session, case: Case, by: Actor, now: datetime) -> None:
    agency_id = session.scalar(select(Agency.id).where(Agency.key == request.form.get("agency", "")))
    if agency_id is None:
        raise Invalid("choose an agency from the list", field="agency")
    refer.refer_case(
        session,
        case,
        agency_id,
        basis=_choice(SharingBasis, "basis", optional=True),
        request=request.form.get("words", ""),
        book=current_book(session),
        by=by,
        now=now,
    )


def _categories(session: Session, case: Case, by: Actor, now: datetime) -> None:
    leading = _choice(Category, "category")
    try:
        further = [Category(value) for value in request.form.getlist("further")]
    except ValueError as error:
        raise Invalid("choose from the list", field="further") from error
    work_case.change_categories(
        session,
        case,
        [leading, *further],
        reason=request.form.get("category_reason", ""),
        book=current_book(session),
        by=by,
        now=now,
    )


# These give numbers or cases to other persons.
_MOVES_PERSONS = frozenset({"pass_on", "merge", "part"})

_ACTS: dict[str, Act] = {
    "claim": lambda s, c, by, now: work_case.claim(s, c, by=by, now=now),
    "assign": _assign,
    "reply": _reply,
    "greet": lambda s, c, by, now: work_case.greet(s, c, by=by, now=now),
    "ask": lambda s, c, by, now: work_case.ask(s, c, by=by, now=now),
    "release": lambda s, c, by, now: release_message(s, c, _id("message"), by=by, now=now),
    "discard": lambda s, c, by, now: cancel_message(s, c, _id("message"), by=by, now=now),
    "task": _finish_task,
    "confirm": lambda s, c, by, now: confirm_identifier(s, c, _identifier(s, c), by=by, now=now),
    "pass_on": _pass_on,
    "doubt": lambda s, c, by, now: doubt_identifier(s, c, _identifier(s, c), Doubt.OFFICER, by=by, now=now),
    "merge": _merge,
    "part": lambda s, c, by, now: undo_merge(s, c.reporter_id, _id("merge"), by=by, now=now),
    "party": _add_party,
    "change_party": _change_party,
    "end_party": lambda s, c, by, now: end_party(s, c, _id("party"), by=by, now=now),
    "follow_up": desk_actions.follow_up,
    "change_task": desk_actions.change_follow_up,
    "need": desk_actions.need,
    "consent": desk_actions.consent,
    "note": lambda s, c, by, now: add_note(s, c, request.form.get("note_body", ""), by=by, now=now),
    "contact": lambda s, c, by, now: work_case.record_contact(
        s, c, _choice(ContactOutcome, "outcome"), by=by, now=now
    ),
    "plan": _plan,
    "urgency": _urgency,
    "categories": _categories,
    "training": lambda s, c, by, now: record_training_use(
        s, c, allowed=request.form.get("allowed") == "yes", by=by, now=now
    ),
    "refer": _refer,
    "path": path.set_step,
    "move": endings.move,
    "close": endings.close,
    "confirm_closing": endings.confirm,
    "decline_closing": endings.decline,
    "reopen": lambda s, c, by, now: work_case.reopen(
        s, c, explanation=request.form.get("explanation", ""), book=current_book(s), by=by, now=now
    ),
}


def _choice(words: type[Words], name: str, *, optional: bool = False) -> Any:
    value = request.form.get(name, "")
    if optional and not value:
        return None
    try:
        return words(value)
    except ValueError as error:
        raise Invalid("choose one of the list", field=name) from error
