"""Who writes after her case was closed is led to it: whether it goes on is decided there."""

from __future__ import annotations

from alembic import op

revision = "0031_reopen_by_message"
down_revision = "0030_lifecycle"
branch_labels = None
depends_on = None

_NUMBER = "        case_number := nextval('case_number');\n"
# Only for somebody who is known and has no open case; what is older than this is a new matter whatever the rule says.
_CLOSED = """        IF person IS NOT NULL THEN
            SELECT to_jsonb(cases) || jsonb_build_object('reporter_id', person) INTO open_case FROM cases
             WHERE cases.status = 'closed' AND cases.closed_at > now() - interval '400 days'
               AND (cases.reporter_id = person
                    OR cases.id IN (SELECT case_follower.case_id FROM case_follower
                                     WHERE case_follower.person_id = person))
               AND NOT EXISTS (SELECT 1 FROM case_merge
                                WHERE case_merge.merged_id = cases.id AND case_merge.undone_at IS NULL)
             ORDER BY cases.closed_at DESC, cases.id DESC LIMIT 1 FOR NO KEY UPDATE;
        END IF;
"""

_REPLACE = """
DO $do$
BEGIN
    EXECUTE replace(pg_get_functiondef('hold_and_find_sender(text, bytea[])'::regprocedure), {one}, {two});
END
$do$
"""


def _replace(one: str, two: str) -> None:
    statement = _REPLACE.format(one=f"$q${one}$q$", two=f"$q${two}$q$")
    op.get_bind().exec_driver_sql(statement)


def upgrade() -> None:
    _replace(_NUMBER, _NUMBER + _CLOSED)


def downgrade() -> None:
    _replace(_NUMBER + _CLOSED, _NUMBER)
