"""The app as people use it: in a real browser, with real clips, good ones and bad ones."""

from collections.abc import Callable
from pathlib import Path

import pytest
from app_browser import PATIENCE, upload
from app_clips import RATE, real_clip, sound_only, sounds
from PIL import Image
from playwright.sync_api import Page, expect
from real_browser import in_a_browser

from modnetv_kit.samples import carphone
from modnetv_kit.video import open_video

pytestmark = in_a_browser


def test_a_video_goes_up_and_the_person_comes_down(page: Page, tmp_path: Path, artifacts: Path) -> None:
    clip = real_clip(tmp_path / "me.mp4", frames=20)
    upload(page, clip)
    expect(page.locator("#about")).to_contain_text("0.8 s")
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("20 frames in", timeout=PATIENCE)
    player = page.locator("#player video")
    expect(page.locator("#wipe canvas")).to_be_visible()
    page.wait_for_function("document.querySelector('#player video').readyState >= 3", timeout=PATIENCE)
    assert player.evaluate("video => video.duration") == pytest.approx(20 / RATE, abs=1 / RATE)
    assert player.evaluate("video => video.muted && video.loop")
    page.wait_for_function("!document.querySelector('#player video').paused", timeout=PATIENCE)
    page.screenshot(path=artifacts / "app_video.png", full_page=True)
    with page.expect_download() as waiting:
        page.locator("#get-result").click()
    waiting.value.save_as(tmp_path / "result.mp4")
    assert len(list(open_video(tmp_path / "result.mp4"))) == 20
    assert sounds(tmp_path / "result.mp4") == sounds(clip) > 0


def test_opening_the_settings_changes_nothing_but_what_is_chosen_there(page: Page, tmp_path: Path) -> None:
    upload(page, real_clip(tmp_path / "me.mp4", frames=8))
    expect(page.locator("#about")).to_contain_text("0.3 s")
    expect(page.locator("#source button[aria-label^=Trim]")).to_be_hidden()
    page.get_by_text("File format, size, start and end").click()
    page.locator("#file-format").get_by_label("MOV").click()
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("8 frames in", timeout=PATIENCE)
    page.get_by_label("Start", exact=True).fill("0:00.16")
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("4 frames in", timeout=PATIENCE)
    with page.expect_download() as waiting:
        page.locator("#get-result").click()
    waiting.value.save_as(tmp_path / "result.mov")
    assert open_video(tmp_path / "result.mov").info.codec == "prores"


def _torn(path: Path) -> Path:
    whole = real_clip(path.with_name("whole.mp4")).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def _text(path: Path) -> Path:
    path.write_text("not a video\n" * 50)
    return path


def _large(path: Path) -> Path:
    path.write_bytes(Path(carphone()).read_bytes() + bytes(1_200_000))
    return path


BAD: dict[str, Callable[[Path], Path]] = {
    "torn.mp4": _torn,
    "text.mp4": _text,
    "sound.mp4": sound_only,
    "long.mp4": lambda path: real_clip(path, frames=90),
    "large.mp4": _large,
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gets_one_message_and_the_app_stays_usable(
    page: Page, tmp_path: Path, artifacts: Path, name: str
) -> None:
    upload(page, BAD[name](tmp_path / name))
    message = page.locator(".toast-body, #about .problem, #about:has-text('not'), #status:has-text('not')").first
    page.wait_for_timeout(1500)
    if not message.is_visible():
        page.locator("#run").click()
    expect(message).to_be_visible(timeout=PATIENCE)
    assert "Traceback" not in message.inner_text()
    page.screenshot(path=artifacts / f"app_{name}.png")
    page.reload()
    upload(page, real_clip(tmp_path / "good.mp4", frames=4))
    expect(page.locator("#about")).to_contain_text("0.2 s")
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("4 frames in", timeout=PATIENCE)


def test_the_slider_inside_shows_another_frame(page: Page, tmp_path: Path, artifacts: Path) -> None:
    upload(page, real_clip(tmp_path / "me.mp4", frames=8))
    expect(page.locator("#about")).to_contain_text("0.3 s")
    page.get_by_role("tab", name="Inside").click()
    page.locator("#inside-run").click()
    pictures = page.locator("#explorer .js-plotly-plot image")
    expect(pictures.first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=artifacts / "app_inside.png", full_page=True)
    shown = pictures.first.get_attribute("href")
    rail = page.locator("#explorer .slider-rail-touch-rect").first
    box = rail.bounding_box()
    assert box is not None
    rail.click(position={"x": box["width"] - 3, "y": box["height"] / 2})
    expect(pictures.first).not_to_have_attribute("href", shown or "")


def test_a_picture_comes_back_transparent(page: Page, tmp_path: Path, artifacts: Path) -> None:
    page.get_by_role("tab", name="Picture").click()
    page.locator("#picture-example").click()
    expect(page.locator("#picture-source img")).to_be_visible()
    page.locator("#picture-run").click()
    expect(page.locator("#picture-get")).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=artifacts / "app_picture.png", full_page=True)
    with page.expect_download() as waiting:
        page.locator("#picture-get").click()
    waiting.value.save_as(tmp_path / "picture.png")
    with Image.open(tmp_path / "picture.png") as picture:
        alpha = picture.convert("RGBA").getchannel("A").getextrema() if picture.mode == "RGBA" else None
    assert alpha is None or alpha[0] < 10 < 245 < alpha[1]
