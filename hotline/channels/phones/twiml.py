"""Reading what the product answered to an inbound message."""

from dataclasses import dataclass, field
from xml.etree import ElementTree

from hotline.channels.phones.wire import MOST_BODY, Answer

MOST_REPLIES = 10
XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})

ALERTS = {
    11200: "HTTP retrieval failure",
    11750: "The response body is larger than 64 kB",
    12100: "The document could not be parsed",
    12200: "The document holds a verb that means nothing here",
    12300: "The content type is not valid",
    13520: "The text to be spoken is longer than 4096 characters",
    14107: "Reply rate limit: two machines seem to answer each other",
    14109: "Reply message limit: no more than ten",
    30009: "A part of a longer message never came",
    21610: "The recipient has opted out; the reply was not sent",
}


@dataclass(frozen=True)
class Reply:
    """One ``<Message>``."""

    body: str
    to: str | None = None
    media: tuple[str, ...] = ()
    status_callback: str | None = None


@dataclass(frozen=True)
class Reading:
    """What is to be done, what the debugger would show, and whether the fallback must be asked."""

    replies: tuple[Reply, ...] = ()
    alerts: tuple[int, ...] = ()
    failed: bool = field(default=False)
    redirect: str | None = None


def read_twiml(answer: Answer) -> Reading:
    """Understand an answer; an answer that is none is the 11200 of the debugger."""
    if answer.status is None or not 200 <= answer.status < 300:
        return Reading(alerts=(11200,), failed=True)
    if len(answer.body) > MOST_BODY:
        return Reading(alerts=(11750,), failed=True)
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not answer.body.strip():
        # Nothing to execute is fine, but an empty document that calls itself XML is not one.
        broken = content_type in XML_TYPES and answer.status != 204
        return Reading(alerts=(12100,), failed=True) if broken else Reading()
    if content_type == "text/plain":
        # Sent to the person as it stands, so debug text left in a response is found here, not by them.
        return Reading(replies=(Reply(answer.body.decode("utf-8", "replace")),))
    if content_type not in XML_TYPES:
        return Reading(alerts=(12300,), failed=True)
    return _read_document(answer.body)


def _read_document(body: bytes) -> Reading:
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - the product's own answer
    except ElementTree.ParseError:
        return Reading(alerts=(12100,), failed=True)
    if root.tag != "Response":
        return Reading(alerts=(12100,), failed=True)
    alerts: list[int] = []
    replies: list[Reply] = []
    redirect: str | None = None
    for verb in root:
        if verb.tag in ("Message", "Sms"):
            replies.append(_read_message(verb))
        elif verb.tag == "Redirect":
            redirect = (verb.text or "").strip()
            break
        else:
            alerts.append(12200)
    if len(replies) > MOST_REPLIES:
        alerts.append(14109)
    return Reading(tuple(replies[:MOST_REPLIES]), tuple(alerts), redirect=redirect)


def _read_message(verb: ElementTree.Element) -> Reply:
    parts = [each.text or "" for each in verb.findall("Body")]
    return Reply(
        body="".join(parts) if parts else (verb.text or "").strip(),
        to=verb.get("to"),
        media=tuple((each.text or "").strip() for each in verb.findall("Media")),
        status_callback=verb.get("statusCallback") or verb.get("action"),
    )
