"""What holds for any input."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from hotline.channels.phones.addresses import Address
from hotline.channels.phones.instructions import Instruction
from hotline.channels.phones.sound import NotOpus, ogg_opus, samples_in, webm_to_ogg
from hotline.channels.phones.webhook import parse_overrides

SENDER, HOTLINE = Address("sms", "+447700900101"), Address("sms", "+12025550143")


@given(st.text(max_size=500), st.integers(1, 20))
def test_parts_put_together_are_the_text(text: str, parts: int) -> None:
    pieces = Instruction(SENDER, HOTLINE, text=text, parts=parts).in_parts()
    assert "".join(piece.text for piece in pieces) == text
    assert len(pieces) <= parts and all(piece.parts == 1 for piece in pieces[: len(pieces) * (parts > 1)])


@given(st.text(alphabet="rcptale=&0123456789x,5#%;", max_size=60))
def test_no_fragment_asks_for_more_than_the_provider_gives(fragment: str) -> None:
    url, overrides = parse_overrides("https://hotline.example/in#" + fragment)
    assert url == "https://hotline.example/in" and 0 <= overrides.retries <= 5
    limits = overrides.limits
    assert 0.1 <= limits.connect <= 10 and 0.1 <= limits.read <= 15 and 0.1 <= limits.total <= 15


@given(st.binary(max_size=300))
def test_no_bytes_break_the_rewrapping(data: bytes) -> None:
    with suppress(NotOpus):
        assert webm_to_ogg(data).startswith(b"OggS")


@given(st.lists(st.binary(min_size=2, max_size=1275), min_size=1, max_size=60))
def test_pages_carry_every_packet_and_the_time_they_take(packets: list[bytes]) -> None:
    ogg, played, carried, place = ogg_opus(packets), 0, b"", 0
    while place < len(ogg):
        assert ogg[place : place + 4] == b"OggS"
        played = int.from_bytes(ogg[place + 6 : place + 14], "little")
        count = ogg[place + 26]
        sizes = ogg[place + 27 : place + 27 + count]
        start = place + 27 + count
        carried += ogg[start : start + sum(sizes)]
        place = start + sum(sizes)
    assert carried.endswith(b"".join(packets))
    assert played == sum(samples_in(packet) for packet in packets)
