"""The revision of the code that made a run."""

import subprocess
from pathlib import Path


def git_revision() -> str | None:
    """The commit of the running code, with the suffix "-dirty" if files have changed; None outside a clone."""
    here = Path(__file__)
    git = ["git", "-C", str(here.parent)]
    tracked, describe = ["ls-files", "--error-unmatch", here.name], ["describe", "--always", "--dirty", "--abbrev=40"]
    try:
        # an installed package may lie inside another project's clone, whose commit is unrelated
        subprocess.run([*git, *tracked], capture_output=True, check=True)
        return subprocess.run([*git, *describe], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
