"""Sending through SMTP: one connection a message, and every answer of the server read for what it means."""

from __future__ import annotations

import re
import smtplib
import ssl
from datetime import UTC, datetime

from cases.vocabulary import Channel
from hotline.channels.email.compose import compose, message_id_of
from hotline.channels.email.server import SmtpServer
from hotline.channels.port import FailureClass, Features, NotSent, Outcome, Outgoing, Sent, Unknown
from hotline.config import Settings, is_mail_address

_GO_AHEAD, _DONE = 354, 250
_PERMANENT = 500
_LEADING_DOT = re.compile(rb"(?m)^\.")


class _Refused(Exception):
    """The server said no before it had the message."""

    def __init__(self, outcome: NotSent) -> None:
        super().__init__(outcome.code)
        self.outcome = outcome


class EmailChannel:
    """`OutgoingChannel` over SMTP. 4xx is tried again, 5xx is not. Only between the end of the text and the answer
    to it can the outcome be unknown; sending again is then safe, because both carry one Message-ID."""

    provider = "smtp"
    features = Features(channels=frozenset({Channel.EMAIL}), repeats_safely=True)

    def __init__(self, settings: Settings) -> None:
        self._sender = settings.mail_from or ""
        self._reply_to = settings.mail_reply_to
        self._server = (
            SmtpServer.from_url(settings.smtp_url, ca_file=settings.smtp_ca_file)
            if settings.smtp_url
            else None
        )

    def send(self, outgoing: Outgoing) -> Outcome:
        if self._server is None or outgoing.channel is not Channel.EMAIL:
            return NotSent(0, FailureClass.CONFIGURATION)
        if not is_mail_address(outgoing.to):
            return NotSent(0, FailureClass.ADDRESS)
        text = compose(outgoing, sender=self._sender, reply_to=self._reply_to, now=datetime.now(UTC))
        handed_over = False
        try:
            with self._server.connected(local_name=self._own_name) as smtp:
                self._announce(smtp, outgoing.to)
                handed_over = True
                code = _hand_over(smtp, text)
        except _Refused as refused:
            return refused.outcome
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return Unknown(type(error).__name__) if handed_over else _not_reached(error)
        if code == _DONE:
            return Sent(message_id_of(outgoing, self._sender), "sent")
        return NotSent(code, _class_of(code, FailureClass.CONTENT))

    def greet(self) -> bool:
        """Connect and sign in without sending; False without a server. Raises what smtplib and sockets raise."""
        if self._server is None:
            return False
        with self._server.connected(local_name=self._own_name):
            return True

    @property
    def _own_name(self) -> str:
        return self._sender.rpartition("@")[2]

    def find(self, outgoing: Outgoing, *, since: datetime, known_sids: frozenset[str]) -> Outcome:
        """SMTP cannot be asked. It is sent again under the same Message-ID: twice is better than never."""
        return NotSent(0, FailureClass.RETRY)

    def _announce(self, smtp: smtplib.SMTP, to: str) -> None:
        """Sender, recipient, and the wish to send: the server has not seen the message before it agrees to all."""
        _need(smtp.mail(self._sender)[0], 2, FailureClass.CONFIGURATION)
        _need(smtp.rcpt(to)[0], 2, FailureClass.ADDRESS)
        _need(smtp.docmd("DATA")[0], 3, FailureClass.CONTENT)


def _need(code: int, hundreds: int, when_permanent: FailureClass) -> None:
    if code // 100 != hundreds:
        raise _Refused(NotSent(code, _class_of(code, when_permanent)))


def _class_of(code: int, when_permanent: FailureClass) -> FailureClass:
    """4xx is meant to be tried again, and not at once: greylisting lets nobody in before some minutes."""
    return when_permanent if code >= _PERMANENT else FailureClass.RETRY_SLOWLY


def _hand_over(smtp: smtplib.SMTP, text: bytes) -> int:
    smtp.send(_LEADING_DOT.sub(b"..", text) + (b".\r\n" if text.endswith(b"\r\n") else b"\r\n.\r\n"))
    return smtp.getreply()[0]


def _not_reached(error: Exception) -> NotSent:
    """A failure before the text was handed over: it is certainly not there."""
    if isinstance(error, ssl.SSLCertVerificationError | smtplib.SMTPNotSupportedError):
        return NotSent(0, FailureClass.CONFIGURATION)
    if isinstance(error, smtplib.SMTPResponseException):
        return NotSent(error.smtp_code, _class_of(error.smtp_code, FailureClass.CONFIGURATION))
    return NotSent(0, FailureClass.RETRY_SLOWLY)
