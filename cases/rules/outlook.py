"""What happens next with an outgoing message, told from what is known of it."""

from __future__ import annotations

from cases.vocabulary import Delivery, Outlook

_ARRIVED = frozenset({Delivery.DELIVERED, Delivery.READ})
_TAKEN = frozenset({Delivery.ACCEPTED, Delivery.QUEUED, Delivery.SENT})
_FAILED = frozenset({Delivery.FAILED, Delivery.UNDELIVERED})


def outlook(delivery: Delivery, *, attempts: int, replaced: bool, task_open: bool, will_ask: bool) -> Outlook:
    """What happens next. `replaced`: another message has taken its place; `task_open`: a human was asked;
    `will_ask`: the provider will be asked how it ended."""
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
    if delivery in _FAILED and replaced:
        return Outlook.REPLACED
    if delivery in _FAILED and task_open:
        return Outlook.HUMAN_ASKED
    return Outlook.ENDED
