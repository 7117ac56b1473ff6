"""Looking into a picture: where it says it was taken, a copy that says nothing, and a small one."""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image, ImageOps

# Damaged tags are met with words on the standard error; nobody reads them there.
warnings.filterwarnings("ignore", module=r"PIL\.")
# A phone's largest photo has fifty million points; a few kilobytes can claim a thousand times as many.
MOST_POINTS = 60_000_000
THUMBNAIL = (320, 320)
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}


@dataclass(frozen=True, slots=True)
class Picture:
    """What was made of a picture; None where it could not be read."""

    clean: bytes | None = None
    thumbnail: bytes | None = None
    place: dict[str, Any] | None = None


def look_into(content: bytes, media_type: str) -> Picture:
    """Read a picture's place and make the two copies. A picture that cannot be read has neither, and is no error:
    what was received is kept all the same."""
    kind = _FORMATS.get(media_type)
    if kind is None:
        return Picture()
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(content), formats=[kind]) as image,
        ):
            if image.width * image.height > MOST_POINTS:
                return Picture()
            place = _place(image)
            image.seek(0)
            upright = _upright(image)
            return Picture(_clean(upright, kind), _thumbnail(upright), place)
    # A stranger's bytes can make the library raise nearly anything, struct.error among it; none of it is our fault.
    except Exception:  # noqa: BLE001
        return Picture()


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera was held; as it lies where its tags are damaged but its points are not."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001
        image.load()
        return image


def _clean(image: Image.Image, kind: str) -> bytes:
    """The points alone, in a file made anew: no block of the old file is copied."""
    fresh = Image.frombytes(image.mode, image.size, image.tobytes())
    if image.mode == "P":
        fresh = image.convert("RGBA")
        fresh.info.clear()
    out = io.BytesIO()
    if kind == "JPEG":
        fresh.convert("RGB").save(out, "JPEG", quality=90)
    elif kind == "WEBP":
        fresh.save(out, "WEBP", quality=90)
    else:
        fresh.save(out, "PNG")
    return out.getvalue()


def _thumbnail(image: Image.Image) -> bytes:
    small = image.convert("RGB")
    small.thumbnail(THUMBNAIL)
    small.info.clear()
    out = io.BytesIO()
    small.save(out, "JPEG", quality=75)
    return out.getvalue()


def _place(image: Image.Image) -> dict[str, Any] | None:
    try:
        gps = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        latitude = _degrees(gps[ExifTags.GPS.GPSLatitude], gps.get(ExifTags.GPS.GPSLatitudeRef), "S")
        longitude = _degrees(gps[ExifTags.GPS.GPSLongitude], gps.get(ExifTags.GPS.GPSLongitudeRef), "W")
    except Exception:  # noqa: BLE001
        return None
    if not (
        math.isfinite(latitude) and abs(latitude) <= 90 and math.isfinite(longitude) and abs(longitude) <= 180
    ):
        return None
    return {"latitude": round(latitude, 6), "longitude": round(longitude, 6)}


def _degrees(parts: Any, side: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return -value if str(side).strip("\0 ").upper() == negative else value
