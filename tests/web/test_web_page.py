"""The page in Chromium, with real clips as files and as the camera; nothing leaves the machine."""

import re
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from real_browser import CHROMIUM, FLAGS, in_a_browser

from modnetv_kit.samples import carphone
from modnetv_kit.video import VideoInfo, open_video, open_writer
from modnetv_kit.web import PageServer, built_page

pytestmark = in_a_browser
OpenPage = Callable[..., Page]
MANY = re.compile(r"^([5-9]|\d\d+)$")
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
MEAN = """name => {
  const canvas = document.getElementById(name);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const sums = [0, 0, 0, 0];
  data.forEach((value, i) => (sums[i % 4] += value));
  return sums.map((sum) => (4 * sum) / data.length);
}"""


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a man in a moving car, 176 x 144, at a pace that leaves time for the tests."""
    path = tmp_path_factory.mktemp("clips") / "carphone.mp4"
    with open_writer(path, VideoInfo(176, 144, Fraction(5), Fraction(1, 5))) as writer:
        for index, frame in enumerate(islice(open_video(carphone()), 125)):
            writer.write(frame.image, index, Fraction(1, 5))
    return path


@pytest.fixture(scope="module")
def camera_browser(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium whose camera shows the clip, and which asks before it opens it."""
    path = tmp_path_factory.mktemp("camera") / "camera.y4m"
    with av.open(path, "w", format="yuv4mpegpipe") as container:
        stream = container.add_stream("wrapped_avframe", rate=25, width=176, height=144, pix_fmt="yuv420p")
        for frame in islice(open_video(carphone()), 50):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame.image).reformat(format="yuv420p")))
        container.mux(stream.encode())
    flags = [flag for flag in FLAGS if not flag.startswith("--use-fake")]
    flags += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={path}"]
    opened = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
    yield opened
    opened.close()


def choose(page: Page, path: Path) -> None:
    page.set_input_files("#file", path)
    expect(page.locator("#result")).to_have_attribute("data-frames", MANY)


def test_a_file_is_matted_on_every_kind_of_background_and_the_restored_background_is_shown(
    open_page: OpenPage, clip: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (60, 40), (0, 0, 255)).save(tmp_path / "blue.png")
    page = open_page()
    choose(page, clip)
    expect(page.locator("#status")).to_contain_text(
        re.compile(r"frames/s on the processor \(WebAssembly, \d+ threads\)")
    )
    assert page.evaluate("[document.getElementById('result').width, document.getElementById('result').height]") == [
        176,
        144,
    ]
    assert page.evaluate(MEAN, "result")[3] == 255
    assert 30 < page.evaluate(MEAN, "matte")[0] < 230
    assert page.evaluate(MEAN, "background")[3] > 20  # restored in part
    assert page.evaluate(MEAN, "bgM")[0] > 20
    page.get_by_label("Transparent").check()
    page.wait_for_timeout(500)
    assert 30 < page.evaluate(MEAN, "result")[3] < 230
    page.get_by_label("Colour", exact=True).first.check()
    page.locator("#colour").fill("#ff0000")
    page.wait_for_timeout(500)
    red = page.evaluate(MEAN, "result")
    page.get_by_label("Picture", exact=True).first.check()
    page.set_input_files("#picture", tmp_path / "blue.png")
    page.wait_for_timeout(500)
    blue = page.evaluate(MEAN, "result")
    assert red[0] > blue[0] + 30
    assert blue[2] > red[2] + 30
    page.locator("#stop").click()
    expect(page.locator("#status")).to_have_text("Choose the camera or a video.")
    expect(page.locator("#record")).to_be_disabled()


def test_a_recording_of_a_transparent_background_is_webm_with_alpha(
    open_page: OpenPage, clip: Path, tmp_path: Path
) -> None:
    page = open_page()
    page.get_by_label("Transparent").check()
    choose(page, clip)
    page.locator("#record").click()
    page.wait_for_timeout(2000)
    page.get_by_role("button", name="End the recording").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save the recording").click()
    assert download.value.suggested_filename == "matted.webm"
    download.value.save_as(tmp_path / "matted.webm")
    shares = [alpha.mean() for alpha in alphas(tmp_path / "matted.webm")]
    assert len(shares) > 3
    assert all(30 < share < 230 for share in shares[1:])


