"""Presets of foreign models: what may be written in them, and where they are looked for."""

from pathlib import Path

import pytest
from model_helpers import complaint

from modnetv_kit.errors import InputError
from modnetv_kit.evaluation.preset import SHIPPED, Preset, find_preset, read_preset, shipped_presets, split_spec


def written(folder: Path, text: str) -> Path:
    (folder / "net.yaml").write_text(text)
    return folder / "net.yaml"


def test_every_family_of_the_field_has_a_shipped_preset_that_reads() -> None:
    presets = {name: read_preset(SHIPPED / f"{name}.yaml") for name in shipped_presets()}
    assert presets.keys() >= {
        *("modnet", "u2net", "isnet", "birefnet", "ben2", "rmbg", "deeplabv3", "pphumanseg", "espnet", "rvm"),
        *("backgroundmattingv2", "fba", "mediapipe_selfie", "mediapipe_pose"),
    }
    for preset in presets.values():
        assert preset.family
        assert preset.licence
    assert presets["deeplabv3"].category == presets["espnet"].category == 15  # the person among Pascal VOC's classes


def test_every_field_is_read(tmp_path: Path) -> None:
    text = """
        size: [320, 160]
        multiple: 8
        mean: [0, 0.5, 1]
        std: [1, 0.5, 0.25]
        layout: nhwc
        order: bgr
        output: 2
        class: 1
        sigmoid: true
        stretch: true
        inputs: {picture: a, trimap: b}
        family: video
        told: a click
        licence: MIT
    """
    assert read_preset(written(tmp_path, text)) == Preset(
        size=(320, 160),
        multiple=8,
        mean=(0, 0.5, 1),
        std=(1, 0.5, 0.25),
        layout="nhwc",
        order="bgr",
        output=2,
        category=1,
        sigmoid=True,
        stretch=True,
        inputs={"picture": "a", "trimap": "b"},
        family="video",
        told="a click",
        licence="MIT",
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sise: 320", "no field 'sise'"),
        ("size: [320]", "field size"),
        ("size: big", "field size"),
        ("size: true", "field size"),
        ("multiple: 0", "field multiple"),
        ("mean: 0.5", "field mean"),
        ("std: [1, 1, 0]", "field std"),
        ("layout: chw", "field layout"),
        ("order: gbr", "field order"),
        ("output: -1", "field output"),
        ("class: person", "field class"),
        ("sigmoid: 2", "field sigmoid"),
        ("inputs: {image: src}", "field inputs"),
        ("licence: 3", "field licence"),
        ("- size", "is not a preset"),
        ("", "is not a preset"),
        ("size: [", "cannot be read as a preset"),
    ],
)
def test_a_wrong_field_is_one_line_that_names_it(tmp_path: Path, text: str, named: str) -> None:
    line = complaint(lambda: read_preset(written(tmp_path, text)), InputError)
    assert named in line
    assert "net.yaml" in line


def test_the_file_beside_a_model_is_its_preset_unless_another_is_named(tmp_path: Path) -> None:
    model = tmp_path / "net.onnx"
    assert find_preset(model) is None
    written(tmp_path, "class: 3")
    assert find_preset(model) == Preset(category=3)
    assert find_preset(model, "pphumanseg") == read_preset(SHIPPED / "pphumanseg.yaml")
    assert "'u3net'; choose one of" in complaint(lambda: find_preset(model, "u3net"), InputError)


def test_an_at_sign_parts_file_and_preset_unless_the_file_is_called_so(tmp_path: Path) -> None:
    assert split_spec("a/net.onnx@u2net") == (Path("a/net.onnx"), "u2net")
    assert split_spec("a/net.onnx") == (Path("a/net.onnx"), None)
    odd = tmp_path / "me@home.onnx"
    odd.touch()
    assert split_spec(str(odd)) == (odd, None)
    assert split_spec(f"{odd}@modnet") == (odd, "modnet")
