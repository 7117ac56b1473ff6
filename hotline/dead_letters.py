"""Dead letters of every kind in one shape: what ended without getting where it was to go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cases import jobs
from cases.errors import Invalid, NotFound
from cases.queries.dead_letters import count_dead_messages, dead_messages
from cases.services import dead_letters
from cases.vocabulary import Actor, DeadLetterKind, DeadLetterVerb
from escalation.services.load_sending import load_sending
from hotline.spool import Spool, received_at

# So many at once from one form or one request; each is a transaction of its own.
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One of them, without words and numbers. `what`: the kind of message, the name of the job, the webhook's path;
    `why`: the provider's code, or what our side said. `messages`: the ids a job was about."""

    kind: DeadLetterKind
    id: str
    at: datetime | None
    what: str
    why: str | None
    reference: str | None = None
    channel: str | None = None
    attempts: int = 0
    messages: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """How a form and the command line name it."""
        return f"{self.kind.value}:{self.id}"


@dataclass(frozen=True, slots=True)
class LetterPage:
    """Some dead letters of one kind, newest first, and the cursor behind them (None: no more)."""

    letters: Sequence[DeadLetter]
    after: str | None


def list_letters(
    session: Session,
    spool: Spool,
    kind: DeadLetterKind,
    *,
    by: Actor | None,
    limit: int,
    after: str | None = None,
) -> LetterPage:
    """A page by keyset. Webhooks are those of this machine's disk. Raises Invalid for a cursor we did not write."""
    if kind is DeadLetterKind.MESSAGE:
        return _messages(session, by=by, limit=limit, after=after)
    if kind is DeadLetterKind.JOB:
        return _jobs(session, limit=limit, after=after)
    return _spooled(spool, limit=limit, after=after)


def count_letters(session: Session, spool: Spool) -> dict[DeadLetterKind, int]:
    """How many there are of each kind."""
    return {
        DeadLetterKind.MESSAGE: count_dead_messages(session),
        DeadLetterKind.JOB: jobs.count_failed_jobs(session),
        DeadLetterKind.SPOOL: len(spool.dead()),
    }


def act_on_letter(
    session: Session,
    spool: Spool,
    key: str,
    verb: DeadLetterVerb,
    *,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    """Replay or settle one, named by its key, in the caller's transaction. Raises what its kind refuses."""
    kind, subject = parse_key(key)
    replay = verb is DeadLetterVerb.REPLAYED
    if kind is DeadLetterKind.MESSAGE:
        message_id = _uuid(subject)
        if replay:
            dead_letters.replay_message(
                session, message_id, sending=load_sending(), reason=reason, by=by, now=now
            )
        else:
            dead_letters.settle_message(session, message_id, reason=reason, by=by, now=now)
    elif kind is DeadLetterKind.JOB:
        do = dead_letters.replay_job if replay else dead_letters.settle_job
        do(session, _number(subject), reason=reason, by=by, now=now)
    else:
        dead_letters.note_spooled(session, subject, verb, reason=reason, by=by, now=now)
        if not (spool.revive_one(subject) if replay else spool.settle(subject)):
            raise NotFound("there is no such webhook on this machine")


def parse_key(key: str) -> tuple[DeadLetterKind, str]:
    """Kind and id of a key. Raises NotFound for what names nothing."""
    kind, _, subject = key.partition(":")
    try:
        return DeadLetterKind(kind), subject
    except ValueError as error:
        raise NotFound("there is no such dead letter") from error


def _messages(session: Session, *, by: Actor | None, limit: int, after: str | None) -> LetterPage:
    page = dead_messages(session, by=by, limit=limit, after=_moment(after) if after else None)
    letters = [
        DeadLetter(
            kind=DeadLetterKind.MESSAGE,
            id=str(message.id),
            at=message.created_at,
            what=message.kind.value,
            why=str(message.error_code) if message.error_code else None,
            reference=reference,
            channel=message.channel.value,
            attempts=message.attempts,
            messages=(str(message.id),),
        )
        for message, reference in page.rows
    ]
    last = page.rows[-1][0] if page.more else None
    return LetterPage(letters, f"{last.created_at.isoformat()}_{last.id}" if last else None)


def _jobs(session: Session, *, limit: int, after: str | None) -> LetterPage:
    found = jobs.failed_jobs(session, limit=limit + 1, before=_number(after, cursor=True) if after else None)
    letters = [
        DeadLetter(
            kind=DeadLetterKind.JOB,
            id=str(job.id),
            at=job.failed_at,
            what=job.task,
            why=None,
            attempts=job.attempts,
            messages=job.ids,
        )
        for job in found[:limit]
    ]
    return LetterPage(letters, letters[-1].id if len(found) > limit else None)


def _spooled(spool: Spool, *, limit: int, after: str | None) -> LetterPage:
    names = [name for name in reversed(spool.dead()) if after is None or name < after]
    letters = [
        DeadLetter(
            kind=DeadLetterKind.SPOOL,
            id=name,
            at=received_at(name),
            what="webhook",
            why=spool.why(name),
        )
        for name in names[:limit]
    ]
    return LetterPage(letters, letters[-1].id if len(names) > limit else None)


def _moment(cursor: str) -> tuple[datetime, UUID]:
    moment, _, last_id = cursor.partition("_")
    try:
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None:
            raise ValueError(moment)
        return at, UUID(last_id)
    except ValueError as error:
        raise Invalid("this is no cursor of this list", field="cursor") from error


def _uuid(subject: str) -> UUID:
    try:
        return UUID(subject)
    except ValueError as error:
        raise NotFound("there is no such message") from error


def _number(subject: str, *, cursor: bool = False) -> int:
    if subject.isascii() and subject.isdigit() and len(subject) < 19:
        return int(subject)
    if cursor:
        raise Invalid("this is no cursor of this list", field="cursor")
    raise NotFound("there is no such job")
