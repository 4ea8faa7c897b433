"""Work in stages that overlap: each in a thread of its own, a few items waiting between them, the order kept.

Decoders, encoders, networks and OpenCV let go of Python's lock while they work, so threads are enough.
"""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import Any, Generic, TypeVar

T = TypeVar("T")
DEPTH = 2  # items that wait between two stages: evens out frames of unequal cost, and holds few in memory


class Channel(Generic[T]):
    """A queue of at most `DEPTH` items between two threads, which either side can close.

    Closing wakes whoever waits. What is in it by then can still be taken, unless the side that takes has closed it.
    """

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, item: T) -> bool:
        """Add an item, waiting for room; False if nobody takes any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._items) < DEPTH)
            if not self._closed:
                self._items.append(item)
                self._changed.notify_all()
            return not self._closed

    def take(self) -> tuple[T] | None:
        """The next item in a tuple, waiting for one; None once it is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._items)
            if not self._items:
                return None
            self._changed.notify_all()
            return (self._items.popleft(),)

    def close(self, drop: bool = False) -> None:
        """No more is put in; with `drop`, what is in it is forgotten."""
        with self._changed:
            self._closed = True
            if drop:
                self._items.clear()
            self._changed.notify_all()


class Stage:
    """A thread that works on items one after the other, and remembers what went wrong.

    Args:
        items: what to work on; advanced in the thread, and closed at its end.
        work: done on each.
        into: where the results go, closed at the end; None if there is nothing to pass on.
    """

    def __init__(self, items: Generator[Any, None, None], work: Callable[[Any], Any], into: Channel[Any] | None = None):
        self.error: BaseException | None = None
        self._items, self._work, self._into = items, work, into
        self._thread = threading.Thread(target=self._run, name="pipeline")
        self._thread.start()

    def _run(self) -> None:
        try:
            with closing(self._items):
                for item in self._items:
                    result = self._work(item)
                    if self._into and not self._into.put(result):
                        break
        except BaseException as error:
            self.error = error
        finally:
            if self._into:
                self._into.close()

    def join(self) -> None:
        """Wait for the thread's end."""
        self._thread.join()


def pipeline(source: Iterable[Any], *stages: Callable[[Any], Any]) -> Generator[Any, None, None]:
    """Pass every item of `source` through all stages, in order: `map(stages[1], map(stages[0], source))`, overlapping.

    The source is iterated in a thread of its own, too. At most a few items are under way: a slow stage, or a slow
    taker, holds all before it back. An exception of the source or of a stage is raised here as it was, after the
    results of all items before it. Closing the generator (`contextlib.closing`) ends the threads as soon as each is
    done with its item; none of them outlives it.

    Args:
        source: iterated once.
        stages: each is called in a thread of its own, with the result of the one before it.
    """
    channels: list[Channel[Any]] = []
    running: list[Stage] = []
    try:
        items = _each(source)
        for work in (_same, *stages):
            channels.append(Channel())
            running.append(Stage(items, work, channels[-1]))
            items = _taken(channels[-1])
        yield from items
    finally:
        for channel in channels:
            channel.close(drop=True)
        for stage in running:
            stage.join()
    for stage in running:
        if stage.error:
            raise stage.error


class Sink:
    """A thread at the end of a pipeline: what is given to it is worked on in order, while the giver goes on.

    Args:
        work: called with each item.
    """

    def __init__(self, work: Callable[[Any], object]):
        self._channel: Channel[Any] = Channel()
        self._stage = Stage(_taken(self._channel), work)

    def give(self, item: Any) -> None:
        """Hand over an item; waits while a few others do.

        Raises:
            BaseException: what `work` has raised on an item before.
        """
        if not self._channel.put(item):
            self.finish()

    def finish(self) -> None:
        """Wait until all is worked on.

        Raises:
            BaseException: what `work` has raised.
        """
        self._channel.close()
        self._stage.join()
        if self._stage.error:
            raise self._stage.error

    def cancel(self) -> None:
        """Forget what is not worked on yet, and wait for the item under way."""
        self._channel.close(drop=True)
        self._stage.join()


def _same(item: T) -> T:
    return item


def _each(source: Iterable[T]) -> Generator[T, None, None]:
    yield from source


def _taken(channel: Channel[T]) -> Generator[T, None, None]:
    """What comes out of a channel; closing it tells the other side that nothing more is wanted."""
    try:
        while item := channel.take():
            yield item[0]
    finally:
        channel.close(drop=True)
