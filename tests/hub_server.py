"""A Hugging Face Hub in a thread: enough of its protocol for `huggingface_hub` to upload, commit and download."""

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

TOKEN = "hf_test"


@dataclass
class Repository:
    """Commits by their hash, each with all its files; branches by their name."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    private: bool = False
    # (status, X-Error-Code) that every download of this repository gets
    refuses: tuple[int, str] | None = None

    def commit(self, files: dict[str, bytes], branch: str = "main") -> str:
        """Add or replace files on top of `branch`; the new commit's hash."""
        content = self.commits.get(self.branches.get(branch, ""), {}) | files
        names = "".join(f"{name} {hashlib.sha256(data).hexdigest()}" for name, data in sorted(content.items()))
        sha = hashlib.sha1(f"{len(self.commits)} {names}".encode()).hexdigest()
        self.commits[sha] = content
        self.branches[branch] = sha
        return sha


class HubServer(ThreadingHTTPServer):
    """Serves `repositories` at `url` while it is entered; `requests` lists what was asked, as "METHOD path"."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.repositories: dict[str, Repository] = {}
        self.objects: dict[str, bytes] = {}  # the LFS store, by sha256
        self.requests: list[str] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HubServer

    routes = (
        ("HEAD|GET", r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<name>.+)", "resolve"),
        ("HEAD|GET", r"/objects/(?P<oid>\w{64})", "download"),
        ("POST", r"/api/repos/create", "create"),
        ("POST", r"/api/validate-yaml", "validate"),
        ("POST", r"/api/(?:models|spaces)/(?P<repo>[^/]+/[^/]+)/branch/(?P<branch>[^/]+)", "branch"),
        ("POST", r"/api/(?:models|spaces)/(?P<repo>[^/]+/[^/]+)/preupload/(?P<revision>[^/]+)", "preupload"),
        ("POST", r"/(?:spaces/)?(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch", "batch"),
        ("PUT", r"/objects/(?P<oid>\w{64})", "upload"),
        ("POST", r"/api/(?:models|spaces)/(?P<repo>[^/]+/[^/]+)/commit/(?P<revision>[^/]+)", "commit"),
    )

    def handle_request(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        self.server.requests.append(f"{self.command} {path}")
        for methods, pattern, name in self.routes:
            match = re.fullmatch(pattern, path)
            if match and self.command in methods.split("|"):
                if self.command == "POST" and self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    self.reply(401, {"error": "Invalid username or password."})
                else:
                    getattr(self, name)(**{key: unquote(value) for key, value in match.groupdict().items()})
                return
        self.reply(404, {"error": f"no such endpoint: {path}"})

    do_HEAD = do_GET = do_POST = do_PUT = handle_request

    def resolve(self, repo: str, revision: str, name: str) -> None:
        repository = self.server.repositories.get(repo)
        if repository is None or (repository.private and not self.headers.get("Authorization")):
            return self.reply(401, {}, {"X-Error-Code": "RepoNotFound"})  # the Hub does not tell which
        if repository.refuses:
            status, code = repository.refuses
            return self.reply(status, {}, {"X-Error-Code": code} if code else {})
        commit = repository.branches.get(revision, revision)
        if commit not in repository.commits:
            return self.reply(404, {}, {"X-Error-Code": "RevisionNotFound"})
        headers = {"X-Repo-Commit": commit}
        data = repository.commits[commit].get(name)
        if data is None:
            return self.reply(404, {}, headers | {"X-Error-Code": "EntryNotFound"})
        oid = hashlib.sha256(data).hexdigest()
        if not _is_large(name):
            return self.reply(200, data, headers | {"ETag": f'"{oid[:40]}"'})
        self.server.objects[oid] = data
        headers |= {"X-Linked-ETag": f'"{oid}"', "X-Linked-Size": str(len(data))}
        # another host name than the Hub's: large files come from a CDN, which must not get the token
        return self.reply(302, b"", headers | {"Location": f"http://localhost:{self.server.server_port}/objects/{oid}"})

    def download(self, oid: str) -> None:
        if self.headers.get("Authorization"):
            return self.reply(400, {"error": "a CDN takes no token"})
        return self.reply(200, self.server.objects[oid], {"ETag": f'"{oid}"'})

    def create(self) -> None:
        wish = json.loads(self.body)
        repo = f"{wish['organization'] or 'me'}/{wish['name']}"
        answer = {"url": f"{self.server.url}/{repo}"}
        if repo in self.server.repositories:
            return self.reply(409, answer)
        private = wish.get("private", wish.get("visibility") == "private")
        self.server.repositories[repo] = Repository(private=private)
        self.server.repositories[repo].commit({".gitattributes": b""})
        return self.reply(200, answer)

    def validate(self) -> None:
        broken = "license: [" in json.loads(self.body)["content"]
        self.reply(400 if broken else 200, {"errors": [{"message": "not YAML"}] if broken else [], "warnings": []})

    def branch(self, repo: str, branch: str) -> None:
        branches = self.server.repositories[repo].branches
        if branch in branches:
            return self.reply(409, {"error": "Reference already exists"})
        branches[branch] = branches["main"]
        return self.reply(200, {})

    def preupload(self, repo: str, revision: str) -> None:
        if revision not in self.server.repositories[repo].branches:
            return self.reply(404, {}, {"X-Error-Code": "RevisionNotFound"})
        names = [file["path"] for file in json.loads(self.body)["files"]]
        modes = [{"path": n, "uploadMode": "lfs" if _is_large(n) else "regular", "shouldIgnore": False} for n in names]
        return self.reply(200, {"files": modes})

    def batch(self, repo: str) -> None:
        wanted = json.loads(self.body)["objects"]
        upload = [{"href": f"{self.server.url}/objects/{item['oid']}"} for item in wanted]
        objects = [item | {"actions": {"upload": action}} for item, action in zip(wanted, upload, strict=True)]
        self.reply(200, {"transfer": "basic", "objects": objects})

    def upload(self, oid: str) -> None:
        whole = hashlib.sha256(self.body).hexdigest() == oid
        if whole:
            self.server.objects[oid] = self.body
        self.reply(200 if whole else 400, {})

    def commit(self, repo: str, revision: str) -> None:
        files = {}
        for line in self.body.splitlines():
            item = json.loads(line)
            if item["key"] == "file":
                files[item["value"]["path"]] = base64.b64decode(item["value"]["content"])
            elif item["key"] == "lfsFile":
                files[item["value"]["path"]] = self.server.objects[item["value"]["oid"]]
        sha = self.server.repositories[repo].commit(files, revision)
        self.reply(200, {"commitUrl": f"{self.server.url}/{repo}/commit/{sha}", "commitOid": sha})

    def reply(self, status: int, content: bytes | dict[str, Any], headers: dict[str, str] | None = None) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _is_large(name: str) -> bool:
    return name.endswith((".safetensors", ".bin"))
