"""The page fits phones and desktops: nothing is cut off, and the main button stays visible and covers nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from app_browser import PHONE
from playwright.sync_api import Page, expect
from real_browser import in_a_browser

pytestmark = in_a_browser
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
TABS = {"Video": "#run", "Several": "#several-run", "Picture": "#picture-run", "Live": None, "Inside": None}

FOOTER_IS_FREE = """button => {
  scrollTo(0, 1e6);
  const [footer, above] = ["footer", button].map((name) => document.querySelector(name).getBoundingClientRect());
  return footer.top >= above.bottom || footer.bottom <= above.top;
}"""

COVERED = """button => {
  const over = new Set();
  for (let top = 0; top <= document.documentElement.scrollHeight; top += 24) {
    scrollTo(0, top);
    const box = document.querySelector(button).getBoundingClientRect();
    for (let x = box.left + 8; x < box.right; x += 24) for (let y = box.top + 4; y < box.bottom; y += 12) {
      const shown = document.elementFromPoint(x, y);
      if (shown && !shown.closest(button)) over.add(shown.outerHTML.slice(0, 200));
    }
  }
  return [...over];
}"""


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_tab_fits_the_screen_and_shows_its_main_button(
    open_page: Callable[..., Page], screen: dict[str, Any]
) -> None:
    page = open_page(**screen)
    expect(page.locator("#examples img")).to_have_count(2)
    for tab, button in TABS.items():
        page.get_by_role("tab", name=tab, exact=True).click()
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab
        if button is None:
            continue
        page.evaluate("scrollTo(0, 0)")
        expect(page.locator(button)).to_be_in_viewport(ratio=1)
        assert page.evaluate(COVERED, button) == []
        page.wait_for_function(FOOTER_IS_FREE, arg=button)  # pictures may still be loading
        expect(page.locator(button)).to_be_in_viewport(ratio=1)
