"""The order of tasks in a batch, and the result of a video whose workers are lost or whose parts fail."""

import pytest

from modnetv_kit.batch.plan import Target, VideoJob
from modnetv_kit.batch.schedule import ATTEMPTS, Schedule
from modnetv_kit.batch.split import FindParts, JoinParts, MattePart
from modnetv_kit.batch.tasks import MatteTask, Options, Part, Parts, Succeeded, Task
from modnetv_kit.batch.workers import Failed, Lost

JOBS = [VideoJob(f"/in/{name}.mp4", {"dst": Target("/out", f"{name}.mp4")}) for name in "ab"]
PARTS = Parts("/out/parts", (Part(None, 3.0, 75), Part(3.0, None, 25)))


def next_of(schedule: Schedule, kind: type) -> Task:
    task = schedule.take()
    assert isinstance(task, kind)
    return task


def test_a_video_whose_worker_is_lost_is_retried_a_limited_number_of_times() -> None:
    schedule = Schedule(JOBS, Options())
    for _ in range(ATTEMPTS - 1):
        task = next_of(schedule, MatteTask)
        assert task.job.key == "a.mp4"
        assert schedule.finish(task, Lost("signal 9")) is None
    failed = schedule.finish(next_of(schedule, MatteTask), Lost("signal 9"))
    assert isinstance(failed, Failed)
    assert "/in/a.mp4" in failed.message
    assert "signal 9" in failed.message
    assert next_of(schedule, MatteTask).job.key == "b.mp4"
    assert schedule.take() is None


def test_parts_are_joined_once_all_are_done_and_count_as_one_video() -> None:
    schedule = Schedule(JOBS, Options(), pieces=2)
    find = next_of(schedule, FindParts)
    assert schedule.finish(find, PARTS) is None
    first, second = next_of(schedule, MattePart), next_of(schedule, MattePart)
    assert next_of(schedule, FindParts).job.key == "b.mp4"
    assert schedule.progress(first, 10, 75) == (10, 100)
    assert schedule.finish(second, Succeeded(25, 2.0)) is None
    assert schedule.progress(first, 20, 75) == (45, 100)
    assert schedule.finish(first, Lost("signal 9")) is None
    assert schedule.finish(next_of(schedule, MattePart), Succeeded(75, 5.0)) is None
    done = schedule.finish(next_of(schedule, JoinParts), Succeeded(100, 0.5, {"dst": "/out/x"}))
    assert done == Succeeded(100, 7.5, {"dst": "/out/x"})


def test_a_video_whose_join_is_lost_is_split_again() -> None:
    schedule = Schedule(JOBS[:1], Options(), pieces=2)
    for _ in range(2):
        schedule.finish(next_of(schedule, FindParts), PARTS)
        for task in [next_of(schedule, MattePart), next_of(schedule, MattePart)]:
            schedule.finish(task, Succeeded(50, 1.0))
        join = next_of(schedule, JoinParts)
        assert schedule.finish(join, Lost("signal 9")) is None
    assert isinstance(schedule.take(), FindParts)


def test_a_failed_part_fails_its_video_once_and_cancels_the_other_parts() -> None:
    schedule = Schedule(JOBS[:1], Options(), pieces=2)
    schedule.finish(next_of(schedule, FindParts), PARTS)
    first = next_of(schedule, MattePart)
    assert schedule.finish(first, Failed("the disk is full")) == Failed("the disk is full")
    assert schedule.take() is None
    schedule = Schedule(JOBS[:1], Options(), pieces=2)
    schedule.finish(next_of(schedule, FindParts), PARTS)
    first, second = next_of(schedule, MattePart), next_of(schedule, MattePart)
    assert schedule.finish(first, Failed("the disk is full")) == Failed("the disk is full")
    assert schedule.finish(second, Failed("the disk is full")) is None


@pytest.mark.parametrize("outcome", [Parts("/out/parts", ()), Failed("it breaks off")])
def test_a_video_without_cuts_or_a_truncated_one_is_matted_unsplit(outcome: Parts | Failed) -> None:
    schedule = Schedule(JOBS[:1], Options(), pieces=4)
    assert schedule.finish(next_of(schedule, FindParts), outcome) is None
    assert schedule.finish(next_of(schedule, MatteTask), Succeeded(5, 1.0)) == Succeeded(5, 1.0)
