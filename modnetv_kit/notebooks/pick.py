"""A file picker for one video, which may be left empty."""

import sys
from pathlib import Path
from typing import Any

import ipywidgets

from ..video import probe


class VideoPicker:
    """Asks for a video: Colab's own upload dialogue there, a button everywhere else.

    Args:
        sample: the clip to take when nothing was picked.
        folder: where an uploaded video is kept.
    """

    def __init__(self, sample: Path, folder: Path = Path()):
        self.sample, self.folder = sample, folder
        self.button = ipywidgets.FileUpload(accept="video/*", description="Your video")
        self._uploads: dict[str, bytes] = {}
        if "google.colab" in sys.modules:  # its notebooks load it; elsewhere it would only pretend to be there
            from google.colab import files

            self._uploads = files.upload()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Shown as the button, and on Colab, where the dialogue has been answered, as what was picked."""
        if "google.colab" in sys.modules:
            return {"text/plain": ", ".join(self._uploads) or "nothing picked"}
        return self.button._repr_mimebundle_(**kwargs)

    def video(self, seconds: float) -> tuple[Path, float | None]:
        """The video that was picked, or the sample, and where to stop; what was decided is printed.

        Args:
            seconds: the most to take.

        Returns:
            Its path, and the second at which to end, None for a video that is not longer.

        Raises:
            VideoError: what was picked is no video that can be read.
        """
        uploads = self._uploads or {file.name: bytes(file.content) for file in self.button.value}
        if uploads:
            name, content = list(uploads.items())[-1]
            path = self.folder / Path(name).name
            path.write_bytes(content)
        else:
            path = self.sample
            print(f"No video was picked: taking the sample clip, {path.name}.")
        info = probe(path)
        print(f"{path.name}: {info.width}x{info.height}, {float(info.rate):.4g} frames/s.")
        if info.duration is None:
            print(f"Its length is not known: at most its first {seconds:g} s are taken.")
        elif info.duration > seconds:
            print(f"It lasts {info.duration:.1f} s: its first {seconds:g} s are taken.")
        else:
            return path, None
        return path, seconds
