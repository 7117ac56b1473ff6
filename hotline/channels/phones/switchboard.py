"""All the parts, wired together once per app."""

from functools import partial

from flask import current_app

from hotline.channels.phones.attachments import Fetcher
from hotline.channels.phones.callbacks import Callbacks
from hotline.channels.phones.calls import CallShelf
from hotline.channels.phones.checks import Desk
from hotline.channels.phones.clock import Clock
from hotline.channels.phones.consent import Consent
from hotline.channels.phones.content import Templates
from hotline.channels.phones.deliveries import Deliveries
from hotline.channels.phones.exchange import Exchange
from hotline.channels.phones.faults import Faults
from hotline.channels.phones.handsets import Handsets
from hotline.channels.phones.ledger import Ledger
from hotline.channels.phones.mailbox import Mailbox
from hotline.channels.phones.media import Links, MediaShelf
from hotline.channels.phones.messages import MessageShelf
from hotline.channels.phones.numbers import Numbers
from hotline.channels.phones.reception import Reception
from hotline.channels.phones.ringing import Order
from hotline.channels.phones.settings import PhonesSettings
from hotline.channels.phones.timetable import Timetable
from hotline.channels.phones.webhook import Postman
from hotline.channels.phones.wire import Wire

EXTENSION = "phones"


class Switchboard:
    """The state of one stand-in. Two apps in one process share nothing."""

    def __init__(self, settings: PhonesSettings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.faults = Faults()
        self.ledger = Ledger(settings.ledger_limit, self.clock)
        self.shelf = MessageShelf(settings.message_limit, settings.seed)
        self.media = MediaShelf(settings, self.clock, self.shelf.new_sid)
        self.links = Links(self.clock)
        self.templates = Templates(settings, self.clock, self.shelf.new_sid)
        self.numbers = Numbers(settings, self.clock)
        self.calls = CallShelf()
        self.handsets = Handsets()
        self.consent = Consent()
        self.mailbox = Mailbox()
        self._wire = Wire()
        # Apart from each other: a product that hangs on callbacks or media must not stop messages from arriving.
        self._steps = Timetable("phones-steps", self.clock, workers=1)
        self._sending = Timetable("phones-callbacks", self.clock, workers=settings.callback_workers)
        self._fetching = Timetable("phones-media", self.clock, workers=2)
        postman = Postman(settings, self.faults, self._wire)
        callbacks = Callbacks(postman, self.faults, self.ledger, self.shelf, self._sending)
        self._callbacks = callbacks
        self.deliveries = Deliveries(
            settings=settings,
            clock=self.clock,
            faults=self.faults,
            shelf=self.shelf,
            handsets=self.handsets,
            consent=self.consent,
            callbacks=callbacks,
            timetable=self._steps,
            fetcher=Fetcher(self._wire, self.numbers, self.media, self.ledger),
            fetching=self._fetching,
            media=self.media,
        )
        self.desk = Desk(settings, self.clock, self.shelf, self.consent, self.templates, self.faults)
        self.reception = Reception(
            settings=settings,
            clock=self.clock,
            faults=self.faults,
            numbers=self.numbers,
            ledger=self.ledger,
            shelf=self.shelf,
            media=self.media,
            handsets=self.handsets,
            consent=self.consent,
            postman=postman,
            deliveries=self.deliveries,
        )
        self.exchange = Exchange(
            settings=settings,
            clock=self.clock,
            faults=self.faults,
            numbers=self.numbers,
            ledger=self.ledger,
            shelf=self.shelf,
            calls=self.calls,
            handsets=self.handsets,
            postman=postman,
        )

    def ring(self, order: Order) -> None:
        """Let a phone ring, once the answer to the request is out."""
        self._sending.after(self.settings.delivery_delay, partial(self.exchange.ring, order))

    def pending(self) -> int:
        """How many steps and callbacks are still to come, scheduled messages included."""
        # In this order: each hands over to the next before it counts one less.
        return (
            self.deliveries.promised()
            + self._fetching.pending()
            + self._steps.pending()
            + self._sending.pending()
        )

    def reset(self) -> None:
        """Back to the state of the start: the same SIDs come again."""
        self._fetching.clear()
        self._steps.clear()
        self._sending.clear()
        self._callbacks.clear()
        self.clock.reset()
        for part in (self.faults, self.shelf, self.media, self.handsets, self.consent, self.reception):
            part.clear()
        for other in (self.calls, self.numbers, self.templates, self.ledger, self.mailbox):
            other.clear()

    def close(self) -> None:
        """Stop working; what is pending is forgotten."""
        self._fetching.close()
        self._steps.close()
        self._sending.close()
        self._wire.close()


def switchboard() -> Switchboard:
    """The one of the app that is answering."""
    board: Switchboard = current_app.extensions[EXTENSION]
    return board
