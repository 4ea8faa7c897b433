"""Models through the Hub, spoken to over HTTP by real clients in processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from hub_server import TOKEN, HubServer, Repository
from model_helpers import ARGUMENTS, alpha, awake, complaint, same
from safetensors.torch import save_file

from modnetv_kit import hub
from modnetv_kit.errors import InputError
from modnetv_kit.hub import HubMODNetV, load_model, push_to_hub, save_model
from modnetv_kit.models import MODNetV

CLIENT = """
import json, sys
from modnetv_kit.hub import HubMODNetV, load_model, load_weights_into, push_to_hub, save_model
results = {}
def attempt(name, call):
    try:
        results[name] = ["", str(call())]
    except Exception as error:
        results[name] = [type(error).__name__, str(error)]
def fetch(name, repo, **options):
    attempt(name, lambda: save_model(load_model(repo, device="cpu", **options), name, half=False))
"""

ONLINE = """
first, second = (load_model(name, device="cpu") for name in ("saved", "second"))
attempt("push", lambda: push_to_hub(first, "me/matting", card="card.md"))
attempt("push to a branch", lambda: push_to_hub(second, "me/matting", card="card.md", revision="v2"))
attempt("push again", lambda: push_to_hub(first, "me/matting", card="card.md"))
attempt("push in private", lambda: push_to_hub(first, "secret", card="card.md", private=True))
attempt("push a broken card", lambda: push_to_hub(first, "me/matting", card="broken.md"))
attempt("push as a stranger", lambda: push_to_hub(first, "me/matting", card="card.md", token="hf_wrong"))
attempt("push by the mixin", lambda: second.push_to_hub("me/mixin"))
fetch("main", "me/matting")
fetch("branch", "me/matting", revision="v2")
fetch("commit", "me/matting", revision=results["push to a branch"][1].rpartition("/")[2])
fetch("private", "me/secret")
fetch("mixin", "me/mixin")
attempt("from_pretrained", lambda: HubMODNetV.from_pretrained("me/matting", revision="v2").coarse_size)
for repo in ("nobody/nothing", "them/gated", "them/forbidden", "them/pickle", "them/no-config", "them/keys"):
    fetch(repo, repo)
