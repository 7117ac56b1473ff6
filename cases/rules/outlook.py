"""What happens next with an outgoing message, told from what is known of it."""

from __future__ import annotations

from cases.vocabulary import Delivery, Outlook

_ARRIVED = frozenset({Delivery.DELIVERED, Delivery.READ})
_TAKEN = frozenset({Delivery.ACCEPTED, Delivery.QUEUED, Delivery.SENT})
_FAILED = frozenset({Delivery.FAILED, Delivery.UNDELIVERED})


def outlook(
    delivery: Delivery, *, attempts: int, replaced: bool, task_open: bool, will_ask: bool, again: bool = False
) -> Outlook:
    """What happens next. `replaced`: another message has taken its place; `task_open`: a human was asked;
    `will_ask`: the provider will be asked how it ended; `again`: it will go once more the same way."""
    if delivery in _FAILED and again and not replaced:
        return Outlook.WILL_BE_TRIED_AGAIN
    if delivery in _FAILED:
        return _of_failed(replaced=replaced, task_open=task_open)
    if delivery is Delivery.WAITING:
        return Outlook.WILL_BE_TRIED_AGAIN if attempts else Outlook.WILL_BE_SENT
    if delivery is Delivery.SENDING:
        return Outlook.WILL_BE_LOOKED_FOR
    if delivery is Delivery.HELD:
        return Outlook.HELD_FOR_A_HUMAN
    if delivery in _ARRIVED:
        return Outlook.ARRIVED
    if delivery in _TAKEN:
        return Outlook.WAITS_FOR_RECEIPT if will_ask else Outlook.NO_RECEIPT_CAME
    return Outlook.ENDED


def _of_failed(*, replaced: bool, task_open: bool) -> Outlook:
    if replaced:
        return Outlook.REPLACED
    return Outlook.HUMAN_ASKED if task_open else Outlook.ENDED
