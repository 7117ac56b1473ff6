"""What is left for humans to do, over all cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, contains_eager

from cases.models import Case, Task
from cases.queries.visible import visible_cases
from cases.vocabulary import Actor

Position = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Some open tasks with their cases, and the position behind which the next page begins (None: the last)."""

    tasks: Sequence[Task]
    after: Position | None


def task_page(session: Session, *, by: Actor, after: Position | None = None, limit: int = 50) -> TaskPage:
    """Open tasks of cases the asker may see, those of the most urgent cases first, then the oldest; one query."""
    query = (
        select(Task)
        .join(Task.case)
        .options(contains_eager(Task.case))
        .where(Task.done_at.is_(None), visible_cases(by))
        .order_by(Case.urgency, Task.id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(tuple_(Case.urgency, Task.id) > tuple_(*after))
    found = session.scalars(query).all()
    last = found[limit - 1] if len(found) > limit else None
    return TaskPage(found[:limit], (last.case.urgency.value, last.id) if last else None)


def count_tasks(session: Session, *, by: Actor) -> int:
    """How many tasks are open in cases the asker may see."""
    query = select(func.count()).select_from(Task).join(Case).where(Task.done_at.is_(None), visible_cases(by))
    return session.scalar(query) or 0
