"""What the lower floors refuse, and why; each face turns these into its own words once."""

from __future__ import annotations


class Refused(Exception):
    """Base of every refusal: nothing was changed. `code` is stable and is what faces translate."""

    code = "refused"

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class NotFound(Refused):
    """There is no such thing, or the asker may not know of it."""

    code = "not_found"


class Forbidden(Refused):
    """The asker's role does not allow this."""

    code = "forbidden"


class WrongState(Refused):
    """The thing is in a state from which this move does not exist."""

    code = "wrong_state"


class StaleVersion(Refused):
    """Somebody else changed it since the asker read it."""

    code = "stale_version"


class ContactForbidden(Refused):
    """The person's contact plan forbids this message; it was not written."""

    code = "contact_forbidden"


class Unreachable(Refused):
    """There is no address to which this could be sent."""

    code = "unreachable"


class Invalid(Refused):
    """A value is missing or makes no sense; `facts` name the field."""

    code = "invalid"
