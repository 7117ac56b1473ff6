"""The open case of a sender is locked without its key, as everything is (`cases.database.NO_KEY_UPDATE`)."""

from __future__ import annotations

from alembic import op

revision = "0022_lock_without_key"
down_revision = "0021_lexicon"
branch_labels = None
depends_on = None

_REPLACE = """
DO $$
BEGIN
    EXECUTE replace(
        pg_get_functiondef('hold_and_find_sender(text, bytea[])'::regprocedure), '{before}', '{after}'
    );
END
$$
"""


def upgrade() -> None:
    op.execute(_REPLACE.format(before="LIMIT 1 FOR UPDATE", after="LIMIT 1 FOR NO KEY UPDATE"))


def downgrade() -> None:
    op.execute(_REPLACE.format(before="LIMIT 1 FOR NO KEY UPDATE", after="LIMIT 1 FOR UPDATE"))
