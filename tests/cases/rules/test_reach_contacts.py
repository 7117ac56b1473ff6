"""Which way is next to somebody on duty."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cases.rules.reach import next_way_to_contact
from cases.vocabulary import Channel

SMS, WHATSAPP, EMAIL = Channel.SMS, Channel.WHATSAPP, Channel.EMAIL


def test_a_phone_is_tried_both_ways_and_then_comes_email() -> None:
    assert next_way_to_contact(SMS, {SMS}, has_email=True) is WHATSAPP
    assert next_way_to_contact(WHATSAPP, {WHATSAPP}, has_email=True) is SMS
    assert next_way_to_contact(SMS, {SMS, WHATSAPP}, has_email=True) is EMAIL
    assert next_way_to_contact(SMS, {SMS, WHATSAPP, EMAIL}, has_email=True) is None
    assert next_way_to_contact(SMS, {SMS, WHATSAPP}, has_email=False) is None


def test_somebody_without_a_phone_is_not_called_on_one() -> None:
    assert next_way_to_contact(EMAIL, set(), has_email=False) is EMAIL
    assert next_way_to_contact(EMAIL, {EMAIL}, has_email=False) is None


@given(usual=st.sampled_from([SMS, WHATSAPP, EMAIL]), has_email=st.booleans())
def test_no_way_is_tried_twice_and_the_chain_ends(usual: Channel, has_email: bool) -> None:
    tried: list[Channel] = []
    while (way := next_way_to_contact(usual, tried, has_email=has_email)) is not None:
        assert way not in tried
        tried.append(way)

    assert tried[0] is usual
    assert tried[-1] is EMAIL or not has_email
