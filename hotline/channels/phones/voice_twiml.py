"""Reading what the product answered to a call."""

from dataclasses import dataclass, field
from xml.etree import ElementTree

from hotline.channels.phones.twiml import XML_TYPES
from hotline.channels.phones.wire import MOST_BODY, Answer

VERBS = frozenset({"Say", "Play", "Pause", "Record", "Reject", "Hangup", "Redirect", "Gather"})
MOST_SPOKEN = 4096


@dataclass(frozen=True)
class Verb:
    """One instruction of a document."""

    name: str
    text: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: tuple["Verb", ...] = ()


@dataclass(frozen=True)
class Script:
    """What is to be done, what the debugger would show, and whether the fallback must be asked."""

    verbs: tuple[Verb, ...] = ()
    alerts: tuple[int, ...] = ()
    failed: bool = False


def read_script(answer: Answer) -> Script:
    """Understand an answer. A caller hears a failure live, which is why the fallback exists."""
    failure: int | None = None
    root = None
    if answer.status is None or not 200 <= answer.status < 300:
        failure = 11200
    elif len(answer.body) > MOST_BODY:
        failure = 11750
    elif answer.body.strip() and _content_type(answer) not in XML_TYPES:
        failure = 12300
    else:
        try:
            root = ElementTree.fromstring(answer.body)  # noqa: S314 - the product's own answer
        except ElementTree.ParseError:
            failure = 12100
        if root is not None and root.tag != "Response":
            failure = 12100
    if failure is not None or root is None:
        return Script(alerts=(failure or 12100,), failed=True)
    verbs = tuple(_verb(element) for element in root)
    alerts = [12200 for verb in verbs if verb.name not in VERBS]
    alerts += [13520 for verb in verbs if verb.name == "Say" and len(verb.text) > MOST_SPOKEN]
    return Script(tuple(verb for verb in verbs if verb.name in VERBS), tuple(alerts))


def _content_type(answer: Answer) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()


def _verb(element: ElementTree.Element) -> Verb:
    text = " ".join("".join(element.itertext()).split())
    children = tuple(_verb(child) for child in element)
    return Verb(str(element.tag), text, dict(element.attrib), children)
