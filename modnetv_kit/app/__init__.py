"""The app: upload a video, cut out the person, and look inside the model."""

from . import engine as engine  # first: on ZeroGPU its import must come before torch's
from .ui import build, launch

__all__ = ["build", "launch"]
