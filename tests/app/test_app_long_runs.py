"""A run that lasts: its progress, those who wait for it, and what a reload, a stop or a closed page does to it."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from app_browser import PATIENCE, PHONE, choose
from app_clips import real_clip
from app_server import AppServer, wait_until
from playwright.sync_api import Page, expect
from real_browser import in_a_browser

from modnetv_kit.video import open_video

pytestmark = in_a_browser
OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def patient_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """An app that takes clips of minutes."""
    server = AppServer(tmp_path_factory.mktemp("patient"), seconds=150)
    yield server
    server.stop()


@pytest.fixture
def visit(patient_app: AppServer, open_page: OpenPage) -> OpenPage:
    """Opens that app for one more visitor."""
    return partial(open_page, patient_app)


@pytest.fixture(scope="module")
def minutes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip that no machine finishes while a test looks at its run."""
    return real_clip(tmp_path_factory.mktemp("long") / "minutes.mp4", frames=2500, sound=False)


def test_progress_moves_with_the_picture_until_the_result_is_there(
    visit: OpenPage, minutes: Path, artifacts: Path
) -> None:
    page = visit()
    choose(page, minutes)
    page.get_by_text("File format, size, start and end").click()
    page.get_by_label("End").fill("5")
    page.locator("#run").click()
    bar, picture = page.locator("#status [role=progressbar]"), page.locator("#status img")
    expect(bar).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#halt")).to_be_visible()  # a run can be stopped while it goes on
    expect(page.locator("#status")).to_contain_text("s left", timeout=PATIENCE)
    first = int(bar.get_attribute("aria-valuenow") or 0), picture.get_attribute("src")
    page.screenshot(path=artifacts / "app_running.png", full_page=True)
    expect(picture).not_to_have_attribute("src", first[1] or "", timeout=PATIENCE)
    assert int(bar.get_attribute("aria-valuenow") or 0) > first[0]
    assert "of 125" in page.locator("#status").inner_text()
    expect(page.locator("#results")).to_be_visible(timeout=4 * PATIENCE)
    expect(page.locator("#halt")).to_be_hidden()


def test_a_reload_brings_back_the_work_and_its_results(visit: OpenPage, minutes: Path) -> None:
    page = visit()
    choose(page, minutes)
    page.locator("#run").click()
    expect(page.locator("#status [role=progressbar]")).to_be_visible(timeout=PATIENCE)
    page.reload()
    expect(page.locator("#status [role=progressbar]")).to_be_visible(timeout=PATIENCE)
    page.locator("#halt").click()
    expect(page.locator("#status")).to_contain_text("frames in", timeout=PATIENCE)
    done = page.locator("#status").inner_text()
    page.reload()
    expect(page.locator("#status")).to_have_text(done, use_inner_text=True, timeout=PATIENCE)
    expect(page.locator("#get-result")).to_be_visible()
    expect(page.locator("#run")).to_be_visible()
    expect(page.locator("#about")).to_contain_text("100.0 s", timeout=PATIENCE)


def test_stopping_keeps_what_is_done(visit: OpenPage, minutes: Path, tmp_path: Path) -> None:
    page = visit()
    choose(page, minutes)
    page.locator("#run").click()
    page.locator("#halt").click()
    expect(page.locator("#results")).to_be_visible(timeout=PATIENCE)
    with page.expect_download() as waiting:
        page.locator("#get-result").click()
    waiting.value.save_as(tmp_path / "part.mp4")
    assert 0 < len(list(open_video(tmp_path / "part.mp4"))) < 2500


def test_others_are_told_how_many_come_first(visit: OpenPage, minutes: Path, artifacts: Path) -> None:
    first, second = visit(), visit()
    for page in (first, second):
        choose(page, minutes)
    first.locator("#run").click()
    expect(first.locator("#status [role=progressbar]")).to_be_visible(timeout=PATIENCE)
    second.locator("#run").click()
    expect(second.locator("#status")).to_contain_text("1 ahead of you", timeout=PATIENCE)
    second.screenshot(path=artifacts / "app_waiting.png")
    first.locator("#halt").click()
    expect(second.locator("#status [role=progressbar]")).to_be_visible(timeout=PATIENCE)
    second.locator("#halt").click()
    expect(second.locator("#results")).to_be_visible(timeout=PATIENCE)


def test_whoever_closes_the_page_ends_the_work(visit: OpenPage, patient_app: AppServer, minutes: Path) -> None:
    def folders() -> set[Path]:
        return set(patient_app.temporary.glob("modnetv_app_*"))

    page, before = visit(), folders()
    choose(page, minutes)
    page.locator("#run").click()
    expect(page.locator("#status [role=progressbar]")).to_be_visible(timeout=PATIENCE)
    assert folders() > before
    page.close()
    assert wait_until(lambda: folders() <= before, 60)


def test_on_a_phone_what_answers_the_button_comes_into_view(visit: OpenPage, minutes: Path) -> None:
    page = visit(**PHONE)
    choose(page, minutes)
    page.locator("#run").click()
    expect(page.locator("#status [role=progressbar]")).to_be_in_viewport(timeout=PATIENCE)
    expect(page.locator("#status")).to_contain_text(re.compile(r"Frame \d+ of"), timeout=PATIENCE)
    page.locator("#halt").click()
    expect(page.locator("#wipe canvas")).to_be_in_viewport(timeout=PATIENCE)
