"""Credentials are changed while messages go out: none is lost, none doubled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cast import DANA
from paging import due_now, open_case, page_all, pages_to
from phones import Exchange, exchange

from cases.models import Way
from cases.vocabulary import Channel, Delivery, Urgency
from hotline.channels.twilio.history import History
from hotline.channels.twilio.sender import TwilioChannel
from hotline.worker.deliver import Deliverer

NEXT = "the-token-to-come"
KEY, SECRET = "SK" + "0123456789abcdef" * 2, "the-secret-of-the-key"


def deliverer(line_up: Exchange, **changes: str) -> Deliverer:
    settings = replace(line_up.settings, **changes)
    return Deliverer(settings, line_up.sessions, TwilioChannel(settings))


def test_the_token_changes_in_the_middle_and_every_page_arrives_once(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        working = deliverer(line_up, twilio_auth_token_next=NEXT)
        board = line_up.switchboard
        for number in range(6):
            page_all(line_up, DANA, [Urgency.U1])
            if number == 3:
                board.settings = replace(board.settings, auth_token=NEXT, auth_token_next=None)
            working.deliver(pages_to(line_up, DANA)[-1].id)

        pages = pages_to(line_up, DANA)
        assert len(pages) == 6
        assert all(page.provider_sid and page.attempts == 1 for page in pages)
        assert len(line_up.line(DANA).received()) == 6
        refused = [entry for entry in line_up.ledger("rest") if entry["status"] == 401]
        assert len(refused) == 1, "once refused, the old token is not tried again"


def test_the_list_and_the_look_up_also_turn_to_the_next_token(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        board = line_up.switchboard
        board.settings = replace(board.settings, auth_token=NEXT)
        settings = replace(line_up.settings, twilio_auth_token_next=NEXT)

        listed = list(History(settings).messages(datetime.now(UTC) - timedelta(hours=1)))

        assert len(listed) == 1


def test_an_api_key_goes_before_the_token(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        board = line_up.switchboard
        board.settings = replace(board.settings, api_key_sid=KEY, api_key_secret=SECRET)
        page_all(line_up, DANA, [Urgency.U1])
        working = deliverer(line_up, twilio_api_key_sid=KEY, twilio_api_key_secret=SECRET)
        working.deliver(pages_to(line_up, DANA)[-1].id)

        assert [entry["credential"] for entry in line_up.ledger("rest")][-1] == "key"


def test_when_every_credential_is_refused_messages_wait_and_the_way_is_shut(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        board = line_up.switchboard
        right, board.settings = board.settings, replace(board.settings, auth_token="another")
        for _ in range(6):
            page_all(line_up, DANA, [Urgency.U1])
            line_up.deliver()
            due_now(line_up)
        with line_up.sessions() as session:
            way = session.get_one(Way, ("twilio", Channel.SMS))
            assert way.opened_at is not None
            assert way.last_error == "credentials refused"
            way.probe_at = datetime.now(UTC)
            session.commit()
        assert {page.delivery for page in pages_to(line_up, DANA)} == {Delivery.WAITING}

        board.settings = right
        due_now(line_up)
        line_up.deliver()
        due_now(line_up)
        line_up.deliver()

        # They may have travelled together.
        assert all(page.provider_sid or page.carried_by_id for page in pages_to(line_up, DANA))
        assert line_up.line(DANA).hears("panggilan")
