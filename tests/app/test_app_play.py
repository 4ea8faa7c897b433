"""The play button of the tab "Inside" in a browser: frames play in a loop until it is paused."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from app_browser import PATIENCE, PHONE, upload
from app_clips import real_clip
from playwright.sync_api import Page, expect
from real_browser import in_a_browser

pytestmark = in_a_browser
FRAMES = 4  # recorded by the app of these tests

# records every frame that the slider reaches, and the picture drawn with it
WATCH = """element => {
  const plot = document.querySelector(`${element} .js-plotly-plot`);
  window.seen = [];
  window.watching = setInterval(() => {
    const frame = plot.layout.sliders[0].active, picture = plot.querySelector(".imagelayer image").getAttribute("href");
    if (window.seen.at(-1)?.[0] !== frame) window.seen.push([frame, picture]);
    if (window.shown !== picture) [window.shown, window.since] = [picture, performance.now()];
  }, 20);
}"""


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
def test_play_loops_over_the_frames_until_paused(
    open_page: Callable[..., Page], tmp_path: Path, artifacts: Path, screen: dict[str, Any]
) -> None:
    page = open_page(**screen)
    upload(page, real_clip(tmp_path / "me.mp4", frames=8))
    expect(page.locator("#about")).to_contain_text("0.3 s")
    page.get_by_role("tab", name="Inside").click()
    page.locator("#inside-run").click()
    for tab, element in (("Frames", "#explorer"), ("Rules", "#rules")):
        page.get_by_role("tab", name=tab).click()
        pictures = page.locator(f"{element} .imagelayer image")
        expect(pictures.first).to_be_visible(timeout=PATIENCE)
        page.evaluate(WATCH, element)
        press(page, element, screen)
        expect(page.locator(f"{element}-play")).to_contain_text("Pause")
        looped = f"seen.length > {FRAMES + 1} && new Set(seen.map(([_, picture]) => picture)).size >= {FRAMES}"
        page.wait_for_function(looped, timeout=PATIENCE)
        press(page, element, screen)
        expect(page.locator(f"{element}-play")).to_contain_text("Play")
        page.wait_for_function("performance.now() - window.since > 1500", timeout=PATIENCE)  # playback has stopped
        frames = page.evaluate("() => {clearInterval(window.watching); return window.seen.map(([frame]) => frame)}")
        assert all(after == (before + 1) % FRAMES for before, after in pairwise(frames)), frames


def press(page: Page, element: str, screen: dict[str, Any]) -> None:
    button = page.locator(f"{element}-play")
    if screen.get("has_touch"):
        button.tap()
    else:
        button.click()
