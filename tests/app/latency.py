"""`python tests/app/latency.py [CLIP]` prints how long the app takes to respond in a browser, on an idle machine.

Times are from the visitor's action until the page shows the new picture, median and slowest of several.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/app")]

from app_browser import choose  # noqa: E402
from app_clips import real_clip  # noqa: E402
from standalone import standalone_page  # noqa: E402

PLACES = [(0.5, 0.5), (0.1, 0.1), (0.45, 0.6), (0.9, 0.1), (0.55, 0.45), (0.1, 0.2)]


def responses(picture: Locator, actions: list[Callable[[], object]]) -> list[float]:
    """Seconds from each action until the picture is another one; the first, which warms up, is left out."""
    seconds = []
    for act in actions:
        shown = picture.get_attribute("src") or ""
        started = time.perf_counter()
        act()
        expect(picture).not_to_have_attribute("src", shown)
        seconds.append(time.perf_counter() - started)
        picture.page.wait_for_timeout(700)
    return seconds[1:]


def clicks(page: Page) -> list[float]:
    """Clicks on the frame that say who is meant."""
    page.get_by_text("Who is meant?").click()
    picture = page.locator("#who-frame img")
    expect(picture).to_be_visible()
    page.wait_for_timeout(1_000)
    size = picture.bounding_box()
    assert size is not None

    def click(x: float, y: float) -> Callable[[], object]:
        return lambda: picture.click(position={"x": x * size["width"], "y": y * size["height"]})

    return responses(picture, [click(*place) for place in PLACES])


def edges(page: Page) -> list[float]:
    """Steps of the slider that shrinks the matte, after matting."""
    page.locator("#run").click()
    picture = page.locator("#frame img")
    expect(page.locator("#status")).to_contain_text("frames in")
    expect(picture).to_be_visible()
    page.wait_for_timeout(2_000)
    slider = page.locator("#shrink input[type=range]")
    return responses(picture, [lambda: slider.press("ArrowRight")] * len(PLACES))


def main() -> None:
    """Print the times of all actions."""
    with standalone_page(height=1000) as (page, folder):
        choose(page, Path(sys.argv[1]) if sys.argv[1:] else real_clip(folder / "me.mp4", 24))
        for name, measure in (("a click on who is meant", clicks), ("a step of an edge control", edges)):
            seconds = measure(page)
            print(f"{name}: {statistics.median(seconds):.2f} s, slowest of {len(seconds)} {max(seconds):.2f} s")


if __name__ == "__main__":
    main()
