"""Nothing that Meta's signature stands under may make us fail in an unforeseen way."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from meta_place import NUMBER_ID, message_of, webhook

from cases.vocabulary import Channel
from hotline.channels.meta.intake import inbound_of
from hotline.channels.meta.payload import Malformed, clean, read_payload

WORDS = st.text(st.characters(exclude_categories=[]), max_size=20)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS
NAMES = st.sampled_from(
    [
        "id", "from", "type", "text", "body", "image", "location", "latitude", "longitude", "interactive", "context",
        "button", "contacts", "profile", "wa_id", "user_id", "from_user_id", "referral", "list_reply", "mime_type",
    ]
)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)
KINDS = st.sampled_from(
    ["text", "image", "location", "interactive", "button", "contacts", "reaction", "system", "x"]
)


@given(st.dictionaries(NAMES, ANYTHING, max_size=8), ANYTHING, KINDS)
def test_any_message_is_read_or_refused_by_name(message: dict[str, Any], contacts: Any, kind: str) -> None:
    body = json.dumps(webhook({"messages": [{"type": kind, **message}], "contacts": contacts})).encode()

    with contextlib.suppress(Malformed):
        received, reports = read_payload(body, phone_number_id=NUMBER_ID)
        assert reports == []
        for one in received:
            with contextlib.suppress(ValueError):
                inbound = inbound_of(one)
                assert inbound.addresses[0].channel is Channel.WHATSAPP
                said = json.dumps([inbound.body, inbound.content, inbound.extra], ensure_ascii=False)
                assert "\x00" not in said
                said.encode()


@given(
    st.dictionaries(
        st.sampled_from(["id", "status", "errors", "biz_opaque_callback_data"]), ANYTHING, max_size=4
    )
)
def test_any_report_is_read_or_passed_over(report: dict[str, Any]) -> None:
    body = json.dumps(webhook({"statuses": [report]})).encode()
    _, reports = read_payload(body, phone_number_id=NUMBER_ID)

    for one in reports:
        assert one.sid and one.status and len(one.status) <= 40


@given(ANYTHING)
def test_cleaning_twice_is_cleaning_once(value: Any) -> None:
    assert clean(clean(value)) == clean(value)


@pytest.mark.parametrize("extra", [{"wa_id": "60123"}, {}])
def test_the_contact_of_another_message_is_not_taken(extra: dict[str, str]) -> None:
    value = message_of("+966000000101", {"type": "text", "text": {"body": "halo"}})
    value["contacts"] = [{"profile": {"name": "A"}, "wa_id": "1"}, {"profile": {"name": "B"}, **extra}]
    (received,), _ = read_payload(json.dumps(webhook(value)).encode(), phone_number_id=NUMBER_ID)

    assert received.contact == {}
