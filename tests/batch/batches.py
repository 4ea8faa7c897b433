"""Helpers of the batch tests."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from modnetv_kit import VideoReport

Batch = Callable[..., list[VideoReport]]


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in a folder, by name, except the manifest."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "modnetv.jsonl"]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
