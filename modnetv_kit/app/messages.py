"""Error messages of the app: a single line that names no folder of the server."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import MattingError

logger = logging.getLogger(__name__)
UNEXPECTED = "something went wrong here; try again, or try another file"
# An absolute path up to its last slash, but no address, fraction or "and/or".
_FOLDERS = re.compile(r"""(?<![\w:/.])(?:[A-Za-z]:)?[/\\](?:[^\s/\\:;,'"]+[/\\])*(?=[^\s/\\])""")


def without_folders(error: Exception | str) -> str:
    """The message in one line, with files named without their folders."""
    return _FOLDERS.sub("", " ".join(str(error).split()))


@contextmanager
def guarded() -> Iterator[None]:
    """Turn every error into a MattingError without private details; unexpected errors are logged.

    Raises:
        MattingError: one line without folders; for unexpected errors a general message.
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
        raise MattingError(UNEXPECTED) from None
