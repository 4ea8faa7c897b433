"""Foreign models: their pictures, trimaps and plates reach them as the preset says, and their maps become alpha."""

from pathlib import Path

import numpy as np
import pytest
from model_helpers import complaint
from peer_files import FREE, Shape, flat_clip, onnx_model
from rvm_model import recurrent_model

from modnetv_kit.errors import DataError, InputError
from modnetv_kit.evaluation import ClipFiles, open_method
from modnetv_kit.evaluation.first_prompts import trimap_of
from modnetv_kit.evaluation.peer_model import PeerModel, open_onnx
from modnetv_kit.evaluation.peer_pictures import distance_maps
from modnetv_kit.evaluation.peer_runtimes import OnnxFile
from modnetv_kit.evaluation.preset import SHIPPED, Preset, read_preset
from modnetv_kit.models import MODNetV

COLOUR = (204, 102, 51)  # 0.8, 0.4 and 0.2
RED = [[1, 0, 0]]
GREEN = [[0, 1, 0]]


@pytest.fixture
def clip(tmp_path: Path) -> ClipFiles:
    return flat_clip(tmp_path / "clip", COLOUR, plate=(0, 0, 128))


def peer(
    folder: Path, weights: object, preset: Preset, inputs: dict[str, Shape] | None = None, **more: object
) -> object:
    path = onnx_model(folder / "net.onnx", np.asarray(weights), inputs, **more)  # type: ignore[arg-type]
    return PeerModel(OnnxFile(path), preset, "onnx:net.onnx")


def value(method: object, clip: ClipFiles) -> float:
    """The alpha of a flat frame."""
    predictions = list(method.matte(clip))  # type: ignore[attr-defined]
    assert len(predictions) == len(clip)
    for each in predictions:
        assert each.alpha.shape == (48, 64)
        assert each.alpha.dtype == np.float32
        assert each.alpha.min() == pytest.approx(each.alpha.max(), abs=1e-5)
    return float(predictions[-1].alpha[0, 0])


def test_pictures_are_normalised_and_ordered_as_the_preset_says(tmp_path: Path, clip: ClipFiles) -> None:
    for preset, weights, expected in (
        (Preset(), RED, 0.8),
        (Preset(order="bgr"), RED, 0.2),
        (Preset(mean=(0.5, 0, 0), std=(0.5, 1, 1)), RED, 0.6),
        (Preset(mean=(0, 0.3, 0), std=(1, 0.25, 1)), GREEN, 0.4),
        (Preset(mean=(0, 0, 0.1), std=(1, 1, 0.5), order="bgr"), RED, 0.2),  # mean and std are of red, green, blue
        (Preset(std=(0.1, 1, 1)), RED, 1.0),  # clipped
    ):
        assert value(peer(tmp_path, weights, preset), clip) == pytest.approx(expected, abs=1e-4), preset


def test_maps_become_alpha_by_class_sigmoid_and_output(tmp_path: Path, clip: ClipFiles) -> None:
    two = [[2, 0, 0], [0, 2, 0]]  # 1.6 and 0.8
    chances = np.exp([1.6, 0.8]) / np.exp([1.6, 0.8]).sum()
    assert value(peer(tmp_path, RED, Preset(sigmoid=True)), clip) == pytest.approx(1 / (1 + np.exp(-0.8)), abs=1e-4)
    assert value(peer(tmp_path, two, Preset(category=1)), clip) == pytest.approx(0.8, abs=1e-4)
    assert value(peer(tmp_path, two, Preset(category=0, sigmoid=True)), clip) == pytest.approx(chances[0], abs=1e-4)
    outputs = ("first", "second")
    assert value(peer(tmp_path, RED, Preset(output=1), outputs=outputs), clip) == 0
    assert value(peer(tmp_path, RED, Preset(output="first"), outputs=outputs), clip) == pytest.approx(0.8, abs=1e-4)
    assert value(peer(tmp_path, RED, Preset(), outputs=("second", "pha")), clip) == 0  # pha is alpha in the field


def test_stretched_maps_reach_from_0_to_1(tmp_path: Path, clip: ClipFiles) -> None:
    plain = peer(tmp_path, RED, Preset())
    method = peer(tmp_path, RED, Preset(stretch=True))
    frame = np.zeros((48, 64, 3), np.uint8)
    frame[:, :32], frame[:, 32:] = 51, 153
    assert plain._predict(frame, None, None)[0].max() == pytest.approx(0.6, abs=1e-4)  # type: ignore[attr-defined]
    alpha, _ = method._predict(frame, None, None)  # type: ignore[attr-defined]
    assert (alpha.min(), alpha.max()) == (0, 1)


