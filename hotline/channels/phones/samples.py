"""Built-in content, so that nobody needs a file at hand: made in code, the same at every call."""

from functools import lru_cache

from hotline.channels.phones.pictures import sample_jpeg, sample_png
from hotline.channels.phones.sound import sample_mp3, sample_voice_note, sample_wav

RIYADH = (24.7136, 46.6753)
VCARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:;Sari;;;\r\nFN:Sari\r\nTEL;TYPE=CELL:+447700900199\r\nEND:VCARD\r\n"

# By the name an instruction asks with, and by the content type it stands for.
TYPES = {
    "photo": "image/jpeg",
    "picture": "image/png",
    "voice": "audio/ogg",
    "video": "video/mp4",
    "pdf": "application/pdf",
    "vcard": "text/vcard",
}


@lru_cache(maxsize=32)
def sample(content_type: str, seconds: float = 3.0) -> bytes:
    """Bytes of this type; of an unknown one, a line of text."""
    if content_type == "image/jpeg":
        return sample_jpeg(*RIYADH)
    if content_type == "image/png":
        return sample_png()
    if content_type == "audio/ogg":
        return sample_voice_note(seconds)
    if content_type in ("audio/wav", "audio/x-wav"):
        return sample_wav(seconds)
    if content_type == "audio/mpeg":
        return sample_mp3(seconds)
    fixed = {"video/mp4": _mp4(), "application/pdf": _pdf(), "text/vcard": VCARD, "text/x-vcard": VCARD}
    return fixed.get(content_type, b"made-up content\n")


def _mp4() -> bytes:
    """A file type and an empty movie: enough for whoever looks at the first bytes; nothing plays."""
    brand = (20).to_bytes(4, "big") + b"ftypisom\x00\x00\x02\x00isom"
    return brand + (8).to_bytes(4, "big") + b"moov" + (16).to_bytes(4, "big") + b"mdat" + bytes(8)


def _pdf() -> bytes:
    """One page with a heading."""
    text = b"BT /F1 24 Tf 60 740 Td (Kontrak kerja (contoh)) Tj ET".replace(b"(contoh)", b"\\(contoh\\)")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, rows)
    return (
        out
        + table
        + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    )
