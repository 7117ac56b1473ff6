"""The place is read for officers, and is gone from what is passed on."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from hotline.media.picture import THUMBNAIL, look_into


def photo(kind: str = "JPEG", *, south: bool = True, size: tuple[int, int] = (640, 480)) -> bytes:
    """A picture as a phone takes it, with its place and its owner."""
    image = Image.new("RGB", size, "orange")
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Somebody"
    exif[ExifTags.Base.Orientation] = 6
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = "S" if south else "N"
    gps[ExifTags.GPS.GPSLatitude] = (6.0, 12.0, 0.0)
    gps[ExifTags.GPS.GPSLongitudeRef] = "E"
    gps[ExifTags.GPS.GPSLongitude] = (106.0, 49.0, 30.0)
    out = io.BytesIO()
    image.save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_the_place_is_told_and_taken_out(kind: str, media_type: str) -> None:
    seen = look_into(photo(kind), media_type)

    assert seen.place == {"latitude": -6.2, "longitude": 106.825}
    assert seen.clean is not None and seen.thumbnail is not None
    for copy in (seen.clean, seen.thumbnail):
        assert b"Somebody" not in copy and b"Exif" not in copy
        assert dict(Image.open(io.BytesIO(copy)).getexif()) == {}
    assert Image.open(io.BytesIO(seen.clean)).size == (480, 640), "turned as the camera was held"
    small = Image.open(io.BytesIO(seen.thumbnail))
    assert small.width <= THUMBNAIL[0] and small.height <= THUMBNAIL[1]


def test_comments_and_trailers_do_not_survive() -> None:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", comment=b"secret place")

    clean = look_into(out.getvalue() + b"secret trailer", "image/jpeg").clean

    assert clean is not None and b"secret" not in clean


def test_a_bomb_is_not_unpacked() -> None:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")

    assert look_into(out.getvalue(), "image/png").thumbnail is None


@settings(max_examples=80, deadline=None)
@given(position=st.integers(min_value=2, max_value=2000), value=st.integers(min_value=0, max_value=255))
def test_a_damaged_picture_is_no_error(position: int, value: int) -> None:
    content = bytearray(photo(size=(32, 32)))
    content[position % len(content)] = value

    look_into(bytes(content), "image/jpeg")
    look_into(bytes(content[: position % len(content)]), "image/jpeg")


def test_a_picture_with_a_damaged_tag_keeps_its_copies() -> None:
    # The tag of the maker becomes one that must be a number: reading goes on, turning the picture does not.
    content = photo(size=(32, 32)).replace(b"\x01;\x00\x02", b"\x01\x00\x00\x02", 1)

    seen = look_into(content, "image/jpeg")

    assert seen.clean is not None and seen.thumbnail is not None


def test_a_picture_of_another_kind_than_told_is_not_opened() -> None:
    assert look_into(photo("PNG"), "image/jpeg").clean is None
    assert look_into(b"%PDF-1.4", "application/pdf").clean is None
