"""What is made to go wrong at the REST door, and the control face's own manners."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests


def test_every_nth_request_is_too_many(phones: Any) -> None:
    phones.post("faults", rate_limit={"every": 3})
    statuses = [phones.create().status_code for _ in range(6)]
    assert statuses == [201, 201, 429, 201, 201, 429]
    assert phones.create().json()["status"] == "queued"
    phones.settle()
    assert len(phones.product.statuses()) == 2 * 5


@pytest.mark.parametrize(("status", "code"), [(500, 20500), (503, 20503)])
def test_unavailable_before_and_after_accepting(phones: Any, status: int, code: int) -> None:
    phones.post("faults", unavailable_status=status, unavailable_before={"next": 1})
    answer = phones.create()
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    phones.post("faults", unavailable_after={"next": 1})
    assert phones.create().status_code == status
    phones.settle()
    messages = phones.list(To=phones.OFFICER).json()["messages"]
    assert [message["status"] for message in messages] == ["delivered"]
    faults = [entry["fault"] for entry in phones.ledger(kind="rest")]
    assert faults == ["unavailable_before", "unavailable_after", None]


def test_the_connection_is_cut_after_accepting(phones: Any) -> None:
    phones.post("faults", reset_after_accept={"next": 1})
    with pytest.raises(requests.ConnectionError):
        phones.create()
    phones.settle()
    assert phones.product.statuses() == ["sent", "delivered"]
    assert phones.create().status_code == 201


def test_latency(phones: Any) -> None:
    phones.post("faults", latency_ms=150, jitter_ms=10)
    started = time.monotonic()
    phones.create()
    assert time.monotonic() - started >= 0.15


def test_error_bodies_of_other_shapes(phones: Any) -> None:
    phones.post("faults", error_body="html")
    answer = phones.create(Body="")
    assert answer.status_code == 400 and answer.headers["Content-Type"].startswith("text/html")
    phones.post("faults", error_body="problem")
    body = phones.create(Body="").json()
    assert {"type", "title", "status", "code"} <= set(body) and body["code"] == 21602


@pytest.mark.parametrize(
    "mistake",
    [
        {"rate_limited": 1},
        {"rate_limit": -1},
        {"rate_limit": {"sometimes": 1}},
        {"outcomes": {"+447700900301": "vanished"}},
        {"error_body": "poem"},
        {"latency_ms": 10**9},
    ],
)
def test_a_mistake_changes_nothing(phones: Any, mistake: dict[str, Any]) -> None:
    before = phones.get("faults").json()
    answer = phones.post("faults", callback_drop=True, **mistake)
    assert answer.status_code == 400 and answer.json()["error"]
    assert phones.get("faults").json() == before


def test_unknown_names_are_refused_with_those_that_are_known(phones: Any) -> None:
    fault = phones.post("faults", rate_limited=1).json()
    assert "rate_limited" in fault["error"] and "rate_limit" in fault["known"]
    instruction = phones.post("inbound", frm="+447700900101").json()
    assert "frm" in instruction["error"] and "from" in instruction["known"]


def test_faults_are_cleared(phones: Any) -> None:
    before = phones.get("faults").json()
    phones.post("faults", rate_limit=True, outcomes={phones.OFFICER: "lost"})
    assert requests.delete(f"{phones.server.url}/_control/faults", timeout=5).json() == before


def test_reset_starts_anew_with_the_same_sids(phones: Any) -> None:
    phones.post("faults", callback_drop=True)
    first = phones.create().json()["sid"]
    phones.settle()
    assert phones.post("reset").status_code == 200
    assert phones.ledger() == [] and phones.list().json()["messages"] == []
    assert phones.get("phones").json()["phones"] == []
    phones.post("reset")
    assert phones.create().json()["sid"] == first


def test_the_ledger_filters(phones: Any) -> None:
    phones.create("+447700900111")
    phones.settle()
    cursor = phones.get("ledger").json()["cursor"]
    phones.create("+447700900112", Misspelt="x")
    phones.settle()
    assert {entry["kind"] for entry in phones.ledger()} == {"rest", "callback"}
    assert len(phones.ledger(kind="rest")) == 2
    assert len(phones.ledger(to="+447700900112")) == 3
    assert {entry["to"] for entry in phones.ledger(since=cursor)} == {"+447700900112"}
    last = phones.ledger(kind="rest")[-1]
    assert last["unknown_parameters"] == ["Misspelt"] and last["params"]["Body"] == "Halo"
    assert len(phones.ledger(since=last["at"])) == 3
    assert phones.TOKEN not in phones.get("ledger").text
    assert phones.get("ledger", kind="nonsense").status_code == 400
    assert phones.get("ledger", since="yesterday").status_code == 400


def test_orders_come_as_json_and_from_this_machine(phones: Any) -> None:
    url = f"{phones.server.url}/_control/faults"
    assert requests.post(url, data='{"callback_drop": true}', timeout=5).status_code == 400
    assert requests.get(url, headers={"Host": "phones.example"}, timeout=5).status_code == 403
    other_site = {"Sec-Fetch-Site": "cross-site"}
    assert requests.post(url, json={}, headers=other_site, timeout=5).status_code == 403
