"""Work that continues without its page, so that a reloaded page can follow it again."""

import contextvars
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

from ..errors import MattingError
from .job import stop
from .messages import guarded

GRACE = 12.0  # seconds without a page after which the work ends; a reload takes less
POLL = 0.05  # seconds between checks for new events


class DetachedRun:
    """Work in its own thread, which pages can follow.

    Args:
        events: generator that does the work; it is closed when no page follows any more.
        folder: of the request, through which the work can be stopped.
        on_event: called in the thread with each event.
        on_deserted: called in the thread when the work has ended because its page did not return.
    """

    def __init__(
        self,
        events: Generator[Any, None, None],
        folder: Path,
        on_event: Callable[[Any], None] = lambda event: None,
        on_deserted: Callable[[], None] = lambda: None,
    ):
        self._events, self._folder, self._on_event, self._on_deserted = events, folder, on_event, on_deserted
        self._latest: Any = None
        self._count = 0
        self._error: MattingError | None = None
        self._followers = 0
        self._left_at = time.monotonic()
        self._abandoned = False
        self.over = False
        context = contextvars.copy_context()  # from which Spaces know whose GPU time this is
        self._thread = threading.Thread(target=context.run, args=(self._work,), name="run", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        alone = False
        try:
            with guarded():
                for event in self._events:
                    self._on_event(event)
                    self._latest, self._count = event, self._count + 1
                    alone = self._is_alone()
                    if self._abandoned or alone:
                        break
        except MattingError as error:
            self._error = error
        finally:
            self._events.close()
            self.over = True
        if alone:
            self._on_deserted()

    def _is_alone(self) -> bool:
        return self._followers == 0 and time.monotonic() - self._left_at > GRACE

    def follow(self) -> Iterator[Any]:
        """Events from now on. The last one always arrives; earlier ones may be skipped.

        Raises:
            MattingError: the work failed; one line without folders.
        """
        self._followers += 1
        seen = 0
        try:
            while True:
                over, count = self.over, self._count
                if count > seen:
                    seen = count
                    yield self._latest
                elif over:
                    break
                else:
                    time.sleep(POLL)
            if self._error is not None:
                raise self._error
        finally:
            self._followers -= 1
            self._left_at = time.monotonic()

    def stop(self) -> None:
        """Finish early, with the frames so far."""
        stop(self._folder)

    def abandon(self) -> None:
        """Cancel the work and wait for its end."""
        self._abandoned = True
        stop(self._folder)
        if threading.current_thread() is not self._thread:
            self._thread.join(30)
