"""The job queue's own tables (Procrastinate 3.10)."""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0004_jobs"
down_revision = "0003_hotline"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Sent as it is: a colon in the queue's SQL must not be read as a parameter.
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))


def downgrade() -> None:
    op.execute(
        """
        DO $$
        DECLARE thing record;
        BEGIN
            FOR thing IN SELECT tablename AS name FROM pg_tables
                          WHERE schemaname = current_schema() AND tablename LIKE 'procrastinate%' LOOP
                EXECUTE format('DROP TABLE %I CASCADE', thing.name);
            END LOOP;
            FOR thing IN SELECT oid::regprocedure AS name FROM pg_proc
                          WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate%' LOOP
                EXECUTE format('DROP FUNCTION %s CASCADE', thing.name);
            END LOOP;
            FOR thing IN SELECT typname AS name FROM pg_type
                          WHERE typnamespace = current_schema()::regnamespace AND typname LIKE 'procrastinate%'
                            AND typtype IN ('e', 'c') LOOP
                EXECUTE format('DROP TYPE IF EXISTS %I CASCADE', thing.name);
            END LOOP;
        END
        $$
        """
    )
