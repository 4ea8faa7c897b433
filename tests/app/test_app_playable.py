"""Videos that a browser cannot play are shown as small copies, both sources and results."""

from pathlib import Path

import pytest
from app_browser import PATIENCE, upload
from app_clips import RATE, foreign_clip, real_clip, sounds
from playwright.sync_api import Page, expect
from real_browser import in_a_browser

from modnetv_kit.app import playable
from modnetv_kit.app.limits import Limits
from modnetv_kit.app.playable import playable_copy
from modnetv_kit.errors import InputError
from modnetv_kit.video import open_video


def test_a_copy_is_small_h264_without_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playable, "SIDE", 128)
    copy = playable_copy(real_clip(tmp_path / "me.mp4", 8), Limits(), tmp_path)
    video = open_video(copy)
    assert (video.info.codec, video.info.width, video.info.height) == ("h264", 128, 104)
    assert len(list(video)) == 8
    assert sounds(copy) == 0


def test_only_the_beginning_of_a_long_video_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = real_clip(tmp_path / "me.mp4", 40)
    monkeypatch.setattr(playable, "SECONDS", 0.4)
    assert len(list(open_video(playable_copy(clip, Limits(), tmp_path)))) == 10
    monkeypatch.setattr(playable, "PATIENCE", 0.0)
    assert len(list(open_video(playable_copy(clip, Limits(), tmp_path)))) == 1


def test_a_file_that_is_not_a_video_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("not a video")
    with pytest.raises(InputError, match=r"text\.mp4"):
        playable_copy(tmp_path / "text.mp4", Limits(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["text.mp4"]


class TestInABrowser:
    """Clips from a phone and from an editor, from the upload to the result for the editor."""

    pytestmark = in_a_browser

    @pytest.mark.parametrize("name", ["phone.mp4", "edit.mov"])
    def test_the_source_plays(self, page: Page, tmp_path: Path, artifacts: Path, name: str) -> None:
        upload(page, foreign_clip(tmp_path / name))
        expect(page.locator("#about")).to_contain_text("0.6 s")
        page.wait_for_function("document.querySelector('#source video')?.readyState >= 2", timeout=PATIENCE)
        assert page.locator("#source video").evaluate("video => [video.videoWidth, video.paused]") == [256, True]
        expect(page.locator("#about img")).to_have_count(0)
        page.locator("#source").hover()
        page.locator("#source [aria-label=play-pause-replay-button]").click()
        page.wait_for_function("document.querySelector('#source video').currentTime > 0.2", timeout=PATIENCE)
        page.screenshot(path=artifacts / f"app_plays_{name}.png")
        expect(page.locator(".toast-body")).to_have_count(0)

    @pytest.mark.parametrize(("tab", "field"), [("Video", "#behind-video"), ("Live", "#live-behind-video")])
    def test_a_background_plays(self, page: Page, tmp_path: Path, tab: str, field: str) -> None:
        page.get_by_role("tab", name=tab, exact=True).click()
        page.get_by_role("radio", name="Video", exact=True).locator("visible=true").click()
        page.locator(f"{field} input[type=file]").set_input_files(foreign_clip(tmp_path / "phone.mp4"))
        page.wait_for_function(f"document.querySelector('{field} video')?.videoWidth === 256", timeout=PATIENCE)
        expect(page.locator(".toast-body")).to_have_count(0)

    def test_a_transparent_result_for_an_editor_plays_and_covers_the_whole_source(
        self, page: Page, tmp_path: Path
    ) -> None:
        upload(page, foreign_clip(tmp_path / "phone.mp4"))
        expect(page.locator("#about")).to_contain_text("0.6 s")
        page.get_by_label("Transparent", exact=True).first.click()
        page.get_by_text("File format, size, start and end").click()
        page.locator("#file-format").get_by_label("MOV").click()
        page.locator("#run").click()
        expect(page.locator("#status")).to_contain_text("16 frames in", timeout=PATIENCE)
        page.wait_for_function(
            "document.querySelector('#player video').readyState >= 2 && "
            "document.querySelector('#player video').currentTime > 0",
            timeout=PATIENCE,
        )
        assert page.locator("#player video").evaluate("video => video.duration") == pytest.approx(16 / RATE, abs=0.05)
        with page.expect_download() as waiting:
            page.locator("#get-result").click()
        waiting.value.save_as(tmp_path / "result.mov")
        result = open_video(tmp_path / "result.mov")
        assert (result.info.codec, len(list(result))) == ("prores", 16)
