"""A file picker for one video; picking is optional."""

import sys
from pathlib import Path
from typing import Any

import ipywidgets

from ..video import probe


class VideoPicker:
    """Lets users pick a video, with the upload dialogue on Colab and a button elsewhere.

    Args:
        sample: clip to use if nothing is picked.
        folder: where to store an uploaded video.
        chosen: path of a video to use without asking.
    """

    def __init__(self, sample: Path, folder: Path = Path(), chosen: str | Path | None = None):
        self.sample, self.folder = sample, folder
        self.chosen = None if chosen is None else Path(chosen)
        self.button = ipywidgets.FileUpload(accept="video/*", description="Your video")
        self._uploads: dict[str, bytes] = {}
        # loaded in Colab notebooks; elsewhere it may be installed but not work
        if self.chosen is None and "google.colab" in sys.modules:
            from google.colab import files

            self._uploads = files.upload()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Display the button or, on Colab, the names of the uploaded files."""
        if self.chosen is not None:
            return {"text/plain": f"VIDEO is set: {self.chosen.name}"}
        if "google.colab" in sys.modules:
            return {"text/plain": ", ".join(self._uploads) or "nothing picked"}
        return self.button._repr_mimebundle_(**kwargs)

    def video(self, seconds: float) -> tuple[Path, float | None]:
        """Return the picked video, or the sample, and its end. The choice is printed.

        Args:
            seconds: maximum length.

        Returns:
            The path, and `seconds` as the end if the video is longer or its length unknown, else None.

        Raises:
            VideoError: the file is not a readable video.
        """
        uploads = self._uploads or {file.name: bytes(file.content) for file in self.button.value}
        if self.chosen is not None:
            path = self.chosen
            print(f"Using {path.name}.")
        elif uploads:
            name, content = list(uploads.items())[-1]
            path = self.folder / Path(name).name
            path.write_bytes(content)
        else:
            path = self.sample
            print(
                f"No video was picked: taking the sample clip, {path.name}. If you did pick one, it was too large for "
                "Jupyter, which drops uploads above about 20 MB: set VIDEO to its path instead."
            )
        info = probe(path)
        print(f"{path.name}: {info.width}x{info.height}, {float(info.rate):.4g} frames/s.")
        if info.duration is None:
            print(f"Its length is unknown: at most its first {seconds:g} s are used.")
        elif info.duration > seconds:
            print(f"It lasts {info.duration:.1f} s: its first {seconds:g} s are used.")
        else:
            return path, None
        return path, seconds
