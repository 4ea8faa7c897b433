"""Notebook 02 in JupyterLab, in a real browser: its sliders change the pictures."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

REPOSITORY = Path(__file__).parents[2]
NAME = "02_background_restoration.ipynb"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not Path(CHROMIUM).exists() and not os.environ.get("CI"), reason="needs Debian's chromium (CI has it)"
    ),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab that holds notebook 02 at CI's size, without outputs."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.read(REPOSITORY / "notebooks" / NAME, as_version=4)
    parameters = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    parameters.source += "".join(f"\n{name} = {value!r}" for name, value in parameters.metadata["reduced"].items())
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    nbformat.write(notebook, folder / NAME)
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
        "PYTHONPATH": str(REPOSITORY),
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
            yield f"{address}lab/tree/{NAME}?token=test&reset"
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


def test_sliders_in_jupyterlab_change_the_pictures(lab: str) -> None:
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.set_default_timeout(300_000)
            page.goto(lab)
            page.locator(".jp-Notebook").wait_for()
            page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()  # or it would ask for a kernel
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_text("Run All Cells", exact=True).click()

            # the widget: the network's maps, drawn anew in the kernel for every frame
            explorer = page.locator(".jp-OutputArea-output:has(.widget-play):has(.widget-toggle-button)")
            picture = explorer.locator("img")
            picture.wait_for()
            expect(picture).to_have_js_property("complete", True)
            before = picture.get_attribute("src"), picture.screenshot()
            explorer.locator(".noUi-handle").first.press("ArrowRight")
            expect(picture).not_to_have_attribute("src", before[0] or "")
            page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture.element_handle())
            assert picture.screenshot() != before[1]

            # the figure: pictures that travelled with the page
            figure = page.locator(".js-plotly-plot:has(.slider-rail-touch-rect)").first
            figure.scroll_into_view_if_needed()
            images = figure.locator(".imagelayer image")
            expect(images).to_have_count(7)
            shown = [images.nth(i).get_attribute("href") for i in range(7)]
            drawn = figure.screenshot()
            rail = figure.locator(".slider-rail-touch-rect")
            box = rail.bounding_box()
            assert box is not None
            rail.click(position={"x": 2, "y": box["height"] / 2})
            expect(images.first).not_to_have_attribute("href", shown[0] or "")
            assert all(images.nth(i).get_attribute("href") != shown[i] for i in (0, 1, 2, 3))
            assert figure.screenshot() != drawn

            page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
            errors = (
                "[data-mime-type='application/vnd.jupyter.error'], [data-mime-type='application/vnd.jupyter.stderr']"
            )
            assert page.locator(errors).all_inner_texts() == []
        finally:
            browser.close()
