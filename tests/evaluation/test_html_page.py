"""The page with all methods and their worst frames."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from eval_clips import Scripted, write_clip
from model_helpers import complaint
from PIL import Image

from modnetv_kit.errors import InputError, OutputError
from modnetv_kit.evaluation import evaluate
from modnetv_kit.evaluation.html_page import check_html_path, write_html
from modnetv_kit.evaluation.worst_frames import find_worst_frames
from modnetv_kit.models import MODNetV


def worst_at(index: int) -> Scripted:
    """A method that sees nobody in one frame."""
    return Scripted(f"<blind at {index}>", lambda i, alpha: alpha * (i != index))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("00_static", "01_moving"):
        write_clip(tmp_path / "data" / name, 4)
    return tmp_path / "data"


def test_every_clip_shows_the_worst_frame_of_every_method(data: Path, tmp_path: Path) -> None:
    evaluation = evaluate(MODNetV().eval(), data, [worst_at(1), worst_at(3)])
    worst = find_worst_frames(evaluation, data)
    assert [[frame.place for frame in by_method.values()] for by_method in worst.values()] == [[1, 3], [1, 3]]
    shown = worst["00_static"]["<blind at 3>"]
    assert shown.mad == pytest.approx(evaluation.over_time["00_static"]["<blind at 3>"]["MAD"][3])
    # where nobody is seen, all is green; the true alpha keeps the red person
    green, red = (np.asarray(Image.open(io.BytesIO(each)))[24:34, 24:34] for each in (shown.predicted, shown.true))
    assert (green[..., 1] > green[..., 0] + 100).all()
    assert (red[..., 0] > red[..., 1] + 100).all()

    write_html(evaluation, worst, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "&lt;blind at 1&gt;" in page  # names are text, never tags
    assert "<blind" not in page
    assert page.count("<figure>") == 4
    assert not re.search(r'(src|href)="(?!data:)', page)  # self-contained
    picture = re.search(r'src="data:image/jpeg;base64,([^"]+)"', page)
    assert picture
    assert Image.open(io.BytesIO(base64.b64decode(picture[1]))).size == (64, 48)
    mean = evaluation.means["static"]["<blind at 1>"]["MAD"]
    assert f"{mean:.2f}</td>" in page


def test_the_lowest_error_of_a_column_is_bold(data: Path, tmp_path: Path) -> None:
    evaluation = evaluate(MODNetV().eval(), data, [Scripted("perfect"), worst_at(1)])
    write_html(evaluation, {}, tmp_path / "page.html")
    rows = re.findall(r"<tr><th scope=\"row\">.*", (tmp_path / "page.html").read_text())
    assert all(("best" in row) == ("perfect" in row) for row in rows)
    assert len(rows) == 6  # all, static and moving


def test_a_page_is_html_in_a_folder_that_exists(tmp_path: Path) -> None:
    assert "ends in .html" in complaint(lambda: check_html_path(tmp_path / "page.md"), InputError)
    assert "no folder" in complaint(lambda: check_html_path(tmp_path / "none" / "page.html"), OutputError)
