"""What happens to bytes before they count as an attachment: type, virus scan, clean copy, safe storage."""

from __future__ import annotations

import structlog

from cases.rules.media_types import why_not_kept
from cases.services.attachments import Kept
from cases.vocabulary import MediaFailure
from hotline.media.addresses import NotFetched
from hotline.media.picture import look_into
from hotline.media.scan import scan
from hotline.media.sniff import sniff
from hotline.media.store import MediaStore

logger = structlog.get_logger(__name__)


def examine_and_store(
    content: bytes, declared_type: str, *, store: MediaStore, clamd_url: str | None, file_name: str | None
) -> Kept:
    """Look into bytes and keep them sealed. Raises NotFetched, with the reason, for what is not kept."""
    media_type = sniff(content)
    refused = why_not_kept(declared_type, media_type, len(content))
    if refused is not None or media_type is None:
        raise NotFetched(refused or MediaFailure.TYPE_NOT_ALLOWED)
    verdict = scan(content, clamd_url)
    picture = look_into(content, media_type)
    try:
        return Kept(
            media_type=media_type,
            size=len(content),
            sha256=store.put(content),
            clean_sha256=store.put(picture.clean) if picture.clean else None,
            thumbnail_sha256=store.put(picture.thumbnail) if picture.thumbnail else None,
            place=picture.place,
            scan=verdict,
            file_name=file_name,
        )
    except OSError as error:
        logger.exception("the media store cannot be written")
        raise NotFetched(MediaFailure.NOT_STORED) from error
