"""The e-mail itself: plain text, marked as automatic, with an id that our own message id makes."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from hotline.channels.port import Outgoing

# Every server takes these, also one that does not announce more.
_SEVEN_BITS = SMTP.clone(cte_type="7bit")


def message_id_of(outgoing: Outgoing, sender: str) -> str:
    """The same for every attempt: mail servers and mailboxes drop the second of two with one id."""
    return f"<{outgoing.message_id}@{sender.rpartition('@')[2]}>"


def compose(outgoing: Outgoing, *, sender: str, reply_to: str | None, now: datetime) -> bytes:
    """What goes over the wire after DATA, without its end."""
    mail = EmailMessage(policy=_SEVEN_BITS)
    mail["From"] = sender
    mail["To"] = outgoing.to
    if reply_to:
        mail["Reply-To"] = reply_to
    mail["Subject"] = outgoing.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id_of(outgoing, sender)
    mail["Content-Language"] = outgoing.language
    # No out-of-office answer is wanted, and no loop (RFC 3834; the second is what Exchange reads).
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(outgoing.body)
    return mail.as_bytes()
