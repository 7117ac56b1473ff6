"""Staff on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from cases.models import User
from cases.vocabulary import Role
from hotline.api.schemas.fields import PageQuery, Shown, page_schema, word


class UserSchema(Shown):
    """A member of staff to whom a case can be given."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    role = word(Role, required=True)


class UserQuery(PageQuery):
    """Filters of the list of staff: none yet."""


UserPage = page_schema("UserPage", UserSchema)


def show_user(user: User | None) -> dict[str, Any] | None:
    """Who it is; nobody stays nobody."""
    return None if user is None else {"id": user.id, "name": user.name, "role": user.role}