fetch("no revision", "me/matting", revision="v9")
attempt("anonymous", lambda: HubMODNetV.from_pretrained("me/secret", token=False, cache_dir="elsewhere"))
"""

OFFLINE = """
fetch("cached", "me/matting")
fetch("cached branch", "me/matting", revision="v2")
fetch("not cached", "me/other")
fetch("revision not cached", "me/matting", revision="v9")
attempt("push", lambda: push_to_hub(load_model("saved", device="cpu"), "me/matting", card="card.md"))
"""

UNREACHABLE = """
fetch("cached", "me/matting")
"""


class Story(NamedTuple):
    """What clients of the Hub went through, one process after the other with the same cache."""

    folder: Path
    server: HubServer
    online: dict[str, list[str]]
    offline: dict[str, list[str]]
    unreachable: dict[str, list[str]]

    def model(self, name: str) -> HubMODNetV:
        """What a client downloaded as `name`."""
        return load_model(self.folder / name, device="cpu")

    def line(self, name: str, kind: str = "WeightsError") -> str:
        """The line with which the client failed online."""
        assert self.online[name][0] == kind
        assert "\n" not in self.online[name][1]
        return self.online[name][1]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("client")
    saved = folder / "saved"
    save_model(awake(MODNetV(**ARGUMENTS)), saved)
    save_model(awake(MODNetV(coarse_size=96)), folder / "second")
    (folder / "card.md").write_text("---\nlicense: apache-2.0\n---\n# The card\n")
    (folder / "broken.md").write_text("---\nlicense: [\n---\n")

    def client(script: str, **more: str) -> dict[str, list[str]]:
        # a process of its own: huggingface_hub reads HF_ENDPOINT and HF_HUB_OFFLINE once, when it is imported
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        settings = {"HF_ENDPOINT": server.url, "HF_HOME": str(folder / "hf"), "HF_TOKEN": TOKEN}
        settings |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "NO_PROXY": "*"}
        source = f"{CLIENT}{script}\nprint(json.dumps(results))"
        root = str(Path(hub.__file__).parents[1])
        run = subprocess.run(
            [sys.executable, "-c", source],
            cwd=folder,
            env=inherited | settings | {"PYTHONPATH": root} | more,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout.splitlines()[-1])

    with HubServer() as server:
        files = {name: (saved / name).read_bytes() for name in ("config.json", "model.safetensors")}
        server.repositories |= {
            "them/gated": Repository(refuses=(403, "GatedRepo")),
            "them/forbidden": Repository(refuses=(403, "")),
            "them/pickle": Repository(),
            "them/no-config": Repository(),
            "them/keys": Repository(),
        }
        server.repositories["them/pickle"].commit({"config.json": files["config.json"], "pytorch_model.bin": b"pickle"})
        server.repositories["them/no-config"].commit({"model.safetensors": files["model.safetensors"]})
        save_file({"alien": torch.zeros(1)}, folder / "alien.safetensors")
        alien = (folder / "alien.safetensors").read_bytes()
        server.repositories["them/keys"].commit(files | {"model.safetensors": alien})
        online = client(ONLINE)
    return Story(folder, server, online, client(OFFLINE, HF_HUB_OFFLINE="1"), client(UNREACHABLE))


def test_a_pushed_model_comes_back_bit_for_bit(story: Story) -> None:
    assert story.online["push"][1].startswith(f"{story.server.url}/me/matting/commit/")
    original = story.model("saved")
    assert same(story.model("main"), original)
    assert torch.equal(alpha(story.model("main")), alpha(original))
    assert story.model("main").coarse_size == 64


def test_a_push_is_one_commit_of_config_weights_and_card(story: Story) -> None:
    repository = story.server.repositories["me/matting"]
    assert len(repository.commits) == 4  # the first, empty one; "push", "push to a branch", "push again"
    content = repository.commits[story.online["push"][1].rpartition("/")[2]]
    assert content.keys() == {".gitattributes", "config.json", "model.safetensors", "README.md"}
    assert content["README.md"] == (story.folder / "card.md").read_bytes()
    assert content["model.safetensors"] == (story.folder / "saved" / "model.safetensors").read_bytes()


def test_a_revision_may_be_a_branch_or_a_commit(story: Story) -> None:
    second = story.model("second")
    assert same(story.model("branch"), second)
    assert same(story.model("commit"), second)
    assert not same(story.model("main"), second)
    assert story.online["from_pretrained"] == ["", "96"]


def test_a_private_repository_stays_private_and_needs_the_token(story: Story) -> None:
    assert story.server.repositories["me/secret"].private
    assert not story.server.repositories["me/matting"].private
    assert same(story.model("private"), story.model("saved"))
    assert "private" in story.line("anonymous")


def test_the_mixins_push_works_too(story: Story) -> None:
    assert same(story.model("mixin"), story.model("second"))


def test_only_config_and_weights_are_downloaded(story: Story) -> None:
    wanted = {request.rpartition("/")[2] for request in story.server.requests if "/resolve/" in request}
    assert wanted == {"config.json", "model.safetensors"}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nobody/nothing", ["there is no nobody/nothing", "hf auth login", "load_model()"]),
        ("them/gated", ["gated", "hf auth login"]),
        ("them/forbidden", ["403", "hf auth login"]),
        ("them/pickle", ["no model.safetensors", "pickle"]),
        ("them/no-config", ["no config.json"]),
        ("them/keys", ["missing", "1 unexpected: alien"]),
        ("no revision", ["no revision 'v9'"]),
    ],
)
def test_a_download_that_fails_says_why_in_one_line(story: Story, name: str, says: list[str]) -> None:
    line = story.line(name)
    assert all(words in line for words in says), line


def test_a_push_that_fails_says_why_in_one_line(story: Story) -> None:
    assert "hf auth login" in story.line("push as a stranger", "OutputError")
    assert "broken.md" in story.line("push a broken card", "OutputError")
    model = story.model("saved")
    assert "no model card" in complaint(lambda: push_to_hub(model, "me/matting", card="missing.md"), InputError)


def test_offline_a_cached_model_works_and_another_is_one_line(story: Story) -> None:
    assert story.offline["cached"][0] == story.offline["cached branch"][0] == ""
    assert same(story.model("cached branch"), story.model("second"))
    for name in ("not cached", "revision not cached"):
        kind, line = story.offline[name]
        assert kind == "WeightsError"
        assert "not in the cache" in line
        assert "HF_HUB_OFFLINE" in line
        assert "\n" not in line
    assert story.offline["push"][0] == "OutputError"


def test_a_cached_model_works_when_the_hub_cannot_be_reached(story: Story) -> None:
    assert story.unreachable["cached"][0] == ""
    assert same(story.model("cached"), story.model("main"))
