"""Fetching one attachment: claim it, fetch and look into it outside any transaction, store it, record, delete there."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session, sessionmaker

from cases.rules.media_types import largest_of
from cases.services import attachments
from cases.services.attachments import Fetch, Kept
from hotline.channels.twilio.media import TwilioMedia
from hotline.config import Settings
from hotline.media.addresses import AddressBook, NotFetched
from hotline.media.examine import examine_and_store
from hotline.media.fetch import MediaFetcher
from hotline.media.meta_media import SCHEME, MetaMedia
from hotline.media.store import MediaStore
from hotline.unit_of_work import transaction

logger = structlog.get_logger(__name__)
_FETCHED = Counter("hotline_media_fetched_total", "Attempts to fetch an attachment", ["outcome"])


class MediaKeeper:
    """Takes attachments in by their ids. Safe to call twice for one, also from two machines."""

    def __init__(
        self, settings: Settings, sessions: sessionmaker[Session], fetcher: MediaFetcher | None = None
    ) -> None:
        self._settings = settings
        self._sessions = sessions
        self._fetcher = fetcher or MediaFetcher(settings)
        self._addresses = AddressBook(settings)
        self._store = MediaStore(settings.media_dir, settings.encryption_keys)
        self._provider = TwilioMedia(settings)
        self._meta = MetaMedia(settings)

    def keep(self, *attachment_ids: UUID) -> None:
        """Fetch and store attachments unless that was done; never raises for what others did to them. All are
        stored before any is deleted at the provider: an officer waits for the one, nobody for the other."""
        safe = []
        for attachment_id in attachment_ids:
            with transaction(self._sessions) as session:
                fetch = attachments.begin_fetch(session, attachment_id, now=datetime.now(UTC))
            if fetch is not None and (fetch.stored or self._take_in(fetch)):
                safe.append(fetch)
        if not self._settings.media_keep_at_provider:
            for fetch in safe:
                self._delete_at_provider(fetch)

    def _take_in(self, fetch: Fetch) -> bool:
        try:
            kept = self._bytes_of(fetch)
        except NotFetched as refused:
            _FETCHED.labels(refused.reason.value).inc()
            with transaction(self._sessions) as session:
                again = attachments.record_not_fetched(
                    session, fetch.attachment_id, refused.reason, now=datetime.now(UTC)
                )
            logger.warning(
                "attachment not fetched",
                attachment=str(fetch.attachment_id),
                reason=refused.reason.value,
                again=again,
            )
            return False
        _FETCHED.labels("stored").inc()
        with transaction(self._sessions) as session:
            return attachments.record_stored(
                session,
                fetch.attachment_id,
                kept,
                delete_at_provider=not self._settings.media_keep_at_provider,
                now=datetime.now(UTC),
            )

    def _bytes_of(self, fetch: Fetch) -> Kept:
        source = self._meta if fetch.source_url.startswith(SCHEME) else self._fetcher
        fetched = source.fetch(fetch.source_url, largest=largest_of(fetch.declared_type))
        return examine_and_store(
            fetched.content,
            fetch.declared_type,
            store=self._store,
            clamd_url=self._settings.clamd_url,
            file_name=fetched.file_name,
        )

    def _delete_at_provider(self, fetch: Fetch) -> None:
        """Only after the row that says it is stored was committed."""
        if fetch.source_url.startswith(SCHEME):
            deleted = self._meta.delete(fetch.source_url)
        else:
            path = self._addresses.path_of(fetch.source_url)
            deleted = self._provider.delete(path.message_sid, path.media_sid)
        with transaction(self._sessions) as session:
            attachments.record_deleted_at_provider(
                session, fetch.attachment_id, deleted=deleted, now=datetime.now(UTC)
            )
