"""What every adapter behind `hotline.channels.port` keeps: a kit to run against a real provider or a faithful
stand-in. A test class of an adapter derives from `AdapterContract` and gives it a `bench` fixture.

A new adapter is ready when its class passes; what its provider cannot do is said in `features`, and a fault that its
stand-in cannot play is left out of `faults`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from cases.vocabulary import Channel
from hotline.channels.port import FailureClass, NotSent, Outgoing, OutgoingChannel, Sent, Unknown

RETRIED = frozenset({FailureClass.RETRY, FailureClass.RETRY_SLOWLY})
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Bench:
    """An adapter with its provider. `accepted`: the bodies the provider really has, whatever it answered. `faults`:
    by name, how to make the next request go wrong; `nobody`: the same adapter where nobody listens."""

    door: OutgoingChannel
    outgoing: Callable[[], Outgoing]
    accepted: Callable[[], list[str]]
    faults: Mapping[str, Callable[[], None]]
    nobody: OutgoingChannel
    stranger: OutgoingChannel | None = None

    def go_wrong(self, fault: str) -> None:
        if fault not in self.faults:
            pytest.skip(f"this provider cannot be made to: {fault}")
        self.faults[fault]()


def a_message(channel: Channel, to: str, **more: object) -> Callable[[], Outgoing]:
    """A fresh message at each call, with words of its own."""

    def make() -> Outgoing:
        message_id = uuid4()
        return Outgoing(message_id, channel, to, f"Pesan {message_id.hex[:8]}", **more)  # type: ignore[arg-type]

    return make


class AdapterContract:
    """The promises. `bench` is a fixture of the derived class."""

    def test_it_hands_one_message_over(self, bench: Bench) -> None:
        message = bench.outgoing()
        outcome = bench.door.send(message)

        assert isinstance(outcome, Sent)
        assert outcome.sid and outcome.status
        assert bench.accepted() == [message.body]

    def test_two_messages_have_two_ids(self, bench: Bench) -> None:
        first, second = bench.door.send(bench.outgoing()), bench.door.send(bench.outgoing())

        assert isinstance(first, Sent) and isinstance(second, Sent)
        assert first.sid != second.sid

    def test_it_leaves_channels_that_are_not_its_own(self, bench: Bench) -> None:
        assert bench.door.features.channels
        for channel in set(Channel) - bench.door.features.channels:
            outcome = bench.door.send(replace(bench.outgoing(), channel=channel))
            assert outcome == NotSent(0, FailureClass.CONFIGURATION)

        assert bench.accepted() == []

    def test_too_many_requests_are_certainly_not_sent(self, bench: Bench) -> None:
        bench.go_wrong("too_many")
        message = bench.outgoing()
        outcome = bench.door.send(message)

        assert isinstance(outcome, NotSent)
        assert outcome.failure in RETRIED and outcome.code
        assert bench.accepted() == []
        assert isinstance(bench.door.send(message), Sent)

    def test_a_refused_address_is_not_tried_again(self, bench: Bench) -> None:
        bench.go_wrong("refused_address")
        outcome = bench.door.send(bench.outgoing())

        assert isinstance(outcome, NotSent)
        assert outcome.failure not in RETRIED and outcome.code

    def test_words_that_are_refused_are_not_tried_again(self, bench: Bench) -> None:
        bench.go_wrong("refused_words")
        outcome = bench.door.send(bench.outgoing())

        assert isinstance(outcome, NotSent)
        assert outcome.failure not in RETRIED

    def test_a_stranger_is_our_mistake_not_the_recipients(self, bench: Bench) -> None:
        if bench.stranger is None:
            pytest.skip("this provider knows no strangers")
        outcome = bench.stranger.send(bench.outgoing())

        assert isinstance(outcome, NotSent)
        # Given up for a human, or kept until the credentials are mended: but never laid to the recipient.
        assert outcome.failure is FailureClass.CONFIGURATION or outcome.failure in RETRIED
        assert outcome.code
        assert bench.accepted() == []

    def test_where_nobody_listens_nothing_was_sent(self, bench: Bench) -> None:
        outcome = bench.nobody.send(bench.outgoing())

        assert isinstance(outcome, NotSent)
        assert outcome.failure in RETRIED

    @pytest.mark.parametrize("fault", ["lost_answer", "hang_up", "garbage"])
    def test_an_answer_that_is_lost_leaves_it_open(self, bench: Bench, fault: str) -> None:
        bench.go_wrong(fault)

        assert isinstance(bench.door.send(bench.outgoing()), Unknown)

    @pytest.mark.parametrize("fault", ["lost_answer", "hang_up"])
    def test_what_was_accepted_is_found_or_harmless_to_repeat(self, bench: Bench, fault: str) -> None:
        bench.go_wrong(fault)
        began, message = datetime.now(UTC), bench.outgoing()
        bench.door.send(message)
        found = bench.door.find(message, since=began, known_sids=NOBODY)
        features = bench.door.features

        if features.can_be_asked:
            assert isinstance(found, Sent)
            assert bench.accepted() == [message.body]
        elif features.repeats_safely:
            assert isinstance(found, NotSent) and found.failure in RETRIED
        else:
            assert features.reports, "nothing else would ever end the search"
            assert isinstance(found, Unknown)

    def test_what_was_not_accepted_is_sent_again_in_the_end(self, bench: Bench) -> None:
        message = bench.outgoing()
        long_ago = datetime.now(UTC) - timedelta(minutes=10)
        found = bench.door.find(message, since=long_ago, known_sids=NOBODY)

        assert isinstance(found, NotSent)
        assert found.failure in RETRIED

    def test_the_same_words_of_another_message_are_not_taken_for_it(self, bench: Bench) -> None:
        if not bench.door.features.can_be_asked:
            pytest.skip("this provider cannot be asked")
        began, message = datetime.now(UTC), bench.outgoing()
        earlier = bench.door.send(message)
        assert isinstance(earlier, Sent)
        found = bench.door.find(message, since=began, known_sids=frozenset({earlier.sid}))

        assert isinstance(found, NotSent)

    def test_looking_where_nobody_listens_is_no_answer(self, bench: Bench) -> None:
        found = bench.nobody.find(bench.outgoing(), since=datetime.now(UTC), known_sids=NOBODY)

        if bench.door.features.can_be_asked:
            assert isinstance(found, Unknown)

    def test_neither_words_nor_numbers_are_logged(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        message = bench.outgoing()
        # Of the stand-ins, which run in this process, nothing is promised.
        with caplog.at_level(logging.DEBUG):
            bench.door.send(message)
            bench.nobody.send(message)

        ours = [
            line.getMessage() for line in caplog.records if not line.name.startswith(("mail.log", "werkzeug"))
        ]
        assert not any(message.body in line or message.to.lstrip("+") in line for line in ours)
