"""Is it really solved? She is asked before her case is closed, in words that betray nothing, on a safe way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from cases.errors import Unreachable
from cases.models import Case
from cases.services.send_to_person import judge, last_address, send_to_person
from cases.services.tasks import open_task
from cases.vocabulary import MACHINE, Actor, MessageKind, Purpose, TaskKind

SOLVED, SAFE = "check_solved", "check_safe"


def ask_if_solved(session: Session, case: Case, *, by: Actor, now: datetime) -> bool:
    """Ask the reporter of a locked case whether it is solved; where the gate forbids it, or there is no address, a
    human is to ask in another way, and is told why. True when a message goes."""
    return ask_safely(session, case, SOLVED, task=TaskKind.ASK_IF_SOLVED, by=by, now=now)


def ask_safely(
    session: Session, case: Case, wording: str, *, task: TaskKind, by: Actor = MACHINE, now: datetime
) -> bool:
    """Say one neutral sentence by the one gate, as the machine's own (docs/decisions/0011): what may not be said now or
    later becomes a human's task with the gate's reason. Never a message that waits to be released unseen."""
    try:
        identifier, channel = last_address(session, case)
    except Unreachable:
        open_task(session, case, task, by=by, now=now)
        return False
    verdict = judge(session, identifier, channel, purpose=Purpose.NOTICE, body=None, now=now)
    if verdict.is_held:
        open_task(session, case, task, reason=verdict.reason, by=by, now=now)
        return False
    send_to_person(
        session,
        case,
        kind=MessageKind.CHECK,
        purpose=Purpose.NOTICE,
        wording=wording,
        to=(identifier, channel),
        by=MACHINE,
        now=now,
    )
    return True
