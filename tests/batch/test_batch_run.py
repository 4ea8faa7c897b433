"""Batches in this process: which videos are matted or skipped, and how an interrupted run resumes."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from batches import Batch, digests
from matting_clips import write_clip
from PIL import Image
from rich.console import Console

from modnetv_kit import matte_video, matte_videos
from modnetv_kit.batch import run as batch_run
from modnetv_kit.cli.batch import _Bars
from modnetv_kit.errors import InputError, OutputError, WeightsError
from modnetv_kit.video import open_video, read_alpha


def states(out: Path) -> list[tuple[str, str]]:
    records = [json.loads(line) for line in (out / "modnetv.jsonl").read_text().splitlines()]
    return [(record["output"], record["state"]) for record in records]


def test_every_video_of_a_folder_is_matted_as_it_would_be_alone(batch: Batch, shots: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    reports = batch(shots / "day2", out) + batch([shots / "b.mov"], out, format="webm")
    assert [(report.state, report.frames) for report in reports] == [("done", 5), ("done", 4)]
    matte_video(shots / "day2/a.mp4", tmp_path / "a.mp4", engine="torch", device="cpu", threads=1)
    assert (out / "a.mp4").read_bytes() == (tmp_path / "a.mp4").read_bytes()
    assert len(list(read_alpha(out / "b.webm"))) == 4
    assert states(out) == [(name, state) for name in ("a.mp4", "b.webm") for state in ("started", "whole", "done")]


def test_mattes_and_backgrounds_go_to_their_folders_and_each_image_sequence_to_its_own(
    batch: Batch, shots: Path, tmp_path: Path
) -> None:
    roots = {"alpha": tmp_path / "mattes", "save_background": tmp_path / "plates"}
    reports = batch(shots, tmp_path / "out", format="png", **roots)
    assert [report.state for report in reports] == ["done"] * 3
    assert {len(report.outputs) for report in reports} == {3}
    assert all(Path(location).exists() for report in reports for location in report.outputs)
    assert len(list(open_video(tmp_path / "mattes/day2/a"))) == 5
    assert list(tmp_path.rglob(".*")) == []


def test_a_second_run_redoes_only_changed_or_missing_videos(batch: Batch, shots: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch(shots, out)
    before = digests(out)
    assert [report.state for report in batch(shots, out)] == ["skipped"] * 3
    assert digests(out) == before
    write_clip(shots / "a.mp4", frames=6)  # delivered again
    (out / "b.mp4").unlink()
    again = {Path(report.outputs[0]).name: report for report in batch([shots / "a.mp4", shots / "b.mov"], out)}
    assert [again[name].state for name in ("a.mp4", "b.mp4")] == ["done", "done"]
    assert len(list(open_video(out / "a.mp4"))) == 6


def test_a_broken_file_fails_alone_and_is_retried_by_the_next_run(batch: Batch, shots: Path, tmp_path: Path) -> None:
    (shots / "aa.mp4").write_text("nothing")
    whole = write_clip(tmp_path / "whole.mkv", frames=60).read_bytes()
    (shots / "cut.mkv").write_bytes(whole[: len(whole) * 6 // 10])
    out = tmp_path / "out"
    reports = {Path(report.source).name: report for report in batch([shots / "aa.mp4", shots / "cut.mkv", shots], out)}
    assert sorted(report.state for report in reports.values()) == ["done", "done", "failed", "failed"]
    assert "aa.mp4" in reports["aa.mp4"].message
    assert "breaks off at frame" in reports["cut.mkv"].message
    assert len(list(open_video(out / "cut.mp4"))) > 0  # its readable frames are kept
    write_clip(shots / "aa.mp4", frames=2)
    (report,) = batch(shots / "aa.mp4", out)
    assert report.state == "done"


def test_notes_on_a_video_reach_its_report_and_the_screen(
    batch: Batch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (report,) = batch(write_clip(tmp_path / "fields.mp4", frames=3, interlaced=True), tmp_path / "out")
    assert report.state == "done"
    assert [note for note in report.notes if "deinterlaced" in note] == list(report.notes) != []
    _Bars().end(report)
    assert f"note: {report.notes[0]}" in capsys.readouterr().out


def test_a_bar_counts_all_videos_above_those_that_run(shots: Path, tmp_path: Path) -> None:
    def lines() -> list[str]:
        console = Console(width=100, file=io.StringIO(), record=True)
        console.print(bars._progress.get_renderable())
        return console.export_text().splitlines()

    running: list[list[str]] = []

    def show(source: str, done: int, total: int | None) -> None:
        bars.show(source, done, total)
        running.append(lines())

    bars = _Bars()
    run = matte_videos(shots, tmp_path / "out", engine="torch", device="cpu", threads=1, progress=show)
    bars.start(run.total)
    counts = []
    for report in run:
        bars.end(report)
        (line,) = lines()
        counts.append(re.search(r"all videos .* (\d/3)", line))
        assert "frames/s" not in line
    assert [count and count[1] for count in counts] == ["1/3", "2/3", "3/3"]
    assert all("all videos" in shown[0] and "frames/s" in shown[1] for shown in running)
    assert len(running) >= 3


def test_a_video_deleted_during_the_batch_fails_alone(shots: Path, tmp_path: Path) -> None:
    run = matte_videos(shots, tmp_path / "out", engine="torch", device="cpu", threads=1)
    (shots / "b.mov").unlink()
    assert [report.state for report in run] == ["done", "failed", "done"]


def test_changed_options_or_weights_stop_the_run_with_a_one_line_error(
    batch: Batch, shots: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    batch(shots, out)
    before = digests(out)
    for options, words in (({"background": "red"}, "background: None, now red"), ({"end": 0.1}, "end")):
        with pytest.raises(InputError, match=words) as error:
            batch(shots, out, **options)
        assert "overwrite" in str(error.value)
        assert "\n" not in str(error.value)
    manifest = out / "modnetv.jsonl"
    record = json.loads(manifest.read_text().splitlines()[-1])
    manifest.write_text(manifest.read_text() + json.dumps(record | {"weights": "of another model"}) + "\n")
    with pytest.raises(InputError, match="other weights"):
        batch(shots, out)
    assert digests(out) == before
    assert [report.state for report in batch(shots, out, background="red", overwrite=True)] == ["done"] * 3
    assert [report.state for report in batch(shots, out, background="red")] == ["skipped"] * 3


def test_an_interrupted_overwriting_run_resumes_without_repeating_work(
    batch: Batch, shots: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    batch(shots, out, format="png")
    run = matte_videos(
        shots, out, format="png", background="red", overwrite=True, engine="torch", device="cpu", threads=1
    )
    assert next(run).state == "done"
    run.close()  # type: ignore[attr-defined]
    assert sorted(r.state for r in batch(shots, out, format="png", background="red")) == ["done", "done", "skipped"]
    for name in ("a", "b", "day2/a"):
        assert np.array(Image.open(out / name / "000000.png"))[..., 0].max() == 255


def test_a_file_that_no_run_wrote_is_not_touched(batch: Batch, shots: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.mp4").write_text("mine")
    reports = batch(shots, out)
    assert sorted(report.state for report in reports) == ["done", "done", "skipped"]
    assert (out / "a.mp4").read_text() == "mine"
    assert "overwrite" in reports[0].message


@pytest.mark.parametrize("name", ["out/a.mp4", "hard.mp4", "link.mp4"])
def test_no_result_replaces_the_background_of_the_others(batch: Batch, shots: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write_clip(out / "a.mp4", frames=2)
    (tmp_path / "hard.mp4").hardlink_to(out / "a.mp4")
    (tmp_path / "link.mp4").symlink_to(out / "a.mp4")
    before = (out / "a.mp4").read_bytes()
    with pytest.raises(OutputError, match="of its own"):
        batch([shots / "a.mp4", shots / "b.mov"], out, background=str(tmp_path / name), overwrite=True)
    assert (out / "a.mp4").read_bytes() == before


def test_no_result_replaces_a_video_that_is_linked_to_its_name(batch: Batch, shots: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.mp4").symlink_to(shots / "a.mp4")
    (out / "b.mp4").hardlink_to(shots / "a.mp4")
    before = (shots / "a.mp4").read_bytes()
    for source in ("a.mp4", "b.mov"):
        with pytest.raises(OutputError, match="of its own"):
            batch([shots / "a.mp4", shots / source], out, overwrite=True)
    assert (shots / "a.mp4").read_bytes() == before


def test_a_result_that_is_a_link_is_written_through_and_keeps_its_mode(
    batch: Batch, shots: Path, tmp_path: Path
) -> None:
    out, other = tmp_path / "out", tmp_path / "elsewhere.mp4"
    out.mkdir()
    other.write_text("old")
    other.chmod(0o640)
    (out / "a.mp4").symlink_to(other)
    assert [report.state for report in batch([shots / "a.mp4"], out, overwrite=True)] == ["done"]
    assert (out / "a.mp4").is_symlink()
    assert len(list(open_video(other))) == 3
    assert other.stat().st_mode & 0o777 == 0o640


def test_an_interrupted_run_leaves_no_partial_outputs(shots: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def interrupt(source: str, done: int, total: int | None) -> None:
        if source.endswith("b.mov"):
            raise KeyboardInterrupt

    run = matte_videos(shots, out, engine="torch", device="cpu", threads=1, progress=interrupt)
    with pytest.raises(KeyboardInterrupt):
        list(run)
    assert sorted(path.name for path in out.iterdir()) == ["a.mp4", "modnetv.jsonl"]


def test_a_complete_result_survives_a_kill_before_it_was_moved(
    batch: Batch, shots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    out, plates = tmp_path / "out", tmp_path / "plates"
    for name, at in (("a.mp4", "publish"), ("b.mov", "_publish")):  # partly moved, or not at all
        with monkeypatch.context() as patched:
            patched.setattr(batch_run, "clear", lambda roots: None)
            patched.setattr(batch_run, at, killed)
            with pytest.raises(KeyboardInterrupt):
                batch(shots / name, out, save_background=plates)
        assert not (out / name).exists()
    staged = json.loads((out / "modnetv.jsonl").read_text().splitlines()[1])["staged"]
    Path(staged["dst"]).rename(out / "a.mp4")
    reports = batch([shots / "a.mp4", shots / "b.mov"], out, save_background=plates)
    assert [report.state for report in reports] == ["skipped", "skipped"]
    assert sorted(digests(out)) == ["a.mp4", "b.mp4"]
    assert sorted(digests(plates)) == ["a.png", "b.png"]


def test_sources_and_results_may_be_at_addresses(batch: Batch, shots: Path, tmp_path: Path) -> None:
    source, out = f"file://{shots}", f"file://{tmp_path}/out"
    assert [report.state for report in batch(source, out)] == ["done"] * 3
    assert [report.state for report in batch(f"{source}/**/*.mp4", out)] == ["skipped"] * 2
    assert len(list(open_video(tmp_path / "out/day2/a.mp4"))) == 5
    (memory,) = batch(shots / "a.mp4", "memory://results", format="png")
    assert (memory.state, memory.outputs) == ("done", ("memory://results/a",))
    for nothing in ("memory://results/a", "memory://results/a/*.mp4", f"file://{tmp_path}/nowhere.mp4"):
        with pytest.raises(InputError, match=nothing.replace("*", r"\*")):
            batch(nothing, tmp_path / "back")


def test_invalid_options_give_a_one_line_error_before_any_work(batch: Batch, shots: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for options, kind, words in (
        ({"workers": 0}, InputError, "workers"),
        ({"background": "grene"}, InputError, "grene"),
        ({"weights": str(tmp_path / "nowhere")}, WeightsError, "nowhere"),
        ({"alpha": out}, InputError, "own folder"),
        ({"format": "avi"}, InputError, "avi"),
    ):
        with pytest.raises(kind, match=words):
            batch(shots, out, **options)
    assert not out.exists()
    with pytest.raises(InputError, match=r"nowhere3fs|cannot be used|not installed"):
        batch("nowhere3fs://bucket/a.mp4", out)
