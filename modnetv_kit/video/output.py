"""The base class of all outputs: written under a temporary name, renamed when complete, deleted otherwise."""

from abc import ABC, abstractmethod
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import cv2
import numpy as np

from ..errors import InputError, OutputError
from ..files import output_error


class Writer(ABC):
    """A video being written; a context manager that closes on success and aborts on an exception.

    Nothing exists under the final name until `close`, which moves the complete video there.

    Args:
        path: the final name.
        width: of the frames that will come, in pixels.
        height: of the frames that will come, in pixels.
        alpha: frames will be RGBA.

    Attributes:
        frames: number of frames written.
        notes: messages for the user, such as that sound was left out, one line each.
    """

    def __init__(self, path: Path, width: int, height: int, alpha: bool):
        self.path = path
        self.frames = 0
        self.notes: list[str] = []
        self._alpha = alpha
        self._dtype: np.dtype[Any] = np.dtype(np.uint8)
        self._size = (height, width)
        self._open = True

    def write(self, image: np.ndarray, pts: int, time_base: Fraction, duration: int | None = None) -> None:
        """Write the next frame.

        Args:
            image: uint8, (H, W, 3) RGB; or (H, W, 4) RGBA with straight alpha, for a writer opened with `alpha`; or
                (H, W) gray, such as an alpha matte to view. For a video with a `colour` in its `info`:
                uint16 Y'CbCr as in `Frame.deep`, with alpha from 0 to 1023 as the fourth channel.
            pts: presentation time in units of `time_base`, later than that of the frame before.
            time_base: seconds in one unit of `pts`.
            duration: of the frame if it is the last, in the same units; None for one frame at the stream's rate.

        Raises:
            InputError: the frame does not have the size or the channels that the writer was opened for.
            OutputError: it cannot be written, such as on a full disk. The output is then deleted.
        """
        if not self._open:
            raise OutputError(f"{self.path} is closed already; open a new writer")
        channels = ((4,),) if self._alpha else ((3,), ())
        if image.dtype != self._dtype or image.shape[:2] != self._size or image.shape[2:] not in channels:
            wanted = "RGBA" if self._alpha else "RGB or gray"
            raise InputError(
                f"{self.path} takes {self._dtype} {wanted} frames of {self._size[1]}x{self._size[0]}, "
                f"not {image.dtype} of shape {image.shape}"
            )
        if image.ndim == 2:
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
        try:
            self._write(
                np.ascontiguousarray(image), pts * time_base, None if duration is None else duration * time_base
            )
        except (OSError, av.error.FFmpegError) as error:
            self.abort()
            raise output_error(self.path, error) from error
        self.frames += 1

    def close(self, partial: bool = False) -> None:
        """Finish the video and move it to its final name; closing twice does nothing.

        Args:
            partial: the frames ended early; sound ends with the last one.

        Raises:
            OutputError: there is no frame, or the rest cannot be written. Nothing is left behind then.
        """
        if not self._open:
            return
        if self.frames == 0:
            self.abort()
            raise OutputError(f"{self.path} was not written: there is no frame to write")
        try:
            self._finish(partial)
        except (OSError, av.error.FFmpegError) as error:
            self.abort()
            raise output_error(self.path, error) from error
        except BaseException:
            self.abort()
            raise
        self._open = False

    def abort(self) -> None:
        """Give up, and delete what was written so far; does nothing after `close`."""
        if self._open:
            self._open = False
            self._discard()

    @abstractmethod
    def _write(self, image: np.ndarray, time: Fraction, duration: Fraction | None) -> None: ...

    @abstractmethod
    def _finish(self, partial: bool) -> None: ...

    @abstractmethod
    def _discard(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()
