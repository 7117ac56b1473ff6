"""Ground floor: persons, cases, messages, agencies, referrals, the log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_cases"
down_revision = None
branch_labels = None
depends_on = None

# Used by cases.queries.sender. VOLATILE, so that each statement sees what was committed before it began: the
# lock is waited for first, and the look-up then finds what the other transaction wrote.
HOLD_AND_FIND_SENDER = """
CREATE FUNCTION hold_and_find_sender(
    IN sid text, IN hashes bytea[],
    OUT repeated uuid, OUT contact_id uuid, OUT identifiers text[], OUT open_case_id uuid, OUT case_number bigint
) LANGUAGE plpgsql VOLATILE AS $$
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
    SELECT array_agg(ARRAY[encode(known.value_hash, 'hex'), known.person_id::text, known.id::text])
      INTO identifiers
      FROM identifier AS known WHERE known.value_hash = ANY(hashes) AND known.ended_at IS NULL;
    IF identifiers IS NOT NULL THEN
        SELECT cases.id INTO open_case_id FROM cases
         WHERE cases.status <> 'closed' AND cases.reporter_id = (
                   SELECT known.person_id FROM identifier AS known
                    WHERE known.value_hash = ANY(hashes) AND known.ended_at IS NULL
                    ORDER BY array_position(hashes, known.value_hash) LIMIT 1)
         ORDER BY cases.last_message_at DESC, cases.id DESC LIMIT 1;
    END IF;
    IF open_case_id IS NULL THEN
        case_number := nextval('case_number');
    END IF;
