"""Signs that a number or id may have passed to somebody else (docs/decisions/0014)."""

from __future__ import annotations

from datetime import datetime, timedelta

from cases.vocabulary import Doubt

# Our judgement: operators give a number away after some months without use; half a year is on the safe side.
LONG_SILENCE = timedelta(days=180)


def doubt_about(*, brings_other_user_id: bool, last_heard: datetime | None, now: datetime) -> Doubt | None:
    """The reason to doubt that who writes from a known number is who wrote before; None for none.

    WhatsApp makes a new user id when a number changes hands, so a known number with another id is the stronger
    sign.
    """
    if brings_other_user_id:
        return Doubt.CHANGED_USER_ID
    if last_heard is not None and now - last_heard > LONG_SILENCE:
        return Doubt.LONG_SILENCE
    return None