def alphas(path: Path) -> Iterator[np.ndarray]:
    """The mattes of a WebM file, (H, W), decoded by libvpx, which alone reads them."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        decoder = av.CodecContext.create(
            f"libvpx-{stream.codec_context.name}" if stream.codec_context.name == "vp9" else "libvpx", "r"
        )
        for packet in container.demux(stream):
            for frame in decoder.decode(packet) if packet.size else []:
                yield frame.to_ndarray(format="rgba")[..., 3]


def test_the_camera_is_matted_and_a_refusal_is_one_line(
    open_page: OpenPage, camera_browser: Browser, server: PageServer
) -> None:
    context = camera_browser.new_context(permissions=["camera"])
    page = context.new_page()
    page.goto(server.url)
    page.locator("#camera").click()
    expect(page.locator("#result")).to_have_attribute("data-frames", MANY)
    assert 30 < page.evaluate(MEAN, "matte")[0] < 230
    context.close()
    context = camera_browser.new_context()
    page = context.new_page()
    page.goto(server.url)
    page.locator("#camera").click()
    expect(page.locator("#problem")).to_contain_text("the camera was refused: allow it")
    context.close()


def test_a_machine_without_a_camera_is_told_so_in_one_line(browser: Browser, server: PageServer) -> None:
    flags = [flag for flag in FLAGS if flag != "--use-fake-device-for-media-stream"]
    opened = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
    page = opened.new_page()
    page.goto(server.url)
    page.locator("#camera").click()
    expect(page.locator("#problem")).to_contain_text("there is no camera here: connect one")
    opened.close()


def test_the_browser_refuses_requests_to_other_hosts_in_the_page_and_in_its_worker(open_page: OpenPage) -> None:
    page = open_page()
    refused = """() => new Promise((resolve) => {
      addEventListener("securitypolicyviolation", ({ blockedURI }) => resolve(blockedURI));
      fetch("http://127.0.0.2/").catch(() => {});
    })"""
    assert page.evaluate(refused).startswith("http://127.0.0.2")
    with page.expect_worker() as started:
        page.evaluate("import('/js/matter.js').then(({ Matter }) => { window.other = new Matter(); })")
    assert started.value.evaluate(refused).startswith("http://127.0.0.2")


def test_unusable_files_are_one_line_and_the_page_goes_on(open_page: OpenPage, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "text.png").write_text("no picture")
    page = open_page()
    page.set_input_files("#file", tmp_path / "text.mp4")
    expect(page.locator("#problem")).to_have_text(
        "this browser cannot decode text.mp4: choose an MP4 (H.264) or WebM file."
    )
    page.get_by_label("Picture", exact=True).first.check()
    page.set_input_files("#picture", tmp_path / "text.png")
    expect(page.locator("#problem")).to_contain_text("cannot decode text.png: choose a JPEG or PNG")
    choose(page, clip)
    expect(page.locator("#problem")).to_be_hidden()


def test_missing_networks_are_one_line_that_names_the_command(open_page: OpenPage, clip: Path) -> None:
    page = open_page()
    page.context.route("**/step.onnx", lambda route: route.fulfill(status=404))
    page.set_input_files("#file", clip)
    expect(page.locator("#problem")).to_contain_text('built/networks/step.onnx is missing: run "make web"')


def test_without_the_headers_one_thread_computes_and_the_page_says_so(open_page: OpenPage, clip: Path) -> None:
    class Plain(SimpleHTTPRequestHandler):
        extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}  # noqa: RUF012

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Plain, directory=str(built_page()))) as plain:
        threading.Thread(target=plain.serve_forever, daemon=True).start()
        page = open_page()
        page.goto(f"http://127.0.0.1:{plain.server_port}/")
        choose(page, clip)
        expect(page.locator("#status")).to_contain_text(
            "one thread); for more, open it in a tab of its own, served with the headers of modnetv web"
        )
        page.close()
        plain.shutdown()


def test_a_hidden_tab_pauses_and_goes_on_where_it_was(open_page: OpenPage, clip: Path) -> None:
    page = open_page()
    choose(page, clip)
    set_hidden = """hidden => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(set_hidden, True)
    page.wait_for_timeout(500)
    where = "() => [document.getElementById('source').currentTime, document.getElementById('result').dataset.frames]"
    before = page.evaluate(where)
    page.wait_for_timeout(1000)
    assert page.evaluate(where) == before
    page.evaluate(set_hidden, False)
    page.wait_for_timeout(1000)
    after = page.evaluate(where)
    assert after[0] > before[0]
    assert int(after[1]) > int(before[1])  # counted on: the memory was kept


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
def test_the_page_is_accessible_and_fits_the_screen(open_page: OpenPage, clip: Path, screen: dict) -> None:
    page = open_page(**screen)
    choose(page, clip)
    page.get_by_label("Colour", exact=True).first.check()
    page.locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(page).response["violations"] == []
