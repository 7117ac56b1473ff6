"""What a form needs of a case, and nothing more."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy.orm import Session

from cases.models import Case, Clarification
from cases.services.clarifications import record_form_export
from cases.services.parties import parties_of
from cases.vocabulary import Actor, PartyRole
from hotline.forms.clarification import Facts, Form, make_form


def export_form(
    session: Session, case: Case, step: Clarification, form: Form, *, by: Actor, now: datetime
) -> bytes:
    """Make a form of a step of a locked case; the case's log says who made it. Raises what `make_form` raises."""
    party = step.party
    facts = Facts(
        reference=case.reference,
        p3mi=party.company.name if party.company else party.person.name or party.person.designation,
        worker=_worker(session, case) if step.names_worker else None,
        handler=step.recorded_by.name,
        step=step,
    )
    content = make_form(form, facts, now=now)
    digest = hashlib.sha256(content).hexdigest()
    record_form_export(session, case, step, form.value, digest, by=by, now=now)
    return content


def _worker(session: Session, case: Case) -> str | None:
    """The victim; who wrote, where nobody else is named."""
    victims = [one.person.name for one in parties_of(session, case) if one.role is PartyRole.VICTIM]
    return next((name for name in victims if name), None if victims else case.reporter.name)
