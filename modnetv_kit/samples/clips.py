"""Short clips to try everything with: composed, not filmed."""

from pathlib import Path

ASSETS = Path(__file__).parent / "assets"


def sample_clip(pans: bool = False) -> Path:
    """The path of a clip of three seconds, 640 x 360: the portrait of an astronaut, moved through a drawn room.

    Args:
        pans: the camera moves.
    """
    return ASSETS / ("camera_pans.mp4" if pans else "camera_at_rest.mp4")
