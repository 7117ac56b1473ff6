"""The shipped word list (`data/lexicon.csv`, `combinations.toml`, `places.csv`) as a classifier."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from cases.rules.lexicon import Calm, Combination, Grammar, Group, LexiconTerm, Question, Settled
from cases.rules.lexicon_building import build_lexicon
from cases.rules.lexicon_classifier import LexiconClassifier
from cases.vocabulary import Category, ContactSign, Urgency

DATA = Path(__file__).parents[1] / "data"
LEXICON = "lexicon.csv"
FILES = (LEXICON, "combinations.toml", "places.csv")
LEXICON_COLUMNS = (
    "term", "variants", "lang", "sense", "category",
    "urgency", "negates", "countries", "contact_sign", "source",
)  # fmt: skip
_PLACE_COLUMNS = ("place", "variants", "country", "kind", "source")
_CONTEXT = "CTX"
_CATEGORY_GROUP = "category:"
_SET_GROUP = "@"
Made = TypeVar("Made")


@cache
def load_classifier(folder: Path = DATA) -> LexiconClassifier:
    """Read the shipped word list once. Raises ValueError naming the file and the line that makes no sense."""
    return classifier_of(shipped_list(folder), folder)


def shipped_list(folder: Path = DATA) -> str:
    """The shipped word list as it is written."""
    return (folder / LEXICON).read_text(encoding="utf-8")


def classifier_of(content: str, folder: Path = DATA) -> LexiconClassifier:
    """A classifier of this word list and the shipped combinations and places. Raises ValueError naming the line.

    The version is `lexicon-<date>-<hash>`: the date stands in combinations.toml, the hash is of all three.
    """
    terms = tuple(_rows(LEXICON, content, LEXICON_COLUMNS, _term))
    places_text = (folder / "places.csv").read_text(encoding="utf-8")
    places = tuple(_rows("places.csv", places_text, _PLACE_COLUMNS, _place))
    path = folder / "combinations.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        combinations = tuple(_combination(entry, data["sets"]) for entry in data["combination"])
        grammar = _grammar(data, {phrase: country for phrases, country in places for phrase in phrases})
        version = f"lexicon-{data['version']}-{_digest(content, folder)}"
        return build_lexicon(terms, combinations, version=version, grammar=grammar)
    except KeyError as error:
        raise ValueError(f"{path.name}: nothing is called {error}") from error
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path.name}: {error}") from error


def _digest(content: str, folder: Path) -> str:
    digest = hashlib.sha256(content.encode())
    for name in FILES[1:]:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:8]


def _rows(
    name: str, content: str, columns: tuple[str, ...], make: Callable[[Mapping[str, str]], Made]
) -> Iterator[Made]:
    """The rows of a CSV file whose lines that begin with # are remarks."""
    lines = content.splitlines()
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line and line[0] != "#"]
    for (number, _), cells in zip(numbered, csv.reader(line for _, line in numbered), strict=True):
        if number == numbered[0][0]:
            if tuple(cells) != columns:
                raise ValueError(f"{name} line {number}: the columns must be {','.join(columns)}")
            continue
        if len(cells) != len(columns):
            raise ValueError(f"{name} line {number}: {len(cells)} cells, not {len(columns)}")
        try:
            yield make(dict(zip(columns, cells, strict=True)))
        except ValueError as error:
            raise ValueError(f"{name} line {number}: {error}") from error


def _term(row: Mapping[str, str]) -> LexiconTerm:
    if not row["term"].strip():
        raise ValueError("the term is empty")
    if row["negates"] not in {"yes", "no"}:
        raise ValueError(f"negates is yes or no, not {row['negates']!r}")
    level = row["urgency"]
    return LexiconTerm(
        term=row["term"].strip(),
        variants=_parts(row["variants"]),
        language=row["lang"],
        category=None if row["category"] == _CONTEXT else Category(row["category"]),
        urgency=None if level in {"ctx", "none"} else Urgency(level),
        cancellable=row["negates"] == "yes",
        neutral=level == "none",
        countries=frozenset(_parts(row["countries"])),
        sign=ContactSign(row["contact_sign"]) if row["contact_sign"] else None,
    )


def _place(row: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    country = row["country"]
    if len(country) != len("ID") or not country.isupper():
        raise ValueError(f"{country!r} is not an ISO 3166 alpha-2 code")
    return (row["place"].strip(), *_parts(row["variants"])), country


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part for piece in cell.split("|") if (part := piece.strip()))


def _combination(entry: Mapping[str, Any], sets: Mapping[str, list[str]]) -> Combination:
    name = str(entry["name"])
    try:
        return Combination(
            name=name,
            groups=tuple(_group(group, sets) for group in entry["all"]),
            urgency=Urgency(entry["urgency"]),
            category=Category(entry["category"]) if "category" in entry else None,
            within=int(entry["within"]) if "within" in entry else None,
        )
    except (KeyError, ValueError) as error:
        raise ValueError(f"combination {name!r}: {error}") from error


def _group(members: list[Any], sets: Mapping[str, list[str]]) -> Group:
    """A group as written: phrases, `@set`, `category:CODE`, and at most one {unit, at_least}."""
    phrases: set[str] = set()
    categories: set[Category] = set()
    unit, at_least = None, 0
    for member in members:
        if isinstance(member, dict):
            unit, at_least = str(member["unit"]), int(member["at_least"])
        elif member.startswith(_SET_GROUP):
            phrases.update(sets[member.removeprefix(_SET_GROUP)])
        elif member.startswith(_CATEGORY_GROUP):
            categories.add(Category(member.removeprefix(_CATEGORY_GROUP)))
        else:
            phrases.add(member)
    return Group(frozenset(phrases), frozenset(categories), unit, at_least)


def _grammar(data: Mapping[str, Any], places: Mapping[str, str]) -> Grammar:
    sets: Mapping[str, list[str]] = data["sets"]
    return Grammar(
        spellings={written: listed for listed, all_ in data["spellings"].items() for written in all_},
        negations=frozenset(data["negation"]["words"]),
        not_negating=frozenset(data["negation"]["not_negating"]),
        connectors=frozenset(data["negation"]["connectors"]),
        first_person=frozenset(sets["first_person"]),
        third_person=frozenset(sets["third_person"]),
        units={word: (unit["kind"], int(unit["of"])) for unit in data["unit"] for word in unit["words"]},
        numbers={word: int(number) for number, words in data["numbers"].items() for word in words},
        places=places,
        settled=tuple(
            Settled(Category(one["category"]), frozenset(one["phrases"]), int(one["within"]))
            for one in data["settled"]
        ),
        calm=tuple(
            Calm(frozenset(one["phrases"]), Urgency(one["cap"]), _of_sets(one["unless"], sets))
            for one in data["calm"]
        ),
        question=Question(Urgency(data["question"]["cap"]), _of_sets(data["question"]["unless"], sets)),
    )


def _of_sets(names: list[str], sets: Mapping[str, list[str]]) -> frozenset[str]:
    return frozenset(phrase for name in names for phrase in sets[name.removeprefix(_SET_GROUP)])
