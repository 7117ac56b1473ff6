"""What is left for a human to do, and the short conversation."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from cases.models import Questioning, Task
from cases.vocabulary import HoldReason, TaskKind
from hotline.api.schemas.fields import Shown, word


class TaskSchema(Shown):
    """One open task. `message_id` and `reason`: the message that is held back, and why."""

    id = fields.UUID(required=True)
    kind = word(TaskKind, required=True)
    message_id = fields.UUID(required=True, allow_none=True)
    reason = word(HoldReason, required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    words = fields.String(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    assignee_id = fields.UUID(required=True, allow_none=True)
    version = fields.Integer(required=True)


class QuestioningSchema(Shown):
    """The short conversation: which question waits for her answer, and what she answered so far."""

    pending = fields.String(required=True, allow_none=True)
    answers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    end_reason = fields.String(required=True, allow_none=True)


def show_task(task: Task) -> dict[str, Any]:
    """One task."""
    return {
        "id": task.id,
        "kind": task.kind,
        "message_id": task.message_id,
        "reason": task.reason,
        "created_at": task.created_at,
        "words": task.words,
        "due_at": task.due_at,
        "assignee_id": task.assignee_id,
        "version": task.version,
    }


def show_questioning(talk: Questioning | None) -> dict[str, Any] | None:
    """The short conversation; nothing where none was started."""
    if talk is None:
        return None
    return {
        "pending": talk.pending,
        "answers": talk.answers,
        "ended_at": talk.ended_at,
        "end_reason": talk.end_reason,
    }
