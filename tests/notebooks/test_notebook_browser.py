"""Notebooks 02 and 03 in JupyterLab, in a real browser: sliders and the pointer change the pictures."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from notebook_tools import ROOT, code_cells, load_runner, read
from playwright.sync_api import Browser, Locator, Page, expect
from real_browser import in_a_browser

pytestmark = in_a_browser
NAMES = ("02_background_restoration.ipynb", "03_flaw_maps.ipynb")
PATIENCE = 300_000  # milliseconds for a notebook's cells on a busy machine
IDLE = "Python 3 (ipykernel) | Idle"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab that holds the notebooks at CI's size, without outputs."""
    folder = tmp_path_factory.mktemp("lab")
    for name in NAMES:
        notebook = read(ROOT / "notebooks" / name)
        load_runner().reduce_size(notebook)
        for cell in code_cells(notebook):
            cell.outputs = []
        nbformat.write(notebook, folder / name)
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    # by default cells out of sight are not in the page at all
    (settings / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))
    environment = os.environ | {
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "IPYTHONDIR": str(folder / "ipython"),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    options = ["--no-browser", "--ip=127.0.0.1", "--ServerApp.port=0", "--IdentityProvider.token=test", "--allow-root"]
    with (folder / "log.txt").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}", *options],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            address = _address(folder, server)
            yield address
            request = urllib.request.Request(f"{address}api/shutdown?token=test", method="POST")
            urllib.request.urlopen(request, timeout=30).close()  # kernels end with it
            server.wait(60)
        finally:
            server.kill()
            server.wait()


def _address(folder: Path, server: subprocess.Popen[bytes]) -> str:
    for _ in range(600):
        for file in (folder / "runtime").glob("jpserver-*.json"):
            return json.loads(file.read_text())["url"]
        assert server.poll() is None, (folder / "log.txt").read_text()
        time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{(folder / 'log.txt').read_text()}")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE)
    yield page
    page.close()


def run(page: Page, lab: str, name: str) -> None:
    """Open a notebook and start all its cells."""
    page.goto(f"{lab}lab/tree/{name}?token=test&reset")
    page.locator(".jp-Notebook").wait_for()
    page.get_by_text(IDLE).wait_for()  # or it would ask for a kernel
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


def assert_no_errors(page: Page) -> None:
    """Wait until every cell has run, and see that none complained."""
    expect(page.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(0, timeout=PATIENCE)
    page.get_by_text(IDLE).wait_for()
    errors = "[data-mime-type='application/vnd.jupyter.error'], [data-mime-type='application/vnd.jupyter.stderr']"
    assert page.locator(errors).all_inner_texts() == []


def press_and_see(page: Page, handle: Locator, key: str, picture: Locator) -> None:
    """Press a key on a slider, and see another picture than before."""
    before = picture.get_attribute("src"), picture.screenshot()
    handle.press(key)
    expect(picture).not_to_have_attribute("src", before[0] or "", timeout=PATIENCE)
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture.element_handle())
    assert picture.screenshot() != before[1]


def test_notebook_02_sliders_change_the_pictures(page: Page, lab: str) -> None:
    run(page, lab, NAMES[0])

    # the explorer: the network's maps, drawn anew in the kernel for every frame
    explorer = page.locator(".jp-OutputArea-output:has(.widget-play):has(.widget-toggle-button)")
    picture = explorer.locator("img")
    picture.wait_for()
    expect(picture).to_have_js_property("complete", True)
    press_and_see(page, explorer.locator(".noUi-handle").first, "ArrowRight", picture)

    # the wipe between both rules: another frame, and another place of the line
    compare = page.locator(".jp-OutputArea-output:has(.widget-play):has-text('refresh ▶')")
    picture = compare.locator("img")
    picture.wait_for()
    for slider, key in ((0, "End"), (1, "Home"), (1, "End")):
        press_and_see(page, compare.locator(".noUi-handle").nth(slider), key, picture)

    # the figure: pictures that travelled with the page
    figure = page.locator(".js-plotly-plot:has(.slider-rail-touch-rect)").first
    figure.scroll_into_view_if_needed()
    images = figure.locator(".imagelayer image")
    expect(images).to_have_count(7, timeout=PATIENCE)
    shown = [images.nth(i).get_attribute("href") for i in range(7)]
    drawn = figure.screenshot()
    rail = figure.locator(".slider-rail-touch-rect")
    box = rail.bounding_box()
    assert box is not None
    rail.click(position={"x": 2, "y": box["height"] / 2})
    expect(images.first).not_to_have_attribute("href", shown[0] or "", timeout=PATIENCE)
    assert all(images.nth(i).get_attribute("href") != shown[i] for i in (0, 1, 2, 3))
    assert figure.screenshot() != drawn
    assert_no_errors(page)


def drawn(picture: Locator, other_than: str | None = None) -> str:
    """The data of an element's picture, once it is not `other_than` any more."""
    data = ""
    for _ in range(PATIENCE // 100):
        data = picture.evaluate("picture => getComputedStyle(picture).backgroundImage")
        if data.startswith('url("data:image/jpeg') and data != other_than:
            return data
        picture.page.wait_for_timeout(100)  # while it is replaced, it has no style at all
    raise AssertionError(f"not another picture: {data[:40]}")


def test_notebook_03_xi_k_and_the_pointer_change_the_pictures(page: Page, lab: str) -> None:
    run(page, lab, NAMES[1])
    explorer = page.locator(".jp-OutputArea-output:has(.noUi-handle):has-text('patches refined')")
    overview, cells = explorer.locator(".g"), explorer.locator(".g i")
    overview.wait_for()
    assert_no_errors(page)  # while cells run, the kernel answers no slider
    xi, k = explorer.locator(".noUi-handle").all()

    # whichever patches the weights find flawed: the highest xi refines none, the lowest refines some
    count = explorer.locator(".widget-html-content", has_text="patches refined")
    xi.press("End")
    expect(count).to_have_text(re.compile("^0 of"), timeout=PATIENCE)
    none = drawn(overview)
    xi.press("Home")
    expect(count).to_have_text(re.compile("^[1-9]"), timeout=PATIENCE)
    some = drawn(overview, none)
    k.press("Home")
    expect(cells).to_have_count(8 * 8, timeout=PATIENCE)
    coarse = drawn(overview, some)
    k.press("End")
    expect(cells).to_have_count(32 * 32, timeout=PATIENCE)
    drawn(overview, coarse)

    # all views follow the pointer, in the explorer and in the output that needs no kernel
    alone = page.locator(".jp-OutputArea-output:has(.g):not(:has(.noUi-handle))")
    for zoom in (explorer, alone):
        cells, views = zoom.locator(".g i"), zoom.locator(".v")
        expect(views).to_have_count(3)
        middle = cells.count() // 2 + round(cells.count() ** 0.5) // 2
        seen = []
        for cell in (0, middle, cells.count() - 1):
            cells.nth(cell).hover()
            places = views.evaluate_all("views => views.map(view => getComputedStyle(view).backgroundPosition)")
            assert len(set(places)) == 1
            seen.append((places[0], views.first.screenshot()))
        assert len({place for place, _ in seen}) == len({picture for _, picture in seen}) == 3
    assert_no_errors(page)
