"""Overlapping stages give the same results as sequential ones and leave no thread behind."""

import errno
import signal
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from modnetv_kit.errors import InputError, OutputError
from modnetv_kit.inference import FrameResult, matte_video
from modnetv_kit.inference.matte import StopMatting
from modnetv_kit.inference.pipeline import DEPTH, Sink, pipeline
from modnetv_kit.models import MODNetV
from modnetv_kit.video import Frame, open_video
from modnetv_kit.video.writer import FileWriter

SOON = 20  # seconds until a test that hangs gives up


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert [thread for thread in threading.enumerate() if thread.name == "pipeline"] == []


def interrupt_main() -> None:
    """Ctrl-C, as the main thread gets it."""
    ident = threading.main_thread().ident
    assert ident is not None
    signal.pthread_kill(ident, signal.SIGINT)


def take_all(items: Generator[int, None, None], into: list[int]) -> None:
    """What has come stays in `into` whatever happens."""
    with closing(items):
        for item in items:
            into.append(item)


def give_all(sink: Sink, number: int) -> None:
    for x in range(number):
        sink.give(x)


def test_results_keep_their_order_however_long_each_item_takes() -> None:
    def dawdle(x: int) -> int:
        time.sleep(0.002 * (x % 3))
        return x + 1

    assert list(pipeline(range(30), dawdle, lambda x: 10 * x, dawdle)) == [10 * (x + 1) + 1 for x in range(30)]
    assert list(pipeline([])) == []


def test_stages_work_at_the_same_time() -> None:
    meeting = threading.Barrier(2)

    def first(x: int) -> int:
        if x > 0:
            meeting.wait(SOON)
        return x

    def second(x: int) -> int:
        if x < 3:
            meeting.wait(SOON)  # while the first is at the item after it
        return x

    assert list(pipeline(range(4), first, second)) == [0, 1, 2, 3]


def test_a_slow_consumer_holds_back_the_source() -> None:
    made = []

    def source() -> Iterator[int]:
        for x in count():
            made.append(x)
            yield x

    under_way = 2 * (DEPTH + 1) + 1  # in each of two channels and two threads, and with the taker
    with closing(pipeline(source(), lambda x: x)) as items:
        for taken in items:
            time.sleep(0.02)
            assert len(made) <= taken + under_way + 1
            if taken == 20:
                break


@pytest.mark.parametrize("where", [0, 1, 2])
def test_an_exception_arrives_unchanged_after_the_results_before_it(where: int) -> None:
    wrong = InputError("item 5 is broken on purpose")

    def at(stage: int, x: int) -> int:
        if stage == where and x == 5:
            raise wrong
        return x

    def source() -> Iterator[int]:
        yield from (at(0, x) for x in range(100))

    got: list[int] = []
    with pytest.raises(InputError) as error:
        take_all(pipeline(source(), lambda x: at(1, x), lambda x: at(2, x)), got)
    assert error.value is wrong
    assert got == [0, 1, 2, 3, 4]


def test_closing_early_ends_the_threads_and_closes_the_source_in_its_own_thread() -> None:
    closed_by = []

    def source() -> Iterator[int]:
        try:
            yield from count()
        finally:
            closed_by.append(threading.current_thread().name)

    with closing(pipeline(source(), lambda x: x, lambda x: x)) as items:
        assert next(items) == 0
    assert closed_by == ["pipeline"]


def test_ctrl_c_is_noticed_while_waiting_for_a_stage() -> None:
    got: list[int] = []
    still = threading.Event()

    def stuck(x: int) -> int:
        if x == 3:
            while len(got) < 3:
                time.sleep(0.01)
            time.sleep(0.05)
            interrupt_main()
            still.wait(0.2)  # what is under way is finished
        return x

    with pytest.raises(KeyboardInterrupt):
        take_all(pipeline(count(), stuck), got)
    assert got == [0, 1, 2]


def test_a_sink_works_in_order_and_is_done_when_finished() -> None:
    done: list[int] = []
    sink = Sink(done.append)
    for x in range(20):
        sink.give(x)
    sink.finish()
    assert done == list(range(20))


