"""A JSON file of results that grows during a run, so that an interrupted run can continue."""

import json
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import InputError
from ..files import check_parent, output_error, replace_file
from .clip_files import ClipFiles
from .clip_metrics import Scores, Series, clip_means
from .prediction import Method


class ResultsStore:
    """All results so far, by clip and method.

    The file holds `means` over the clips and methods of the last finished run, `clips` with the means over time,
    `over_time` with the values of every frame, and `seconds` with the mean time of a frame. `measured` holds a key for
    each result, built from the method's weights, the clip's files and the kit's version. A result with another key is
    measured again.

    Args:
        path: the file; None stores nothing.

    Raises:
        InputError: the file exists with other content.
        OutputError: its folder does not exist.
    """

    def __init__(self, path: Path | None):
        self.path = path
        self._over_time: dict[str, dict[str, Series]] = {}
        self._measured: dict[str, dict[str, str]] = {}
        self._seconds: dict[str, dict[str, float]] = {}
        if path is not None:
            check_parent(path)
            if path.exists():
                self._read(path)

    def get(self, clip: ClipFiles, method: Method) -> Series | None:
        """The results of this method on this clip in their current versions; None if missing."""
        if self._measured.get(clip.name, {}).get(method.name) != _key(clip, method):
            return None
        return self._over_time[clip.name][method.name]

    def get_seconds(self, clip: ClipFiles, method: Method) -> float | None:
        """The seconds a frame of the same results; None if they were not taken."""
        return self._seconds.get(clip.name, {}).get(method.name)

    def put(self, clip: ClipFiles, method: Method, series: Series, seconds: float | None = None) -> None:
        """Store results, and the seconds a frame that they took.

        Raises:
            OutputError: the file cannot be written.
        """
        self._over_time.setdefault(clip.name, {})[method.name] = series
        self._measured.setdefault(clip.name, {})[method.name] = _key(clip, method)
        if seconds is not None:
            self._seconds.setdefault(clip.name, {})[method.name] = seconds
        self._write({}, False)

    def finish(self, means: dict[str, dict[str, Scores]], problems: list[str], first_dtssd_is_zero: bool) -> None:
        """Store the means and problems of a finished run.

        Raises:
            OutputError: the file cannot be written.
        """
        self._write({"means": means, "problems": problems}, first_dtssd_is_zero)

    def _read(self, path: Path) -> None:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            self._over_time, self._measured = dict(content["over_time"]), dict(content["measured"])
            self._seconds = dict(content.get("seconds", {}))  # older files have none
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror}); name another file") from None
        except (ValueError, LookupError, TypeError):
            raise InputError(f"{path} holds no results of `modnetv eval`; name another file, or delete it") from None

    def _write(self, summary: dict[str, Any], first_dtssd_is_zero: bool) -> None:
        if self.path is None:
            return
        clips = {
            clip: {method: clip_means(series, first_dtssd_is_zero) for method, series in by_method.items()}
            for clip, by_method in self._over_time.items()
        }
        read_by_people = {
            "dtSSD of the first frame": "0" if first_dtssd_is_zero else "left out",
            **summary,
            "clips": clips,
        }
        lines = [f'"{name}": {json.dumps(value, indent=2)}' for name, value in read_by_people.items()]
        lines.append(f'"seconds": {json.dumps(self._seconds)}')
        lines += [f'"over_time": {json.dumps(self._over_time)}', f'"measured": {json.dumps(self._measured)}']
        text = "{\n" + ",\n".join(lines) + "\n}\n"
        try:
            replace_file(self.path, lambda path: path.write_text(text, encoding="utf-8"))
        except OSError as error:
            raise output_error(self.path, error) from None


def _key(clip: ClipFiles, method: Method) -> str:
    return f"{__version__} {method.identity} {clip.fingerprint}"
