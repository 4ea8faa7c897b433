"""A first-come, first-served waiting line with limits for running and waiting requests."""

import threading
from types import TracebackType
from typing import Self

from ..errors import MattingError


class BusyError(MattingError):
    """Too many requests are running or waiting."""


class WaitingLine:
    """The waiting line of all long requests.

    Args:
        at_once: number of requests that run at the same time.
        waiting: maximum number of waiting requests; further ones are rejected.
    """

    def __init__(self, at_once: int, waiting: int):
        self.at_once, self.waiting = at_once, waiting
        self._lock = threading.Lock()
        self._places: list[Place] = []

    def join(self) -> "Place":
        """Take a place at the end of the line; it is a context manager that leaves the line at the end of the block.

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
        """The number of requests before this one; 0 once it is its turn."""
        with self._line._lock:
            return max(0, self._line._places.index(self) + 1 - self._line.at_once)

    def leave(self) -> None:
        """Leave the line; leaving twice does nothing."""
        with self._line._lock:
            if self in self._line._places:
                self._line._places.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()
