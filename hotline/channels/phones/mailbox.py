"""Everybody's mailbox: e-mails the hotline sends go no further than here."""

import asyncio
import logging
import socket
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

MOST_MAILS = 1_000


@dataclass(frozen=True)
class Mail:
    """One e-mail as its reader sees it."""

    at: datetime
    to: str
    subject: str
    text: str


class Mailbox:
    """What arrived, the latest first; the oldest makes way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mails: list[Mail] = []

    def add(self, mail: Mail) -> None:
        with self._lock:
            self._mails.insert(0, mail)
            del self._mails[MOST_MAILS:]

    def all(self) -> list[Mail]:
        with self._lock:
            return list(self._mails)

    def clear(self) -> None:
        with self._lock:
            self._mails.clear()


class MailServer:
    """An SMTP server on loopback that takes everything and passes nothing on. Bound at once; ``start`` serves in a
    thread of its own."""

    def __init__(self, mailbox: Mailbox, port: int) -> None:
        self._mailbox = mailbox
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="phones-mail", daemon=True)

    def start(self) -> None:
        from aiosmtpd.smtp import SMTP

        # It tells every line of a conversation, addresses included.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        self._thread.start()
        serving = self._loop.create_server(
            lambda: SMTP(self, hostname="phones", loop=self._loop), sock=self._socket
        )
        asyncio.run_coroutine_threadsafe(serving, self._loop).result(10)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
        self._socket.close()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a mail for each recipient."""
        mail = message_from_bytes(envelope.content or b"", policy=default)
        body = mail.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        for to in envelope.rcpt_tos:
            self._mailbox.add(Mail(datetime.now(UTC), to, str(mail["Subject"] or ""), text))
        return "250 taken"
