"""The provider's templates as we know them: which may be used, and how far the others have got."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cases.models import Template
from cases.vocabulary import TemplateState

INDONESIAN = "id"


@dataclass(frozen=True, slots=True)
class ListedTemplate:
    """One template on the provider's list that is ours. `is_current`: it says what our wording says today."""

    content_sid: str
    name: str
    language: str
    body: str
    category: str | None
    state: TemplateState
    rejection_reason: str | None
    is_current: bool


def approved_template(session: Session, name: str, language: str) -> Template | None:
    """The template of these words that WhatsApp lets through, in this language; else in Indonesian, which everybody
    here reads. None when there is none."""
    query = (
        select(Template)
        .where(
            Template.name == name,
            Template.language.in_([language, INDONESIAN]),
            Template.state == TemplateState.APPROVED,
            Template.is_current,
        )
        .order_by(Template.language == INDONESIAN)
        .limit(1)
    )
    return session.scalar(query)


def keep_listed(session: Session, listed: Iterable[ListedTemplate], *, now: datetime) -> int:
    """Make the table what the provider's list says; returns how many templates it holds.

    Of several for one wording and language the best is kept: what may be used, then what may become so.
    """
    best: dict[tuple[str, str], ListedTemplate] = {}
    for one in listed:
        key = (one.name, one.language)
        if key not in best or _worth(one) > _worth(best[key]):
            best[key] = one
    session.execute(delete(Template))
    for one in best.values():
        session.add(
            Template(
                content_sid=one.content_sid,
                name=one.name,
                language=one.language,
                body=one.body,
                category=one.category,
                is_current=one.is_current,
                state=one.state,
                rejection_reason=one.rejection_reason,
                synced_at=now,
            )
        )
    session.flush()
    return len(best)


def known_templates(session: Session) -> Sequence[Template]:
    """All of them, by name and language."""
    return session.scalars(select(Template).order_by(Template.name, Template.language)).all()


_HOPE = {TemplateState.APPROVED: 3, TemplateState.PENDING: 2, TemplateState.RECEIVED: 2}


def _worth(one: ListedTemplate) -> tuple[bool, int]:
    return one.is_current, _HOPE.get(one.state, 0)