@pytest.mark.parametrize("shape", [(1, "H", "W", 3), (1, 24, 40, 3)])
def test_models_whose_channels_come_last_are_recognised(tmp_path: Path, clip: ClipFiles, shape: Shape) -> None:
    preset = Preset(layout="nhwc") if shape[1] == "H" else Preset()
    two = [[1, 0, 0], [0, 1, 0]]
    method = peer(tmp_path, two, Preset(layout=preset.layout, category=1), {"input": shape})
    assert value(method, clip) == pytest.approx(0.4, abs=1e-4)


def test_a_map_lies_on_its_frame_whatever_size_the_model_sees(tmp_path: Path) -> None:
    for preset, inputs in (
        (Preset(size=(320, 320)), None),
        (Preset(size=96, multiple=32), None),
        (Preset(), {"input": (1, 3, 80, 56)}),
    ):
        method = peer(tmp_path, RED, preset, inputs)  # type: ignore[arg-type]
        frame = np.zeros((48, 64, 3), np.uint8)
        frame[:16, :32] = 255
        alpha, _ = method._predict(frame, None, None)  # type: ignore[attr-defined]
        assert alpha[:14, :30].min() > 0.9
        assert max(alpha[18:].max(), alpha[:, 34:].max()) < 0.1


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_a_trimap_reaches_its_input_and_decides_where_it_is_known(
    tmp_path: Path, clip: ClipFiles, channels: int
) -> None:
    weights = [[0.5, 0, 0, *([0.25] if channels == 1 else [0, 0.25] if channels == 2 else [0, 0.5, 0])]]
    inputs: dict[str, Shape] = {"image": FREE, "trimap": (1, channels, "H", "W")}
    method = peer(tmp_path, weights, Preset(), inputs)
    alpha = next(method.matte(clip)).alpha  # type: ignore[attr-defined]
    trimap = trimap_of(clip.read_alpha(0))
    assert (alpha[trimap == 1] == 1).all()
    assert (alpha[trimap == 0] == 0).all()
    expected = 0.4 + {1: 0.25 * 0.5, 2: 0, 3: 0.5}[channels]
    np.testing.assert_allclose(alpha[trimap == 0.5], expected, atol=1e-4)
    facts = method.facts()  # type: ignore[attr-defined]
    assert facts.family == "trimap-based"
    assert "trimap" in facts.told


def test_a_trimap_may_be_the_fourth_channel_of_the_picture(tmp_path: Path, clip: ClipFiles) -> None:
    method = peer(tmp_path, [[0, 0, 0, 0.5]], Preset(), {"pixels": (1, 4, "H", "W")})
    trimap = trimap_of(clip.read_alpha(0))
    np.testing.assert_allclose(next(method.matte(clip)).alpha[trimap == 0.5], 0.25)  # type: ignore[attr-defined]


def test_a_plate_and_the_models_own_foreground_are_used(tmp_path: Path, clip: ClipFiles) -> None:
    path = onnx_model(
        tmp_path / "bgm.onnx", np.array([[0, 0, 0, 0, 0, 0.5]]), {"src": FREE, "bgr": FREE}, ("pha", "fgr")
    )
    method = open_onnx(str(path))  # its interface needs no preset
    assert value(method, clip) == pytest.approx(128 / 255 / 2, abs=1e-4)
    assert "plate" in method.facts().told  # type: ignore[attr-defined]
    bare = flat_clip(tmp_path / "bare", COLOUR)
    assert "background" in complaint(lambda: list(method.matte(bare)), DataError)


def test_distances_are_1_where_known_and_fall_with_the_distance() -> None:
    trimap = np.full((1, 400), 0.5, np.float32)
    trimap[0, 0] = 1
    maps = distance_maps(trimap)
    assert maps.shape == (1, 400, 6)
    assert not maps[..., :3].any()  # no background is known
    assert maps[0, 0, 3:].tolist() == [1, 1, 1]
    d = 30
    np.testing.assert_allclose(
        maps[0, d, 3:], np.exp(-(d**2) / (2 * (320 * np.array([0.02, 0.08, 0.16])) ** 2)), rtol=1e-4
    )


INTERFACES: dict[str, tuple[dict[str, Shape], int, tuple[str, ...]]] = {
    "modnet": ({"input": ("n", 3, "H", "W")}, 1, ("output",)),
    "u2net": ({"input.1": (1, 3, 320, 320)}, 1, tuple(f"d{i}" for i in range(7))),
    "isnet": ({"input_image": (1, 3, 1024, 1024)}, 1, ("output", "1890")),
    "birefnet": ({"input_image": (1, 3, 1024, 1024)}, 1, ("output_image",)),
    "ben2": ({"input": (1, 3, 1024, 1024)}, 1, ("output",)),
    "rmbg": ({"input": (1, 3, 1024, 1024)}, 1, ("output",)),
    "deeplabv3": ({"input": ("n", 3, "H", "W")}, 21, ("out", "aux")),
    "pphumanseg": ({"x": (1, 3, 192, 192)}, 2, ("save_infer_model/scale_0.tmp_1",)),
    "espnet": ({"input": (1, 3, "H", "W")}, 21, ("output",)),
    "backgroundmattingv2": ({"src": FREE, "bgr": FREE}, 1, ("pha", "fgr", "pha_sm")),
    "fba": (
        {
            "image": FREE,
            "trimap": (1, 2, "H", "W"),
            "image_normalised": FREE,
            "trimap_transformed": (1, 6, "H", "W"),
        },
        7,
        ("output",),
    ),
    "mediapipe_pose": ({"input_1": (1, 256, 256, 3)}, 1, ("Identity_2", "Identity")),
    "mediapipe_selfie": ({"input_1": (1, 144, 256, 3)}, 1, ("segment_back",)),
}