def test_a_slow_sink_holds_back_the_producer() -> None:
    go, done = threading.Semaphore(0), []

    def work(x: int) -> None:
        assert go.acquire(timeout=SOON)
        done.append(x)

    sink = Sink(work)
    for x in range(30):
        if x > DEPTH:
            go.release()
        sink.give(x)
        assert x - len(done) <= DEPTH + 1
    for _ in range(30):
        go.release()
    sink.finish()
    assert done == list(range(30))


def test_a_sinks_exception_reaches_the_producer_and_a_cancelled_sink_drops_its_items() -> None:
    def fail(x: int) -> None:
        raise OutputError(f"{x} cannot be written")

    sink = Sink(fail)
    with pytest.raises(OutputError, match="0 cannot"):
        give_all(sink, DEPTH + 3)
    with pytest.raises(OutputError, match="0 cannot"):
        sink.finish()
    begun, go, done = threading.Event(), threading.Event(), []

    def slow(x: int) -> None:
        begun.set()
        assert go.wait(SOON)
        done.append(x)

    other = Sink(slow)
    for x in range(DEPTH + 1):
        other.give(x)
    assert begun.wait(SOON)
    threading.Timer(0.05, go.set).start()
    other.cancel()
    assert done == [0]


class Drawn:
    """A green background that does something at frame 7."""

    def __init__(self, at_seven: object):
        self.at_seven = at_seven
        self.threads: set[int] = set()

    def draw(self, frame: Frame, result: FrameResult) -> np.ndarray:
        self.threads.add(threading.get_ident())
        if frame.index == 7 and callable(self.at_seven):
            self.at_seven()
        return np.full_like(frame.image, (0, 255, 0))


def frames_of(path: Path) -> int:
    return sum(1 for _ in open_video(path))


def test_ctrl_c_in_the_middle_of_a_video_leaves_playable_files_of_one_length(
    red_model: MODNetV, clip: Path, tmp_path: Path
) -> None:
    out, alpha = tmp_path / "out.mp4", tmp_path / "alpha.mp4"
    with pytest.raises(KeyboardInterrupt):
        matte_video(clip, out, alpha=alpha, background=Drawn(interrupt_main), model=red_model, device="cpu")
    assert 1 <= frames_of(out) <= 8
    assert abs(frames_of(out) - frames_of(alpha)) <= 1
    assert {path.name for path in tmp_path.iterdir()} == {"out.mp4", "alpha.mp4"}


def test_an_error_in_the_background_leaves_nothing_and_keeps_its_message(
    red_model: MODNetV, clip: Path, tmp_path: Path
) -> None:
    def fail() -> None:
        raise InputError("the background broke on purpose")

    with pytest.raises(InputError, match="broke on purpose"):
        matte_video(clip, tmp_path / "out.mp4", background=Drawn(fail), model=red_model, device="cpu")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_in_the_middle_leaves_nothing_of_any_output(
    red_model: MODNetV, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = FileWriter._write

    def full(self: FileWriter, image: np.ndarray, *times: object) -> None:
        if self.path.name == "alpha.mp4" and self.frames == 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, image, *times)  # type: ignore[arg-type]

    monkeypatch.setattr(FileWriter, "_write", full)
    with pytest.raises(OutputError, match="disk is full"):
        matte_video(clip, tmp_path / "out.mp4", alpha=tmp_path / "alpha.mp4", model=red_model, device="cpu")
    assert list(tmp_path.iterdir()) == []


def test_callbacks_and_drawing_have_one_thread_each_and_stopping_keeps_the_frames_before(
    red_model: MODNetV, clip: Path, tmp_path: Path
) -> None:
    behind, calls = Drawn(None), []

    def watch(frame: Frame, result: FrameResult, picture: np.ndarray) -> None:
        calls.append(("watch", frame.index, threading.get_ident()))

    def progress(done: int, total: int | None) -> None:
        calls.append(("progress", done - 1, threading.get_ident()))
        if done == 12:
            raise StopMatting

    out = tmp_path / "out.mp4"
    options = {"background": behind, "model": red_model, "device": "cpu"}
    summary = matte_video(clip, out, watch=watch, progress=progress, **options)  # type: ignore[arg-type]
    here = threading.get_ident()
    assert calls == [(name, index, here) for index in range(12) for name in ("watch", "progress")]
    assert len(behind.threads) == 1
    assert here not in behind.threads
    assert summary.stopped
    assert summary.frames == frames_of(out) == 12
