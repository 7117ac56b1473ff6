"""Short codes: a message that is nothing but a code says what longer words would betray."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cases.vocabulary import Category, Urgency

_SPACE = re.compile(r"\s+")
_EDGES = " \t\n\r.,!?;:'\"()*_"


class Code(StrEnum):
    """What a code says."""

    DANGER_NOW = "danger_now"
    CALL_AT_SAFE_HOUR = "call_at_safe_hour"
    ONLY_WRITE = "only_write"
    GO_HOME = "go_home"
    WAGES = "wages"
    PAPERS = "papers"
    ILL = "ill"
    STOP = "stop"
    START = "start"
    WATCHED = "watched"
    STATUS = "status"


# What a code says about the matter: the least urgency it stands for, and the category.
MEANING: Mapping[Code, tuple[Urgency, Category]] = {
    Code.DANGER_NOW: (Urgency.U1, Category.ANCAMAN),
    Code.GO_HOME: (Urgency.U3, Category.PULANG),
    Code.WAGES: (Urgency.U3, Category.GAJI),
    Code.PAPERS: (Urgency.U3, Category.DOKUMEN),
    Code.ILL: (Urgency.U2, Category.MEDIS),
}


@dataclass(frozen=True, slots=True)
class CodeBook:
    """Codes by what is written: the common ones, and those of a country on top."""

    common: Mapping[str, Code]
    by_country: Mapping[str, Mapping[str, Code]]

    def read(self, text: str, country: str | None) -> Code | None:
        """The code that the whole message is; None for anything more or else than a code."""
        written = written_as_code(text)
        return self.by_country.get(country or "", {}).get(written) or self.common.get(written)


def written_as_code(text: str) -> str:
    """The form in which codes are compared: folded, single spaces, no marks around it."""
    return _SPACE.sub(" ", text.strip(_EDGES)).casefold()
