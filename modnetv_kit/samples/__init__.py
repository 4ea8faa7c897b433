"""Sample footage and pictures for examples, notebooks and tests."""

from .astronaut import CUTOUT, PORTRAIT, sample_person, sample_places
from .clips import sample_clip
from .drawings import checkerboard, evening_sky
from .footage import carphone

__all__ = [
    "CUTOUT",
    "PORTRAIT",
    "carphone",
    "checkerboard",
    "evening_sky",
    "sample_clip",
    "sample_person",
    "sample_places",
]
