"""The list of cases, one case, and changing it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cast import AMINA, ELI, HARMLESS, LOCKED_IN
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Event
from cases.services import outbox
from cases.vocabulary import EventKind
from escalation.services.walk_on import walk_on

OpenedCase = Callable[..., Case]


def _sender(number: int) -> str:
    return f"+966000000{number:03d}"


def test_the_list_is_walked_by_cursor_newest_first(officer: Any, opened_case: OpenedCase) -> None:
    opened = [opened_case(HARMLESS, sender=_sender(number)).reference for number in range(5)]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = officer.get("/cases", **query).json
        assert set(page) == {"items", "next_cursor"}
        seen += [case["reference"] for case in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == opened[::-1]


def test_a_full_last_page_has_no_next_one(officer: Any, opened_case: OpenedCase) -> None:
    opened_case()
    assert officer.get("/cases", limit=1).json["next_cursor"] is None


def test_each_filter_narrows(officer: Any, opened_case: OpenedCase) -> None:
    locked_in = opened_case(LOCKED_IN)
    harmless = opened_case(HARMLESS, sender=ELI)

    def found(**query: str) -> list[str]:
        answer = officer.get("/cases", **query)
        assert answer.status_code == 200, answer.text
        return [case["reference"] for case in answer.json["items"]]

    assert found(urgency=locked_in.urgency.value) == [locked_in.reference]
    assert found(category=locked_in.categories[-1]) == [locked_in.reference]
    assert found(country="SA") == [locked_in.reference]
    assert found(reporter=AMINA) == [locked_in.reference]
    assert found(reporter=AMINA.removeprefix("+")) == [locked_in.reference]
    assert found(reporter="+628119999999") == []
    assert found(q="DISEKAP") == [locked_in.reference]
    assert found(q=harmless.reference.lower()) == [harmless.reference]
    assert found(q="100%") == []
    assert found(status="new") == [harmless.reference, locked_in.reference]
    assert found(status="closed") == []
    assert found(status="new", country="SA", q="makan") == [locked_in.reference]


def test_a_list_costs_the_same_however_long_it_is(
    officer: Any, opened_case: OpenedCase, statements: Callable[[], Any]
) -> None:
    counts = []
    for number in (1, 2, 3):
        opened_case(LOCKED_IN, sender=_sender(number))
        with statements() as seen:
            for path in ("/cases", "/clocks", "/referrals", "/agencies", "/users"):
                assert officer.get(path).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] == counts[2]
    assert counts[0] <= 10, seen


def test_one_case_holds_everything_that_belongs_to_it(officer: Any, opened_case: OpenedCase) -> None:
    case = opened_case(LOCKED_IN)
    answer = officer.get(f"/cases/{case.reference}")
    assert answer.status_code == 200
    file = answer.json
    assert answer.headers["ETag"] == f'"{case.version}"'
    assert file["messages"][0]["body"] == LOCKED_IN
    assert file["identifiers"][0]["value"] == AMINA
    assert {clock["step"] for clock in file["clocks"]} >= {"read"}
    assert [event["position"] for event in file["events"]] == list(range(1, len(file["events"]) + 1))
    triage = file["triage"]
    assert triage["urgency"] == case.urgency.value
    assert triage["categories"] == case.categories
    for found in triage["evidence"]:
        assert set(found) >= {"term", "start", "end", "category", "urgency"}
    assert file["contact_plan"]["version"] >= 0


def test_only_the_single_case_shows_a_number(officer: Any, opened_case: OpenedCase) -> None:
    case = opened_case(LOCKED_IN)
    assert AMINA not in officer.get("/cases").text
    file = officer.get(f"/cases/{case.reference}").json
    file.pop("identifiers")
    assert AMINA not in str(file)


def test_that_a_case_was_read_is_in_its_log(officer: Any, opened_case: OpenedCase, session: Session) -> None:
    case = opened_case()
    first = officer.get(f"/cases/{case.reference}").headers["ETag"]
    assert officer.get(f"/cases/{case.reference}").headers["ETag"] == first
    session.rollback()
    kinds = session.scalars(select(Event.kind).where(Event.case_id == case.id)).all()
    assert kinds.count(EventKind.READ) == 2


def test_one_case_costs_the_same_however_much_was_said(
    officer: Any, opened_case: OpenedCase, statements: Callable[[], Any]
) -> None:
    case = opened_case(LOCKED_IN)
    counts = []
    for text in ("masih di dalam", "tolong cepat", "saya takut"):
        opened_case(text)
        assert officer.post(f"/cases/{case.reference}/notes", body=text).status_code == 201
        with statements() as seen:
            officer.get(f"/cases/{case.reference}")
        counts.append(len(seen))
    assert counts[0] == counts[1] == counts[2], seen


def test_a_case_is_found_by_its_reference_only(officer: Any, opened_case: OpenedCase) -> None:
    case = opened_case()
    assert officer.get(f"/cases/{case.reference.lower()}").status_code == 200
    answer = officer.get("/cases/TRC-2601-99999X")
    assert answer.status_code == 404
    assert answer.json["errors"]["code"] == "not_found"


def test_an_edit_names_the_version_it_was_made_from(officer: Any, opened_case: OpenedCase) -> None:
    path = f"/cases/{opened_case(HARMLESS).reference}"
    change = {"urgency": "U2", "reason": "dia menelepon"}
    assert officer.patch(path, **change).status_code == 428
    stale = officer.patch(path, etag='"99"', **change)
    assert stale.status_code == 412
    assert stale.json["errors"]["code"] == "stale_version"
    first = officer.get(path).headers["ETag"]
    changed = officer.patch(path, etag=first, **change)
    assert changed.status_code == 200, changed.text
    assert changed.json["urgency"] == "U2"
    assert changed.headers["ETag"] != first
    assert officer.patch(path, etag=first, **change).status_code == 412


def test_an_urgency_is_not_changed_without_a_reason(officer: Any, opened_case: OpenedCase) -> None:
    reference = opened_case(HARMLESS).reference
    etag = officer.version(reference)
    assert officer.patch(f"/cases/{reference}", etag=etag, urgency="U1").status_code == 422
    assert officer.patch(f"/cases/{reference}", etag=etag).status_code == 422
    assert officer.patch(f"/cases/{reference}", etag=etag, status="closed").status_code == 422


def test_categories_are_corrected_from_the_version_that_was_read(
    officer: Any, opened_case: OpenedCase
) -> None:
    path = f"/cases/{opened_case(HARMLESS).reference}"
    etag = officer.get(path).headers["ETag"]
    wanted = {"categories": ["GAJI", "PULANG"], "reason": "she called"}
    for body in (
        {"categories": ["GAJI"]},
        {"categories": [], "reason": "x"},
        {"categories": ["BUKAN"], "reason": "x"},
        {"categories": ["INFO", "GAJI"], "reason": "x"},
    ):
        assert officer.patch(path, etag=etag, **body).status_code == 422, body
    assert officer.patch(path, **wanted).status_code == 428

    answer = officer.patch(path, etag=etag, **wanted)

    assert answer.status_code == 200, answer.text
    assert answer.json["categories"] == ["GAJI", "PULANG"]
    assert officer.patch(path, etag=etag, **wanted).status_code == 412


def test_a_contact_plan_is_recorded(officer: Any, opened_case: OpenedCase) -> None:
    reference = opened_case(HARMLESS).reference
    file = officer.get(f"/cases/{reference}")
    plan = {"reply": "allowed", "call": "forbidden", "hours": "22-24"}
    plan["version"] = file.json["contact_plan"]["version"]
    answer = officer.patch(f"/cases/{reference}", etag=file.headers["ETag"], contact_plan=plan)
    assert answer.status_code == 200, answer.text
    kept = officer.get(f"/cases/{reference}").json["contact_plan"]
    assert (kept["reply"], kept["call"], kept["hours"]) == ("allowed", "forbidden", "22:00-00:00")
    again = officer.patch(f"/cases/{reference}", etag=officer.version(reference), contact_plan=plan)
    assert again.status_code == 412


def test_the_way_of_every_message_out_is_told_at_the_same_cost(
    officer: Any, opened_case: OpenedCase, session: Session, statements: Callable[[], Any]
) -> None:
    """What was tried, when, what came back, and what happens next."""
    case = opened_case("halo")
    now = datetime.now(UTC)
    counts = []
    for number in range(3):
        answer = officer.post(f"/cases/{case.reference}/messages", body=f"halo kak {number}")
        assert answer.status_code == 201, answer.text
        message_id = UUID(answer.json["id"])
        first = outbox.begin_attempt(session, message_id, now=now)
        assert first is not None
        outbox.record_retry(session, message_id, code=20429, at=now, now=now)
        outbox.begin_attempt(session, message_id, now=now)
        outbox.record_sent(session, message_id, sid=f"SM{number}", status="queued", now=now)
        for status, code in (("sent", 0), ("undelivered", 30003)):
            outbox.record_receipt(
                session, message_id, sid=f"SM{number}", status=status, error_code=code, now=now
            )
        walk_on(session, message_id, now=now)
        session.commit()
        with statements() as seen:
            file = officer.get(f"/cases/{case.reference}").json
        counts.append(len(seen))

    assert counts[0] == counts[1] == counts[2], seen
    told = {message["id"]: message["sending"] for message in file["messages"]}
    way = told[str(message_id)]
    assert [(one["number"], one["outcome"], one["code"]) for one in way["attempts"]] == [
        (1, "refused", 20429), (2, "accepted", None),
    ]  # fmt: skip
    assert [(one["status"], one["error_code"]) for one in way["receipts"]] == [
        ("sent", 0),
        ("undelivered", 30003),
    ]
    if way["replaced_by"]:
        assert way["next"] == "replaced"
        assert told[way["replaced_by"]]["replaces"] == str(message_id)
        assert told[way["replaced_by"]]["next"] == "will_be_sent"
    else:
        assert way["next"] == "human_asked"
    assert file["messages"][0]["sending"] is None
