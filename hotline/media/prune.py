"""Files whose attachments were deleted leave the store, unless another attachment has the same content."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from cases.queries.attachments import named_contents
from hotline.media.store import MediaStore, Pruned

# Between storing a content and the row that names it lie seconds; a day also bears clocks that differ.
YOUNG = timedelta(days=1)
_MOST_MISSING = 0.1


class NotItsStore(Exception):
    """The database and the store do not seem to belong together."""


def prune_store(session: Session, store: MediaStore, *, now: datetime, even_all: bool = False) -> Pruned:
    """Remove what is older than a day and named by no attachment. Raises NotItsStore, and removes nothing, where the
    database names nothing at all or much that is not there, unless `even_all`."""
    named = {store.name_of(digest): digest for digest in named_contents(session)}
    if not even_all:
        missing = sum(not store.path_of(digest).exists() for digest in named.values())
        if not named and not store.is_empty():
            raise NotItsStore("the database names no stored attachment")
        if missing > _MOST_MISSING * len(named):
            raise NotItsStore(
                f"{missing} of {len(named)} contents that the database names are not in this store"
            )
    return store.prune(named.keys(), before=now - YOUNG)
