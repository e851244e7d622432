"""A server that answers as the vendors document, and writes down every breach of their rules.

It stands in for services that cannot be reached from a test: two HTTP servers on loopback, ports chosen by the
system. The second one is the upload host, which must never see a credential. Answers can be scripted to fail in the
ways networks do.

Checked against clients of other authors: see docs/concepts/delivery.md, "How it is tested".
"""

from __future__ import annotations

import email.parser
import email.policy
import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

CREDENTIAL_HEADERS = ("authorization", "access-token", "cookie", "proxy-authorization", "x-api-key")


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    time: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class FakeVendors:
    """The servers. Use as a context manager; `script` holds answers to give before the normal ones, oldest first."""

    token: str = "o.FaKeToKeN0123456789abcdefghijkl"
    channel_tags: tuple[str, ...] = ("mychannel",)
    devices: tuple[str, ...] = ("ujpah72o0sjAoRtnM0jc",)
    month_quota: int = 500
    requests: list[Request] = field(default_factory=list)
    uploads: list[Request] = field(default_factory=list)
    pushes: list[dict[str, Any]] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    """Path on the upload host → address that the file will have."""
    told: list[dict[str, Any]] = field(default_factory=list)
    """What the services other than Pushbullet were told."""
    script: list[str] = field(default_factory=list)
    upload_script: list[str] = field(default_factory=list)
    gate: threading.Event | None = None
    """When set, an answer waits for it: a request is held in the middle."""
    arrived: threading.Event = field(default_factory=threading.Event)
    """Set whenever a request has been read."""

    def __enter__(self) -> FakeVendors:
        self._servers = [_start(self, _ApiHandler), _start(self, _UploadHandler)]
        self.url, self.upload_url = (f"http://127.0.0.1:{server.server_port}" for server, _ in self._servers)
        return self

    def __exit__(self, *_: object) -> None:
        if self.gate is not None:
            self.gate.set()
        for server, thread in self._servers:
            server.shutdown()
            thread.join()
            server.server_close()

    @property
    def api_requests(self) -> list[Request]:
        return [request for request in self.requests if request.path == "/v2/pushes"]

    def breach(self, what: str) -> None:
        self.breaches.append(what)


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    vendors: FakeVendors

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is a case under test, not an error to print."""


def _start(vendors: FakeVendors, handler: type[BaseHTTPRequestHandler]) -> tuple[_Server, threading.Thread]:
    server = _Server(("127.0.0.1", 0), handler)
    server.vendors = vendors
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name=handler.__name__)
    thread.start()
    return server, thread


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"  # one request a connection: no thread is left waiting for the next
    timeout = 10

    @property
    def vendors(self) -> FakeVendors:
        return self.server.vendors  # type: ignore[attr-defined]

    def read_request(self) -> Request:
        length = self.headers.get("Content-Length")
        if length is not None:
            body = self.rfile.read(int(length))
        elif "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, self.path, headers, body, time.monotonic())

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        merged = {
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(len(data)),
            **(headers or {}),
        }
        for name, value in merged.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def play(self, step: str) -> bool:
        """Gives a scripted answer; False when the normal answer is to follow (perhaps after a delay)."""
        verb, _, argument = step.partition(" ")
        if verb == "ok":
            return False
        if verb == "status":
            code, _, rest = argument.partition(" ")
            headers = dict(pair.split("=", 1) for pair in rest.split()) if rest else {}
            self.answer(int(code), {"error": {"type": "server", "message": "scripted", "cat": "(=^‥^=)"}}, headers)
        elif verb == "pro_required":
            self.answer(400, _pro_required())
        elif verb == "html":
            self.answer(200, b"<html><body>Sign in to AirportWiFi</body></html>", {"Content-Type": "text/html"})
        elif verb == "json":
            self.answer(200, argument.encode())
        elif verb == "redirect":
            self.answer(302, b"", {"Location": argument})
        elif verb == "half":
            self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"iden": "half')
        elif verb == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RD)
            self.connection.close()
            self.rfile = self.wfile = _Nowhere()  # type: ignore[assignment]
        elif verb == "hang":
            self.vendors.gate.wait(20)  # type: ignore[union-attr]
        else:
            raise AssertionError(step)
        return True

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


class _Nowhere:
    closed = False

    def flush(self) -> None: ...
    def close(self) -> None: ...
    def write(self, data: bytes) -> int:
        return len(data)


class _ApiHandler(_Handler):
    def do_POST(self) -> None:
        vendors = self.vendors
        request = self.read_request()
        vendors.requests.append(request)
        vendors.arrived.set()
        path = urlsplit(request.path).path
        step = vendors.script.pop(0) if vendors.script else "ok"
        # `lost X`: the request is carried out, but the client gets the answer X.
        if step.startswith("lost "):
            self.carry_out(path, request)
            self.play(step.removeprefix("lost "))
            return
        if vendors.gate is not None and step == "ok":
            vendors.gate.wait(20)
        if not self.play(step):
            status, body, headers = self.carry_out(path, request)
            self.answer(status, body, headers)

    do_PUT = do_POST

    def do_GET(self) -> None:
        request = self.read_request()
        self.vendors.requests.append(request)
        path = urlsplit(request.path).path
        if path == "/v2/users/me" and self.is_authorised(request):
            return self.answer(200, {"iden": "ujpah72o0", "email": "a@example.com", "max_upload_size": 26214400})
        if path == "/v2/devices" and self.is_authorised(request):
            devices = [
                {"iden": iden, "active": True, "pushable": True, "nickname": "Phone"} for iden in self.vendors.devices
            ]
            return self.answer(200, {"devices": devices})
        if path in ("/v2/chats", "/v2/channels", "/v2/subscriptions") and self.is_authorised(request):
            return self.answer(200, {path[4:]: []})
        self.answer(401, _error("invalid_access_token", "Access token is missing or invalid."))

    def is_authorised(self, request: Request) -> bool:
        import base64

        expected = self.vendors.token
        if request.headers.get("access-token") == expected:
            return True
        # The service also takes the token as a user name; other authors' clients do that.
        basic = "Basic " + base64.b64encode(f"{expected}:".encode()).decode()
        return request.headers.get("authorization") == basic

    def carry_out(self, path: str, request: Request) -> tuple[int, Any, dict[str, str]]:
        words = [word for word in path.split("/") if word]
        if path.startswith("/v2/"):
            return self.pushbullet(path, request)
        if words[:1] == ["services"]:
            return self.slack(words, request)
        if words[:2] == ["api", "webhooks"]:
            return self.discord(words, request)
        if words and words[0].startswith("bot"):
            return self.telegram(words, request)
        if words[:1] == ["hook"]:
            self.vendors.told.append({"headers": request.headers, "body": request.body})
            return 204, b"", {}
        if len(words) <= 1:
            return self.ntfy(words, request)
        return 404, {"error": {"message": "no such place"}}, {}

    def pushbullet(self, path: str, request: Request) -> tuple[int, Any, dict[str, str]]:
        vendors = self.vendors
        limits = {
            "X-Ratelimit-Limit": "32768",
            "X-Ratelimit-Remaining": "32760",
            "X-Ratelimit-Reset": str(int(time.time()) + 3600),
        }
        if not self.is_authorised(request):
            return 401, _error("invalid_access_token", "Access token is missing or invalid."), {}
        if request.headers.get("content-type", "").split(";")[0] != "application/json":
            return 400, _error("invalid_request", "wanted JSON"), limits
        try:
            body = request.json
        except ValueError:
            return 400, _error("invalid_request", "Failed to parse JSON body."), limits
        if path == "/v2/upload-request":
            if not body.get("file_name") or not body.get("file_type"):
                return 400, _error("invalid_param", "The param 'file_name' has an invalid value.", "file_name"), limits
            name = f"{len(vendors.files)}-{len(vendors.uploads)}"
            vendors.places[f"/{name}"] = f"https://dl.example.net/{name}/{body['file_name']}"
            place = {
                "file_name": body["file_name"], "file_type": body["file_type"],
                "file_url": vendors.places[f"/{name}"],
                "upload_url": f"{vendors.upload_url}/{name}",
            }  # fmt: skip
            return 200, place, limits
        if path != "/v2/pushes":
            return 404, _error("not_found", "no such place"), limits
        return *self.push(body), limits

    def slack(self, words: list[str], request: Request) -> tuple[int, Any, dict[str, str]]:
        if words[1:] != ["T0", "B0", "s1a2c3k4s5e6c7r8e9t0"]:
            return 404, b"no_service", {}
        text = request.json["text"]
        if "<" in text or ">" in text:
            self.vendors.breach("Slack: < and > begin a link or a mention; text must escape them")
        self.vendors.told.append({"text": text})
        return 200, b"ok", {"Content-Type": "text/html"}

    def discord(self, words: list[str], request: Request) -> tuple[int, Any, dict[str, str]]:
        if words[2:] != ["42", "dIsCoRdToKeN0123456789"]:
            return 404, {"message": "Unknown Webhook", "code": 10015}, {}
        files = {}
        if request.headers["content-type"].startswith("multipart/"):
            parts = parse_multipart(request)
            body = json.loads(parts.pop("payload_json")[1])
            files = dict(parts.values())
        else:
            body = request.json
        if len(body["content"]) > 2000:
            return 400, {"code": 50035, "message": "Invalid Form Body"}, {}
        if body.get("allowed_mentions") != {"parse": []}:
            self.vendors.breach("Discord: words of a message could mention everyone")
        self.vendors.told.append({"text": body["content"], "files": files, "query": urlsplit(request.path).query})
        return (200, {"id": "1234"}, {}) if "wait=true" in request.path else (204, b"", {})

    def telegram(self, words: list[str], request: Request) -> tuple[int, Any, dict[str, str]]:
        if words[0] != "bot123456789:tElEgRaMtOkEn0123456789abcdefghijkl":
            return 404, {"ok": False, "error_code": 404, "description": "Not Found"}, {}
        if request.headers["content-type"].startswith("multipart/"):
            parts = parse_multipart(request)
            body = {name: data.decode() for name, (file_name, data) in parts.items() if not file_name}
            files = {file_name: data for file_name, data in parts.values() if file_name}
        else:
            body, files = request.json, {}
        if body["chat_id"] == "666":
            return 403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}, {}
        if body["chat_id"] != "777":
            return 400, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}, {}
        text = body.get("text") or body.get("caption", "")
        if len(text) > (4096 if words[1] == "sendMessage" else 1024):
            return 400, {"ok": False, "error_code": 400, "description": "Bad Request: message is too long"}, {}
        self.vendors.told.append({"text": text, "files": files, "method": words[1]})
        return 200, {"ok": True, "result": {"message_id": 99}}, {}

    def ntfy(self, words: list[str], request: Request) -> tuple[int, Any, dict[str, str]]:
        if request.headers.get("authorization") not in (None, "Bearer tk_nTfYtOkEn0123456789"):
            return 401, {"code": 40101, "http": 401, "error": "unauthorized"}, {}
        if request.method == "PUT":
            from email.header import decode_header, make_header

            title = str(make_header(decode_header(request.headers["title"])))
            text = str(make_header(decode_header(request.headers["message"]))).replace("\\n", "\n")
            told = {"topic": words[0], "title": title, "text": text, "file": request.body}
        else:
            body = request.json
            if len(body["message"].encode()) > 4096:
                self.vendors.breach("ntfy: beyond 4096 bytes the message becomes a file")
            told = {"topic": body["topic"], "title": body["title"], "text": body["message"], "click": body.get("click")}
        self.vendors.told.append(told)
        return 200, {"id": "abc123", "event": "message"}, {}

    def push(self, body: dict[str, Any]) -> tuple[int, Any]:
        vendors = self.vendors
        guid = body.get("guid")
        if guid:
            for earlier in vendors.pushes:
                if earlier["guid"] == guid:
                    return 200, earlier
        targets = [name for name in ("device_iden", "email", "channel_tag", "client_iden") if body.get(name)]
        if len(targets) > 1:
            vendors.breach(f"more than one target: {targets}")
            return 400, _error("invalid_request", "only one target")
        if body.get("device_iden") and body["device_iden"] not in vendors.devices:
            return 400, _error("invalid_param", "The param 'device_iden' has an invalid value.", "device_iden")
        if body.get("channel_tag") and body["channel_tag"] not in vendors.channel_tags:
            return 403, _error("forbidden", "You do not own this channel.")
        needed = {"note": (), "link": ("url",), "file": ("file_name", "file_type", "file_url")}.get(
            body.get("type", "")
        )
        if needed is None:
            return 400, _error("invalid_param", "The param 'type' has an invalid value.", "type")
        for name in needed:
            if not body.get(name):
                return 400, _error("missing_param", f"The param '{name}' is missing.", name)
        if body["type"] == "file" and body["file_url"] not in vendors.files:
            vendors.breach(f"pushed a file that was not uploaded: {body['file_url']}")
        known = {
            "type", "title", "body", "url", "file_name", "file_type", "file_url", "image_url", "guid",
            "device_iden", "email", "channel_tag", "client_iden", "source_device_iden",
        }  # fmt: skip
        if set(body) - known:
            # The service ignores them silently, which turns a misspelt target into a broadcast.
            vendors.breach(f"unknown parameters: {sorted(set(body) - known)}")
        if len(vendors.pushes) >= vendors.month_quota:
            return 400, _pro_required()
        push = {**body, "iden": f"ubd{len(vendors.pushes):08d}", "active": True, "created": time.time(), "guid": guid}
        vendors.pushes.append(push)
        return 200, push


class _UploadHandler(_Handler):
    def do_POST(self) -> None:
        vendors = self.vendors
        request = self.read_request()
        vendors.uploads.append(request)
        for name in CREDENTIAL_HEADERS:
            if name in request.headers:
                vendors.breach(f"the upload host saw {name}")
        if (
            vendors.token.encode() in request.body
            or vendors.token in request.path
            or vendors.token in str(request.headers)
        ):
            vendors.breach("the upload host saw the token")
        if vendors.upload_script and self.play(vendors.upload_script.pop(0)):
            return
        for name, (_, data) in parse_multipart(request).items():
            if name == "file":
                vendors.files[vendors.places[request.path]] = data
        self.answer(204, b"")


def _error(code: str, message: str, param: str | None = None) -> dict[str, Any]:
    error = {"code": code, "type": "invalid_request", "message": message, "cat": "(=^‥^=)"}
    return {"error": error if param is None else {**error, "param": param}, "error_code": code}


def _pro_required() -> dict[str, Any]:
    return _error("pushbullet_pro_required", "Pushbullet Pro is required to make this call.")


def parse_multipart(request: Request) -> dict[str, tuple[str, bytes]]:
    """The parts of a form by name: file name (empty for a plain field) and bytes."""
    head = b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n"
    form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + request.body)
    return {
        str(part.get_param("name", header="content-disposition")): (
            part.get_filename() or "",
            part.get_payload(decode=True),
        )
        for part in form.iter_parts()
    }
