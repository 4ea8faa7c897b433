"""Error messages of the app: a single line, without folders of the server."""

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
    """A line in which files appear by name, without folders of the server."""
    return _FOLDERS.sub("", " ".join(str(error).split()))


@contextmanager
def guarded() -> Iterator[None]:
    """Let only MattingErrors pass, and remove from them what visitors must not read.

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
