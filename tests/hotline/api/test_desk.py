"""Follow-ups, needs and consent over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cases.models import Case
from cases.vocabulary import Role


def test_follow_ups_and_needs_change_from_what_was_read(
    opened_case: Callable[..., Case], officer: Any
) -> None:
    url = f"/cases/{opened_case('halo').reference}"
    made = officer.post(f"{url}/tasks", words="telepon keluarga", due_at="2026-12-01T00:00:00+00:00")
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    task = f"{url}/tasks/{made.json['id']}"
    assert officer.patch(task, words="lain").status_code == 428
    assert officer.patch(task, etag='"7"', words="lain").status_code == 412
    changed = officer.patch(task, etag='"1"', words="lain", due_at=None)
    assert (changed.json["words"], changed.json["due_at"], changed.headers["ETag"]) == ("lain", None, '"2"')
    assert officer.get(url).json["tasks"][0]["words"] == "lain"

    assert [one["version"] for one in officer.get(f"{url}/needs").json["items"]] == [0] * 5

    def put(etag: str | None, kind: str = "shelter", **body: Any) -> Any:
        headers = officer.headers | ({"If-Match": etag} if etag else {})
        return officer.client.put(f"/api/v1{url}/needs/{kind}", json=body, headers=headers)

    assert put(None, state="needed").status_code == 428
    assert put('"1"', state="needed").status_code == 412
    assert put('"0"', kind="gold", state="needed").status_code == 404
    done = put('"0"', state="needed", note="dua orang")
    assert (done.status_code, done.headers["ETag"]) == (200, '"1"')
    assert put('"1"', state="need_met").json["note"] == "dua orang"


def test_consent_is_a_ledger(opened_case: Callable[..., Case], officer: Any, caller: Any) -> None:
    url = f"/cases/{opened_case('halo').reference}"
    assert officer.post(f"{url}/consents", purpose="assistance", given=True).status_code == 422
    said = {"purpose": "assistance", "how": "telepon", "agency": "kbri-riyadh"}
    assert officer.post(f"{url}/consents", given=True, **said).status_code == 201
    assert officer.post(f"{url}/consents", given=False, **said).status_code == 201
    assert officer.post(f"{url}/consents", given=True, **(said | {"agency": "no"})).status_code == 404
    lines = officer.get(f"{url}/consents").json["items"]
    assert [(line["agency"], line["given"]) for line in lines] == [
        ("kbri-riyadh", True),
        ("kbri-riyadh", False),
    ]
    assert caller(Role.ADMIN).get(f"{url}/consents").status_code == 403
