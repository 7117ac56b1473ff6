"""Full-text search over what was said, written by the database with each message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0025_search"
down_revision = "0024_queue"
branch_labels = None
depends_on = None

_WORDS = (
    "CASE WHEN kind IN ('report', 'call', 'reply', 'neutral_reply', 'command')"
    " THEN to_tsvector('indonesian'::regconfig, left(body, 10000)) END"
)
_NOTE_WORDS = "to_tsvector('indonesian'::regconfig, left(body, 10000))"


def upgrade() -> None:
    op.add_column(
        "message", sa.Column("words", TSVECTOR(), sa.Computed(_WORDS, persisted=True), nullable=True)
    )
    # fastupdate, the default: a message adds its words to a list, which is sorted in by the dozen.
    op.create_index("ix_message_words", "message", ["words"], postgresql_using="gin")
    op.create_index("ix_note_words", "note", [sa.text(_NOTE_WORDS)], postgresql_using="gin")


def downgrade() -> None:
    op.drop_index("ix_note_words", "note")
    op.drop_index("ix_message_words", "message")
    op.drop_column("message", "words")
