"""One folder for everything that a notebook writes."""

import os
from pathlib import Path
from typing import overload

OUTPUTS = "outputs"


@overload
def into_outputs(video: None = None) -> None: ...
@overload
def into_outputs(video: str | Path) -> Path: ...
def into_outputs(video: str | Path | None = None) -> Path | None:
    """Change into the folder `outputs` beside the notebook, and create it if missing. Calling it again does nothing.

    Args:
        video: a path relative to the notebook.

    Returns:
        The path of the same video from the new working folder; None without a video.
    """
    if Path.cwd().name == OUTPUTS:
        return None if video is None else Path(video)
    absolute = None if video is None else Path(video).expanduser().absolute()
    Path(OUTPUTS).mkdir(exist_ok=True)
    os.chdir(OUTPUTS)
    return absolute
