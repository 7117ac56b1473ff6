"""The fault table of the way out, small: whatever breaks, nothing is lost, doubled, or stuck without a human.

The large one, with real processes that are killed: tests/bench/send_faults.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from cast import AMINA, ELI
from conftest import name_in
from phones import Exchange, exchange
from sqlalchemy import select, text
from way_out import Account, account, under_way

from cases.models import Case, User
from cases.queries.find_case import locked_case
from cases.vocabulary import Actor, ActorKind, Role
from escalation.services import work_case
from hotline import postgres
from hotline.channels.twilio.history import History
from hotline.unit_of_work import transaction
from hotline.worker.reconcile import ReceiptAsker
from hotline.worker.ticks import Ticks

MESSAGES = 12
FAULTS: dict[str, dict[str, Any]] = {
    "none": {},
    "duplicate callbacks": {"callback_duplicate": {"every": 1}},
    "reordered callbacks": {"callback_reorder": {"every": 1}},
    "lost callbacks": {"callback_drop": {"every": 1}},
    "overtaking callbacks": {"callback_overtake": {"every": 1}},
    "429": {"rate_limit": {"every": 2}},
    "5xx before accepting": {"unavailable_before": {"every": 3}},
    "5xx after accepting": {"unavailable_after": {"every": 2}, "callback_drop": {"every": 1}},
    "reset after accepting": {"reset_after_accept": {"every": 2}, "callback_drop": {"every": 1}},
    "refused by the carrier": {"default_outcome": "failed"},
}


@pytest.fixture(scope="module")
def line(server_url: str, template_url: str) -> Iterator[Exchange]:
    """One for all faults: each counts its own messages."""
    url = postgres.clone_database(server_url, name_in(template_url), "hotline_send_faults")
    with exchange(url) as made:
        for sender in (AMINA, ELI):
            made.line(sender).writes("mau tanya syarat perpanjang paspor")
        yield made
    postgres.drop_database(server_url, "hotline_send_faults")


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_lost_doubled_or_stuck(line: Exchange, fault: str) -> None:
    bodies = [f"halo kak, apa kabar? {fault} {number}" for number in range(MESSAGES)]
    requests.delete(f"{line.phones_url}/_control/faults", timeout=5)
    line.faults(**FAULTS[fault])
    write(line, bodies)
    line.deliver()
    requests.delete(f"{line.phones_url}/_control/faults", timeout=5)

    for _ in range(6):
        let_time_pass(line)
        with line.sessions() as session:
            if not under_way(session.connection(), bodies):
                break

    with line.sessions() as session:
        assert account(session.connection(), taken(line), bodies) == Account(
            MESSAGES, lost=0, doubled=0, stuck=0
        )


def write(line: Exchange, bodies: list[str]) -> None:
    with transaction(line.sessions) as session:
        user = session.scalars(select(User).where(User.role == Role.OFFICER).limit(1)).one()
        by = Actor(ActorKind.USER, user_id=user.id, role=user.role)
        cases = session.scalars(select(Case.id)).all()
        for number, body in enumerate(bodies):
            case = locked_case(session, cases[number % len(cases)])
            work_case.reply(session, case, body, by=by, now=datetime.now(UTC))


def let_time_pass(line: Exchange) -> None:
    """An hour: what waits is due, and whatever the worker does by the clock is done."""
    with transaction(line.sessions) as session:
        session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"))
        session.execute(text("UPDATE message SET attempted_at = attempted_at - interval '1 minute'"))
        session.execute(
            text("UPDATE message SET ask_at = now() - interval '1 second' WHERE ask_at IS NOT NULL")
        )
    line.deliver()
    ReceiptAsker(History(line.settings), line.sessions).ask()
    Ticks(line.sessions, name="test").find_stranded_messages()


def taken(line: Exchange) -> Counter[str]:
    dump = requests.get(f"{line.phones_url}/_control/dump", timeout=10).json()
    return Counter(one["body"] for one in dump["messages"] if one["direction"] != "inbound")
