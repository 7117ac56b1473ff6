"""Merging cases over the API: If-Match, what is told, undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cases.models import Case
from cases.vocabulary import Role

WORDS = "tolong adik saya disekap majikan di Riyadh tidak dikasih makan"


def test_merge_and_undo_need_the_version_that_was_read(
    opened_case: Callable[..., Case], officer: Any
) -> None:
    one, other = opened_case(WORDS, sender="+966000000331"), opened_case(WORDS, sender="+966000000332")
    url, body = f"/cases/{one.reference}/merge", {"with": other.reference}
    hints = officer.get(f"/cases/{one.reference}/duplicates").json["items"]
    assert [hint["reference"] for hint in hints] == [other.reference]
    preview = officer.post(f"{url}/preview", **body)
    assert preview.status_code == 200, preview.text
    assert preview.json["follows"] is True
    assert preview.json["moved"]["message"] >= 1

    def act(path: str, etag: str | None, **sent: Any) -> Any:
        headers = officer.headers | ({"If-Match": etag} if etag else {})
        return officer.client.post(f"/api/v1{path}", json=sent, headers=headers)

    assert act(url, None, **body).status_code == 428
    assert act(url, '"0"', **body).status_code == 412
    done = act(url, officer.version(one.reference), **body)
    assert done.status_code == 200, done.text
    merge = done.json["merges"][0]
    assert merge["merged"] == other.reference
    assert officer.get(f"/cases/{other.reference}").json["merged_into"] == one.reference
    assert officer.get(f"/cases/{other.reference}").json["messages"] == []
    assert act(url, officer.version(one.reference), **body).status_code == 409
    reopen = officer.post(f"/cases/{other.reference}/reopen", explanation="x")
    assert reopen.status_code == 409

    undo = f"/cases/{one.reference}/merges/{merge['id']}/undo"
    assert act(undo, None).status_code == 428
    undone = act(undo, done.headers["ETag"])
    assert undone.status_code == 200, undone.text
    assert undone.json == {"merged_into": None, "merges": []}
    assert officer.get(f"/cases/{other.reference}").json["status"] == "new"
    assert act(undo, undone.headers["ETag"]).status_code == 409
    assert officer.post(f"/cases/{one.reference}/not-same", **body).status_code == 204
    assert officer.get(f"/cases/{one.reference}/duplicates").json["items"] == []


def test_eli_merges_nothing(opened_case: Callable[..., Case], caller: Callable[..., Any]) -> None:
    one = opened_case(WORDS)
    admin = caller(Role.ADMIN)
    assert admin.post(f"/cases/{one.reference}/merge", **{"with": one.reference}).status_code == 403
    assert admin.get(f"/cases/{one.reference}/duplicates").status_code == 403
