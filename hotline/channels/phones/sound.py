"""Sound made in code: an Ogg/Opus voice note, WAV, MP3; and a browser's WebM rewrapped as Ogg.

WhatsApp voice notes are Opus in Ogg. Browsers record the same Opus packets, but in a WebM file.
"""

import base64
import io
import math
import struct
import wave
from collections.abc import Iterator

from hotline.channels.phones.opus_tone import PACKETS

RATE = 48_000
PACKETS_PER_PAGE = 20
_BOS, _EOS = 2, 4

# Masters are stepped into, everything else is stepped over; a live recording leaves their sizes unknown.
_MASTERS = frozenset({0x18538067, 0x1F43B675, 0x1654AE6B, 0xAE, 0xA0})
_EBML, _SIMPLE_BLOCK, _BLOCK, _CODEC = 0x1A45DFA3, 0xA3, 0xA1, 0x86


class NotOpus(ValueError):
    """The file is no WebM with an Opus track."""


def sample_voice_note(seconds: float) -> bytes:
    """A steady tone, as a phone would send it."""
    start, steady = ([base64.b64decode(text) for text in part] for part in PACKETS)
    wanted = max(1, round(seconds * RATE / samples_in(steady[0])))
    packets = (start + steady * (1 + wanted // len(steady)))[:wanted]
    return ogg_opus(packets)


def sample_wav(seconds: float, rate: int = 8_000) -> bytes:
    """A tone in telephone quality: what a recording of a call is fetched as."""
    samples = (round(8_000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(round(seconds * rate)))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file.getvalue()


def sample_mp3(seconds: float) -> bytes:
    """Frames of silence: a header, and side information that announces no data."""
    frame = b"\xff\xfb\x90\xc4" + bytes(413)  # MPEG-1 layer III, 128 kbit/s, 44.1 kHz, mono: 1152 samples
    return frame * max(1, round(seconds * 44_100 / 1152))


def webm_to_ogg(data: bytes) -> bytes:
    """The same packets in the other wrapping. Raises NotOpus."""
    packets = [packet for packet in _webm_packets(data) if packet]
    if not packets:
        raise NotOpus("no Opus packets")
    return ogg_opus(packets)


def samples_in(packet: bytes) -> int:
    """How long a packet plays, in samples of 48 kHz (RFC 6716 §3.1)."""
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        size = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        size = (480, 960)[config & 1]
    else:
        size = (120, 240, 480, 960)[config & 3]
    frames = 1 if code == 0 else 2 if code < 3 else packet[1] & 0x3F if len(packet) > 1 else 1
    return size * frames


def ogg_opus(packets: list[bytes], serial: int = 1) -> bytes:
    """One mono stream (RFC 7845)."""
    head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, 312, RATE, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 6) + b"phones" + struct.pack("<I", 0)
    pages = [_page([head], 0, serial, 0, _BOS), _page([tags], 0, serial, 1, 0)]
    played = 0
    for start in range(0, len(packets), PACKETS_PER_PAGE):
        chunk = packets[start : start + PACKETS_PER_PAGE]
        played += sum(samples_in(packet) for packet in chunk)
        last = _EOS if start + PACKETS_PER_PAGE >= len(packets) else 0
        pages.append(_page(chunk, played, serial, len(pages), last))
    return b"".join(pages)


def _page(packets: list[bytes], played: int, serial: int, number: int, flags: int) -> bytes:
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    if len(lacing) > 255:
        raise NotOpus("packets longer than Opus makes them")
    header = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, played, serial, number, 0, len(lacing)) + lacing
    page = header + b"".join(packets)
    return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]


def _checksum(data: bytes) -> int:
    value = 0
    for byte in data:
        value = (value << 8 & 0xFFFFFFFF) ^ _TABLE[(value >> 24) ^ byte]
    return value


def _checksum_of_byte(byte: int) -> int:
    value = byte << 24
    for _ in range(8):
        value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


_TABLE = [_checksum_of_byte(byte) for byte in range(256)]


def _webm_packets(data: bytes) -> Iterator[bytes]:
    place, opus = 0, False
    while place < len(data):
        name, place = _number(data, place, keep_marker=True)
        size, place = _number(data, place)
        if name in _MASTERS:
            continue
        content = data[place : place + size]
        place += size
        if name == _CODEC:
            opus = content == b"A_OPUS"
        elif name in (_SIMPLE_BLOCK, _BLOCK) and opus and len(content) > 4 and not content[3] & 6:
            yield content[4:]


def _number(data: bytes, place: int, *, keep_marker: bool = False) -> tuple[int, int]:
    """A number of variable length, and the place after it."""
    first = data[place] if place < len(data) else 0
    length = 9 - first.bit_length()
    raw = data[place : place + length]
    if length > 8 or len(raw) < length:
        raise NotOpus("no WebM file, or one cut short")
    value = int.from_bytes(raw, "big")
    return (value if keep_marker else value & ((1 << 7 * length) - 1)), place + length
