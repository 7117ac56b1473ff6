"""The same thing for many cases, each in a transaction of its own: what is refused undoes none of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cases.errors import NotFound, Refused
from cases.models import Case
from cases.queries.find_case import case_by_reference
from cases.vocabulary import Actor
from hotline.console.refusals import explain
from hotline.unit_of_work import is_passing, unit_of_work

# As many as a page holds, and a few more.
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case."""

    reference: str
    done: bool
    words: str


def one_by_one(references: Iterable[str], act: Callable[[Session, Case], str], *, by: Actor) -> list[Result]:
    """Do it to each named case, locked; `act` tells what was done. At most `MOST_AT_ONCE`, each once."""
    return [_one(one, act, by) for one in list(dict.fromkeys(references))[:MOST_AT_ONCE]]


def _one(reference: str, act: Callable[[Session, Case], str], by: Actor) -> Result:
    try:
        with unit_of_work() as session:
            case = case_by_reference(session, reference, by=by, lock=True)
            told = act(session, case)
    except NotFound:
        return Result(reference, False, _("Kasus ini tidak ada."))
    except Refused as refused:
        return Result(reference, False, explain(refused))
    except DBAPIError as error:
        if not is_passing(error):
            raise
        words = _("Belum tersimpan: orang lain sedang mengubah hal yang sama. Coba lagi.")
        return Result(reference, False, words)
    return Result(reference, True, told)
