"""A batch on an S3 store. The store is moto's, on this machine; s3fs and botocore are the real ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from batches import Batch, digests
from matting_clips import write_clip

from modnetv_kit.errors import InputError

moto = pytest.importorskip("moto.server")
s3fs = pytest.importorskip("s3fs")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket called studio, reached as users reach a store of their own: by AWS_ENDPOINT_URL."""
    server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    urlopen(Request(f"{address}/moto-api/reset", method="POST")).close()  # all servers of a process share their data
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    files = s3fs.S3FileSystem(use_listings_cache=False, skip_instance_cache=True)
    files.mkdir("studio")
    yield files
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def test_a_folder_on_s3_gives_the_results_of_a_local_folder(
    batch: Batch, shots: Path, store: Any, tmp_path: Path
) -> None:
    batch(shots, tmp_path / "local", format="mov")
    store.put(str(shots), "studio/shots", recursive=True)
    reports = batch("s3://studio/shots", "s3://studio/mattes", format="mov")
    assert sorted((report.state, report.outputs[0]) for report in reports) == [
        ("done", "s3://studio/mattes/a.mov"),
        ("done", "s3://studio/mattes/b.mov"),
        ("done", "s3://studio/mattes/day2/a.mov"),
    ]
    store.get("studio/mattes", str(tmp_path / "fetched"), recursive=True)
    assert digests(tmp_path / "fetched") == digests(tmp_path / "local")


def test_a_second_run_on_s3_repeats_only_what_was_replaced_or_deleted(batch: Batch, shots: Path, store: Any) -> None:
    def states() -> dict[str, str]:
        reports = batch("s3://studio/shots", "s3://studio/mattes")
        return {report.source.removeprefix("s3://studio/shots/"): report.state for report in reports}

    store.put(str(shots), "studio/shots", recursive=True)
    assert states() == {"a.mp4": "done", "b.mov": "done", "day2/a.mp4": "done"}
    assert states() == {"a.mp4": "skipped", "b.mov": "skipped", "day2/a.mp4": "skipped"}
    write_clip(shots / "b.mov", frames=9)
    store.put(str(shots / "b.mov"), "studio/shots/b.mov")
    store.rm("studio/mattes/day2/a.mp4")
    assert states() == {"a.mp4": "skipped", "b.mov": "done", "day2/a.mp4": "done"}


def test_images_and_restored_backgrounds_reach_s3(batch: Batch, shots: Path, store: Any) -> None:
    (report,) = batch(
        shots / "a.mp4", "s3://studio/mattes", format="png", save_background="s3://studio/plates", workers=1
    )
    assert report.state == "done", report.message
    assert [Path(name).name for name in store.find("studio/mattes/a")] == [f"{index:06}.png" for index in range(3)]
    assert store.exists("studio/plates/a.png")


@pytest.mark.parametrize("source", ["s3://studio/nothing", "s3://studio/nothing/*.mp4", "s3://nobody/shots"])
def test_a_missing_address_on_s3_is_one_line(batch: Batch, store: Any, source: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=source.replace("*", r"\*")) as failure:
        batch(source, tmp_path / "out")
    assert "\n" not in str(failure.value)


def test_a_broken_file_on_s3_fails_alone(batch: Batch, shots: Path, store: Any, tmp_path: Path) -> None:
    (shots / "b.mov").write_bytes(b"not a video")
    store.put(str(shots), "studio/shots", recursive=True)
    reports = {Path(report.source).name: report for report in batch("s3://studio/shots", tmp_path / "out")}
    assert {report.state for name, report in reports.items() if name != "b.mov"} == {"done"}
    assert reports["b.mov"].state == "failed"
    assert "b.mov" in reports["b.mov"].message
