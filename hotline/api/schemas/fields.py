"""Fields and bases that the nouns share."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

LARGEST_PAGE = 200
USUAL_PAGE = 50
LONGEST_CURSOR = 1000


class Words(fields.String):
    """Text that the database can store: no NUL, no half of a surrogate pair."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not _storable(text):
            raise ValidationError("A NUL or a broken character makes no sense here.")
        return text


def _storable(text: str) -> bool:
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False


def word(words: type[StrEnum], about: str = "", **options: Any) -> fields.Enum:
    """A field that holds one word of a vocabulary."""
    metadata = {"description": about} if about else {}
    return fields.Enum(words, by_value=fields.String, metadata=metadata, **options)


def country(about: str, **options: Any) -> Words:
    """An ISO 3166 country code."""
    return Words(
        validate=validate.Regexp(r"^[A-Z]{2}\Z", error="Two capital letters are needed, as in SA."),
        metadata={"description": about},
        **options,
    )


class Query(Schema):
    """Parameters of a query. An unknown one is refused by naming those that are known: a misspelt filter must
    not answer with everything."""

    class Meta:
        unknown = RAISE

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        known = ", ".join(sorted(field.data_key or name for name, field in self.fields.items()))
        self.error_messages = {**self.error_messages, "unknown": f"Unknown parameter. Known are: {known}."}


class PageQuery(Query):
    """Parameters of every list."""

    cursor = Words(
        validate=validate.Length(min=1, max=LONGEST_CURSOR),
        metadata={"description": "`next_cursor` of the page before"},
    )
    limit = fields.Integer(
        load_default=USUAL_PAGE,
        validate=validate.Range(min=1, max=LARGEST_PAGE),
        metadata={"description": "How many items at most"},
    )


class Body(Schema):
    """A JSON body. Unknown fields are refused."""

    class Meta:
        unknown = RAISE


class Shown(Schema):
    """What we answer. Every field is always there, None where nothing is known."""


def page_schema(name: str, item: type[Schema]) -> type[Schema]:
    """The schema of one page of a list."""
    return Shown.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next_cursor": fields.String(
                required=True,
                allow_none=True,
                metadata={"description": "For the next page; null on the last one"},
            ),
        },
        name=name,
    )
