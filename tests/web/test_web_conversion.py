"""Files that the page converts in Chromium: every frame at its own time, with the sound, on every background."""

import base64
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import Page, expect
from real_browser import in_a_browser

from modnetv_kit import matte_video
from modnetv_kit.app.examples import compose_example

pytestmark = in_a_browser
OpenPage = Callable[..., Page]
SIZE = (256, 144)
IN_MEMORY = "delete window.showSaveFilePicker;"  # the dialog of the system cannot be answered here
# the same dialog, answered: a file of the browser's own, which is written like one on disk
ON_DISK = """window.showSaveFilePicker = async ({ suggestedName }) => {
  if (window.refuses) throw new DOMException("", "AbortError");
  const folder = await navigator.storage.getDirectory();
  return (window.saved = await folder.getFileHandle(suggestedName, { create: true }));
}"""
# each frame waits a moment, so that a fast machine does not finish before a test has looked
UNHURRIED = """
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...rest) {
  setTimeout(() => post.call(this, message, ...rest), message.name === "convertFrame" ? 100 : 0);
};"""
READ_SAVED = """async () => {
  const bytes = new Uint8Array(await (await window.saved.getFile()).arrayBuffer());
  let characters = "";
  for (const byte of bytes) characters += String.fromCharCode(byte);
  return btoa(characters);
}"""
SOUND = {"aac": "aac", "opus": "libopus", "ac3": "ac3"}


def draw_clip(
    path: Path, frames: int, sound: str | None = "aac", times: Callable[[int], int] = lambda n: 40 * n
) -> Path:
    """A person in a room, at `times` in milliseconds, with a tone that is as long as the picture at 25 frames/s."""
    with av.open(path, "w") as container:
        picture = container.add_stream("libx264", rate=25, width=SIZE[0], height=SIZE[1], pix_fmt="yuv420p")
        picture.codec_context.time_base = Fraction(1, 1000)
        if sound:
            track = container.add_stream(SOUND[sound], rate=48000, layout="stereo")
        for n, image in enumerate(compose_example(pans=False, frames=frames, size=SIZE[::-1])):
            frame = av.VideoFrame.from_ndarray(image)
            frame.pts, frame.time_base = times(n), Fraction(1, 1000)
            container.mux(picture.encode(frame))
        container.mux(picture.encode())
        if sound:
            wave = 0.3 * np.sin(np.arange(1920 * frames) * 2 * np.pi * 440 / 48000).astype(np.float32)
            tone = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
            tone.sample_rate, tone.pts = 48000, 0
            context = track.codec_context
            context.open(strict=False)
            resampler = av.AudioResampler(context.format, "stereo", 48000, frame_size=context.frame_size)
            for part in [*resampler.resample(tone), *resampler.resample(None)]:
                container.mux(track.encode(part))
            container.mux(track.encode())
    return path


def times_of(path: Path) -> list[float]:
    """When each frame is shown, in seconds."""
    with av.open(path) as container:
        return [float(frame.time) for frame in container.decode(video=0)]


def packets_of(path: Path) -> list[bytes]:
    """The sound as it is stored."""
    with av.open(path) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def seconds_of_sound(path: Path) -> float:
    with av.open(path) as container:
        frames = list(container.decode(audio=0))
        assert max(np.abs(frame.to_ndarray()).max() for frame in frames) > 0.1  # a tone, not silence
        return float(sum(Fraction(frame.samples, frame.sample_rate) for frame in frames))


def pictures_of(path: Path) -> list[np.ndarray]:
    with av.open(path) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def alphas_of(path: Path) -> list[np.ndarray]:
    """The mattes of a WebM file in [0, 1], decoded by libvpx, which alone reads them."""
    with av.open(path) as container:
        decoder = av.CodecContext.create("libvpx-vp9", "r")
        packets = [packet for packet in container.demux(video=0) if packet.size]
        frames = [frame for packet in packets for frame in decoder.decode(packet)]
    return [frame.to_ndarray(format="rgba")[..., 3] / 255 for frame in frames]