@pytest.mark.parametrize("name", INTERFACES)
def test_a_shipped_preset_fits_a_model_of_its_interface(tmp_path: Path, clip: ClipFiles, name: str) -> None:
    inputs, channels, outputs = INTERFACES[name]
    taken = sum(side for shape in inputs.values() for side in shape if isinstance(side, int) and side in (2, 3, 6))
    weights = np.random.default_rng(0).normal(size=(channels, taken)) / taken
    path = onnx_model(tmp_path / "net.onnx", weights, inputs, outputs)
    method = open_onnx(f"{path}@{name}")
    preset = read_preset(SHIPPED / f"{name}.yaml")
    alpha = next(iter(method.matte(clip))).alpha
    assert method.name == f"onnx:net.onnx@{name}"
    assert method.facts().family == preset.family  # type: ignore[attr-defined]
    assert alpha.shape == (48, 64)
    if len(inputs) == 1 and not preset.stretch:
        picture = (np.array(COLOUR) / 255 - preset.mean) / preset.std
        maps = weights @ picture
        chances = np.exp(maps) / np.exp(maps).sum() if channels > 1 else 1 / (1 + np.exp(-maps))
        expected = (chances if preset.sigmoid else maps)[preset.category or 0]
        np.testing.assert_allclose(alpha, np.clip(expected, 0, 1), atol=1e-3)


def test_rvms_interface_needs_no_preset_and_may_have_one(tmp_path: Path) -> None:
    path = recurrent_model(tmp_path / "tiny.onnx")
    plain, named = open_method(f"onnx:{path}", MODNetV()), open_method(f"onnx:{path}@rvm", MODNetV())
    assert plain.name == "onnx:tiny.onnx"
    assert plain.facts().licence is None  # type: ignore[attr-defined]
    assert named.facts().licence == "GPL-3.0"  # type: ignore[attr-defined]
    assert named.facts().family == plain.facts().family == "video"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("preset", "inputs", "channels", "named"),
    [
        (Preset(size=(320, 320)), {"input": (1, 3, 64, 32)}, 1, "field size is [320, 320], but the input input takes"),
        (Preset(layout="nhwc"), {"input": (1, 3, 64, 32)}, 1, "field layout"),
        (Preset(output="mask"), {"input": FREE}, 1, "field output"),
        (Preset(output=3), {"input": FREE}, 1, "field output"),
        (Preset(category=2), {"input": FREE}, 2, "field class"),
        (Preset(), {"input": FREE}, 2, "field class"),
        (Preset(inputs={"picture": "image"}), {"input": FREE}, 1, "field inputs"),
        (Preset(), {"one": FREE, "two": FREE}, 1, "field inputs"),
        (Preset(inputs={"picture": "one", "trimap": "six"}), {"one": FREE, "six": (1, 6, "H", "W")}, 1, "field inputs"),
    ],
)
def test_a_preset_that_does_not_fit_is_one_line_that_names_the_field(
    tmp_path: Path, preset: Preset, inputs: dict[str, Shape], channels: int, named: str
) -> None:
    taken = sum(shape[1] for shape in inputs.values() if isinstance(shape[1], int))
    line = complaint(lambda: peer(tmp_path, np.zeros((channels, taken)), preset, inputs), InputError)
    assert named in line
    assert "net.onnx" in line


def test_a_model_without_a_preset_is_one_line_that_says_what_to_write(tmp_path: Path) -> None:
    path = onnx_model(tmp_path / "net.onnx", np.array(RED))
    line = complaint(lambda: open_method(f"onnx:{path}", MODNetV()), InputError)
    assert "net.yaml" in line
    assert "@NAME" in line
    (tmp_path / "net.yaml").write_text("order: bgr")
    assert open_method(f"onnx:{path}", MODNetV()).name == "onnx:net.onnx"


def test_another_preset_is_another_method(tmp_path: Path) -> None:
    one, two = (peer(tmp_path, RED, Preset(sigmoid=sigmoid)) for sigmoid in (True, False))
    assert one.identity != two.identity  # type: ignore[attr-defined]
