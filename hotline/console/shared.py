"""What every live page asks for each second: asked once for all pages of a process that may see the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from flask import current_app

Answer = TypeVar("Answer")
EXTENSION = "live_shared"
# Pages ask again after a second, so no page is ever told something older than what it was told before.
SECONDS = 0.5
_MOST = 500


class Shared:
    """Answers that are at most `seconds` old. Fifty officers with a page each would otherwise ask the database two
    hundred times a second, and the messages that come in would wait behind them (docs/decisions/0027)."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._kept: dict[Hashable, tuple[float, Any]] = {}

    def answer(self, question: Hashable, ask: Callable[[], Answer]) -> Answer:
        """The kept answer, or a fresh one. The question names who may see it, where that matters."""
        now = time.monotonic()
        kept = self._kept.get(question)
        if kept is not None and now - kept[0] < self.seconds:
            return kept[1]  # type: ignore[no-any-return] # the question's own answer
        fresh = ask()
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[question] = now, fresh
        return fresh


def shared_answer(question: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The present application's shared answer."""
    kept: Shared = current_app.extensions[EXTENSION]
    return kept.answer(question, ask)
