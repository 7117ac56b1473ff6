"""Where the worker is: from the number, the words, and what is known already."""

from __future__ import annotations

from collections.abc import Sequence

from cases.vocabulary import Side

HOME = "ID"


def country_of(number_country: str | None, places: Sequence[str], known: str | None = None) -> str | None:
    """The country to act in. A foreign number decides; an Indonesian one gives way to a foreign place named in
    the words, because many workers abroad keep their number from home."""
    if number_country and number_country != HOME:
        return number_country
    abroad = [place for place in places if place != HOME]
    if abroad:
        return abroad[0]
    return known or number_country


def side_of(country: str | None) -> Side:
    """HOME for Indonesia, ABROAD for everywhere else; unknown counts as abroad, where less help is near."""
    return Side.HOME if country == HOME else Side.ABROAD
