"""Editing the word list: one draft, checked at each step, measured before it goes live."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Invalid, NotFound, StaleVersion, WrongState
from cases.models import Case, Message
from cases.rules.learned_classifier import LearnedClassifier
from cases.rules.triage import triage
from cases.rules.triage_measure import LabelledMessage, Share, TriageFigures, measure
from cases.vocabulary import Actor, Direction, LexiconState, MessageKind, Urgency
from escalation.models import LexiconVersion
from escalation.queries.lexicon import draft_lexicon, live_lexicon
from escalation.services.load_lexicon import DATA, LEXICON_COLUMNS, shipped_list
from escalation.services.load_triage import triage_in_use, triage_with
from escalation.services.read_labelled import read_labelled

LONGEST_CELL, LONGEST_REASON = 500, 500
# Every so many of the labelled messages are judged for a preview, besides all that hold a changed word: a few
# seconds, not a minute. `hotline triage measure` judges all.
_EVERY = 4
_PAST_MESSAGES = 300
_SHOWN = (
    "critical_found",
    "critical_seen",
    "urgent_found",
    "harmless_raised",
    "leading_right",
    "signs_found",
)
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Changed:
    """A past message that the draft would judge otherwise. The words stay in the case."""

    reference: str
    before: Urgency
    after: Urgency
    leading_before: str
    leading_after: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draft would change: shares of the labelled messages before and after, the labelled whose level falls,
    and past messages judged otherwise."""

    labelled: int
    before: dict[str, Share]
    after: dict[str, Share]
    lowered: tuple[tuple[str, Urgency, Urgency], ...]
    past: int
    changed: tuple[Changed, ...]


def rows_of(content: str) -> list[dict[str, str]]:
    """The terms of a word list, in order; their places in it name them while it is edited."""
    lines = [line for line in content.splitlines() if line and line[0] != "#"]
    return list(csv.DictReader(lines))


def differences(before: str, after: str) -> tuple[list[Row], list[Row]]:
    """The rows that are gone or were otherwise, and those that are new or are otherwise now."""
    old, new = rows_of(before), rows_of(after)
    kept_old = {tuple(row.values()) for row in old}
    kept_new = {tuple(row.values()) for row in new}
    return (
        [row for row in old if tuple(row.values()) not in kept_new],
        [row for row in new if tuple(row.values()) not in kept_old],
    )


def content_in_use(session: Session) -> str:
    """The word list in use, as it is written."""
    live = live_lexicon(session)
    return shipped_list() if live is None else live.content


def open_draft(session: Session, *, by: Actor, now: datetime) -> LexiconVersion:
    """The draft; begun from the list in use where there is none."""
    draft = draft_lexicon(session, lock=True)
    if draft is None:
        draft = LexiconVersion(
            state=LexiconState.DRAFT, content=content_in_use(session), made_at=now, made_by_id=by.user_id
        )
        session.add(draft)
        session.flush()
    return draft


def put_term(
    session: Session, row: Row, *, position: int | None, version: int, by: Actor, now: datetime
) -> LexiconVersion:
    """Replace the term at a position of the draft, or add one. Raises StaleVersion when somebody else has edited the
    draft since, Invalid with what makes no sense."""
    draft = _draft(session, version)
    cells = {name: (row.get(name) or "").strip() for name in LEXICON_COLUMNS}
    if any(len(cell) > LONGEST_CELL or set(cell) & {"\n", "\r", "\0"} for cell in cells.values()):
        raise Invalid("is too long, or has a line break", field="term")
    if cells["term"].startswith("#"):
        raise Invalid("a term does not begin with #", field="term")
    rows = rows_of(draft.content)
    if position is None:
        rows.append(cells)
    elif 0 <= position < len(rows):
        rows[position] = cells
    else:
        raise NotFound("there is no such term")
    _write(draft, rows, by=by)
    return draft


def remove_term(session: Session, position: int, *, version: int, by: Actor, now: datetime) -> LexiconVersion:
    """Take a term out of the draft."""
    draft = _draft(session, version)
    rows = rows_of(draft.content)
    if not 0 <= position < len(rows):
        raise NotFound("there is no such term")
    del rows[position]
    _write(draft, rows, by=by)
    return draft


def discard_draft(session: Session, *, version: int) -> None:
    """Give the draft up; it is kept, and never used."""
    _draft(session, version).state = LexiconState.DISCARDED


