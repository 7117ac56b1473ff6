"""The queue's filters as its address says them: read, written in one form, and taken out one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from cases.queries.queue import QueueFilter
from cases.vocabulary import Actor, CaseStatus, Category, Urgency
from escalation.services.load_countries import load_countries
from hotline.labels import label

Words = TypeVar("Words", bound=StrEnum)
# In the order in which chips stand.
NAMES = ("urgency", "status", "category", "country", "owner", "late", "warned")
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is set: what it says, and the address without it."""

    words: str
    without: str


def read_filter(arguments: Sequence[tuple[str, str]], *, by: Actor) -> QueueFilter:
    """The filter that these arguments name. They have been through `arguments_of`."""
    of = MultiDict(arguments)
    owners = of.getlist("owner")
    return QueueFilter(
        urgencies=tuple(Urgency(value) for value in of.getlist("urgency")),
        statuses=tuple(CaseStatus(value) for value in of.getlist("status")),
        countries=tuple(of.getlist("country")),
        categories=tuple(Category(value) for value in of.getlist("category")),
        owner_ids=tuple(_owner(value, by) for value in owners if value != "none"),
        unassigned="none" in owners,
        late="late" in of,
        warned="warned" in of,
    )


def arguments_of(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What filters the queue among these pairs, in order and once each. A word that is no word filters nothing,
    rather than failing at 3 a.m."""
    found: dict[tuple[str, str], None] = {}
    for name, text in pairs:
        for value in text.split(",") if name == "country" else [text]:
            known = _KNOWN[name](value.strip()) if name in _KNOWN else None
            if known:
                found[name, known] = None
    return sorted(found, key=lambda pair: NAMES.index(pair[0]))


def arguments_in(query: str) -> list[tuple[str, str]]:
    """The same of a query that was saved."""
    return arguments_of(parse_qsl(query[:LONGEST]))


def address(path: str, arguments: Sequence[tuple[str, str]], **more: str) -> str:
    """A path with filters and more."""
    pairs = [*arguments, *more.items()]
    return f"{path}{'&' if '?' in path else '?'}{urlencode(pairs)}" if pairs else path


def chips(
    path: str, arguments: Sequence[tuple[str, str]], *, users: Mapping[UUID, str], **more: str
) -> list[Chip]:
    """One for each filter that is set."""
    return [
        Chip(_said(*one, users), address(path, [other for other in arguments if other != one], **more))
        for one in arguments
    ]


def country_name(code: str | None) -> str:
    """The country in the language of the page; a question mark where it is not known."""
    known = load_countries().get(code or "")
    if known is None:
        return code or "?"
    return known.name_en if str(get_locale()) == "en" else known.name_id


def _said(name: str, value: str, users: Mapping[UUID, str]) -> str:
    if name == "urgency":
        return f"{value} {label(value)}"
    if name == "country":
        return country_name(value)
    if name == "owner":
        known = {"me": _("milik saya"), "none": _("belum ada penanggung jawab")}
        return known.get(value) or users.get(UUID(value), "?")
    if name == "late":
        return _("lewat tenggat")
    if name == "warned":
        return _("peringatan kontak")
    return label(value)


def _owner(value: str, by: Actor) -> UUID:
    if value == "me" and by.user_id is not None:
        return by.user_id
    return UUID(value)


def _word(words: type[Words], value: str) -> str | None:
    return value if value in {word.value for word in words} else None


def _country(value: str) -> str | None:
    code = value.upper()
    return code if len(code) == len("ID") and code.isascii() and code.isalpha() else None


def _somebody(value: str) -> str | None:
    if value in {"me", "none"}:
        return value
    try:
        return str(UUID(value))
    except ValueError:
        return None


def _flag(value: str) -> str | None:
    return "1" if value == "1" else None


_KNOWN = {
    "urgency": lambda value: _word(Urgency, value),
    "status": lambda value: _word(CaseStatus, value),
    "category": lambda value: _word(Category, value),
    "country": _country,
    "owner": _somebody,
    "late": _flag,
    "warned": _flag,
}
