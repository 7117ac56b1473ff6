"""All the parts, wired together once per app."""

from flask import current_app

from hotline.channels.phones.callbacks import Callbacks
from hotline.channels.phones.checks import Desk
from hotline.channels.phones.clock import Clock
from hotline.channels.phones.consent import Consent
from hotline.channels.phones.deliveries import Deliveries
from hotline.channels.phones.faults import Faults
from hotline.channels.phones.handsets import Handsets
from hotline.channels.phones.ledger import Ledger
from hotline.channels.phones.media import MediaShelf
from hotline.channels.phones.messages import MessageShelf
from hotline.channels.phones.reception import Reception
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
        self.media = MediaShelf(settings, self.shelf.new_sid)
        self.handsets = Handsets()
        self.consent = Consent()
        self._wire = Wire()
        # Two timetables: a product that hangs on callbacks must not stop messages from arriving.
        self._steps = Timetable("phones-steps", self.clock, workers=1)
        self._sending = Timetable("phones-callbacks", self.clock, workers=settings.callback_workers)
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
        )
        self.desk = Desk(settings, self.clock, self.shelf, self.consent)
        self.reception = Reception(
            settings=settings,
            clock=self.clock,
            ledger=self.ledger,
            shelf=self.shelf,
            media=self.media,
            handsets=self.handsets,
            consent=self.consent,
            postman=postman,
            deliveries=self.deliveries,
        )

    def pending(self) -> int:
        """How many steps and callbacks are still to come, scheduled messages included."""
        # In this order: each hands over to the next before it counts one less.
        return self.deliveries.promised() + self._steps.pending() + self._sending.pending()

    def reset(self) -> None:
        """Back to the state of the start: the same SIDs come again."""
        self._steps.clear()
        self._sending.clear()
        self._callbacks.clear()
        for part in (self.faults, self.shelf, self.media, self.handsets, self.consent, self.reception):
            part.clear()
        self.ledger.clear()
        self.clock.reset()

    def close(self) -> None:
        """Stop working; what is pending is forgotten."""
        self._steps.close()
        self._sending.close()
        self._wire.close()


def switchboard() -> Switchboard:
    """The one of the app that is answering."""
    board: Switchboard = current_app.extensions[EXTENSION]
    return board
