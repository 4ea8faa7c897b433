"""`python -m modnetv_kit` is `modnetv`."""

import os
import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command line; Ctrl-C or a termination signal gives one line, even during the imports."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, _leave)
    from .cli import main as run

    run()


def _leave(number: int, frame: FrameType | None) -> None:
    # Exit at once: an exception would surface in the library being imported, often as another type. Commands with
    # cleanup request the exception; see `cli.console.interruptible`.
    os.write(sys.stderr.fileno(), b"modnetv: interrupted\n")
    os._exit(128 + number)


if __name__ == "__main__":
    main()
