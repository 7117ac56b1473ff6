"""The portal: agencies answer, and people on duty acknowledge, by a signed link on any phone. No account."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from cases.errors import NotFound, Refused
from cases.models import Case, Referral
from cases.vocabulary import Actor, ActorKind, ReferralStatus, RejectReason
from escalation.models import Clock, Page
from escalation.queries.sent_with import pages_sent_with
from escalation.services.acknowledge import BY_LINK, acknowledge_page
from escalation.services.refer import accept_referral, finish_referral, reject_referral
from hotline.extensions import csrf, db
from hotline.reference import current_book
from hotline.security.access import open_because
from hotline.security.links import PAGE, REFERRAL, opened, sign
from hotline.unit_of_work import unit_of_work

blueprint = Blueprint("portal", __name__, template_folder="templates")
# The link itself is the authority, and no cookie is: there is nothing a foreign page could borrow.
csrf.exempt(blueprint)

_AGENCY = Actor(ActorKind.AGENCY)


@blueprint.get("/r/<token>")
@open_because("a signed link names one referral")
def referral(token: str) -> str:
    """What the agency may see: the packet, never the worker's words, name or number. Changes nothing, because
    messengers open links to preview them."""
    return _show_referral(token)


@blueprint.post("/r/<token>/<any(accept,reject,done):verb>")
@open_because("a signed link names one referral")
def answer(token: str, verb: str) -> Response | tuple[str, int]:
    """The agency's answer."""
    referral_id = opened(REFERRAL, token) or abort(404)
    now, words = datetime.now(UTC), request.form.get("words", "")
    try:
        with unit_of_work() as session:
            if verb == "accept":
                accept_referral(session, referral_id, by=_AGENCY, now=now)
            elif verb == "done":
                finish_referral(session, referral_id, explanation=words, by=_AGENCY, now=now)
            else:
                book = current_book(session)
                reason = _reason()
                reject_referral(
                    session, referral_id, reason, explanation=words, book=book, by=_AGENCY, now=now
                )
    except NotFound:
        abort(404)
    except Refused:
        return _show_referral(token, refused=True), 409
    return redirect(url_for("portal.referral", token=token))


@blueprint.get("/p/<token>")
@open_because("a signed link names one page")
def page(token: str) -> str:
    """Why somebody was paged. Changes nothing."""
    page_id = opened(PAGE, token) or abort(404)
    query = select(Page).where(Page.id == page_id).options(joinedload(Page.case), joinedload(Page.clock))
    found = db.session.scalar(query) or abort(404)
    secret = current_app.config["SECRET_KEY"]
    together = [
        (other, sign(PAGE, other.id, secret_key=secret)) for other in pages_sent_with(db.session(), found)
    ]
    return render_template(
        "portal/page.html", page=found, together=together, token=token, now=datetime.now(UTC)
    )


@blueprint.post("/p/<token>")
@open_because("a signed link names one page")
def acknowledge(token: str) -> Response:
    """Mine."""
    page_id = opened(PAGE, token) or abort(404)
    with unit_of_work() as session:
        contact_id = session.scalar(select(Page.contact_id).where(Page.id == page_id)) or abort(404)
        by = Actor(ActorKind.AGENCY, contact_id=contact_id)
        acknowledge_page(session, page_id, by=by, via=BY_LINK, now=datetime.now(UTC))
    return redirect(url_for("portal.page", token=token))


def _show_referral(token: str, *, refused: bool = False) -> str:
    referral_id = opened(REFERRAL, token) or abort(404)
    session = db.session()
    found = session.get(Referral, referral_id) or abort(404)
    if found.status in {ReferralStatus.PROPOSED, ReferralStatus.REVOKED}:
        # Taken back, or not yet given: nothing of the case is shown.
        return render_template("portal/revoked.html")
    return render_template(
        "portal/referral.html",
        referral=found,
        case=session.get_one(Case, found.case_id),
        clock=session.scalar(
            select(Clock).where(Clock.referral_id == found.id).order_by(Clock.id.desc()).limit(1)
        ),
        token=token,
        reasons=list(RejectReason),
        refused=refused,
        now=datetime.now(UTC),
    )


def _reason() -> RejectReason:
    value = request.form.get("reason", "")
    return RejectReason(value) if value in {reason.value for reason in RejectReason} else RejectReason.OTHER