def preview(session: Session, draft: LexiconVersion) -> Preview:
    """Judge labelled and past messages with the list in use and with the draft; a few seconds of one core. What was
    measured is kept with the draft."""
    used, made = triage_in_use(session), triage_with(draft.content)
    gone, new = differences(content_in_use(session), draft.content)
    labelled = _sample(frozenset(_words([*gone, *new])))
    before, after = _figures(used, labelled), _figures(made, labelled)
    lowered = tuple(
        (row.text[:160], old, found)
        for row in labelled
        if (found := triage(row.text, made, country=row.country).urgency)
        > (old := triage(row.text, used, country=row.country).urgency)
        and row.urgency < found
    )
    past = _past(session)
    changed = tuple(
        one for body, reference, country in past if (one := _compare(body, reference, country, used, made))
    )
    draft.measured = _hash(draft.content)
    draft.figures = {
        name: {"before": asdict(before[name]), "after": asdict(after[name])} for name in _SHOWN
    } | {"lowered": len(lowered), "past": len(past), "changed": len(changed)}
    return Preview(len(labelled), before, after, lowered, len(past), changed)


def go_live(session: Session, *, version: int, reason: str, by: Actor, now: datetime) -> LexiconVersion:
    """Use the draft from now on. Only what was previewed as it is; a list that finds fewer of the critical messages
    is refused. Raises WrongState, or Invalid without a reason."""
    draft = _draft(session, version)
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid("a reason is needed", field="reason")
    if draft.measured != _hash(draft.content) or draft.figures is None:
        raise WrongState("preview the draft as it is now, first", lexicon="unmeasured")
    seen = draft.figures["critical_seen"]
    if draft.figures["lowered"] or seen["after"]["hits"] < seen["before"]["hits"]:
        raise WrongState("it would see fewer of the critical messages", lexicon="worse")
    draft.state, draft.live_at, draft.live_by_id, draft.reason = (
        LexiconState.LIVE,
        now,
        by.user_id,
        reason.strip(),
    )
    session.flush()
    return draft


def _draft(session: Session, version: int) -> LexiconVersion:
    draft = draft_lexicon(session, lock=True)
    if draft is None:
        raise WrongState("there is no draft", lexicon="no_draft")
    if draft.version != version:
        raise StaleVersion("the draft was edited in the meantime", version=draft.version)
    return draft


def _write(draft: LexiconVersion, rows: Sequence[Row], *, by: Actor) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, LEXICON_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    try:
        triage_with(out.getvalue())
    except ValueError as error:
        raise Invalid(str(error), field="lexicon", what=str(error).partition(": ")[2]) from error
    draft.content = out.getvalue()
    draft.version += 1
    draft.made_by_id = by.user_id


def _words(rows: Sequence[Row]) -> set[str]:
    """The longest word of each phrase that changed: messages that hold none of them are judged as before."""
    phrases = (phrase for row in rows for phrase in (row["term"], *row["variants"].split("|")))
    return {max(phrase.lower().split(), key=len) for phrase in phrases if phrase.strip()}


def _sample(words: frozenset[str]) -> list[LabelledMessage]:
    return [
        row
        for number, row in enumerate(_labelled())
        if number % _EVERY == 0 or any(word in row.text.lower() for word in words)
    ]


@lru_cache(maxsize=1)
def _labelled() -> tuple[LabelledMessage, ...]:
    rows: list[LabelledMessage] = []
    for path in sorted((DATA / "training").glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as lines:
            rows.extend(read_labelled(lines))
    return tuple(rows)


def _figures(classifier: LearnedClassifier, rows: Sequence[LabelledMessage]) -> dict[str, Share]:
    figures: TriageFigures = measure(rows, classifier)
    return {name: getattr(figures, name) for name in _SHOWN}


def _past(session: Session) -> list[tuple[str, str, str | None]]:
    query = (
        select(Message.body, Case.reference, Case.country)
        .join(Case, Case.id == Message.case_id)
        .where(Message.direction == Direction.IN, Message.kind == MessageKind.REPORT)
        .order_by(Message.id.desc())
        .limit(_PAST_MESSAGES)
    )
    return [(body, reference, country) for body, reference, country in session.execute(query) if body]


def _compare(
    body: str, reference: str, country: str | None, used: LearnedClassifier, made: LearnedClassifier
) -> Changed | None:
    before, after = triage(body, used, country=country), triage(body, made, country=country)
    if (before.urgency, before.categories[0]) == (after.urgency, after.categories[0]):
        return None
    return Changed(
        reference, before.urgency, after.urgency, before.categories[0].value, after.categories[0].value
    )


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
