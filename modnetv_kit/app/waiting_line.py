"""A waiting line: first come, first served, with limits for running and waiting requests."""

import threading
from types import TracebackType
from typing import Self

from ..errors import MattingError


class BusyError(MattingError):
    """Too many are waiting already."""


class WaitingLine:
    """The waiting line of all requests that take long.

    Args:
        at_once: how many are served at the same time.
        waiting: how many may wait; more are turned away.
    """

    def __init__(self, at_once: int, waiting: int):
        self.at_once, self.waiting = at_once, waiting
        self._lock = threading.Lock()
        self._places: list[Place] = []

    def join(self) -> "Place":
        """A place at the end of the line, to be used as a context manager: leaving the block leaves the line.

        Raises:
            BusyError: the line is full.
        """
        with self._lock:
            if len(self._places) >= self.at_once + self.waiting:
                raise BusyError(f"{len(self._places)} people are being served or waiting; try again in a few minutes")
            place = Place(self)
            self._places.append(place)
        return place

    def __len__(self) -> int:
        return len(self._places)


class Place:
    """One request's place in a line."""

    def __init__(self, line: WaitingLine):
        self._line = line

    @property
    def ahead(self) -> int:
        """The number of requests before this one; 0 when it is its turn."""
        with self._line._lock:
            return max(0, self._line._places.index(self) + 1 - self._line.at_once)

    def leave(self) -> None:
        """Make room for the next; leaving twice does nothing."""
        with self._line._lock:
            if self in self._line._places:
                self._line._places.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()
