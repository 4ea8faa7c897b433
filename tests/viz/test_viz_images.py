"""Pictures keep their content on the way into a page, and stay small."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from modnetv_kit.viz.images import UNKNOWN, colour_map, data_uri, encode, resized, sheet, to_rgb


def decoded(uri: str) -> np.ndarray:
    kind, data = uri.split(",", 1)
    assert kind in ("data:image/png;base64", "data:image/jpeg;base64")
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        return np.asarray(image.convert("RGB"))


def photo(size: tuple[int, int] = (90, 160)) -> np.ndarray:
    y, x = np.mgrid[0 : size[0], 0 : size[1]]
    waves = [np.sin(x / 15 + c) * np.cos(y / 11 - c) for c in range(3)]
    return (np.stack(waves, -1) * 100 + 128).astype(np.uint8)


@pytest.mark.parametrize(
    "grey",
    [
        np.tile(np.array([[0, 255]], np.uint8), (2, 1)),
        np.tile([[0.0, 1.0]], (2, 1)),
        np.tile(np.array([[0, 1]], np.float16), (2, 1)),
        np.tile([[False, True]], (2, 1)),
        np.tile([[-3.0, 7.0]], (2, 1)),
        np.tile([[np.nan, 1.0]], (2, 1)),
    ],
    ids=["uint8", "float", "half", "bool", "out of range", "nan"],
)
def test_every_kind_of_map_becomes_black_and_white(grey: np.ndarray) -> None:
    rgb = to_rgb(grey)
    assert rgb.dtype == np.uint8
    assert rgb.tolist() == [[[0, 0, 0], [255, 255, 255]]] * 2


def test_an_array_that_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3, 4\)"):
        to_rgb(np.zeros((2, 3, 4), np.uint8))


def test_masks_and_coarse_maps_travel_exactly_and_photos_nearly() -> None:
    mask = np.random.default_rng(0).random((72, 128)) > 0.5
    coarse = np.random.default_rng(0).integers(0, 256, (18, 32), dtype=np.uint8)
    for exact in (mask, coarse):
        assert np.array_equal(decoded(data_uri(exact)), to_rgb(exact))
    assert np.abs(decoded(data_uri(photo())).astype(int) - photo()).mean() < 2


def test_a_photo_of_512_x_288_takes_less_than_a_tenth_of_its_pixels() -> None:
    data, kind = encode(photo((288, 512)))
    assert kind == "image/jpeg"
    assert len(data) < 288 * 512 * 3 / 10


def test_colour_map_spans_the_scale_and_marks_the_unknown() -> None:
    colours = colour_map(np.array([[-5.0, 0.0, 5.0, 10.0, 99.0, np.nan]]), 0, 10)[0]
    assert np.array_equal(colours[0], colours[1])
    assert np.array_equal(colours[3], colours[4])
    assert len({tuple(c) for c in colours}) == 4
    brightness = colours.astype(int).sum(1)
    assert brightness[1] < brightness[2] < brightness[3]  # reads in grey, too
    assert tuple(colours[5]) == UNKNOWN


def test_enlarged_cells_keep_sharp_edges() -> None:
    cells = np.array([[0, 255], [255, 0]], np.uint8)
    assert np.array_equal(resized(cells, (8, 8))[..., 0], np.kron(cells, np.ones((4, 4), np.uint8)))


def test_sheet_shows_every_picture_under_a_title() -> None:
    pictures = {f"map {i}": np.full((30, 40), 40 * i + 20, np.uint8) for i in range(5)}
    shown = sheet(pictures, columns=3, width=300)
    assert shown.shape[1] == 300
    levels = {tuple(pixel) for pixel in shown[::5, ::5].reshape(-1, 3)}
    assert levels >= {(40 * i + 20,) * 3 for i in range(5)}
    assert (shown[:24] > 150).any(), "no title"
