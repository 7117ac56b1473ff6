"""The path of a case on its page: lines of its families, and what was said of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request
from sqlalchemy.orm import Session

from cases.errors import Invalid
from cases.models import Case, PathStep
from cases.services.path_steps import path_steps, set_path_step
from cases.vocabulary import Actor, Family, PathStepState
from escalation.rules.paths import Line, families_of, path_of, windows
from escalation.services.load_paths import load_paths, path_keys
from hotline.console.form_numbers import version_seen


@dataclass(frozen=True, slots=True)
class PathPart:
    """One family's lines, each with what was said of it and when its windows shut."""

    family: Family
    lines: Sequence[tuple[Line, PathStep | None, Sequence[datetime]]]

    @property
    def done(self) -> int:
        """How many need no hand any more."""
        return sum(said is not None and said.state is not PathStepState.OPEN for _, said, _ in self.lines)


def path_parts(session: Session, case: Case) -> list[PathPart]:
    """The path of a case, violence first; one statement."""
    said = path_steps(session, case)
    return [
        PathPart(
            family,
            [
                (line, said.get(line.key), windows(line, case.opened_at))
                for line in path_of(load_paths(), family, case.categories)
            ],
        )
        for family in families_of(case.leading_category, case.categories)
    ]


def set_step(session: Session, case: Case, by: Actor, now: datetime) -> None:
    """Say how one line stands; only from the version that the form was made from."""
    step = request.form.get("step", "")
    if step not in path_keys():
        raise Invalid("there is no such line", field="step")
    try:
        state = PathStepState(request.form.get("state", ""))
    except ValueError as error:
        raise Invalid("choose from the list", field="state") from error
    note = request.form.get("path_note")
    set_path_step(session, case, step, state, note=note, version=version_seen(), by=by, now=now)
