"""One case, by the names it has."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE
from cases.errors import NotFound
from cases.models import Case
from cases.queries.visible import visible_cases
from cases.vocabulary import Actor


def case_by_reference(session: Session, reference: str, *, by: Actor, lock: bool = False) -> Case:
    """The case, if the asker may see it. Raises NotFound otherwise, without telling which of the two it is."""
    if "\x00" in reference:
        raise NotFound("there is no such case")  # the database does not even take the question
    query = select(Case).where(Case.reference == reference.upper(), visible_cases(by))
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    case = session.scalar(query)
    if case is None:
        raise NotFound("there is no such case", reference=reference)
    return case


def locked_case(session: Session, case_id: UUID) -> Case:
    """The case with its row locked until the transaction ends; its state is read afresh."""
    case = session.get(Case, case_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if case is None:
        raise NotFound("there is no such case", case_id=str(case_id))
    return case
