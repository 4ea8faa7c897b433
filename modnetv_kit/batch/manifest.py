"""The manifest of a batch, `modnetv.jsonl`: one JSON line for each event, appended and never rewritten."""

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any, Self

from ..errors import InputError, OutputError
from .locations import download, is_address, location_exists, upload

ManifestRecord = dict[str, Any]
_UPLOAD_SECONDS = 5.0


class Manifest:
    """The recorded state of every output in a folder; runs append to it.

    Each line holds `output` (its name in the folder) and `state`: "planned", "started", "whole" (about to be moved to
    its final name), "done" or "failed". The last line of an output is valid. Each line is on disk before `add` returns,
    so killing a run loses none. On file systems with locks, only one run at a time can open a folder's manifest.

    Object stores such as S3 cannot append. For them the manifest is a temporary file that is uploaded at most every
    five seconds, and at the end.

    Args:
        location: path or address.

    Raises:
        InputError: a line is not valid, for example after an edit by hand. An incomplete last line is dropped.
        OutputError: the manifest cannot be written, or another run has it open.
    """

    def __init__(self, location: str):
        self.location = location
        self.last: dict[str, ManifestRecord] = {}
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        path = Path(location)
        if is_address(location):
            self._scratch = tempfile.TemporaryDirectory(prefix="modnetv_")
            path = Path(self._scratch.name, "modnetv.jsonl")
            if location_exists(location):
                path = download(location, path.parent)
        self._path = path
        self._uploaded = time.monotonic()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b")
        except OSError as error:
            raise OutputError(f"{location} cannot be written: {error.strerror or error}") from None
        try:
            _lock(self._file.fileno(), path.parent)
            self._read()
        except BaseException:
            self._file.close()
            raise

    def _read(self) -> None:
        self._file.seek(0)
        complete = 0  # bytes
        for number, line in enumerate(self._file, 1):
            if not line.endswith(b"\n"):
                break
            try:
                record = json.loads(line)
                self.last[record["output"]] = record
            except (ValueError, KeyError, TypeError):
                raise InputError(f"line {number} of {self.location} is damaged: repair or remove that line") from None
            complete += len(line)
        self._file.truncate(complete)

    def add(self, record: ManifestRecord) -> None:
        """Write one line.

        Raises:
            OutputError: the line cannot be written, for example because the disk is full.
        """
        self.last[record["output"]] = record
        try:
            self._file.write(json.dumps({"time": time.strftime("%Y-%m-%dT%H:%M:%S%z"), **record}).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise OutputError(f"{self.location} cannot be written: {error.strerror or error}") from None
        if self._scratch and time.monotonic() - self._uploaded > _UPLOAD_SECONDS:
            self._upload()

    def _upload(self) -> None:
        upload(self._path, self.location)
        self._uploaded = time.monotonic()

    def close(self) -> None:
        """Close the manifest, so that another run can open it."""
        if self._file.closed:
            return
        self._file.close()
        if self._scratch:
            self._upload()
            self._scratch.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _lock(descriptor: int, folder: Path) -> None:
    """Lock the file until it is closed or the process ends."""
    try:
        import fcntl
    except ImportError:  # Windows: a second run into the same folder is not detected
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OutputError(f"another run is writing into {folder}: wait until it ends, or give another folder") from None
    except OSError:  # a file system without locks
        return
