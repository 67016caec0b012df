"""A local Hub for the tests: what the real client needs to create, upload and download.

The client reads HF_ENDPOINT when it is imported, so import this module first. No test sends
requests to the real Hub.
"""

import base64
import hashlib
import json
import os
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

WRITER, READER = "hf_writer", "hf_reader"


@dataclass
class Repo:
    kind: str
    private: bool = False
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    created: dict = field(default_factory=dict)

    @property
    def files(self):
        return self.commits[self.branches["main"]]

    def commit(self, files):
        content = json.dumps([len(self.commits), sorted(files)])
        oid = hashlib.sha1(content.encode()).hexdigest()
        self.commits[oid] = files
        self.branches["main"] = oid
        return oid


class Hub(ThreadingHTTPServer):
    """Repositories in memory, a log of the requests, and faults on demand."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.reset()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def reset(self):
        self.repos = {}
        self.requests = []
        self.fail_with = None  # a status for every request
        self.delay = 0.0  # seconds before every answer
        self.cut_after = None  # bytes of a body before the connection breaks, and all later ones
        self.extra = b""  # sent after each file, beyond the announced size
        self.yaml_errors = []
        self.on_get = None  # called before a file is sent

    def close(self):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """Ignore clients that disconnect."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def __getattr__(self, name):
        if name in ("do_HEAD", "do_GET", "do_POST"):
            return self.answer
        raise AttributeError(name)

    def answer(self):
        hub = self.server
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        path = unquote(urlsplit(self.path).path)
        hub.requests.append((self.command, path))
        time.sleep(hub.delay)
        if hub.cut_after == 0:
            return self.hang_up()
        if hub.fail_with:
            return self.send_json({"error": "as the test asked"}, hub.fail_with)
        for pattern, method in ROUTES:
            found = re.fullmatch(pattern, path)
            if found:
                return method(self, **found.groupdict())
        return self.send_json({"error": f"no route {path}"}, 404)

    def hang_up(self):
        self.close_connection = True
        self.connection.close()

    # Answers

    def send(self, content, status=200, headers=()):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            cut = self.server.cut_after
            self.wfile.write(content[:cut])
            if cut is not None and cut < len(content):
                self.server.cut_after = 0
                self.hang_up()

    def send_json(self, value, status=200, headers=()):
        headers = {"Content-Type": "application/json", **dict(headers)}
        self.send(json.dumps(value).encode(), status, headers)

    def missing(self, code, status=404):
        self.send_json({"error": code}, status, {"X-Error-Code": code, "X-Error-Message": code})

    # Who asks, and for what

    @property
    def token(self):
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def may_write(self):
        if self.token == WRITER:
            return True
        self.send_json({"error": "no"}, 403 if self.token == READER else 401)
        return False

    def find(self, repo):
        """Return the repository, or send what the Hub says instead."""
        found = self.server.repos.get(repo)
        if found is None or (found.private and self.token != WRITER):
            self.missing("RepoNotFound", 404 if self.token else 401)
            return None
        return found

    def find_commit(self, repo, rev):
        found = self.find(repo)
        if found is None:
            return None, None
        oid = found.branches.get(rev, rev)
        if oid not in found.commits:
            self.missing("RevisionNotFound")
            return None, None
        return found, oid

    # Endpoints

    def whoami(self):
        if self.token not in (WRITER, READER):
            return self.send_json({"error": "Invalid credentials"}, 401)
        return self.send_json({"name": "user", "type": "user", "auth": {}})

    def create(self):
        if not self.may_write():
            return None
        asked = json.loads(self.body)
        repo = f"{asked['organization']}/{asked['name']}"
        url = f"{self.server.url}/{repo}"
        if asked.get("sdk") == "gradio" and asked.get("hardware", "cpu-basic") == "cpu-basic":
            return self.send_json({"error": "Gradio Spaces need PRO"}, 402)
        if repo in self.server.repos:
            return self.send_json({"error": "exists", "url": url}, 409)
        private = asked.get("visibility") == "private"
        created = Repo(asked.get("type", "model"), private, created=asked)
        created.commit({".gitattributes": b""})
        self.server.repos[repo] = created
        return self.send_json({"url": url})

    def validate(self):
        errors = [{"message": error} for error in self.server.yaml_errors]
        self.send_json({"errors": errors, "warnings": []}, 400 if errors else 200)

    def preupload(self, repo, rev):
        names = [entry["path"] for entry in json.loads(self.body)["files"]]
        plan = {"uploadMode": "regular", "shouldIgnore": False, "oid": None}
        self.send_json({"files": [{"path": name, **plan} for name in names]})

    def commit(self, repo, rev):
        found = self.find(repo)
        if found is None or not self.may_write():
            return
        files = dict(found.files)
        for line in self.body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif entry["key"] == "deletedFile":
                del files[value["path"]]
        oid = found.commit(files)
        url = f"{self.server.url}/{repo}/commit/{oid}"
        self.send_json({"commitOid": oid, "commitUrl": url})

    def info(self, repo, rev="main"):
        found, oid = self.find_commit(repo, rev)
        if found:
            siblings = [{"rfilename": name} for name in found.commits[oid]]
            self.send_json(
                {"id": repo, "sha": oid, "private": found.private, "siblings": siblings, "tags": []}
            )

    def tree(self, repo, rev):
        found, oid = self.find_commit(repo, rev)
        if found:
            files = found.commits[oid].items()
            self.send_json(
                [{"type": "file", "path": n, "size": len(c), "oid": etag(c)} for n, c in files]
            )

    def paths_info(self, repo, rev):
        found, oid = self.find_commit(repo, rev)
        if found:
            files = found.commits[oid]
            paths = parse_qs(self.body.decode())["paths"]
            self.send_json(
                [
                    {"type": "file", "path": n, "size": len(files[n]), "oid": etag(files[n])}
                    for n in paths
                    if n in files
                ]
            )

    def resolve(self, repo, rev, path):
        found, oid = self.find_commit(repo, rev)
        if not found:
            return
        content = found.commits[oid].get(path)
        if content is None:
            self.missing("EntryNotFound")
            return
        if self.server.on_get and self.command == "GET":
            self.server.on_get()
        headers = {"X-Repo-Commit": oid, "ETag": f'"{etag(content)}"'}
        self.send(content + self.server.extra * (self.command == "GET"), headers=headers)

    def variables(self, repo):
        found = self.find(repo)
        if found and self.may_write():
            asked = json.loads(self.body)
            found.variables[asked["key"]] = asked["value"]
            values = {key: {"value": value} for key, value in found.variables.items()}
            self.send_json(values)


def etag(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


REPO, REV = r"(?P<repo>[\w.-]+/[\w.-]+)", r"(?P<rev>[^/]+)"
API = rf"/api/(?:models|spaces|datasets)/{REPO}"
ROUTES = [
    ("/api/whoami-v2", Handler.whoami),
    ("/api/repos/create", Handler.create),
    ("/api/validate-yaml", Handler.validate),
    (f"{API}/preupload/{REV}", Handler.preupload),
    (f"{API}/commit/{REV}", Handler.commit),
    (f"{API}/tree/{REV}", Handler.tree),
    (f"{API}/paths-info/{REV}", Handler.paths_info),
    (f"{API}/variables", Handler.variables),
    (f"{API}/revision/{REV}", Handler.info),
    (API, Handler.info),
    (rf"/(?:spaces/|datasets/)?{REPO}/resolve/{REV}/(?P<path>.+)", Handler.resolve),
]

SERVER = Hub()
os.environ["HF_ENDPOINT"] = SERVER.url
