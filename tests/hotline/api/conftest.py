"""A client that speaks JSON as somebody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Agency
from cases.vocabulary import AgencyKind, Role


class Caller:
    """Calls the API as one role. Answers are Flask's test responses."""

    def __init__(self, client: FlaskClient, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.headers)

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/v1{path}", json=body, headers=self.headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/v1{path}", headers=self.headers)

    def patch(self, path: str, *, etag: str | None = None, **body: Any) -> Any:
        headers = self.headers | ({"If-Match": etag} if etag is not None else {})
        return self.client.patch(f"/api/v1{path}", json=body, headers=headers)

    def version(self, reference: str) -> str:
        """The ETag of a case as it is now."""
        return str(self.get(f"/cases/{reference}").headers["ETag"])


@pytest.fixture
def caller(client: FlaskClient, bearer: Callable[[Role], dict[str, str]]) -> Callable[..., Caller]:
    """Somebody of a role at the API."""
    return lambda role=Role.OFFICER: Caller(client, bearer(role))


@pytest.fixture
def officer(caller: Callable[..., Caller]) -> Caller:
    return caller(Role.OFFICER)


@pytest.fixture
def police(session: Session) -> Agency:
    """An agency that sees a case only on a named basis."""
    return session.scalars(select(Agency).where(Agency.kind == AgencyKind.POLICE).limit(1)).one()