END
$$
"""


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("case_number")))
    op.create_table(
        "agency",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("province_code", sa.Text(), nullable=True),
        sa.Column("regency_code", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("weekend", sa.Text(), nullable=False),
        sa.Column("accredited", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("key", name=op.f("uq_agency_key")),
    )
    op.create_index("ix_agency_name_id", "agency", ["name", "id"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("categories", postgresql.JSONB(), nullable=False),
        sa.Column("leading_category", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("province_code", sa.Text(), nullable=True),
        sa.Column("regency_code", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("reporter_role", sa.Text(), nullable=False),
        sa.Column("contact_signs", postgresql.JSONB(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_words", sa.Text(), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("triage", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("last_event_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_cases_owner_id_users")),
        sa.ForeignKeyConstraint(["reporter_id"], ["person.id"], name=op.f("fk_cases_reporter_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("reference", name=op.f("uq_cases_reference")),
    )
    op.create_index(
        "ix_cases_owner_id",
        "cases",
        ["owner_id"],
        unique=False,
        postgresql_where=sa.text("status != 'closed'"),
    )
    op.create_index(
        "ix_cases_queue",
        "cases",
        ["urgency", "next_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("status != 'closed'"),
    )
    op.create_index(
        "ix_cases_reporter_open",
        "cases",
        ["reporter_id", "last_message_at"],
        unique=False,
        postgresql_where=sa.text("status != 'closed'"),
    )
    op.create_index("ix_cases_updated_at", "cases", ["updated_at"], unique=False)
    op.create_index("ix_cases_opened_at_id", "cases", ["opened_at", "id"], unique=False)
    op.create_table(
        "contact_plan",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("signs", postgresql.JSONB(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("cover_story", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_plan_person_id_person")),
        sa.ForeignKeyConstraint(
            ["updated_by_id"], ["users.id"], name=op.f("fk_contact_plan_updated_by_id_users")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_contact_plan")),
    )
    op.create_table(
        "duty_contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_duty_contact_agency_id_agency")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_duty_contact_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_contact")),
        sa.UniqueConstraint(
            "agency_id", "level", "address_hash", name=op.f("uq_duty_contact_agency_id_level_address_hash")
        ),
    )
    op.create_index(op.f("ix_duty_contact_address_hash"), "duty_contact", ["address_hash"], unique=False)
    op.create_index(op.f("ix_duty_contact_agency_id"), "duty_contact", ["agency_id"], unique=False)
    op.create_index(op.f("ix_duty_contact_user_id"), "duty_contact", ["user_id"], unique=False)
    op.create_table(
        "identifier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("value_hash", sa.LargeBinary(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_identifier_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identifier")),
    )
    op.create_index(op.f("ix_identifier_person_id"), "identifier", ["person_id"], unique=False)
    op.create_index(
        "uq_identifier_current_value",
        "identifier",
        ["value_hash"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_event_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["duty_contact.id"], name=op.f("fk_event_contact_id_duty_contact")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_event_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("case_id", "position", name=op.f("uq_event_case_id_position")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("identifier_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("body_raw", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("extra", sa.LargeBinary(), nullable=True),
        sa.Column("triage", postgresql.JSONB(), nullable=True),
        sa.Column("wording", sa.Text(), nullable=True),
        sa.Column("parameters", postgresql.JSONB(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_sid", sa.Text(), nullable=True),
        sa.Column("delivery", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_message_author_id_users")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_message_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["duty_contact.id"], name=op.f("fk_message_contact_id_duty_contact")
        ),
        sa.ForeignKeyConstraint(
            ["identifier_id"], ["identifier.id"], name=op.f("fk_message_identifier_id_identifier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("provider_sid", name=op.f("uq_message_provider_sid")),
    )
    op.create_index("ix_message_case_id_created_at", "message", ["case_id", "created_at", "id"], unique=False)
    op.create_index("ix_message_contact_id_created_at", "message", ["contact_id", "created_at"], unique=False)
    op.create_index(
        "ix_message_outbox",
        "message",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
    )
    op.create_table(
        "note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_note_author_id_users")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_note_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index("ix_note_case_id_id", "note", ["case_id", "id"], unique=False)
    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column("needs_consent", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reject_reason", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_referral_agency_id_agency")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_referral_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    op.create_index("ix_referral_agency_id_id", "referral", ["agency_id", "id"], unique=False)
    op.create_index("ix_referral_status_id", "referral", ["status", "id"], unique=False)
    op.create_index("ix_referral_case_id_id", "referral", ["case_id", "id"], unique=False)
    op.create_index(
        "uq_referral_live",
        "referral",
        ["case_id", "agency_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('proposed', 'sent', 'accepted', 'done')"),
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_receipt_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint(
            "message_id", "status", "error_code", name=op.f("uq_receipt_message_id_status_error_code")
        ),
    )
    op.execute(
        """
        CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the log of a case is append-only';
        END
        $$
        """
    )
    op.execute(HOLD_AND_FIND_SENDER)
    op.execute(
        "CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE ON event "
        "FOR EACH ROW EXECUTE FUNCTION event_is_append_only()"
    )


def downgrade() -> None:
    op.drop_table("receipt")
    op.drop_index(
        "uq_referral_live",
        table_name="referral",
        postgresql_where=sa.text("status IN ('proposed', 'sent', 'accepted', 'done')"),
    )
    op.drop_index("ix_referral_status_id", table_name="referral")
    op.drop_index("ix_referral_agency_id_id", table_name="referral")
    op.drop_table("referral")
    op.drop_index("ix_note_case_id_id", table_name="note")
    op.drop_table("note")
    op.drop_index(
        "ix_message_outbox", table_name="message", postgresql_where=sa.text("next_attempt_at IS NOT NULL")
    )
    op.drop_index("ix_message_contact_id_created_at", table_name="message")
    op.drop_index("ix_message_case_id_created_at", table_name="message")
    op.drop_table("message")
    op.drop_table("event")
    op.drop_index(
        "uq_identifier_current_value", table_name="identifier", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_index(op.f("ix_identifier_person_id"), table_name="identifier")
    op.drop_table("identifier")
    op.drop_index(op.f("ix_duty_contact_user_id"), table_name="duty_contact")
    op.drop_index(op.f("ix_duty_contact_agency_id"), table_name="duty_contact")
    op.drop_index(op.f("ix_duty_contact_address_hash"), table_name="duty_contact")
    op.drop_table("duty_contact")
    op.drop_table("contact_plan")
    op.drop_index("ix_cases_updated_at", table_name="cases")
    op.drop_index(
        "ix_cases_reporter_open", table_name="cases", postgresql_where=sa.text("status != 'closed'")
    )
    op.drop_index("ix_cases_queue", table_name="cases", postgresql_where=sa.text("status != 'closed'"))
    op.drop_index("ix_cases_owner_id", table_name="cases", postgresql_where=sa.text("status != 'closed'"))
    op.drop_table("cases")
    op.drop_table("users")
    op.drop_table("person")
    op.drop_index("ix_agency_name_id", table_name="agency")
    op.drop_table("agency")
    op.execute("DROP FUNCTION event_is_append_only()")
    op.execute("DROP FUNCTION hold_and_find_sender(text, bytea[])")
    op.execute(sa.schema.DropSequence(sa.Sequence("case_number")))
