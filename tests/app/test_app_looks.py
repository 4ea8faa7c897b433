"""The app's appearance in use: first page, examples, and comparable results, on every screen size."""

import json
import re
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import axe_playwright_python
import numpy as np
import pytest
from app_browser import PATIENCE, PHONE, choose, upload
from app_clips import real_clip
from app_server import AppServer
from playwright.sync_api import Page, expect
from real_browser import in_a_browser

from modnetv_kit.video import VideoInfo, open_writer

pytestmark = in_a_browser
OpenPage = Callable[..., Page]


def test_the_first_page_says_what_to_do(app: AppServer, open_page: OpenPage, artifacts: Path) -> None:
    began = time.monotonic()
    page = open_page()
    seconds = {"start of the server": round(app.started, 2), "first page": round(time.monotonic() - began, 2)}
    (artifacts / "app_seconds.json").write_text(json.dumps(seconds))  # a record; a busy machine is slower
    expect(page.locator("#status")).to_contain_text("Choose a video, or click an example.")


def test_another_background_and_edges_need_no_matting_and_the_page_says_what_is_stale(
    page: Page, tmp_path: Path, artifacts: Path
) -> None:
    choose(page, real_clip(tmp_path / "clip.mp4", frames=12))
    page.locator("#run").click()
    frame, stale = page.locator("#frame img"), page.locator("#stale")
    expect(frame).to_be_visible(timeout=PATIENCE)
    expect(stale).to_be_empty()
    for change in (
        lambda: page.get_by_label("Blur", exact=True).first.click(),
        lambda: page.locator("#shrink input[type=range]").press("End"),
        lambda: page.locator("#frame-index input[type=range]").press("Home"),
    ):
        shown = frame.get_attribute("src")
        change()
        expect(frame).not_to_have_attribute("src", shown or "", timeout=PATIENCE)
    expect(stale).to_contain_text("other settings")
    page.screenshot(path=artifacts / "app_stale.png", full_page=True)
    page.evaluate(
        """() => {
            window.said = [];
            const status = document.querySelector("#status");
            const options = {childList: true, subtree: true, characterData: true};
            new MutationObserver(() => window.said.push(status.innerText)).observe(status, options);
        }"""
    )
    page.locator("#run").click()
    expect(stale).to_be_empty(timeout=PATIENCE)
    expect(page.locator("#status")).to_contain_text("12 frames in", timeout=PATIENCE)
    said = " ".join(page.evaluate("window.said"))
    assert said
    assert not re.search(r"\bFrame \d+ of", said)  # that is matting; the result is written alone


