"""The one way by which errors leave the app: a single line, without the server's folders."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import MattingError

logger = logging.getLogger(__name__)
UNKNOWN = "something went wrong here; try again, or try another file"
# An absolute path up to its last slash; not an address, nor a fraction or an "and/or".
_FOLDERS = re.compile(r"""(?<![\w:/.])(?:[A-Za-z]:)?[/\\](?:[^\s/\\:;,'"]+[/\\])*(?=[^\s/\\])""")


def without_folders(error: Exception | str) -> str:
    """A line with files by their names alone: where the server keeps them is nobody's business."""
    return _FOLDERS.sub("", " ".join(str(error).split()))


@contextmanager
def guarded() -> Iterator[None]:
    """Let only MattingErrors out, and of them only what visitors may read.

    Raises:
        MattingError: one line without folders; of an error that nobody foresaw, that there was one.
    """
    try:
        yield
    except MattingError as error:
        line = without_folders(error)
        if line == str(error):
            raise
        raise MattingError(line) from None
    except Exception:
        logger.exception("a request failed")
        raise MattingError(UNKNOWN) from None
