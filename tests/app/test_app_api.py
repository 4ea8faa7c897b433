"""The app as other programs use it: named endpoints, untrusted requests, four clients at once."""

import json
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app_clips import real_clip, sounds
from app_server import AppServer, wait_until
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from modnetv_kit.video import open_video, read_alpha

pytestmark = pytest.mark.slow
KEPT = 15  # seconds


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    server = AppServer(
        tmp_path_factory.mktemp("api"), at_once=4, keep_minutes=KEPT / 60, seconds=2, megabytes=2, recorded_frames=4
    )
    yield server
    server.stop()


Connect = Callable[[], Client]


@pytest.fixture
def connect(server: AppServer, tmp_path: Path) -> Connect:
    return lambda: Client(server.url, verbose=False, download_files=tmp_path / "downloads", analytics_enabled=False)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("clips")
    return [real_clip(folder / f"clip{n}.mp4", frames=12, first=28 * n) for n in range(4)]


def matte(client: Client, clip: Path, **options: Any) -> tuple[Path, Path, Path, dict[str, Any]]:
    *files, report = client.predict(video=handle_file(str(clip)), api_name="/matte_video", **options)
    return *(Path(file) for file in files), report  # type: ignore[return-value]


def pixels(path: Path) -> np.ndarray:
    return np.stack([frame.image for frame in open_video(path)])


def test_a_video_request_returns_all_results(connect: Connect, clips: list[Path]) -> None:
    result, alpha, plate, report = matte(connect(), clips[0], background="blur")
    assert len(pixels(result)) == len(pixels(alpha)) == report["frames"] == 12
    assert sounds(result) == sounds(clips[0])
    with Image.open(plate) as image:
        assert image.mode == "RGBA"
    assert report["state"] == "done"
    assert 0 < report["restored"] < 1


def test_transparent_formats_parts_and_background_files(connect: Connect, clips: list[Path], tmp_path: Path) -> None:
    result, *_ = matte(connect(), clips[0], background="transparent", format="webm", start=0.0, end=0.2)
    assert len(list(read_alpha(result))) == 5
    Image.new("RGB", (64, 48), (0, 0, 255)).save(tmp_path / "blue.png")
    result, *_ = matte(
        connect(), clips[0], background="picture", background_file=handle_file(str(tmp_path / "blue.png")), format="png"
    )
    with zipfile.ZipFile(result) as archive:
        assert len(archive.namelist()) == 12


def test_a_client_can_follow_progress_and_cancel(connect: Connect, server: AppServer, tmp_path: Path) -> None:
    clip = real_clip(tmp_path / "clip.mp4", frames=48)
    job = connect().submit(video=handle_file(str(clip)), background="blur", api_name="/matte_video")
    while not job.outputs() and not job.done():
        time.sleep(0.05)
    assert job.outputs()[0][-1]["state"] == "working"
    job.cancel()
    assert wait_until(lambda: not any(server.temporary.glob("modnetv_app_*")), 30)


def test_pictures_and_inspection_have_endpoints_too(connect: Connect, clips: list[Path], tmp_path: Path) -> None:
    Image.fromarray(pixels(clips[0])[0]).save(tmp_path / "man.png")
    client = connect()
    cutout, matte = client.predict(image=handle_file(str(tmp_path / "man.png")), api_name="/matte_image")
    with Image.open(cutout) as image, Image.open(matte) as alpha:
        assert np.array_equal(np.array(image)[..., 3], np.array(alpha))
    file, report = client.predict(video=handle_file(str(clips[0])), api_name="/inspect_video")
    with np.load(file) as maps:
        assert len(maps["alpha"]) == len(report["coverage"]) == 4
        assert {"s_p", "bgM", "flaw", "plate"} <= set(maps)


def test_only_the_documented_endpoints_can_be_called(connect: Connect) -> None:
    named = connect().view_api(return_format="dict", print_info=False)
    assert set(named["named_endpoints"]) == {"/matte_video", "/matte_image", "/inspect_video"}
    assert not named["unnamed_endpoints"]
    names = [parameter["parameter_name"] for parameter in named["named_endpoints"]["/matte_video"]["parameters"]]
    assert names == [
        *("video", "background", "colour", "background_file", "format", "start", "end"),
        *("size", "shape", "shrink", "feather", "despill", "prompts"),
    ]


def test_bad_requests_give_one_line_errors(
    connect: Connect, server: AppServer, clips: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "concat.mp4").write_text(f"ffconcat version 1.0\nfile {clips[0]}\n")
    long = real_clip(tmp_path / "long.mp4", frames=70)
    for clip, options, message in (
        (tmp_path / "text.mp4", {}, "not a video"),
        (tmp_path / "concat.mp4", {}, "not a video"),
        (long, {}, "choose a start and an end"),
        (clips[0], {"background": "transparent"}, "MP4 cannot be transparent"),
        (clips[0], {"background": "colour", "colour": "/etc/passwd"}, "'passwd' is not a colour"),
        (clips[0], {"background": "picture"}, "Choose a picture"),
        (clips[0], {"start": 9.0}, "no frame between"),
    ):
        with pytest.raises(AppError) as error:
            matte(connect(), clip, **options)
        assert message in str(error.value)
        assert str(server.uploads) not in str(error.value)
        assert "\n" not in str(error.value)


def test_no_path_or_address_of_a_client_is_opened(server: AppServer, clips: list[Path]) -> None:
    secret = server.temporary / "secret.mp4"
    secret.write_bytes(clips[0].read_bytes())
    rest = {
        "matte_video": ["blur", "", None, "mp4", None, None, 0, "source", 0, 0, 1, None],
        "matte_image": ["blur", "", None],
    }
    for path in (str(secret), "/etc/passwd", "../secret.mp4", f"{server.url}secret.mp4", "http://192.0.2.1/a.mp4"):
        file = {"path": path, "meta": {"_type": "gradio.FileData"}}
        for endpoint in ("matte_video", "matte_image", "inspect_video"):
            response = call(server, endpoint, [file, *rest.get(endpoint, [None, None])])
            assert "event: error" in response, response
            assert "uploaded here" in response or "not an address" in response, response
    secret.unlink()


def call(server: AppServer, endpoint: str, data: list[Any]) -> str:
    """The app's response to a raw request; gradio_client would upload the file first."""
    url = f"{server.url}gradio_api/call/{endpoint}"
    body = json.dumps({"data": data}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        event = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{url}/{event}", timeout=60) as answer:
        return answer.read().decode()


def test_four_simultaneous_clients_get_the_same_as_one_and_leave_nothing_behind(
    connect: Connect, server: AppServer, clips: list[Path]
) -> None:
    alone = [[pixels(path) for path in matte(connect(), clip, background="blur")[:2]] for clip in clips]

    def everybody() -> list[list[np.ndarray]]:
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda clip: matte(connect(), clip, background="blur"), clips))
        return [[pixels(path) for path in answer[:2]] for answer in answers]

    everybody()
    warm = server.memory
    for _ in range(2):
        for one, together in zip(alone, everybody(), strict=True):
            for mine, theirs in zip(one, together, strict=True):
                assert np.array_equal(mine, theirs)
    assert server.memory < 1.1 * warm
    assert not list(server.temporary.glob("modnetv_app_*"))
    assert wait_until(lambda: not server.files(), 6 * KEPT), server.files()
    assert "Traceback" not in server.log


def test_stopping_the_app_deletes_its_files(connect: Connect, server: AppServer, clips: list[Path]) -> None:
    matte(connect(), clips[0], background="blur")
    assert server.files()
    server.stop()  # the last test of this server
    assert server.files() == []
