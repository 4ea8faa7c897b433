"""The manifest survives a run that is killed."""

import json
from pathlib import Path

import pytest

from modnetv_kit.batch.manifest import Manifest
from modnetv_kit.errors import InputError, OutputError


def write(path: Path, *states: str) -> None:
    with Manifest(str(path)) as manifest:
        for state in states:
            manifest.add({"output": "a.mp4", "state": state})


def test_the_last_line_of_an_output_is_valid_across_runs(tmp_path: Path) -> None:
    path = tmp_path / "out" / "modnetv.jsonl"
    write(path, "started", "failed")
    write(path, "started", "done")
    with Manifest(str(path)) as manifest:
        assert manifest.last["a.mp4"]["state"] == "done"
    assert [json.loads(line)["state"] for line in path.open()] == ["started", "failed", "started", "done"]


def test_an_incomplete_last_line_is_dropped_before_the_next_is_written(tmp_path: Path) -> None:
    path = tmp_path / "modnetv.jsonl"
    write(path, "started", "done")
    path.write_bytes(path.read_bytes()[:-10])
    write(path, "done")
    assert [json.loads(line)["state"] for line in path.open()] == ["started", "done"]


def test_a_damaged_line_is_reported_by_number(tmp_path: Path) -> None:
    path = tmp_path / "modnetv.jsonl"
    for line in ("done: a.mp4", '["a.mp4"]', '{"state": "done"}', "3"):
        write(path, "started")
        number = len(path.read_text().splitlines()) + 1
        path.write_text(path.read_text() + line + "\n")
        with pytest.raises(InputError, match=rf"line {number} of .*modnetv\.jsonl"):
            Manifest(str(path))
        path.unlink()


def test_two_runs_cannot_write_into_one_folder_at_the_same_time(tmp_path: Path) -> None:
    with Manifest(str(tmp_path / "modnetv.jsonl")), pytest.raises(OutputError, match="another run"):
        Manifest(str(tmp_path / "modnetv.jsonl"))
    write(tmp_path / "modnetv.jsonl", "started")


def test_a_store_that_cannot_append_holds_every_line_at_the_end(tmp_path: Path) -> None:
    location = f"file://{tmp_path}/out/modnetv.jsonl"
    for state in ("started", "done"):
        with Manifest(location) as manifest:
            manifest.add({"output": "a.mp4", "state": state})
    assert len((tmp_path / "out/modnetv.jsonl").read_text().splitlines()) == 2
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["modnetv.jsonl"]
