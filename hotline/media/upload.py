"""Files that an officer adds to a report by hand: the same rules as for files that come with messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from flask import current_app, request
from werkzeug.datastructures import FileStorage

from cases.rules.media_types import LARGEST, MEGABYTE, largest_of
from cases.services.attachments import Kept
from cases.vocabulary import MediaFailure
from hotline.media.addresses import NotFetched
from hotline.media.examine import examine_and_store
from hotline.media.serving import media_store
from hotline.patience import begin_anew

MOST_FILES = 10
LARGEST_UPLOAD = 3 * LARGEST + MEGABYTE
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was kept, or the reason why it was not. `name`: what the officer's machine calls it."""

    name: str
    declared_type: str
    kept: Kept | None = None
    reason: MediaFailure | None = None


def let_large_bodies_in() -> None:
    """Raise this request's limit; to be called before its body is read."""
    request.max_content_length = LARGEST_UPLOAD


def keep_uploads(files: Iterable[FileStorage]) -> list[Upload]:
    """Examine and keep each file; those without a name are empty fields of a form. Ten at most: the rest is told
    as too large. Outside any transaction: a row names a file only after it lies on the disk."""
    named = [file for file in files if file.filename]
    kept = [_keep(file, is_one_too_many=number >= MOST_FILES) for number, file in enumerate(named)]
    begin_anew()
    return kept


def _keep(file: FileStorage, *, is_one_too_many: bool) -> Upload:
    name = PurePosixPath((file.filename or "").replace("\\", "/").replace("\0", "")).name[:_LONGEST_NAME]
    declared = file.mimetype or ""
    largest = largest_of(declared)
    content = b"" if is_one_too_many else file.stream.read(largest + 1)
    if is_one_too_many or len(content) > largest:
        return Upload(name, declared, reason=MediaFailure.TOO_LARGE)
    try:
        kept = examine_and_store(
            content,
            declared,
            store=media_store(),
            clamd_url=current_app.config["CLAMD_URL"],
            file_name=name,
        )
    except NotFetched as refused:
        return Upload(name, declared, reason=refused.reason)
    return Upload(name, declared, kept=kept)
