"""One folder for all that a notebook writes."""

import os
from pathlib import Path
from typing import overload

OUTPUTS = "outputs"


@overload
def into_outputs(video: None = None) -> None: ...
@overload
def into_outputs(video: str | Path) -> Path: ...
def into_outputs(video: str | Path | None = None) -> Path | None:
    """Go into the folder `outputs` beside the notebook; made if missing. A second call changes nothing.

    Args:
        video: a path as seen from the notebook.

    Returns:
        The same path, which still leads there.
    """
    if Path.cwd().name == OUTPUTS:
        return None if video is None else Path(video)
    found = None if video is None else Path(video).expanduser().absolute()
    Path(OUTPUTS).mkdir(exist_ok=True)
    os.chdir(OUTPUTS)
    return found
