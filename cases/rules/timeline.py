"""Kinds of lines of a case's log, as an officer looks for them."""

from __future__ import annotations

from enum import StrEnum

from cases.vocabulary import EventKind


class TimelineGroup(StrEnum):
    """What a filter of the timeline shows."""

    TALK = "talk"
    PROMISES = "promises"
    AGENCIES = "agencies"
    PEOPLE = "people"
    WORK = "work"
    LOOKS = "looks"


_BEGINNINGS = (
    (
        TimelineGroup.TALK,
        ("message_", "question", "code_", "contact_", "attachment_", "safe_word", "duress_word"),
    ),
    (TimelineGroup.PROMISES, ("clock_", "paged", "nobody_", "acknowledged", "check_", "owner_")),
    (TimelineGroup.AGENCIES, ("referral_", "no_contact_", "consent_")),
    (TimelineGroup.PEOPLE, ("identifier_", "person", "party_")),
    (TimelineGroup.LOOKS, ("read", "secret_shown", "evidence_", "person_seen")),
)
_BY_NAME = {
    EventKind.ATTACHMENT_SEEN: TimelineGroup.LOOKS,
    EventKind.PERSON_SEEN: TimelineGroup.LOOKS,
}


def group_of(kind: EventKind) -> TimelineGroup:
    """Under which filter a line is found; what is done to the case itself is work."""
    if kind in _BY_NAME:
        return _BY_NAME[kind]
    return next((group for group, begins in _BEGINNINGS if kind.value.startswith(begins)), TimelineGroup.WORK)
