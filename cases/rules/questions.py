"""The short conversation: what is asked, in which order, how answers are understood and what they mean.

The questions sound like a friend's: who reads over her shoulder learns nothing. Each can be answered by one
letter, one sign or a place. What would be most dangerous comes first (domain brief 4.5, rule 5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from cases.rules.safe_hours import Span, hours_text
from cases.vocabulary import Category, ContactSign, Urgency


class Question(StrEnum):
    """WHEN is the neutral greeting's own question; the others follow in this order."""

    WHEN = "when"
    SAFE = "safe"
    HURT = "hurt"
    FREE = "free"
    FOOD = "food"
    CHILD = "child"
    PRIVATE = "private"
    WHERE = "where"


class Answer(StrEnum):
    """What an answer comes to. NOW, AT (a time), WRONG_NUMBER: to WHEN. PLACE: to WHERE."""

    YES = "yes"
    NO = "no"
    NOW = "now"
    AT = "at"
    WRONG_NUMBER = "wrong_number"
    PLACE = "place"


ORDER = (
    Question.SAFE,
    Question.HURT,
    Question.FREE,
    Question.FOOD,
    Question.CHILD,
    Question.PRIVATE,
    Question.WHERE,
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an answer says about the matter or about the phone."""

    urgency: Urgency | None = None
    category: Category | None = None
    sign: ContactSign | None = None


_NOTHING = Meaning()
_MEANINGS: Mapping[tuple[Question, Answer], Meaning] = {
    (Question.SAFE, Answer.NO): Meaning(Urgency.U1, Category.ANCAMAN),
    (Question.HURT, Answer.YES): Meaning(Urgency.U2, Category.MEDIS),
    (Question.FREE, Answer.NO): Meaning(Urgency.U2, Category.SEKAP),
    (Question.FOOD, Answer.NO): Meaning(Urgency.U2, Category.SEKAP),
    (Question.PRIVATE, Answer.NO): Meaning(sign=ContactSign.PHONE_NOT_PRIVATE),
}

# Yes and no in the languages of the questions; nothing else may stand in the message.
_YES = frozenset(
    [
        *("y", "ya", "iya", "iyaa", "yes", "ye", "yup", "ok", "oke", "betul"),
        *("nggih", "njih", "inggih", "iyo", "ho'oh", "hooh"),  # Javanese
        *("muhun", "leres", "sumuhun"),  # Sundanese
        *("enggi", "enggih", "iya'"),  # Madurese
        *("👍", "✅", "🆗"),
    ]
)
_NO = frozenset(
    [
        *("t", "n", "g", "no", "nope", "tdk", "tidak", "nggak", "enggak", "ngga", "gak", "ga", "tak", "ndak"),
        *("ora", "mboten"),  # Javanese
        *("teu", "henteu", "sanes"),  # Sundanese
        *("enten", "bunten", "enda'"),  # Madurese
        *("👎", "❌", "🚫"),
    ]
)
_NOW = frozenset(
    ["kapan saja", "kapan aja", "sekarang", "skrg", "boleh", "boleh sekarang", "bebas", "anytime", "now", "kapanpun",
     "bila-bila", "saiki", "ayeuna", "sateya", "any time"]
)  # fmt: skip
_WRONG_NUMBER = frozenset(
    [
        "salah nomor",
        "salah nomer",
        "salah sambung",
        "wrong number",
        "bukan",
        "siapa ini",
        "siapa",
        "salah orang",
    ]
)
_SKIN = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f]")
_AT = re.compile(
    r"^(?:jam|pukul|pkl|at|nanti jam|habis jam)?\s*(\d{1,2})(?:[:.](\d{2}))?\s*"
    r"(pagi|siang|sore|malam|malem|am|pm)?$"
)


def next_question(answers: Mapping[str, str]) -> Question | None:
    """The first question without an answer; None when all have one."""
    return next((question for question in ORDER if question.value not in answers), None)


def read_answer(question: Question, text: str, *, has_place: bool = False, button: str = "") -> Answer | None:
    """What the message answers to the question; None when it is something else: then we listen."""
    written = _SKIN.sub("", (button or text)).strip(" \t\n\r.,!?").casefold()
    if question is Question.WHEN:
        if written in _NOW:
            return Answer.NOW
        if written in _WRONG_NUMBER:
            return Answer.WRONG_NUMBER
        return Answer.AT if read_hour(text) else None
    if question is Question.WHERE:
        return Answer.PLACE if has_place or len(written) > 1 else None
    if written in _YES:
        return Answer.YES
    return Answer.NO if written in _NO else None


def meaning_of(question: Question, answer: Answer, answers: Mapping[str, str]) -> Meaning:
    """What the answer means, seen together with the ones before it: locked in and without food is U1."""
    locked_in = answers.get(Question.FREE.value) == Answer.NO.value
    if question is Question.FOOD and answer is Answer.NO and locked_in:
        return Meaning(Urgency.U1, Category.SEKAP)
    return _MEANINGS.get((question, answer), _NOTHING)


def read_hour(text: str) -> str | None:
    """The safe hours that "jam 9 malam" names: one hour from then on, every day, in the form of `safe_hours`."""
    match = _AT.match(" ".join(text.split()).strip(".,!? ").casefold())
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    part = match[3] or ""
    if (part in {"malam", "malem", "sore", "pm"} and 1 <= hour < 12) or (part == "siang" and 1 <= hour <= 4):
        hour += 12
    elif part in {"malam", "malem", "am"} and hour == 12:
        hour = 0
    if hour > 23 or minute > 59:
        return None
    return hours_text((Span(frozenset(range(7)), time(hour, minute), time((hour + 1) % 24, minute)),))
