"""The tab Live offers the page that mattes in the browser itself, where its files were built."""

import re
from fractions import Fraction
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from real_browser import in_a_browser

from modnetv_kit.app import browser_page
from modnetv_kit.errors import InputError
from modnetv_kit.samples import carphone
from modnetv_kit.video import VideoInfo, open_video, open_writer

pytestmark = in_a_browser
FRAMES = re.compile(r"^([3-9]|\d\d+)$")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Of a man in a moving car, as a browser plays it."""
    with open_writer(tmp_path / "clip.mp4", VideoInfo(176, 144, Fraction(5), Fraction(1, 5))) as writer:
        for index, frame in enumerate(islice(open_video(carphone()), 100)):
            writer.write(frame.image, index, Fraction(1, 5))
    return tmp_path / "clip.mp4"


def test_the_tab_live_mattes_a_file_in_the_browser_and_a_tab_of_its_own_has_threads(page: Page, clip: Path) -> None:
    page.get_by_role("tab", name="Live", exact=True).click()
    page.get_by_role("button", name="Run it in this browser instead").click()
    inside = page.frame_locator("#in-browser iframe")
    expect(inside.locator("#status")).to_have_text("Choose the camera or a video.")
    inside.locator("#file").set_input_files(clip)
    expect(inside.locator("#result")).to_have_attribute("data-frames", FRAMES)
    expect(inside.locator("#status")).to_contain_text("one thread")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="a tab of its own").click()
    assert opened.value.evaluate("crossOriginIsolated")


def test_without_built_files_the_app_has_no_such_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise InputError("not built")

    assert len(browser_page.routes()) == 1
    monkeypatch.setattr(browser_page, "built_page", missing)
    assert browser_page.routes() == []
    browser_page.offer()  # outside of any page this would fail if it added something
