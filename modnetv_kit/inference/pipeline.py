"""A pipeline of stages that overlap: each runs in its own thread, with short queues between them, in order.

Decoders, encoders, networks and OpenCV release Python's global lock while they work, so threads are enough.
"""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import Any, Generic, TypeVar

T = TypeVar("T")
DEPTH = 2  # length of a queue: evens out frames of unequal cost and keeps few of them in memory


class Channel(Generic[T]):
    """A queue of at most `DEPTH` items between two threads. Either side can close it.

    Closing wakes a waiting thread. Items in the queue can still be taken, unless the consumer has closed it.
    """

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, item: T) -> bool:
        """Add an item and wait for room; False if the queue is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._items) < DEPTH)
            if not self._closed:
                self._items.append(item)
                self._changed.notify_all()
            return not self._closed

    def take(self) -> tuple[T] | None:
        """Wait for the next item and return it in a tuple; None if the queue is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._items)
            if not self._items:
                return None
            self._changed.notify_all()
            return (self._items.popleft(),)

    def close(self, drop: bool = False) -> None:
        """Close the queue; with `drop`, also discard its items."""
        with self._changed:
            self._closed = True
            if drop:
                self._items.clear()
            self._changed.notify_all()


class PipelineStage:
    """A thread that processes items in order and keeps an exception.

    Args:
        items: to process; iterated in the thread and closed at its end.
        work: called with each item.
        into: receives the results and is closed at the end; None if there are none.
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
        """Wait until the thread ends."""
        self._thread.join()


def pipeline(source: Iterable[Any], *stages: Callable[[Any], Any]) -> Generator[Any, None, None]:
    """Pass every item of `source` through all stages, in order: `map(stages[1], map(stages[0], source))`, overlapping.

    The source is iterated in its own thread, too. Only a few items are in flight: a slow stage or consumer blocks those
    before it. An exception of the source or of a stage is raised here unchanged, after the results of earlier items.
    Closing the generator (`contextlib.closing`) ends each thread after its current item; no thread outlives it.

    Args:
        source: iterated once.
        stages: each is called in its own thread with the result of the stage before it.

    Examples:
        >>> list(pipeline([1, 2, 3], lambda x: x + 1, str))
        ['2', '3', '4']
    """
    channels: list[Channel[Any]] = []
    running: list[PipelineStage] = []
    try:
        items = _each(source)
        for work in (_same, *stages):
            channels.append(Channel())
            running.append(PipelineStage(items, work, channels[-1]))
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
    """A thread at the end of a pipeline, which processes items in order while the caller continues.

    Args:
        work: called with each item.
    """

    def __init__(self, work: Callable[[Any], object]):
        self._channel: Channel[Any] = Channel()
        self._stage = PipelineStage(_taken(self._channel), work)

    def give(self, item: Any) -> None:
        """Hand over an item; blocks while the queue is full.

        Raises:
            BaseException: the exception that `work` raised on an earlier item.
        """
        if not self._channel.put(item):
            self.finish()

    def finish(self) -> None:
        """Wait until all items are processed.

        Raises:
            BaseException: the exception that `work` raised.
        """
        self._channel.close()
        self._stage.join()
        if self._stage.error:
            raise self._stage.error

    def cancel(self) -> None:
        """Discard waiting items, and wait for the current one."""
        self._channel.close(drop=True)
        self._stage.join()


def _same(item: T) -> T:
    return item


def _each(source: Iterable[T]) -> Generator[T, None, None]:
    yield from source


def _taken(channel: Channel[T]) -> Generator[T, None, None]:
    """Iterate over a channel; closing the generator closes the channel."""
    try:
        while item := channel.take():
            yield item[0]
    finally:
        channel.close(drop=True)
