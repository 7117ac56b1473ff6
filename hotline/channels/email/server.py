"""The SMTP server that `SMTP_URL` names, and a connection to it."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from hotline.config import is_loopback

# Of one answer of the server, and of the whole conversation: a server that drips must not hold a job.
ANSWER_SECONDS, TOTAL_SECONDS = 10.0, 40.0
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in. `starttls`: the plain connection is made secure before anything is said on it."""

    host: str
    port: int
    implicit_tls: bool
    starttls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None

    @classmethod
    def from_url(cls, url: str, *, ca_file: Path | None = None) -> SmtpServer:
        """Read `smtps://user:password@host:465`, `smtp+starttls://…` or `smtp://…`. The last is plain on this
        machine only: elsewhere it is the same as `smtp+starttls`, so that a slip never sends a link in clear."""
        parts = urlsplit(url)
        return cls(
            host=parts.hostname or "",
            port=parts.port or _PORTS[parts.scheme],
            implicit_tls=parts.scheme == "smtps",
            starttls=parts.scheme == "smtp+starttls" or (parts.scheme == "smtp" and not is_loopback(url)),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            ca_file=ca_file,
        )

    @contextmanager
    def connected(self, *, local_name: str) -> Iterator[smtplib.SMTP]:
        """A fresh connection, secured and signed in where that is asked for; closed and never used again. Raises
        what smtplib, ssl and socket raise."""
        with self._open(local_name) as smtp:
            watch = threading.Timer(TOTAL_SECONDS, _cut, [smtp])
            watch.daemon = True
            watch.start()
            try:
                smtp.ehlo()
                if self.starttls:
                    smtp.starttls(context=self._tls())
                    smtp.ehlo()
                if self.user is not None:
                    smtp.login(self.user, self.password or "")
                yield smtp
            finally:
                watch.cancel()

    @contextmanager
    def _open(self, local_name: str) -> Iterator[smtplib.SMTP]:
        if self.implicit_tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host,
                self.port,
                local_hostname=local_name,
                timeout=ANSWER_SECONDS,
                context=self._tls(),
            )
        else:
            smtp = smtplib.SMTP(self.host, self.port, local_hostname=local_name, timeout=ANSWER_SECONDS)
        try:
            yield smtp
        finally:
            # QUIT is a courtesy: what the server says to it, or whether it is still there, changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                smtp.docmd("QUIT")
            smtp.close()

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


def _cut(smtp: smtplib.SMTP) -> None:
    sock = smtp.sock
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