def test_an_example_starts_at_once_when_it_is_clicked(page: Page) -> None:
    expect(page.locator("#wipe canvas")).to_be_visible()  # a result is shown before anything is asked for
    page.locator("#examples button").first.click()
    # first what an idle machine soon takes away again
    expect(page.locator("#status [role=progressbar]")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#about")).to_contain_text("3.0 s", timeout=PATIENCE)
    expect(page.locator("#results")).to_be_visible(timeout=PATIENCE)


def test_a_click_says_who_is_meant_and_the_tint_follows(page: Page, tmp_path: Path, artifacts: Path) -> None:
    choose(page, real_clip(tmp_path / "me.mp4", frames=6))
    page.get_by_text("Who is meant?").click()
    picture = page.locator("#who-frame img")
    expect(picture).to_be_visible(timeout=PATIENCE)
    for position, kind in (({"x": 150, "y": 90}, "Keep"), ({"x": 20, "y": 20}, "Remove")):
        shown = picture.get_attribute("src")
        page.locator("#what").get_by_label(kind).click()
        picture.click(position=position)  # type: ignore[arg-type]
        expect(picture).not_to_have_attribute("src", shown or "", timeout=PATIENCE)
    page.screenshot(path=artifacts / "app_who.png", full_page=True)
    shown = picture.get_attribute("src")
    page.locator("#who-undo").click()
    expect(picture).not_to_have_attribute("src", shown or "", timeout=PATIENCE)
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("6 frames in", timeout=PATIENCE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_controls_stand_out_from_their_background(open_page: OpenPage, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    script = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
    page.evaluate(script)
    for tab in ("Video", "Several", "Picture", "Live", "Inside"):
        page.get_by_role("tab", name=tab, exact=True).click()
        page.wait_for_timeout(500)
        found = page.evaluate("axe.run(document, {runOnly: ['color-contrast']}).then(result => result.violations)")
        nodes = [(node["target"], node["failureSummary"]) for violation in found for node in violation["nodes"]]
        assert not nodes, f"{tab}: {nodes}"


def test_what_the_browser_cannot_play_is_judged_by_the_app_alone(page: Page, tmp_path: Path) -> None:
    prores = tmp_path / "from_an_editor.mov"
    with open_writer(prores, VideoInfo(64, 48, Fraction(25))) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8), 0, Fraction(1, 25))
    upload(page, prores)
    expect(page.locator("#about")).to_contain_text("64 x 48")
    expect(page.locator("#about")).to_contain_text("worked on all the same")
    (tmp_path / "text.mp4").write_text("not a video")
    page.get_by_role("button", name="Clear").first.click()
    upload(page, tmp_path / "text.mp4")
    expect(page.locator("#about .problem")).to_have_text(
        "text.mp4 is not a video that can be read; check that it plays."
    )
    page.wait_for_timeout(1000)
    expect(page.locator(".toast-body")).to_have_count(0)


def test_the_camera_runs_live_and_starts_anew(page: Page, artifacts: Path) -> None:
    page.get_by_role("tab", name="Live").click()
    page.get_by_role("button", name="Click to Access Webcam").click()
    page.locator("#camera button", has_text="Start").click()
    shown = page.locator("#live-shown")
    expect(shown).to_contain_text("frames/s", timeout=PATIENCE)
    expect(shown).to_contain_text(re.compile(r"frame \d\d"), timeout=PATIENCE)
    page.screenshot(path=artifacts / "app_live.png", full_page=True)
    page.locator("#live-save").click()
    expect(page.locator("#live-file")).to_contain_text("last_seconds", timeout=PATIENCE)
    page.locator("#live-reset").click()
    expect(shown).to_contain_text(re.compile(r"new|frame \d of"), timeout=PATIENCE)


def test_on_a_phone_the_live_picture_stands_right_below_the_camera(open_page: OpenPage) -> None:
    page = open_page(**PHONE)
    page.get_by_role("tab", name="Live").click()
    expect(page.locator("#live-shown")).to_be_visible()
    tops = [page.locator(element).bounding_box()["y"] for element in ("#camera", "#live-shown", "#live-reset")]  # type: ignore[index]
    assert tops == sorted(tops)


def test_a_video_plays_behind_the_live_picture(page: Page, tmp_path: Path, artifacts: Path) -> None:
    page.get_by_role("tab", name="Live").click()
    live = page.locator("#live")
    live.get_by_label("Video", exact=True).click()
    page.get_by_role("button", name="Click to Access Webcam").click()
    page.locator("#camera button", has_text="Start").click()
    shown = page.locator("#live-shown")
    expect(shown).to_have_text("Choose a video to put behind the person.", timeout=PATIENCE)
    live.locator(".behind-video input[type=file]").set_input_files(real_clip(tmp_path / "behind.mp4"))
    expect(shown).to_contain_text("frames/s", timeout=PATIENCE)
    page.screenshot(path=artifacts / "app_live_video.png", full_page=True)


@pytest.mark.parametrize(
    ("name", "screen"),
    [
        ("phone", PHONE),
        ("dark", {"color_scheme": "dark"}),
    ],
)
def test_every_tab_fits_the_screen(
    open_page: OpenPage, artifacts: Path, tmp_path: Path, name: str, screen: dict[str, object]
) -> None:
    page = open_page(**screen)
    choose(page, real_clip(tmp_path / "me.mp4", frames=6))
    page.get_by_label("Transparent").first.click()
    page.locator("#run").click()
    expect(page.locator("#frame img").first).to_be_visible(timeout=PATIENCE)
    for tab in ("Video", "Several", "Picture", "Live", "Inside"):
        page.get_by_role("tab", name=tab, exact=True).click()
        if tab == "Inside":
            page.locator("#inside-run").click()
            figure = page.locator("#explorer .js-plotly-plot .main-svg").first
            expect(figure).to_be_visible(timeout=PATIENCE)
            box = figure.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= page.viewport_size["width"]  # type: ignore[index]
        page.wait_for_timeout(500)
        page.screenshot(path=artifacts / f"app_{name}_{tab.lower()}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), tab
        assert page.evaluate("window.innerWidth") == page.viewport_size["width"], tab  # type: ignore[index]
