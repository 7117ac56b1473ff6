"""Jobs that are due later, run by a few threads."""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable

from hotline.channels.phones.clock import Clock

log = logging.getLogger(__name__)
Job = Callable[[], None]


class Timetable:
    """Runs each job once, not before it is due, jobs due together in the order they were given.

    The threads start with the first job and are daemons: a product that hangs on a callback must not
    keep the stand-in from stopping.
    """

    def __init__(self, name: str, clock: Clock, workers: int) -> None:
        self._name = name
        self._clock = clock
        self._workers = workers
        self._heap: list[tuple[float, int, Job]] = []
        self._order = itertools.count()
        self._running = 0
        self._started = False
        self._closed = False
        self._condition = threading.Condition()
        clock.on_forward(self._wake)

    def after(self, delay: float, job: Job) -> None:
        with self._condition:
            if self._closed:
                return
            if not self._started:
                self._started = True
                for index in range(self._workers):
                    threading.Thread(target=self._work, name=f"{self._name}-{index}", daemon=True).start()
            heapq.heappush(self._heap, (self._clock.seconds() + delay, next(self._order), job))
            self._condition.notify()

    def pending(self) -> int:
        """How many jobs wait or run."""
        with self._condition:
            return len(self._heap) + self._running

    def clear(self) -> None:
        """Forget what waits; what runs already runs to its end."""
        with self._condition:
            self._heap.clear()

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._heap.clear()
            self._condition.notify_all()

    def _wake(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def _next_job(self) -> Job | None:
        with self._condition:
            while not self._closed:
                wait = self._heap[0][0] - self._clock.seconds() if self._heap else None
                if wait is not None and wait <= 0:
                    self._running += 1
                    return heapq.heappop(self._heap)[2]
                self._condition.wait(wait)
            return None

    def _work(self) -> None:
        while (job := self._next_job()) is not None:
            try:
                job()
            except Exception:  # one bad job must not end the thread that runs the others
                log.exception("a job of the %s timetable failed", self._name)
            finally:
                with self._condition:
                    self._running -= 1
