"""Batches are measured with every number of workers and every kind of pool."""

from pathlib import Path

import pytest

from modnetv_kit import load_model
from modnetv_kit.bench import as_json, batch, run_bench
from modnetv_kit.bench.batch import PoolCost, SharingCost, measure_pool, measure_sharing, pools, splits
from modnetv_kit.bench.report import pool_table, sharing_table
from modnetv_kit.bench.run import Bench
from modnetv_kit.errors import InputError


@pytest.mark.slow
def test_every_number_of_workers_mattes_the_same_clips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "CLIPS", 2)
    monkeypatch.setattr(batch, "CLIP_SIZE", (96, 64))
    monkeypatch.setattr(batch, "CLIP_SECONDS", 0.2)
    monkeypatch.setattr(batch, "TURNS", 1)
    names: list[str] = []
    costs = measure_sharing(load_model(), "torch", "cpu", names.append)
    assert [cost.workers for cost in costs] == splits()
    assert all(len(cost.rates) == 1 and cost.rates[0] > 0 for cost in costs)
    assert names == [f"{workers} workers" for workers in splits()]


@pytest.mark.slow
def test_a_pool_is_measured_over_tiny_videos_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch.tempfile, "tempdir", str(tmp_path))
    assert pools() == ["local", "ray"]
    cost = measure_pool(load_model(), "torch", "cpu", "local", 3)
    assert (cost.pool, cost.videos) == ("local", 3)
    assert cost.startup > 0
    assert cost.per_video == pytest.approx(cost.seconds / 2)
    assert 0 < cost.processor_per_video == pytest.approx(cost.processor_seconds / 2)
    assert cost.memory is None or cost.memory > 50e6
    assert not list(tmp_path.glob("modnetv_bench_*"))


def test_tables_and_json_hold_what_was_measured() -> None:
    bench = Bench({}, sharing=[SharingCost(1, (20.0, 30.0, 25.0)), SharingCost(2, (22.0, 36.0, 25.0))])
    bench.pools = [PoolCost("ray", 2, 101, 5.0, 2.0, 0.3, None)]
    fps, ratio = (list(column.cells) for column in sharing_table(bench.sharing).columns[1:])
    assert fps == ["25.0 (20.0-30.0)", "25.0 (22.0-36.0)"]
    assert ratio == ["1.00 (1.00-1.00)", "1.10 (1.00-1.20)"]
    assert [next(iter(column.cells)) for column in pool_table(bench.pools).columns] == [
        *("ray", "2", "101"),
        *("5.0", "20.0", "3.0", "-"),
    ]
    content = as_json(bench)
    assert content["sharing"][1] == {"workers": 2, "frames_per_s": (22.0, 36.0, 25.0)}
    assert content["pools"][0]["seconds_per_video"] == 0.02
    assert content["pools"][0]["processor_seconds_per_video"] == 0.003


def test_a_batch_of_one_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(InputError, match="at least 2 videos"):
        run_bench(load_model(), batches=[1])
