"""`modnetv web` serves the built page with the headers that threads need; every problem is one line."""

import base64
import hashlib
import io
import json
import shutil
import socket
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path

import pytest
import yaml

from modnetv_kit import cli
from modnetv_kit.errors import InputError
from modnetv_kit.web import BUILT_FILES, build, built_page, page_files
from modnetv_kit.web.server import HEADERS

ROOT = Path(__file__).parents[2]


def modnetv(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """Run the command line; its exit code."""
    monkeypatch.setattr(sys, "argv", ["modnetv", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return int(stop.value.code or 0)


def test_the_page_runs_as_a_command_with_the_headers_that_threads_need() -> None:
    command = [sys.executable, "-u", "-m", "modnetv_kit", "web", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        url = running.stdout.readline().split()[-1]  # type: ignore[union-attr]
        with urllib.request.urlopen(url) as answer:
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
            assert b"in this browser" in answer.read()
        for name, kind in {"js/page.js": "text/javascript", BUILT_FILES[0]: "text/javascript"}.items():
            with urllib.request.urlopen(url + name) as answer:
                assert answer.headers["Content-Type"] == kind
        with urllib.request.urlopen(url + "built/runtime/ort-wasm-simd-threaded.wasm") as answer:
            assert answer.headers["Content-Type"] == "application/wasm"
        running.terminate()
        assert running.wait(30) == 143
        assert "the page is closed" in running.stderr.read()  # type: ignore[union-attr]


def test_a_port_in_use_and_an_address_of_another_machine_are_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert modnetv(monkeypatch, "web", "--port", taken.getsockname()[1]) == 2
    error = capsys.readouterr().err
    assert "choose another --host or --port" in error
    assert error.count("\n") == 1
    assert modnetv(monkeypatch, "web", "--host", "192.0.2.1", "--port", 0) == 2
    assert modnetv(monkeypatch, "web", "--port", 70000) == 2


def test_missing_files_are_one_line_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="run this in a clone of the kit, after `make web`"):
        built_page(tmp_path)
    (tmp_path / "index.html").touch()
    with pytest.raises(InputError, match=r"ort\.wasm\.min\.mjs is missing: run `make web` in the clone"):
        built_page(tmp_path)

    def missing() -> Path:
        raise InputError("nothing is built")

    monkeypatch.setattr("modnetv_kit.web.built_page", missing)
    assert modnetv(monkeypatch, "web") == 2
    assert capsys.readouterr().err == "modnetv: nothing is built\n"


@pytest.mark.parametrize("name", page_files.PACKAGES)
def test_a_package_is_the_one_archive_that_package_json_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    version, digest = build.pinned(name)
    assert version.count(".") == 2
    assert version.replace(".", "").isdigit()  # exact
    with pytest.raises(InputError, match=rf"npm cannot fetch {name} 0\.0\.0-none"):
        build.fetch_package(name, "0.0.0-none", digest, tmp_path / "fetched")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(InputError, match=r"install Node\.js"):
        build.fetch_package(name, version, digest, tmp_path / "fetched")
    assert not (tmp_path / "fetched").exists()


def test_another_archive_than_the_known_one_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def pack(command: list[str], cwd: str, **_: object) -> subprocess.CompletedProcess:
        (Path(cwd) / "changed.tgz").write_bytes(b"something else")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pack)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    for name in page_files.PACKAGES:
        with pytest.raises(InputError, match=f"npm sent another archive for {name}"):
            build.fetch_package(name, *build.pinned(name), tmp_path / "fetched")
    assert not (tmp_path / "fetched").exists()


def test_a_new_version_of_a_package_is_fetched_with_its_licence_and_the_others_stay(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive = tmp_path / "package.tgz"
    with tarfile.open(archive, "w:gz") as packed:
        for path in page_files.PACKAGES["mediabunny"].files.values():
            member = tarfile.TarInfo(f"package/{path}")
            member.size = len(path)
            packed.addfile(member, io.BytesIO(path.encode()))
    fetched = []

    def pack(command: list[str], cwd: str, **_: object) -> subprocess.CompletedProcess:
        fetched.append(command[-1])
        shutil.copy(archive, cwd)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pack)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(build, "export", lambda _: None)
    page = tmp_path / "web"
    runtime = page / "built/runtime"
    runtime.mkdir(parents=True)
    for file in ("onnxruntime-web-1.2.3", *page_files.PACKAGES["onnxruntime-web"].files):
        (runtime / file).touch()
    digest = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    for version in ("4.5.6", "4.5.7", "4.5.7"):
        versions = {"onnxruntime-web": "1.2.3", "mediabunny": version}
        package = {"dependencies": versions, "integrity": dict.fromkeys(versions, digest)}
        (page / "package.json").write_text(json.dumps(package))
        build.build(page)
    assert fetched == ["mediabunny@4.5.6", "mediabunny@4.5.7"]
    assert {file.name for file in (page / "built/mediabunny").iterdir()} == {
        "LICENSE",
        "mediabunny-4.5.7",
        "mediabunny.min.mjs",
    }
    assert (page / "built/mediabunny/LICENSE").read_text() == "LICENSE"


def test_what_is_built_stays_and_the_settings_are_those_of_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "fetch_package", None)  # an error if called
    monkeypatch.setattr("modnetv_kit.engines.convert.export_networks", None)
    build.build()
    settings = json.loads((page_files.PAGE / "built/networks/settings.json").read_text())
    config = json.loads((ROOT / "modnetv_kit/weights/config.json").read_text())
    assert {name: settings[name] for name in ("xi", "theta", "coarse_size", "update")} == {
        name: config[name] for name in ("xi", "theta", "coarse_size", "update")
    }


def test_the_page_is_a_static_space_that_sends_the_same_headers() -> None:
    front = yaml.safe_load((page_files.PAGE / "README.md").read_text().split("---")[1])
    assert front["sdk"] == "static"
    assert (page_files.PAGE / front["app_file"]).is_file()
    for name in ("Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy"):
        assert front["custom_headers"][name.lower()] == HEADERS[name]


def test_the_page_names_no_other_host_and_has_the_policy_that_the_server_sends() -> None:
    assert f'content="{HEADERS["Content-Security-Policy"]}"' in (page_files.PAGE / "index.html").read_text()
    sources = [path for path in page_files.PAGE.glob("**/*.*") if path.suffix in (".html", ".js", ".css")]
    own = [path for path in sources if "built" not in path.parts]
    assert len(own) > 10
    assert not [path for path in own if "://" in path.read_text()]
