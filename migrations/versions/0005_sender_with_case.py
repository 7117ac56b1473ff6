"""The sender's open case comes locked and with what a further message needs to know of it."""

from __future__ import annotations

from alembic import op

revision = "0005_sender_with_case"
down_revision = "0004_jobs"
branch_labels = None
depends_on = None

_DROP = "DROP FUNCTION hold_and_find_sender(text, bytea[])"

# `open_case` is the whole row: what is read of it is decided in cases/queries/sender.py. It is locked here, so
# that the caller neither asks a second time nor writes over another's change.
_HOLD_AND_FIND = """
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

_BEFORE = """
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
    op.execute(_DROP)
    op.get_bind().exec_driver_sql(_HOLD_AND_FIND)


def downgrade() -> None:
    op.execute(_DROP)
    op.get_bind().exec_driver_sql(_BEFORE)
