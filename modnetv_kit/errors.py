"""Errors that a user can cause. Each message is one line with the problem and the remedy."""


class MattingError(Exception):
    """The base of all errors that the kit raises for bad input; `str(error)` is one line to show to the user."""


class InputError(MattingError):
    """An unusable file, frame or option."""


class VideoError(InputError):
    """A video that is missing, empty, has no picture, or cannot be decoded."""


class BrokenVideoError(VideoError):
    """A video that breaks off in the middle; all frames before `frame` are good.

    Args:
        message: the line to show.
        frame: number of frames decoded before the break.
    """

    def __init__(self, message: str, frame: int):
        super().__init__(message)
        self.frame = frame


class OutputError(MattingError):
    """An output that cannot be written: a format without alpha, a full disk, a folder that does not exist."""


class WeightsError(MattingError):
    """Weights that cannot be found or read, or that do not fit the model."""


class DeviceError(MattingError):
    """A device that does not exist here or ran out of memory."""


class DataError(MattingError):
    """An unusable training or validation folder."""


class TrainingError(MattingError):
    """A training run that cannot continue: a NaN loss, or a checkpoint of another model."""


def one_line(error: BaseException) -> str:
    """The message of any exception on one line, or its type if it has no message."""
    return " ".join(str(error).split()) or type(error).__name__
