"""The app as users run it: `modnetv app` in its own process with its own folders."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path


class AppServer:
    """A running app.

    Args:
        folder: for all its temporary files, its uploads, and its log.
        **limits: e.g. `seconds=5` for MODNETV_APP_SECONDS.

    Attributes:
        url: of its page.
        started: seconds until it was ready.
    """

    def __init__(self, folder: Path, **limits: float):
        self.uploads, self.temporary, self._log = folder / "uploads", folder / "temporary", folder / "log.txt"
        self.uploads.mkdir(parents=True)
        self.temporary.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = os.environ | {
            "GRADIO_TEMP_DIR": str(self.uploads),
            "TMPDIR": str(self.temporary),
            "OMP_NUM_THREADS": "1",
            **{f"MODNETV_APP_{name.upper()}": str(value) for name, value in limits.items()},
        }
        began = time.monotonic()
        with self._log.open("w") as log:
            command = [sys.executable, "-m", "modnetv_kit", "app", "--port", str(port), "--device", "cpu"]
            # not in a clone, since Gradio serves the files of its working folder
            self._process = subprocess.Popen(
                command, cwd=self.temporary, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        self.url = f"http://127.0.0.1:{port}/"
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() - began > 300:
                self.stop()
                raise AssertionError(f"the app did not start: {self.log}")
            time.sleep(0.2)
        self.started = time.monotonic() - began

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=10) as answer:
                return answer.status == 200
        except OSError:
            return False

    @property
    def log(self) -> str:
        """The output so far."""
        return self._log.read_text()

    @property
    def memory(self) -> int:
        """Resident memory in KiB (Linux)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]

    def files(self) -> list[Path]:
        """All files of the app, except the composed examples."""
        kept = [*self.uploads.rglob("*"), *self.temporary.rglob("*")]
        return [path for path in kept if path.is_file() and "modnetv_examples_" not in str(path)]

    def stop(self) -> None:
        """Stop the app as a service manager does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition becomes true within `seconds`."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.2)
    return true()
