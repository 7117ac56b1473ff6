"""The list of messages: filters on both parties and on the date, and pages that new messages do not shift."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from hotline.channels.phones.addresses import parse_address
from hotline.channels.phones.errors import Refusal
from hotline.channels.phones.messages import Message, MessageShelf

MOST_PER_PAGE = 1000
PER_PAGE = 50
Test = Callable[[Message], bool]


def list_messages(shelf: MessageShelf, args: MultiDict[str, str], path: str) -> dict[str, object]:
    """One page, newest first, with the addresses of its neighbours. Raises Refusal."""
    tests = [*_party_tests(args), *_date_tests(args)]
    found = [message for message in shelf.newest_first() if all(test(message) for test in tests)]
    size = min(max(_number(args, "PageSize", PER_PAGE), 1), MOST_PER_PAGE)
    page = _number(args, "Page", 0)
    token = args.get("PageToken", "")
    anchor = int(token[2:]) if token[2:].isdigit() else (found[0].seq if found else 0)
    found = [message for message in found if message.seq <= anchor]
    shown = found[page * size : (page + 1) * size]
    filters = [(name, value) for name, value in args.items(multi=True) if not name.startswith("Page")]

    def address(number: int) -> str:
        place = [("PageSize", str(size)), ("Page", str(number)), ("PageToken", f"PA{anchor}")]
        return f"{path}?{urlencode(filters + place)}"

    return {
        "messages": [message.as_json() for message in shown],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(len(shown) - 1, 0),
        "uri": address(page),
        "first_page_uri": address(0),
        "next_page_uri": address(page + 1) if len(found) > (page + 1) * size else None,
        "previous_page_uri": address(page - 1) if page else None,
    }


def page_of(
    name: str, found: list[dict[str, Any]], args: MultiDict[str, str], path: str
) -> dict[str, object]:
    """One page of anything else, in the older shape."""
    size = min(max(_number(args, "PageSize", PER_PAGE), 1), MOST_PER_PAGE)
    page = _number(args, "Page", 0)
    shown = found[page * size : (page + 1) * size]
    filters = [(key, value) for key, value in args.items(multi=True) if not key.startswith("Page")]

    def address(number: int) -> str:
        return f"{path}?{urlencode([*filters, ('PageSize', str(size)), ('Page', str(number))])}"

    return {
        name: shown,
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(len(shown) - 1, 0),
        "uri": address(page),
        "first_page_uri": address(0),
        "next_page_uri": address(page + 1) if len(found) > (page + 1) * size else None,
        "previous_page_uri": address(page - 1) if page else None,
    }


def meta_page_of(name: str, found: list[dict[str, Any]], path: str) -> dict[str, object]:
    """All of it, in the shape of the younger services."""
    url = f"https://messaging.twilio.com{path}?PageSize={PER_PAGE}&Page=0"
    meta = {
        "key": name,
        "page": 0,
        "page_size": PER_PAGE,
        "first_page_url": url,
        "previous_page_url": None,
        "next_page_url": None,
        "url": url,
    }
    return {name: found, "meta": meta}


def _number(args: MultiDict[str, str], name: str, default: int) -> int:
    text = args.get(name, "")
    if text and not text.isdigit():
        raise Refusal(20001, name)
    return int(text) if text else default


def _party_tests(args: MultiDict[str, str]) -> list[Test]:
    tests: list[Test] = []
    if text := args.get("To", ""):
        to = _wire(text)
        tests.append(lambda message: message.to == to)
    if text := args.get("From", ""):
        sender = _wire(text)
        tests.append(lambda message: message.sender == sender)
    return tests


def _wire(text: str) -> str:
    address = parse_address(text)
    return address.wire if address else text


def _date_tests(args: MultiDict[str, str]) -> list[Test]:
    """``DateSent<`` and ``DateSent>`` include the moment they name; dates are to the second, as shown."""
    return [
        _date_test(args[name], relation)
        for name, relation in (("DateSent", "="), ("DateSent<", "<"), ("DateSent>", ">"))
        if args.get(name)
    ]


def _date_test(text: str, relation: str) -> Test:
    try:
        if len(text) == len("2026-11-24"):
            day = date.fromisoformat(text)
            return lambda message: _holds(_order(message.moment.date(), day), relation)
        given = datetime.fromisoformat(text)
    except ValueError as mistake:
        raise Refusal(20001, "DateSent") from mistake
    moment = (given if given.tzinfo else given.replace(tzinfo=UTC)).replace(microsecond=0)
    return lambda message: _holds(_order(message.moment.replace(microsecond=0), moment), relation)


def _order(left: date, right: date) -> int:
    return (left > right) - (left < right)


def _holds(order: int, relation: str) -> bool:
    return order == 0 or (order < 0 if relation == "<" else order > 0 if relation == ">" else False)
