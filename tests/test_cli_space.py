"""`modnetv space push`: the app goes to a Space, over HTTP, from a clone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hub_server import TOKEN, HubServer

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone")
    for name in ("README.md", "LICENSE", "requirements.txt", "spaces_app.py"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    for name in ("app/page.py", "weights/model.safetensors", "__pycache__/page.pyc"):
        (folder / "modnetv_kit" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "modnetv_kit" / name).write_bytes(b"content of " + name.encode())
    (folder / "tests").mkdir()
    (folder / "tests" / "test_page.py").write_text("not for the Space")
    return folder


def push(*words: str, url: str, home: Path) -> subprocess.CompletedProcess[str]:
    settings = {"HF_ENDPOINT": url, "HF_TOKEN": TOKEN, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    environment = os.environ | settings | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "modnetv_kit", "space", "push", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


def test_a_space_gets_the_app_and_nothing_else(clone: Path, tmp_path: Path) -> None:
    with HubServer() as hub:
        ran = push("me/cut-out", "--from", str(clone), url=hub.url, home=tmp_path)
        assert ran.returncode == 0, ran.stderr
        repository = hub.repositories["me/cut-out"]
        files = repository.commits[repository.branches["main"]]
    assert set(files) - {".gitattributes"} == {
        *("README.md", "LICENSE", "requirements.txt", "spaces_app.py"),
        *("modnetv_kit/app/page.py", "modnetv_kit/weights/model.safetensors"),
    }
    assert files["modnetv_kit/weights/model.safetensors"] == b"content of weights/model.safetensors"
    assert "me/cut-out" in ran.stdout


def test_a_folder_that_is_no_clone_is_refused_in_one_line(tmp_path: Path) -> None:
    ran = push("me/cut-out", "--from", str(tmp_path), url="http://127.0.0.1:9", home=tmp_path)
    assert ran.returncode == 2
    assert ran.stderr.count("\n") == 1
    assert "README.md" in ran.stderr
