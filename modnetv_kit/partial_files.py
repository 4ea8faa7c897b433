"""Partial outputs: a hidden file or folder that gets its final name when it is complete."""

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
except ImportError:  # Windows has no such locks and does not delete open files
    fcntl = None  # type: ignore[assignment]

_HIDDEN = re.compile(r"\..*\.partial-[0-9a-f]{8}(\.[^.]+)?")
_STEM = 100  # bytes of the final name in the hidden name; file systems allow 255 in total
_FRESH = 10  # seconds during which a new hidden file may have no lock yet


class Partial:
    """A hidden file or folder that is being written, locked while its process lives.

    Leftovers of dead processes in the same folder, recognised by a free lock, are deleted first.

    Args:
        target: the final name. A symbolic link is written through, and an existing file keeps its mode.
        is_folder: make a folder.
        inside: create it inside `target`, an existing folder, instead of beside it.

    Attributes:
        target: the final path, with links resolved.
        path: the temporary path; it has the target's suffix, which may decide the format.

    Raises:
        OSError: it cannot be created, or the target exists and is not a file.
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
        """Move it to its final name atomically and replace what has that name."""
        if not self._is_folder:
            with suppress(FileNotFoundError):
                self.path.chmod(stat.S_IMODE(self.target.stat().st_mode))
        self.path.replace(self.target)
        self._release()

    def discard(self) -> None:
        """Delete it; the next run deletes what remains."""
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
    """A new hidden name that starts like `target` and has its suffix."""
    stem = os.fsencode(target.stem)[:_STEM].decode(errors="ignore")
    return f".{stem}.partial-{secrets.token_hex(4)}{target.suffix}"


def destination(path: Path) -> Path:
    """The path that writing to `path` reaches, with symbolic links resolved.

    Raises:
        OSError: the name is too long, a link leads in a circle, or the path is neither file nor folder.
    """
    try:
        target = path.resolve() if path.is_symlink() else path
        mode = target.stat().st_mode
    except FileNotFoundError:
        return target
    except RuntimeError:  # `resolve` raises it for a circle
        raise OSError("it is a symbolic link that leads in a circle") from None
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError("it is a pipe or a device; give the name of a file")
    return target


def remove_stale(folder: Path) -> None:
    """Delete partial outputs of dead processes in `folder`."""
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
    lock = _locked(path)  # raises BlockingIOError while its writer lives
    if lock is None:
        return False
    os.close(lock)
    return True


def _locked(path: Path) -> int | None:
    """An open file descriptor with the only lock on a file or folder; None if locks are not supported."""
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
