"""Pictures made in code: a JPEG that says where it was taken, and a PNG."""

import struct
import zlib
from collections.abc import Iterator

Colour = tuple[int, int, int]
BLOCK = 8
COLUMNS, ROWS = 40, 30  # blocks: 320 × 240 pixels

# Baseline DC table of the JPEG standard; the only AC symbol ever used is "end of block", so it has one bit.
_DC_LENGTHS = bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
_DC_VALUES = bytes(range(12))
_AC_LENGTHS = bytes([1] + [0] * 15)
_AC_VALUES = b"\x00"
_QUANTUM = 8  # makes a DC coefficient the mean of its block, less 128


def sample_jpeg(latitude: float, longitude: float) -> bytes:
    """A small photo of a barred window, one colour per 8 × 8 block, with its place in the EXIF part."""
    height, width = ROWS * BLOCK, COLUMNS * BLOCK
    components = b"".join(bytes([number, 0x11, 0]) for number in (1, 2, 3))
    frame = struct.pack(">BHHB", 8, height, width, 3) + components
    scan = bytes([3, 1, 0, 2, 0, 3, 0, 0, 63, 0])
    return b"".join(
        [
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
            _segment(0xE1, b"Exif\x00\x00" + _exif(latitude, longitude)),
            _segment(0xDB, b"\x00" + bytes([_QUANTUM] * 64)),
            _segment(0xC0, frame),
            _segment(0xC4, b"\x00" + _DC_LENGTHS + _DC_VALUES),
            _segment(0xC4, b"\x10" + _AC_LENGTHS + _AC_VALUES),
            _segment(0xDA, scan),
            _entropy(),
            b"\xff\xd9",
        ]
    )


def sample_png(size: int = 64) -> bytes:
    """A green square with a lighter middle."""
    edge = size // 4
    middle = range(edge, size - edge)
    dark, light = b"\x0b\x6e\x4f", b"\x4c\xc7\x9a"
    rows = b"".join(
        b"\x00" + b"".join(light if x in middle and y in middle else dark for x in range(size))
        for y in range(size)
    )
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def _scene() -> Iterator[Colour]:
    """Block by block: a wall, a window with bars, a floor."""
    for row in range(ROWS):
        for column in range(COLUMNS):
            if row >= 24:
                yield (96, 72, 56)
            elif 5 <= row < 19 and 11 <= column < 29:
                bar = column % 4 == 2 or row in (5, 12, 18)
                yield (52, 58, 64) if bar else (150 + row * 4, 190 + row * 2, 235)
            else:
                yield (206 - row * 2, 198 - row * 2, 178 - row * 2)


def _entropy() -> bytes:
    codes = _codes(_DC_LENGTHS, _DC_VALUES)
    bits: list[str] = []
    last = [0, 0, 0]
    for red, green, blue in _scene():
        means = (
            0.299 * red + 0.587 * green + 0.114 * blue - 128,
            -0.1687 * red - 0.3313 * green + 0.5 * blue,
            0.5 * red - 0.4187 * green - 0.0813 * blue,
        )
        for index, mean in enumerate(round(value) for value in means):
            bits.append(_coefficient(mean - last[index], codes) + "0")
            last[index] = mean
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\x00")


def _coefficient(difference: int, codes: dict[int, str]) -> str:
    category = abs(difference).bit_length()
    if not category:
        return codes[0]
    value = difference if difference > 0 else difference + (1 << category) - 1
    return codes[category] + format(value, f"0{category}b")


def _codes(lengths: bytes, values: bytes) -> dict[int, str]:
    codes: dict[int, str] = {}
    code, place = 0, 0
    for length, count in enumerate(lengths, start=1):
        for _ in range(count):
            codes[values[place]] = format(code, f"0{length}b")
            code, place = code + 1, place + 1
        code <<= 1
    return codes


def _exif(latitude: float, longitude: float) -> bytes:
    """A TIFF header, one pointer, and the four GPS fields."""
    gps_at = 8 + 2 + 12 + 4
    data_at = gps_at + 2 + 4 * 12 + 4
    pointer = struct.pack("<H", 1) + struct.pack("<HHII", 0x8825, 4, 1, gps_at) + struct.pack("<I", 0)
    fields = [
        struct.pack("<HHI4s", 1, 2, 2, b"N" if latitude >= 0 else b"S"),
        struct.pack("<HHII", 2, 5, 3, data_at),
        struct.pack("<HHI4s", 3, 2, 2, b"E" if longitude >= 0 else b"W"),
        struct.pack("<HHII", 4, 5, 3, data_at + 24),
    ]
    gps = struct.pack("<H", len(fields)) + b"".join(fields) + struct.pack("<I", 0)
    return b"II*\x00" + struct.pack("<I", 8) + pointer + gps + _degrees(latitude) + _degrees(longitude)


def _degrees(value: float) -> bytes:
    """Degrees, minutes and seconds as three fractions."""
    seconds = round(abs(value) * 3600 * 100)
    return struct.pack("<6I", seconds // 360000, 1, seconds // 6000 % 60, 1, seconds % 6000, 100)
