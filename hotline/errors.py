"""How each refusal of the lower floors is answered on the wire."""

from __future__ import annotations

from cases.errors import (
    ContactForbidden,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    StaleVersion,
    Unreachable,
    WrongState,
)

_STATUS: dict[type[Refused], int] = {
    NotFound: 404,
    Forbidden: 403,
    WrongState: 409,
    StaleVersion: 412,
    ContactForbidden: 409,
    Unreachable: 409,
    Invalid: 422,
}


def status_of(refused: Refused) -> int:
    """The HTTP status of a refusal; 400 for a kind that has none of its own."""
    return _STATUS.get(type(refused), 400)
