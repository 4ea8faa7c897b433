"""A contact sheet shows every clip, frame beside cut-out; an unwritable path is refused before any work."""

from pathlib import Path

import numpy as np
import pytest
from eval_clips import write_clip
from PIL import Image

from modnetv_kit.errors import InputError, OutputError
from modnetv_kit.evaluation.contact_sheet import HEIGHT, check_sheet_path, write_contact_sheet
from modnetv_kit.models import MODNetV


def test_every_clip_has_a_row_of_frames_beside_what_was_cut_out(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_clip(tmp_path / "clips" / name, frames=8)
    write_contact_sheet(MODNetV().eval(), tmp_path / "clips", tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        pixels = np.asarray(sheet)
    assert pixels.shape[0] == 2 * (HEIGHT + 2)
    frames, cut = pixels[:HEIGHT, 130:274], pixels[:HEIGHT, 274:418]
    assert frames.std() > 20  # the texture behind the person
    assert np.abs(frames.astype(int) - cut).mean() > 5


@pytest.mark.parametrize(("name", "error"), [("sheet.gif", InputError), ("nowhere/sheet.jpg", OutputError)])
def test_a_sheet_that_cannot_be_written_is_refused_first(tmp_path: Path, name: str, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        check_sheet_path(tmp_path / name)
    assert "\n" not in str(caught.value)
