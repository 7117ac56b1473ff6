"""Numbers change hands: doubt about an identifier, and persons merged by an officer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012_identity"
down_revision = "0011_incidents"
branch_labels = None
depends_on = None

_DROP = "DROP FUNCTION hold_and_find_sender(text, bytea[])"

# Now also: which identifiers are in doubt, and whether the person has another WhatsApp user id.
_HOLD_AND_FIND = """
CREATE FUNCTION hold_and_find_sender(
    IN sid text, IN hashes bytea[],
    OUT repeated uuid, OUT contact_id uuid, OUT identifiers text[], OUT open_case json, OUT case_number bigint,
    OUT plan json, OUT talk json, OUT other_user_id boolean
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
                           (known.opted_out_at IS NOT NULL)::text,
                           (known.doubted_at IS NOT NULL)::text]),
           (array_agg(known.person_id ORDER BY array_position(hashes, known.value_hash)))[1]
      INTO identifiers, person
      FROM identifier AS known WHERE known.value_hash = ANY(hashes) AND known.ended_at IS NULL;
    IF person IS NOT NULL THEN
        SELECT row_to_json(cases) INTO open_case FROM cases
         WHERE cases.status <> 'closed' AND cases.reporter_id = person
         ORDER BY cases.last_message_at DESC, cases.id DESC LIMIT 1 FOR UPDATE;
    END IF;
    IF person IS NOT NULL THEN
        -- The person has a WhatsApp user id already, and not the one that this message may carry.
        SELECT EXISTS (SELECT 1 FROM identifier AS other
                        WHERE other.person_id = person AND other.kind = 'bsuid' AND other.ended_at IS NULL
                          AND NOT other.value_hash = ANY(hashes)) INTO other_user_id;
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


def upgrade() -> None:
    op.add_column("identifier", sa.Column("doubted_at", sa.DateTime(timezone=True)))
    op.add_column("identifier", sa.Column("doubt", sa.Text()))
    op.create_table(
        "person_merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("merged_id", sa.Uuid(), nullable=False),
        sa.Column("moved", postgresql.JSONB(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by_id", sa.Uuid(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.Column("undone_by_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_merge")),
        sa.ForeignKeyConstraint(
            ["survivor_id"], ["person.id"], name=op.f("fk_person_merge_survivor_id_person")
        ),
        sa.ForeignKeyConstraint(["merged_id"], ["person.id"], name=op.f("fk_person_merge_merged_id_person")),
        sa.ForeignKeyConstraint(
            ["merged_by_id"], ["users.id"], name=op.f("fk_person_merge_merged_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["users.id"], name=op.f("fk_person_merge_undone_by_id_users")
        ),
    )
    op.create_index("ix_person_merge_survivor_id", "person_merge", ["survivor_id"])
    op.create_index(
        "uq_person_merge_merged_id",
        "person_merge",
        ["merged_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_index("ix_cases_reporter_id", "cases", ["reporter_id"])
    op.execute(_DROP)
    op.get_bind().exec_driver_sql(_HOLD_AND_FIND)


def downgrade() -> None:
    op.execute(_DROP)
    op.get_bind().exec_driver_sql(_BEFORE)
    op.drop_index("ix_cases_reporter_id", "cases")
    op.drop_table("person_merge")
    op.drop_column("identifier", "doubt")
    op.drop_column("identifier", "doubted_at")
