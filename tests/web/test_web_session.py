"""The page's session says what the kit's session says, frame by frame, with the state carried."""

import base64
from collections.abc import Callable, Iterator
from itertools import islice

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from real_browser import CHROMIUM, FLAGS, in_a_browser

from modnetv_kit import MattingSession, load_model
from modnetv_kit.app.examples import compose_example
from modnetv_kit.inference import FrameResult
from modnetv_kit.samples import carphone
from modnetv_kit.video import open_video
from modnetv_kit.web import PageServer

pytestmark = in_a_browser

OPEN = """async () => {
  const { Networks } = await import("/js/networks.js");
  const { MattingSession } = await import("/js/session.js");
  window.networks = await Networks.open();
  window.session = new MattingSession(networks);
  return [networks.device, networks.threads];
}"""

STEP = """async ([width, height, rgb]) => {
  const bytes = Uint8Array.from(atob(rgb), (character) => character.charCodeAt(0));
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) data.set(bytes.subarray(3 * i, 3 * i + 3), 4 * i);
  const { alpha, flaws, refined, reset, learned, plate } = await session.step({ data, width, height });
  const text = (array) => {
    let characters = "";
    const part = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let i = 0; i < part.length; i += 32768) characters += String.fromCharCode(...part.subarray(i, i + 32768));
    return btoa(characters);
  };
  const maps = { alpha, flaws, plate: plate.data, trusted: plate.trusted };
  const texts = Object.entries(maps).map(([name, array]) => [name, text(array)]);
  return { ...Object.fromEntries(texts), refined, reset, learned };
}"""


class WebSession:
    """The page's session, which takes raw frames."""

    def __init__(self, page: Page):
        self._page = page
        self.device, self.threads = page.evaluate(OPEN)

    def step(self, frame: np.ndarray) -> dict:
        height, width = frame.shape[:2]
        got = self._page.evaluate(STEP, [width, height, base64.b64encode(frame.tobytes()).decode()])

        def array(name: str, kind: type) -> np.ndarray:
            return np.frombuffer(base64.b64decode(got[name]), kind)

        plate = array("plate", np.uint8).reshape(height, width, 4)
        return got | {
            "alpha": array("alpha", np.float32).reshape(height, width),
            "flaws": array("flaws", np.float32).reshape(16, 16),
            "mask": plate[..., 3] > 0,
            "image": plate[..., :3],
            "trusted": array("trusted", np.uint8).reshape(height, width) > 0,
        }


@pytest.fixture
def web(open_page: Callable[..., Page]) -> WebSession:
    return WebSession(open_page())


def real_frames(width: int, height: int, count: int) -> list[np.ndarray]:
    """Of a man in a moving car."""
    frames = islice(open_video(carphone()), count)
    return [cv2.resize(frame.image, (width, height), interpolation=cv2.INTER_CUBIC) for frame in frames]


def assert_same(got: dict, expected: FrameResult) -> None:
    difference = np.abs(got["alpha"] - expected.alpha)
    assert difference.max() < 2e-2
    assert difference.mean() < 2e-3
    assert (got["reset"], got["learned"]) == (expected.reset, expected.learned)
    np.testing.assert_allclose(got["flaws"], expected.flaw_map, rtol=0, atol=2e-2)


def test_48_frames_of_a_real_clip_agree_with_torch_and_so_does_the_restored_background(web: WebSession) -> None:
    assert web.device == "wasm"
    assert web.threads > 1  # the server sends the headers that threads need
    session = MattingSession(load_model(), device="cpu")
    for frame in real_frames(320, 180, 48):
        expected, got = session.step(frame), web.step(frame)
        assert_same(got, expected)
    assert expected.background_mask.mean() > 0.2
    assert (got["mask"] != expected.background_mask).mean() < 2e-3
    both = got["mask"] & expected.background_mask
    assert np.abs(got["image"][both].astype(int) - expected._plate.image[both]).mean() < 0.5
    assert (got["trusted"] != expected._plate.trusted).mean() < 2e-3


def test_large_frames_of_odd_sides_are_shrunk_and_refined_as_in_torch(web: WebSession) -> None:
    model = load_model()
    model.xi = 0.01  # more patches
    web._page.evaluate("networks.settings.xi = 0.01")
    session = MattingSession(model, device="cpu")
    for frame in real_frames(773, 581, 3):
        expected, got = session.step(frame), web.step(frame)
        assert_same(got, expected)
        assert 0 < got["refined"] < 256
        assert abs(got["refined"] - expected.refined.sum()) <= 2


def test_another_size_a_scene_cut_and_the_dark_are_treated_as_in_torch(web: WebSession) -> None:
    first = real_frames(176, 144, 4)
    other = list(compose_example(pans=False, frames=4, size=(144, 176)))
    dark = [(first[-1] * share).astype(np.uint8) for share in (0.9, 0.8, 0.7, 0.6, 0.6, 0.6)]
    black = [np.zeros_like(first[0])] * 2
    frames = [*first, *dark, *black, *first, *other, *(frame[:96, :128] for frame in other)]
    session = MattingSession(load_model(), device="cpu")
    resets, learned = set(), set()
    for frame in map(np.ascontiguousarray, frames):
        expected, got = session.step(frame), web.step(frame)
        assert_same(got, expected)
        assert (got["mask"] != expected.background_mask).mean() < 1e-2
        resets.add(got["reset"])
        learned.add(got["learned"])
    assert resets == {None, "start", "scene cut", "brightness", "frame size"}
    assert learned == {True, False}


def test_a_tiny_picture_is_refused_in_one_line(web: WebSession) -> None:
    with pytest.raises(Exception, match="31 x 40 pixels; it needs at least 32 x 32"):
        web.step(np.zeros((40, 31, 3), np.uint8))


def test_where_webgpu_fails_webassembly_takes_its_place(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.evaluate("Object.defineProperty(navigator, 'gpu', { value: { requestAdapter: async () => ({}) } })")
    session = WebSession(page)
    assert session.device == "wasm"
    assert session.step(real_frames(176, 144, 1)[0])["reset"] == "start"


@pytest.fixture(scope="module")
def software_gpu(browser: Browser) -> Iterator[Browser]:
    """Chromium with WebGPU in software."""
    flags = [flag for flag in FLAGS if flag != "--disable-gpu"]
    flags += ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"]
    flags += ["--use-vulkan=swiftshader", "--use-gl=angle", "--use-angle=swiftshader"]
    opened = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
    yield opened
    opened.close()


def test_webgpu_agrees_with_torch_but_is_not_chosen_in_software(software_gpu: Browser, server: PageServer) -> None:
    page = software_gpu.new_page()
    page.goto(server.url)
    web = WebSession(page)
    assert web.device == "wasm"
    page.evaluate("""async () => {
      const { Networks, download } = await import("/js/networks.js");
      const { settings, files } = await download();
      session.networks = await new Networks(settings).start(files, "webgpu");
    }""")
    session = MattingSession(load_model(), device="cpu")
    for frame in real_frames(48, 32, 2):
        assert_same(web.step(frame), session.step(frame))
    assert page.evaluate("session.networks.description") == "on the graphics card (WebGPU)"
    page.close()
