"""Any input to the command line gives one line and an exit code, and no input is ever changed."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from matting_clips import red_square, write_clip
from PIL import Image

from modnetv_kit import hub
from modnetv_kit.cli import main
from modnetv_kit.models import MODNetV

INPUTS = ["clip.mp4", "beach.mp4", "bg.png", "mask.png", "frames", "link.mp4", "frames/0.png", "./clip.mp4"]
TRICKY = [
    "green",
    "none",
    "a[/b]",
    ":smile:",
    "100% done",
    "50%d",
    "%05d",
    "n" * 251,
    "n" * 300,
    "caf\udce9",
    " ",
]
SUFFIXES = ["", ".mp4", ".MOV", ".png", "_%05d.png", ".gif", ".xyz", "."]

letters = st.characters(blacklist_characters="\0/*?[", blacklist_categories=["Cs"])
names = st.sampled_from(INPUTS) | st.builds(
    str.__add__, st.sampled_from(TRICKY) | st.text(letters, min_size=1, max_size=30), st.sampled_from(SUFFIXES)
)
colours = st.sampled_from(
    [
        "rgb(300,0,0)",
        "rgb(1e9,0,0)",
        "#12",
        "#20c040ff",
        "hsl(999,300%,50%)",
        "blur",
        "none",
        "GREEN",
        "transparent",
        "",
    ]
)
times = st.floats().map(repr) | st.sampled_from(["0", "0.1", "-1", "1e300", "1:02", "", "nan", "inf"])
commands = st.builds(
    lambda source, out, options: [source, "-o", out, *(word for pair in options.items() for word in pair)],
    names,
    names,
    st.fixed_dictionaries(
        {},
        optional={
            "--background": names | colours,
            "--alpha": names,
            "--save-background": names,
            "--mask": names,
            "--gif": names,
            "--start": times,
            "--end": times,
            "--fps": times,
        },
    ),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with inputs of every kind, in which the commands run."""
    folder = tmp_path_factory.mktemp("anything")
    write_clip(folder / "clip.mp4", frames=2, size=(64, 48))
    write_clip(folder / "beach.mp4", frames=2, size=(64, 48))
    (folder / "frames").mkdir()
    for index in range(2):
        Image.fromarray(red_square(index, (64, 48))).save(folder / "frames" / f"{index}.png")
    Image.fromarray(red_square(0, (64, 48))).save(folder / "bg.png")
    Image.fromarray(red_square(0, (64, 48))[..., 0]).save(folder / "mask.png")
    (folder / "link.mp4").symlink_to("clip.mp4")
    model: MODNetV = hub.load_model(device="cpu")
    with contextlib.chdir(folder), patch.object(hub, "load_model", lambda *args, **options: model):
        yield folder


def _inputs(place: Path) -> dict[str, bytes]:
    files = [
        place / "clip.mp4",
        place / "beach.mp4",
        place / "bg.png",
        place / "mask.png",
        *sorted((place / "frames").iterdir()),
    ]
    return {path.name: path.read_bytes() for path in files}


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=commands)
@example(words=["clip.mp4", "-o", "beach.mp4", "--background", "beach.mp4", "-y"])
@example(words=["clip.mp4", "-o", "link.mp4", "-y"])
@example(words=["clip.mp4", "-o", "out.mp4", "--start", "inf"])
@example(words=["clip.mp4", "-o", "out.mp4", "--background", "rgb(300,0,0)"])
@example(words=["clip.mp4", "-o", "100% done.mp4", "-y"])
@example(words=["clip.mp4", "-o", "a[/b]c.mp4", "-y"])
@example(words=["clip.mp4", "-o", "n" * 251 + ".mp4", "-y"])
@example(words=["clip.mp4", "-o", "n" * 300 + ".mp4"])
@example(words=["clip.mp4", "-o", "out.mp4", "-y", "--alpha", "n" * 300 + ".mp4"])
@example(words=["clip.mp4", "-o", "out.mp4", "-y", "--weights", "n" * 300])
@example(words=["clip.mp4", "beach.mp4", "-o", "n" * 300])
@example(words=["clip.mp4", "n" * 300, "-o", "out"])
@example(words=["clip.mp4", "-o", "out.mp4", "-y", "--mask", "mask.png", "--save-background", "mask.png"])
@example(words=["clip.mp4", "-o", "out.mp4", "-y", "--fps", "1e-9"])
@example(words=["clip.mp4", "-o", "caf\udce9.mp4", "-y"])
@example(words=["frames", "-o", "frames/new_%05d.png", "--save-background", "frames/0.png", "-y"])
def test_no_arguments_cause_a_traceback_or_change_an_input(
    place: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    before = _inputs(place)
    argv = ["modnetv", "matte", *words, "--engine", "torch", "--device", "cpu"]
    with patch.object(sys, "argv", argv), pytest.raises(SystemExit) as stop:
        main()
    err = capsys.readouterr().err
    assert stop.value.code in (0, 2, None), err
    assert "Traceback" not in err
    assert _inputs(place) == before
    assert not [path.name for path in place.iterdir() if ".partial" in path.name]
