"""Side effects of imports: torch and decord are loaded only when used."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("modules", "absent"),
    [
        ("modnetv_kit", ("torch", "cv2", "av", "decord")),
        ("modnetv_kit.cli", ("torch", "cv2", "decord")),
        ("modnetv_kit.inference, modnetv_kit.video, modnetv_kit.training, modnetv_kit.evaluation", ("decord",)),
    ],
)
def test_imports_load_only_what_they_need(modules: str, absent: tuple[str, ...]) -> None:
    code = f"import sys, {modules}; print(*sorted(set({absent!r}) & sys.modules.keys()))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []
