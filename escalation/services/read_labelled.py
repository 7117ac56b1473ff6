"""Labelled messages from a CSV file, for `cases.rules.triage_measure`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from typing import TextIO

from cases.rules.triage_measure import LabelledMessage
from cases.vocabulary import Category, ContactSign, Reporter, Urgency

_REPORTERS = {
    "self": Reporter.SELF,
    "family": Reporter.THIRD_PERSON,
    "friend": Reporter.THIRD_PERSON,
    "other": Reporter.THIRD_PERSON,
    "third_person": Reporter.THIRD_PERSON,
    "unknown": Reporter.UNKNOWN,
}
# Mixed messages are labelled by the guest language; ours names the language the reply should be in.
_LANGUAGES = {"ms-mixed": "ms", "ar-mixed": "id", "zh-mixed": "id", "ko-mixed": "id", "ja-mixed": "id"}
_NAMED = {"indonesian": "id", "javanese": "jv", "sundanese": "su", "madurese": "mad", "english": "en"}
_NOTHING = {"", "none", "-"}


def read_labelled(file: TextIO) -> Iterator[LabelledMessage]:
    """The rows of a CSV with columns text, urgency, and where there are any urgency_max, categories (`;`),
    country_hint, lang, contact (`;`), reporter.

    Raises ValueError naming the line when a column is missing or a code is not one of ours.
    """
    reader = csv.DictReader(file)
    missing = {"text", "urgency"} - set(reader.fieldnames or ())
    if missing:
        raise ValueError(f"line 1: no column {', '.join(sorted(missing))}")
    for row in reader:
        try:
            yield _message(row)
        except ValueError as error:
            raise ValueError(f"line {reader.line_num}: {error}") from error


def read_noise(file: TextIO) -> Iterator[tuple[str, str | None, str]]:
    """Text, language (by our codes, where a column `language` names one we know) and group of every row.

    Raises ValueError when there is no column text.
    """
    reader = csv.DictReader(file)
    if "text" not in (reader.fieldnames or ()):
        raise ValueError("line 1: no column text")
    for row in reader:
        yield row["text"] or "", _NAMED.get(row.get("language") or ""), row.get("group") or ""


def _message(row: Mapping[str, str | None]) -> LabelledMessage:
    language = _cell(row, "lang")
    highest = _cell(row, "urgency_max")
    return LabelledMessage(
        text=row.get("text") or "",
        urgency=Urgency(_cell(row, "urgency")),
        urgency_max=Urgency(highest) if highest else None,
        categories=tuple(Category(code) for code in _cell(row, "categories").split(";") if code),
        country=_cell(row, "country_hint") or None,
        language=_LANGUAGES.get(language, language) or None,
        # Other remarks on contact, such as safe hours, are not signs of danger: they do not count here.
        contact_signs=frozenset(
            ContactSign(code) for code in _cell(row, "contact").split(";") if code in set(ContactSign)
        ),
        reporter=_REPORTERS.get(_cell(row, "reporter")),
    )


def _cell(row: Mapping[str, str | None], column: str) -> str:
    value = (row.get(column) or "").strip()
    return "" if value in _NOTHING else value
