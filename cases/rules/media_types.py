"""Which files are kept, how large each may be, and what counts as a lie about the type."""

from __future__ import annotations

from cases.vocabulary import MediaFailure

MEGABYTE = 1024 * 1024
# Twilio carries no more than this, whatever the kind.
LARGEST = 16 * MEGABYTE

_FAMILY: dict[str, str] = {
    "image/jpeg": "image", "image/png": "image", "image/webp": "image", "image/gif": "image",
    "audio/ogg": "audio", "audio/amr": "audio", "audio/aac": "audio", "audio/mpeg": "audio", "audio/mp4": "audio",
    "video/mp4": "video", "video/3gpp": "video",
    "application/pdf": "document", "application/msword": "document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "document",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "document",
    "text/vcard": "card",
}  # fmt: skip
_LARGEST = {"image": 8 * MEGABYTE, "card": 256 * 1024}
# One thing by two names, as providers and phones write them.
_SAME = {
    "image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4",
    "audio/opus": "audio/ogg", "audio/mp3": "audio/mpeg", "audio/3gpp": "video/3gpp", "audio/amr-nb": "audio/amr",
    "text/x-vcard": "text/vcard", "text/directory": "text/vcard", "video/ogg": "audio/ogg", "audio/x-aac": "audio/aac",
}  # fmt: skip
_SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})
# A box for sound and pictures alike: which of the two is in it, its first bytes do not tell.
_MOVING = frozenset({"audio", "video"})


def plain_type(declared: str) -> str:
    """A content type without parameters, under its usual name."""
    bare = declared.partition(";")[0].strip().lower()
    return _SAME.get(bare, bare)


def family_of_type(media_type: str) -> str | None:
    """image, audio, video, document or card; None for what is not kept."""
    return _FAMILY.get(plain_type(media_type))


def largest_of(media_type: str) -> int:
    """How many bytes a file of this type may have."""
    return _LARGEST.get(family_of_type(media_type) or "", LARGEST)


def why_not_kept(declared: str, found: str | None, size: int) -> MediaFailure | None:
    """Why bytes that look like `found` are not kept; None when they are.

    A type of the same family is no lie (a PNG called JPEG): what the bytes are is what counts from then on.
    """
    family = family_of_type(found or "")
    if found is None or family is None:
        return MediaFailure.TYPE_NOT_ALLOWED
    said = plain_type(declared)
    told = _FAMILY.get(said)
    if said not in _SAYS_NOTHING and told != family and not {told, family} <= _MOVING:
        return MediaFailure.TYPE_MISMATCH
    return MediaFailure.TOO_LARGE if size > largest_of(found) else None