def visit(open_page: OpenPage, script: str = IN_MEMORY) -> Page:
    page = open_page()
    page.add_init_script(script)
    page.reload()
    return page


def begin(page: Page, clip: Path, background: str = "Blur") -> None:
    page.get_by_label(background, exact=True).first.check()
    page.set_input_files("#file", clip)
    page.get_by_role("button", name="Convert the whole video").click()


def save(page: Page, folder: Path) -> Path:
    """Wait for the end, and download the result."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Save the video").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_every_frame_keeps_its_time_and_the_sound_is_copied_while_settings_change_and_the_tab_is_hidden(
    open_page: OpenPage, tmp_path: Path
) -> None:
    clip = draw_clip(tmp_path / "clip.mp4", 24, times=lambda n: 40 * n + (n % 3) * 7)
    page = visit(open_page, IN_MEMORY + UNHURRIED)
    page.locator("#colour").evaluate("input => { input.value = '#20a060'; }")
    begin(page, clip, "Colour")
    expect(page.locator("#status")).to_contain_text("Frame")
    for name in ("camera", "file", "colour", "convert", "record", "forget"):
        expect(page.locator(f"#{name}")).to_be_disabled()
    page.evaluate("""() => {
      document.querySelector("#colour").value = "#ff0000";
      document.querySelector("#colour").dispatchEvent(new Event("input"));
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    result = save(page, tmp_path)
    expect(page.locator("#summary")).to_contain_text("24 frames converted")
    expect(page.locator("#problem")).to_be_hidden()
    expect(page.locator("#record")).to_be_enabled()
    assert result.name == "clip_matted.mp4"
    assert times_of(result) == pytest.approx(times_of(clip), abs=1e-3)
    assert packets_of(result) == packets_of(clip)
    assert seconds_of_sound(result) == pytest.approx(0.96, abs=0.03)
    pictures = pictures_of(result)
    assert {picture.shape for picture in pictures} == {(144, 256, 3)}
    for picture in pictures:  # of the colour that was chosen when it began
        assert np.abs(picture[:8, :8].mean((0, 1)) - (0x20, 0xA0, 0x60)).max() < 10


def test_a_transparent_result_is_webm_whose_alpha_is_the_matte_of_the_kit(open_page: OpenPage, tmp_path: Path) -> None:
    clip = draw_clip(tmp_path / "clip.mp4", 12)
    page = visit(open_page)
    begin(page, clip, "Transparent")
    result = save(page, tmp_path)
    assert result.name == "clip_matted.webm"
    expected: list[np.ndarray] = []
    matte_video(clip, None, alpha=tmp_path / "alpha.mkv", watch=lambda _, result, __: expected.append(result.alpha))
    alphas = alphas_of(result)
    assert len(alphas) == 12
    assert times_of(result) == pytest.approx(times_of(clip), abs=1e-3)
    for alpha, matte in zip(alphas, expected, strict=True):
        assert 0.1 < matte.mean() < 0.9
        assert np.abs(alpha - matte).mean() < 0.01
    assert seconds_of_sound(result) == pytest.approx(0.48, abs=0.03)  # Opus: WebM takes no AAC


def test_stop_keeps_a_playable_part_on_disk_and_a_refused_place_converts_nothing(
    open_page: OpenPage, tmp_path: Path
) -> None:
    clip = draw_clip(tmp_path / "clip.mp4", 60)
    page = visit(open_page, ON_DISK + UNHURRIED)
    page.evaluate("window.refuses = true")
    begin(page, clip)
    expect(page.locator("#convert")).to_be_enabled()
    expect(page.locator("#recorded")).to_be_hidden()
    page.evaluate("window.refuses = false")
    page.locator("#convert").click()
    expect(page.locator("#status")).to_contain_text("Frame")
    page.get_by_role("button", name="Stop and keep what is done").click()
    page.locator("#stop").click(force=True, no_wait_after=True)  # in impatience: it is disabled by now
    expect(page.locator("#summary")).to_contain_text("Saved as clip_matted.mp4.")
    expect(page.get_by_role("link", name="Save the video")).to_be_hidden()
    (tmp_path / "saved.mp4").write_bytes(base64.b64decode(page.evaluate(READ_SAVED)))
    times = times_of(tmp_path / "saved.mp4")
    assert 0 < len(times) < 50
    assert times == pytest.approx(times_of(clip)[: len(times)], abs=1e-3)
    assert seconds_of_sound(tmp_path / "saved.mp4") == pytest.approx(len(times) / 25, abs=0.06)
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()  # of the preview
    expect(page.locator("#problem")).to_be_hidden()


def test_a_full_disk_is_one_line_and_leaves_no_broken_file(open_page: OpenPage, tmp_path: Path) -> None:
    page = visit(open_page, ON_DISK)
    quota = {"origin": page.url.rstrip("/"), "quotaSize": 1000}
    page.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", quota)
    begin(page, draw_clip(tmp_path / "clip.mp4", 3, sound=None))
    expect(page.locator("#problem")).to_contain_text("free some space, or choose another place")
    assert page.evaluate("window.saved.getFile().then((file) => file.size)") == 0
    expect(page.locator("#recorded")).to_be_hidden()
    expect(page.locator("#convert")).to_be_enabled()


def test_a_turned_video_comes_out_upright_and_odd_sides_keep_their_size(open_page: OpenPage, tmp_path: Path) -> None:
    clip = draw_clip(tmp_path / "clip.mp4", 3, sound=None)
    data = bytearray(clip.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 4 + 36
    data[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    (tmp_path / "turned.mp4").write_bytes(data)
    with av.open(tmp_path / "odd.webm", "w") as container:
        picture = container.add_stream("libvpx-vp9", rate=25, width=255, height=143, pix_fmt="yuv420p")
        for image in pictures_of(clip):
            container.mux(picture.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(image[:143, :255]))))
        container.mux(picture.encode())
    page = visit(open_page)
    begin(page, tmp_path / "turned.mp4", "Blur")
    turned = pictures_of(save(page, tmp_path))
    begin(page, tmp_path / "odd.webm", "Blur")
    expect(page.locator("#download")).to_have_attribute("download", "odd_matted.webm")  # H.264 has even sides
    odd = save(page, tmp_path)
    assert [picture.shape for picture in pictures_of(odd)] == [(143, 255, 3)] * 3
    for picture, source in zip(turned, pictures_of(clip), strict=True):
        upright = np.rot90(source, -1).astype(int)
        person = np.s_[100:150, 40:80]  # within the turned person
        assert picture.shape == upright.shape
        assert np.abs(picture - upright)[person].mean() < np.abs(picture[::-1, ::-1] - upright)[person].mean() / 3


def test_what_cannot_be_converted_is_one_line_that_says_what_to_do(open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    page = visit(open_page)
    page.set_input_files("#file", tmp_path / "text.mp4")
    line = "this browser cannot decode text.mp4: choose an MP4 (H.264) or WebM file"
    expect(page.locator("#problem")).to_have_text(f"{line}.")
    expect(page.locator("#convert")).to_be_hidden()
    answered = page.evaluate("""async () => {
      const { Matter } = await import("/js/matter.js");
      const ask = new Matter().ask("openConversion", { file: new File(["no video"], "text.mp4"), kind: "blur" });
      return ask.catch(({ message }) => message);
    }""")
    assert answered == line  # also of a file that the preview can play
    begin(page, draw_clip(tmp_path / "ac3.mp4", 2, sound="ac3"), "Transparent")
    expect(page.locator("#problem")).to_have_text(
        "the sound is missing: WebM does not take ac3, and this browser cannot convert it."
    )
    assert len(times_of(save(page, tmp_path))) == 2
    page = visit(open_page, "delete window.VideoEncoder")
    begin(page, tmp_path / "ac3.mp4")
    expect(page.locator("#problem")).to_contain_text("this browser has no WebCodecs, which this needs. Record keeps")
    expect(page.locator("#record")).to_be_enabled()
