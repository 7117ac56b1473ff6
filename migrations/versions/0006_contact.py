"""Safe contact: the whole contact plan, the gate's marks on messages, tasks, the short conversation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_contact"
down_revision = "0005_sender_with_case"
branch_labels = None
depends_on = None

_DROP = "DROP FUNCTION hold_and_find_sender(text, bytea[])"

# Now also: the person's contact plan, their short conversation, and which identifiers have opted out.
_HOLD_AND_FIND = """
CREATE FUNCTION hold_and_find_sender(
    IN sid text, IN hashes bytea[],
    OUT repeated uuid, OUT contact_id uuid, OUT identifiers text[], OUT open_case json, OUT case_number bigint,
    OUT plan json, OUT talk json
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    person uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(key)
       FROM (SELECT ('x' || encode(substr(one, 1, 8), 'hex'))::bit(64)::bigint AS key
               FROM unnest(hashes) AS one ORDER BY 1) AS keys;
    SELECT message.id INTO repeated FROM message WHERE message.provider_sid = sid;
    IF repeated IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT contact.id INTO contact_id FROM duty_contact AS contact
     WHERE contact.address_hash = ANY(hashes) AND contact.active ORDER BY contact.id LIMIT 1;
    SELECT array_agg(ARRAY[encode(known.value_hash, 'hex'), known.person_id::text, known.id::text,
                           (known.opted_out_at IS NOT NULL)::text]),
           (array_agg(known.person_id ORDER BY array_position(hashes, known.value_hash)))[1]
      INTO identifiers, person
      FROM identifier AS known WHERE known.value_hash = ANY(hashes) AND known.ended_at IS NULL;
    IF person IS NOT NULL THEN
        SELECT row_to_json(cases) INTO open_case FROM cases
         WHERE cases.status <> 'closed' AND cases.reporter_id = person
         ORDER BY cases.last_message_at DESC, cases.id DESC LIMIT 1 FOR UPDATE;
    END IF;
    IF person IS NOT NULL THEN
        SELECT row_to_json(contact_plan) INTO plan FROM contact_plan WHERE contact_plan.person_id = person;
    END IF;
    IF open_case IS NOT NULL THEN
        SELECT row_to_json(questioning) INTO talk FROM questioning
         WHERE questioning.case_id = (open_case ->> 'id')::uuid AND questioning.ended_at IS NULL;
    END IF;
    IF open_case IS NULL THEN
        case_number := nextval('case_number');
    END IF;
END
$$
"""
_BEFORE = """
CREATE FUNCTION hold_and_find_sender(
    IN sid text, IN hashes bytea[],
    OUT repeated uuid, OUT contact_id uuid, OUT identifiers text[], OUT open_case json, OUT case_number bigint
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    person uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(key)
       FROM (SELECT ('x' || encode(substr(one, 1, 8), 'hex'))::bit(64)::bigint AS key
               FROM unnest(hashes) AS one ORDER BY 1) AS keys;
    SELECT message.id INTO repeated FROM message WHERE message.provider_sid = sid;
    IF repeated IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT contact.id INTO contact_id FROM duty_contact AS contact
     WHERE contact.address_hash = ANY(hashes) AND contact.active ORDER BY contact.id LIMIT 1;
    SELECT array_agg(ARRAY[encode(known.value_hash, 'hex'), known.person_id::text, known.id::text]),
           (array_agg(known.person_id ORDER BY array_position(hashes, known.value_hash)))[1]
      INTO identifiers, person
      FROM identifier AS known WHERE known.value_hash = ANY(hashes) AND known.ended_at IS NULL;
    IF person IS NOT NULL THEN
        SELECT row_to_json(cases) INTO open_case FROM cases
         WHERE cases.status <> 'closed' AND cases.reporter_id = person
         ORDER BY cases.last_message_at DESC, cases.id DESC LIMIT 1 FOR UPDATE;
    END IF;
    IF open_case IS NULL THEN
        case_number := nextval('case_number');
    END IF;
END
$$
"""

_UNKNOWN = {"nullable": False, "server_default": "unknown"}


def upgrade() -> None:
    op.add_column("identifier", sa.Column("opted_out_at", sa.DateTime(timezone=True)))
    op.add_column("contact_plan", sa.Column("holder", sa.Text(), **_UNKNOWN))
    op.add_column("contact_plan", sa.Column("voice_note", sa.Text(), **_UNKNOWN))
    op.add_column("contact_plan", sa.Column("family", sa.Text(), **_UNKNOWN))
    op.add_column("contact_plan", sa.Column("channel", sa.Text()))
    op.add_column("contact_plan", sa.Column("zone", sa.Text()))
    for name in ("readers", "name_to_use", "trusted_person", "safe_word", "duress_word"):
        op.add_column("contact_plan", sa.Column(name, sa.LargeBinary()))
    op.add_column("contact_plan", sa.Column("duress_at", sa.DateTime(timezone=True)))
    # Hours were free words until now, which nothing can obey: an officer asks again.
    op.execute("UPDATE contact_plan SET hours = NULL")
    op.add_column("message", sa.Column("purpose", sa.Text()))
    op.add_column("message", sa.Column("hold_reason", sa.Text()))
    op.execute("UPDATE message SET purpose = 'reply' WHERE direction = 'out' AND identifier_id IS NOT NULL")
    op.create_index(
        "ix_message_identifier_id_answers",
        "message",
        ["identifier_id", "created_at"],
        postgresql_where=sa.text("purpose = 'answer'"),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Uuid()),
        sa.Column("reason", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("done_by_id", sa.Uuid()),
        sa.Column("outcome", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_task_case_id_cases")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_task_message_id_message")),
        sa.ForeignKeyConstraint(["done_by_id"], ["users.id"], name=op.f("fk_task_done_by_id_users")),
    )
    is_open = sa.text("done_at IS NULL")
    op.create_index("ix_task_case_id_open", "task", ["case_id"], postgresql_where=is_open)
    op.create_index(
        "uq_task_open_kind",
        "task",
        ["case_id", "kind"],
        unique=True,
        postgresql_where=sa.text("done_at IS NULL AND message_id IS NULL"),
    )
    op.create_index("uq_task_open_message", "task", ["message_id"], unique=True, postgresql_where=is_open)
    op.create_table(
        "questioning",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("pending", sa.Text()),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("end_reason", sa.Text()),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_questioning")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_questioning_case_id_cases")),
    )
    op.execute(_DROP)
    op.get_bind().exec_driver_sql(_HOLD_AND_FIND)


def downgrade() -> None:
    op.execute(_DROP)
    op.get_bind().exec_driver_sql(_BEFORE)
    op.drop_table("questioning")
    op.drop_table("task")
    op.drop_index("ix_message_identifier_id_answers", "message")
    op.drop_column("message", "hold_reason")
    op.drop_column("message", "purpose")
    for name in ("duress_at", "duress_word", "safe_word", "trusted_person", "name_to_use", "readers"):
        op.drop_column("contact_plan", name)
    for name in ("zone", "channel", "family", "voice_note", "holder"):
        op.drop_column("contact_plan", name)
    op.drop_column("identifier", "opted_out_at")
