"""The app: upload a video, get the person, and see how it was done."""

from . import engine as engine  # first: on ZeroGPU its import must come before torch's
from .ui import build, launch

__all__ = ["build", "launch"]
