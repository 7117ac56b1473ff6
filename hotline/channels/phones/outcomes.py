"""What becomes of a message: the scripted end, and the statuses on the way to it."""

from dataclasses import dataclass
from typing import Any

NAMES = ("delivered", "read", "undelivered", "failed", "stuck", "lost")
DEFAULT_CODES = {"undelivered": 30005, "failed": 30008}

OPEN_STATUSES = frozenset({"accepted", "scheduled", "queued", "sending"})


@dataclass(frozen=True)
class Outcome:
    """``stuck`` never gets past ``sent``; ``lost`` arrives on the phone and no callback says so."""

    name: str
    code: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {"status": self.name, "code": self.code}


DELIVERED = Outcome("delivered")


@dataclass(frozen=True)
class Step:
    """One change of status, with the error code it carries."""

    status: str
    code: int | None = None


def parse_outcome(value: Any) -> Outcome:
    """Read ``"read"`` or ``{"status": "undelivered", "code": 30003}``. Raises ValueError."""
    if isinstance(value, str):
        value = {"status": value}
    if not isinstance(value, dict) or set(value) - {"status", "code"}:
        raise ValueError("an outcome is a name, or an object with status and code")
    name, code = value.get("status"), value.get("code")
    if name not in NAMES:
        raise ValueError(f"the status is one of {list(NAMES)}")
    if code is not None and (not isinstance(code, int) or name not in DEFAULT_CODES):
        raise ValueError("a code is a number, and only undelivered and failed carry one")
    return Outcome(name, code)


def steps_to(outcome: Outcome, *, by_service: bool, whatsapp: bool) -> tuple[Step, ...]:
    """The statuses after the initial one, in order. Only WhatsApp knows ``read``."""
    code = outcome.code or DEFAULT_CODES.get(outcome.name)
    ends = {
        "delivered": (Step("sent"), Step("delivered")),
        "lost": (Step("sent"), Step("delivered")),
        "read": (Step("sent"), Step("delivered"), Step("read")),
        "undelivered": (Step("sent"), Step("undelivered", code)),
        "failed": (Step("failed", code),),
        "stuck": (Step("sent"),),
    }
    name = "delivered" if outcome.name == "read" and not whatsapp else outcome.name
    return ((Step("queued"),) if by_service else ()) + ends[name]
