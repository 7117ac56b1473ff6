"""What a case is about, as an officer corrects it; the machine only adds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from cases.errors import Invalid, WrongState
from cases.models import Case
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, ActorKind, CaseStatus, Category, EventKind

MOST_CATEGORIES = 6


def change_categories(
    session: Session, case: Case, categories: Sequence[Category], *, reason: str, by: Actor, now: datetime
) -> bool:
    """Set the categories of a locked, open case, the first one leading; False when they are these already.

    Raises Invalid without a category or a reason, for too many, for INFO (no matter yet) beside a matter, and for
    anybody but staff.
    """
    if case.status is CaseStatus.CLOSED:
        raise WrongState("the case is closed", status=case.status)
    if by.kind is not ActorKind.USER:
        raise Invalid("only a member of staff corrects the categories", field="author")
    wanted = list(dict.fromkeys(categories))
    if not 1 <= len(wanted) <= MOST_CATEGORIES:
        raise Invalid(f"a case has one to {MOST_CATEGORIES} categories", field="categories")
    if Category.INFO in wanted and len(wanted) > 1:
        raise Invalid("INFO stands alone: there is a matter, or there is none", field="categories")
    words = reason.strip()
    if not words:
        raise Invalid("a reason is needed", field="reason")
    codes, before = [category.value for category in wanted], _in_order(case)
    if codes[0] == before[0] and set(codes) == set(before):
        return False
    case.categories, case.leading_category = codes, wanted[0]
    data = {"from": before, "to": codes, "reason": words[:2000]}
    record_event(session, case, EventKind.CATEGORIES_CHANGED, by=by, now=now, data=data)
    touch(case, now=now)
    return True


def _in_order(case: Case) -> list[str]:
    """The categories of a case, the leading one first."""
    leading = case.leading_category.value
    return [leading, *(code for code in case.categories if code != leading)]
