"""Attachments of cases the asker may see."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import NotFound
from cases.models import Attachment, Case
from cases.queries.visible import visible_cases
from cases.vocabulary import Actor


def named_contents(session: Session) -> Iterator[bytes]:
    """The SHA-256 of everything that a row says is stored: what was received, clean copies, thumbnails."""
    query = select(Attachment.sha256, Attachment.clean_sha256, Attachment.thumbnail_sha256)
    for row in session.execute(query.where(Attachment.sha256.is_not(None)).execution_options(yield_per=1000)):
        yield from (digest for digest in row if digest is not None)


def visible_attachment(
    session: Session, attachment_id: UUID, *, by: Actor, lock: bool = False
) -> tuple[Attachment, Case]:
    """An attachment and its case (its row locked if wanted), by the same rule as the case itself. Raises NotFound
    otherwise, without telling which of the two it is."""
    query = (
        select(Attachment, Case)
        .join(Case, Case.id == Attachment.case_id)
        .where(Attachment.id == attachment_id, visible_cases(by))
    )
    if lock:
        query = query.with_for_update(of=Case, key_share=True).execution_options(populate_existing=True)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("there is no such attachment", attachment=str(attachment_id))
    return found[0], found[1]
