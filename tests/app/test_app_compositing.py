"""Looks, crops and formats of results that are matted already."""

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from service_calls import FRAMES, GREEN, LIMITS, events, results

from modnetv_kit.app import job
from modnetv_kit.app.compositing import Results, draw_frame, read_frame
from modnetv_kit.app.job import Matted
from modnetv_kit.app.look import Look
from modnetv_kit.app.look_fields import look_of
from modnetv_kit.app.service import Service
from modnetv_kit.app.shape import Framing
from modnetv_kit.errors import InputError
from modnetv_kit.inference.edges import Edges
from modnetv_kit.video import open_video


def test_another_look_needs_no_matting_and_matches_its_preview(
    clip: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(LIMITS)
    made = events(service, clip, folder, start=0.08, end=0.28)
    matted, first = next(event for event in made if isinstance(event, Matted)), made[-1]
    monkeypatch.setattr(job, "matte_video", lambda *_, **__: pytest.fail("it was matted again"))
    look = Look("colour", "#ff0000", edges=Edges(shrink=-3, feather=1))
    *_, second = service.compose(matted, look, folder)
    assert isinstance(first, Results)
    assert isinstance(second, Results)
    assert first.composite != second.composite
    assert len(list(open_video(second.composite))) == 5
    assert open_video(second.composite)[2].image[:8, :8].mean((0, 1)) == pytest.approx((255, 0, 0), abs=6)
    assert open_video(second.alpha)[2].image.mean() > open_video(first.alpha)[2].image.mean()
    layers = read_frame(matted, 2)
    assert np.array_equal(layers.frame.image, open_video(clip)[4].image)
    shown = draw_frame(layers, matted, look, LIMITS)
    assert np.abs(shown.astype(int) - open_video(second.composite)[2].image).mean() < 6


def test_first_and_later_results_of_one_look_are_the_same(clip: Path, folder: Path) -> None:
    service = Service(LIMITS)
    made = events(service, clip, folder)
    matted = next(event for event in made if isinstance(event, Matted))
    *_, again = service.compose(matted, GREEN, folder)
    assert again.composite.read_bytes() == made[-1].composite.read_bytes()  # type: ignore[union-attr]


@pytest.mark.parametrize(("form", "mode"), [("gif", "RGBA"), ("webp", "RGBA")])
def test_animated_pictures_are_short_and_can_be_transparent(clip: Path, folder: Path, form: str, mode: str) -> None:
    made = results(Service(LIMITS), clip, folder, Look("transparent", form=form, size=128))
    with Image.open(made.composite) as image:
        assert image.n_frames == FRAMES  # type: ignore[attr-defined]
        assert image.size == (128, 104)
        assert image.convert(mode).getchannel("A").getextrema() == (0, 255)
    with pytest.raises(InputError, match="up to 10 s"):
        Look(form=form).check_length(11)


def test_an_upright_crop_follows_the_person(clip: Path, folder: Path) -> None:
    made = results(Service(LIMITS), clip, folder, Look("blur", shape="9:16"))
    frame = open_video(made.composite)[0].image
    assert frame.shape == (208, 118, 3)  # 9:16 of 208 rows is 117 columns, made even
    alpha = open_video(made.alpha)[0].image
    columns = alpha[..., 0].sum(0) @ np.arange(alpha.shape[1]) / alpha[..., 0].sum()
    assert columns == pytest.approx(59, abs=14)


def test_an_upright_crop_moves_smoothly_and_stays_inside() -> None:
    jump = Framing("9:16", None, (1920, 1080), [0.1] * 60 + [math.nan] * 10 + [0.9] * 60)
    lefts = [jump.window(index)[1].start for index in range(130)]
    assert lefts[0] == 0
    assert lefts[-1] == 1920 - jump.size[0]
    assert max(np.abs(np.diff(lefts))) < 1920 * 0.03
    assert Framing("9:16", 720, (1920, 1080), [math.nan]).window(0)[1] == slice(438, 843)
    assert Framing("9:16", None, (1080, 1920), [0.5]).window(0) == (slice(None), slice(None))


def test_a_picture_becomes_a_transparent_png(clip: Path, folder: Path, tmp_path: Path) -> None:
    frame = open_video(clip)[0].image
    Image.fromarray(frame).save(tmp_path / "man.jpg", quality=95)
    made = Service(LIMITS).picture(
        tmp_path / "man.jpg", background="transparent", colour=None, file=None, folder=folder
    )
    with Image.open(made.file) as image:
        assert image.mode == "RGBA"
        assert np.array_equal(np.array(image)[..., 3], made.alpha)
    assert made.alpha.max() > 240 > 10 > made.alpha.min()
    opaque = Service(LIMITS).picture(
        tmp_path / "man.jpg", background="colour", colour="#ff0000", file=None, folder=folder
    )
    assert opaque.shown[made.alpha == 0].mean(0) == pytest.approx((255, 0, 0), abs=2)


@pytest.mark.parametrize(("kind", "form", "fitting"), [("transparent", "mp4", "webm"), ("blur", "webm", "mp4")])
def test_a_background_that_was_just_chosen_decides_about_the_format(kind: str, form: str, fitting: str) -> None:
    look = look_of(kind, "#00ff00", None, None, form, 0, "source", 0, 0, 1)
    assert look.form == fitting
    assert look_of(kind, "#00ff00", None, None, "gif", 0, "source", 0, 0, 1).form == "gif"
