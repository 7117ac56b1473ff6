"""People and parties over the API."""

from __future__ import annotations

from typing import Any

from cast import AMINA
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Identifier

SISTER, OTHER = "+966000000777", "+966000000302"


def test_search_read_add_split_merge_and_undo(officer: Any, opened_case: Any, session: Session) -> None:
    case, other = opened_case("halo"), opened_case("tolong", sender=OTHER)
    (found,) = officer.post("/persons/search", identifier=AMINA).json["items"]
    assert (found["open_cases"], found["was_theirs"]) == (1, False)
    assert officer.post("/persons/search", identifier=found["designation"]).json["items"] == [found]
    assert officer.post("/persons/search", identifier="siapa").json["items"] == []
    url = f"/persons/{found['id']}"
    assert officer.get(url).json["cases"] == [case.reference]

    taken = officer.post(f"{url}/identifiers", identifier=OTHER)
    assert (taken.status_code, taken.json["errors"]["identifier"]) == (409, "taken")
    assert officer.post(f"{url}/identifiers", identifier="???").status_code == 422

    merged = officer.post(f"/cases/{case.reference}/merge-reporters", **{"with": other.reference})
    assert merged.status_code == 200, merged.text
    assert sorted(merged.json["cases"]) == sorted([case.reference, other.reference])
    merge = merged.json["merges"][0]["id"]
    assert officer.post(f"{url}/merges/{merge}/undo").json["cases"] == [case.reference]
    assert officer.post(f"{url}/merges/{merge}/undo").status_code == 409
    assert (
        officer.post(f"/cases/{case.reference}/merge-reporters", **{"with": case.reference}).status_code
        == 422
    )

    added = officer.post(f"{url}/identifiers", identifier="00966000000303")
    assert (added.status_code, added.json["value"]) == (201, "+966000000303")
    split = officer.post(f"{url}/split", identifiers=[added.json["id"]], cases=[])
    assert split.status_code == 201
    assert [one["value"] for one in split.json["identifiers"]] == ["+966000000303"]
    ended = officer.post(f"/persons/{split.json['id']}/identifiers/{added.json['id']}/end")
    assert ended.json["ended_at"] is not None
    (former,) = officer.post("/persons/search", identifier="+966000000303").json["items"]
    assert former["was_theirs"] is True


def test_parties_and_what_the_reporter_may_learn(officer: Any, opened_case: Any) -> None:
    url = f"/cases/{opened_case('halo').reference}"
    assert officer.get(f"{url}/parties").json == {"items": [], "reporter_may_learn": "status"}
    body = {"role": "proxy", "is_reporter": True, "relation": "ngo"}
    proxy = officer.post(f"{url}/parties", **body)
    assert (proxy.status_code, proxy.json["may_learn"]) == (201, "nothing")
    assert officer.post(f"{url}/parties", **body).status_code == 409
    assert officer.post(f"{url}/parties", role="victim").status_code == 422
    refused = officer.post(f"{url}/messages", body="dia aman")
    assert (refused.status_code, refused.json["errors"]["reason"]) == (409, "not_for_proxy")
    assert officer.post(f"{url}/messages", body="baik", tells_nothing=True).status_code == 201

    change = f"{url}/parties/{proxy.json['id']}"
    assert officer.patch(change, authority="letter").status_code == 428
    assert officer.patch(change, etag='"9"', authority="letter").status_code == 412
    changed = officer.patch(change, etag='"1"', authority="letter")
    assert changed.json["may_learn"] == "status"
    assert changed.headers["ETag"] == '"2"'
    assert officer.post(f"{url}/messages", body="dia aman").status_code == 201
    assert officer.post(f"{change}/end").status_code == 204
    assert officer.get(f"{url}/parties").json["items"] == []
    assert officer.patch(change, etag='"2"', authority="none").status_code == 404


def test_a_number_is_doubted_and_confirmed(officer: Any, opened_case: Any, session: Session) -> None:
    url = f"/cases/{opened_case('halo').reference}"
    number = session.scalars(select(Identifier)).one().id
    assert officer.post(f"{url}/identifiers/{number}/doubt").json["doubt"] == "officer"
    assert officer.post(f"{url}/identifiers/{number}/confirm").json["doubt"] is None
    assert officer.post(f"{url}/identifiers/{number}/pass-on").json == {"cases": []}
    assert officer.post(f"{url}/identifiers/{number}/pass-on").status_code == 409


def test_a_report_by_hand_for_another_makes_the_reporter_a_proxy(officer: Any) -> None:
    report = {
        "what": "adik saya dipukul majikan", "where": "Riyadh", "reach": "email kakak.sari@example.org",
        "channel": "email", "relation": "family",
    }  # fmt: skip
    first = officer.post("/cases", **report)
    assert first.status_code == 201, first.text
    url = f"/cases/{first.json['reference']}"
    (party,) = officer.get(f"{url}/parties").json["items"]
    assert (party["role"], party["relation"], party["may_learn"]) == ("proxy", "family", "nothing")
    # The same e-mail address writes again: the same person, the same case; nothing can be sent to it.
    again = officer.post("/cases", **report)
    assert (again.status_code, again.json["reference"]) == (200, first.json["reference"])
    assert officer.post(f"{url}/messages", body="baik", tells_nothing=True).status_code == 409
