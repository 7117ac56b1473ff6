"""Reading the provider's templates, so that an approval, and its loss, is known within minutes."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog
from sqlalchemy.orm import Session, sessionmaker

from cases.services.templates import keep_listed
from hotline.channels.twilio.templates import ContentUnavailable, TwilioContent
from hotline.config import Settings
from hotline.unit_of_work import transaction

logger = structlog.get_logger(__name__)


class TemplateSync:
    """The job that keeps the table of templates."""

    def __init__(self, settings: Settings, sessions: sessionmaker[Session]) -> None:
        self._content = TwilioContent(settings)
        self._sessions = sessions

    def sync(self) -> int:
        """Read the list; what is known stays while it cannot be read. Returns how many there are, 0 for a failure."""
        try:
            listed = self._content.listed()
        except ContentUnavailable as error:
            logger.warning("templates cannot be read", error=str(error))
            return 0
        with transaction(self._sessions) as session:
            return keep_listed(session, listed, now=datetime.now(UTC))
