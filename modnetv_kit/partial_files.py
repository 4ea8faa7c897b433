"""Outputs under way: a hidden file or folder beside the final name, which it takes when it is whole."""

import os
import re
import secrets
import shutil
import stat
import time
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, which neither locks like this nor deletes a file that somebody holds open
    fcntl = None  # type: ignore[assignment]

_HIDDEN = re.compile(r"\..*\.partial-[0-9a-f]{8}(\.[^.]+)?")
_STEM = 100  # bytes of the final name that the hidden one repeats: file systems take 255 in all
_FRESH = 10  # seconds for which a hidden file may be without its lock: it is made first, and locked then


class Partial:
    """A hidden file or folder that is being written, locked for as long as the process lives that writes it.

    Whatever a process that died has left in the same folder is deleted first: nobody holds its lock any more.

    Args:
        target: the final name. A symbolic link is written through, and a file that is there already keeps its mode.
        is_folder: make a folder.
        inside: put it inside `target`, a folder that is there, and not beside it.

    Attributes:
        target: where it goes, links followed.
        path: where it is meanwhile; the suffix is the target's, since it may decide the format.

    Raises:
        OSError: it cannot be made there, or the target is neither new nor a file.
    """

    def __init__(self, target: Path, *, is_folder: bool = False, inside: bool = False):
        self.target = destination(target)
        home = self.target if inside else self.target.parent
        remove_stale(home)
        self.path = home / hidden_name(self.target)
        self._is_folder = is_folder
        self._lock: int | None = None
        try:
            if is_folder:
                self.path.mkdir()
            else:
                self.path.touch()
            self._lock = _locked(self.path)
        except BaseException:
            self.discard()
            raise

    def keep(self) -> None:
        """Give it its final name, at once, in the place of what has that name."""
        if not self._is_folder:
            with suppress(FileNotFoundError):
                self.path.chmod(stat.S_IMODE(self.target.stat().st_mode))
        self.path.replace(self.target)
        self._release()

    def discard(self) -> None:
        """Delete it; what cannot be deleted is left for the next run."""
        if self._is_folder:
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            with suppress(OSError):
                self.path.unlink()
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def hidden_name(target: Path) -> str:
    """A new hidden name that tells whose it is, and has the suffix of `target`."""
    stem = os.fsencode(target.stem)[:_STEM].decode(errors="ignore")
    return f".{stem}.partial-{secrets.token_hex(4)}{target.suffix}"


def destination(path: Path) -> Path:
    """Where writing to `path` ends: a symbolic link is followed.

    Raises:
        OSError: the name is too long, a link leads in a circle, or something is there that is no file or folder.
    """
    try:
        target = path.resolve() if path.is_symlink() else path
        mode = target.stat().st_mode
    except FileNotFoundError:
        return target
    except RuntimeError:  # what `resolve` says of a circle
        raise OSError("it is a symbolic link that leads in a circle") from None
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError("it is a pipe or a device; give the name of a file")
    return target


def remove_stale(folder: Path) -> None:
    """Delete what processes that are dead have left half-written in `folder`."""
    if fcntl is None:
        return
    with suppress(OSError):
        for path in list(folder.iterdir()):
            with suppress(OSError):
                if _HIDDEN.fullmatch(path.name) and not path.is_symlink() and _is_stale(path):
                    if path.is_dir():
                        shutil.rmtree(path, ignore_errors=True)
                    else:
                        path.unlink()


def _is_stale(path: Path) -> bool:
    if time.time() - path.stat().st_mtime < _FRESH:
        return False
    lock = _locked(path)  # raises BlockingIOError where its writer lives
    if lock is None:
        return False
    os.close(lock)
    return True


def _locked(path: Path) -> int | None:
    """An open file descriptor that holds the only lock on a file or folder; None where files cannot be locked."""
    if fcntl is None:
        return None
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:  # a file system without locks
        os.close(descriptor)
        return None
    return descriptor
