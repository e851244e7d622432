"""Folders behind web servers: Python's own, which knows no ranges, and one that lists as nginx does and knows them."""

from __future__ import annotations

import base64
import functools
import re
import time
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest
from tests.remote.compare import assert_same
from tests.remote.conftest import set_environment
from tests.remote.fault_proxy import Faults, serve_faults
from tests.remote.serving import Answering, Served

import goodfit
from goodfit.errors import BadArgument, GoodfitError, LogFolderError, RemoteError
from goodfit.remote.index_page import parse_index
from goodfit.remote.transfer import CHECKED_BYTES
from goodfit.testing.logs import write_run


class _PythonListing(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _NginxListing(Answering):
    """`autoindex on`, as nginx 1.24 prints it; ranges, ETags, If-Match."""

    folder: Path
    password = ""
    token = ""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        wanted = base64.b64encode(self.password.encode()).decode()
        if self.password and self.headers.get("authorization") != f"Basic {wanted}":
            return self.send(401, b"no", {"WWW-Authenticate": "Basic"})
        if self.token and parts.query != f"token={self.token}":
            return self.send(403, b"no", {})
        path = self.folder / unquote(parts.path).strip("/")
        if path.is_dir() and not parts.path.endswith("/"):
            return self.send(301, b"", {"Location": f"{parts.path}/"})
        if path.is_dir():
            return self.send(200, self._page(path).encode(), {"Content-Type": "text/html; charset=utf-8"})
        if not path.is_file():
            return self.send(404, b"<html>no</html>", {})
        self._send_file(path)

    do_HEAD = do_GET

    def _page(self, folder: Path) -> str:
        rows = ['<a href="../">../</a>']
        for path in sorted(folder.iterdir()):
            name, size = (f"{path.name}/", "-") if path.is_dir() else (path.name, str(path.stat().st_size))
            when = time.strftime("%d-%b-%Y %H:%M", time.gmtime(path.stat().st_mtime))
            rows.append(f'<a href="{quote(name)}">{name[:50]}</a>{" " * 20}{when}{size:>20}')
        head = "<html><head><title>Index of /</title></head><body><h1>Index of /</h1><hr>"
        return f"{head}<pre>{chr(10).join(rows)}</pre></body></html>"

    def _send_file(self, path: Path) -> None:
        body, status, headers = path.read_bytes(), 200, {}
        etag = f'"{path.stat().st_mtime_ns:x}-{len(body):x}"'
        if self.headers.get("if-match", etag) != etag:
            return self.send(412, b"", {})
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("range", ""))
        if wanted:
            start, stop = int(wanted[1]), int(wanted[2]) + 1
            if start >= len(body):
                return self.send(416, b"", {"Content-Range": f"bytes */{len(body)}"})
            headers["Content-Range"] = f"bytes {start}-{min(stop, len(body)) - 1}/{len(body)}"
            body, status = body[start:stop], 206
        modified = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(path.stat().st_mtime))
        self.send(status, body, {"ETag": etag, "Last-Modified": modified, **headers})


def nginx(folder: Path, **attributes: str) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_NginxListing,), {"folder": folder, **attributes})


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    set_environment(monkeypatch, tmp_path_factory.mktemp("home"), "http://127.0.0.1:9")


@pytest.fixture(params=["python", "nginx"])
def listing(request: pytest.FixtureRequest, source: Path) -> Iterator[Served]:
    handler = nginx(source) if request.param == "nginx" else functools.partial(_PythonListing, directory=str(source))
    with Served(handler) as served:  # type: ignore[arg-type]
        yield served


@pytest.mark.usefixtures("no_leaks")
def test_every_value_is_that_of_the_local_folder(listing: Served, source: Path) -> None:
    (source / "notes.html").write_text("<a href='x.tfevents'>x</a>")
    assert assert_same(goodfit.open(listing.url + "/").store, goodfit.open(source).store) == 18


@pytest.mark.parametrize("faults", [{"fail_every": 3}, {"cut_every": 2}, {"short_every": 2}, {"reset_every": 4}])
def test_faults_of_the_server_change_nothing(listing: Served, source: Path, faults: dict[str, int]) -> None:
    with serve_faults(listing.port, Faults(**faults)) as proxy:
        logs = goodfit.open(proxy.url)
        assert_same(logs.store, goodfit.open(source).store)
        assert logs.issues == []


def test_appended_bytes_alone_are_read(tmp_path: Path) -> None:
    path = write_run(tmp_path / "logs" / "run", {"loss": [1.0] * 5000}, ended=None)
    faults = Faults()
    with Served(nginx(tmp_path / "logs")) as served, serve_faults(served.port, faults) as proxy:
        logs = goodfit.open(proxy.url)
        more = write_run(tmp_path / "other", {"loss": [(5000, -1.0)]}, ended=None).read_bytes()
        with path.open("ab") as file:
            file.write(more)
        faults.reset_counts()
        assert logs.refresh().n_points == 1
        assert faults.body_bytes == len(more) + CHECKED_BYTES


def test_a_file_at_rest_is_not_asked_for_again(tmp_path: Path) -> None:
    import os

    for number in range(5):
        path = write_run(tmp_path / "logs" / f"run{number}", {"loss": [1.0]})
        os.utime(path, (1.7e9, 1.7e9))
    faults = Faults()
    with Served(nginx(tmp_path / "logs")) as served, serve_faults(served.port, faults) as proxy:
        logs = goodfit.open(proxy.url)
        assert faults.n_requests["head"] == 5
        faults.reset_counts()
        assert logs.refresh().is_empty
        assert dict(faults.n_requests) == {"list": 6}
        path.write_bytes(path.read_bytes() * 2)
        logs.refresh()
        assert faults.n_requests["head"] == 1


def test_replaced_and_deleted_files(listing: Served, source: Path) -> None:
    import shutil

    logs = goodfit.open(listing.url)
    (path,) = source.glob("group 1/run3/*")
    path.write_bytes(write_run(source.parent / "other", {"loss": [7.0]}, first_wall_time=1.6e9).read_bytes())
    shutil.rmtree(source / "group 0" / "run0")
    changes = logs.refresh()
    assert changes.removed_runs == ("group 0/run0",)
    assert logs["group 1/run3"].scalars["loss"].values.tolist() == [7.0]


def test_password_is_sent_and_never_shown(source: Path, goodfit_home: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with Served(nginx(source, password="me:s3cr3t/word")) as served:
        addresses = [f"http://me:{word}@127.0.0.1:{served.port}/" for word in ("s3cr3t%2Fword", "other-word")]
        logs = goodfit.open(addresses[0])
        assert_same(logs.store, goodfit.open(source).store)
        shown = repr(logs) + str(logs.path) + repr(logs.path) + repr(logs.store.place)
        with pytest.raises(LogFolderError, match=r"credentials for .* are not accepted") as caught:
            goodfit.open(addresses[1])
        shown += "".join(traceback.format_exception(caught.value))
        with pytest.raises(LogFolderError, match="without credentials"):
            goodfit.open(f"{served.url}/")
    kept = b"".join(path.read_bytes() + str(path).encode() for path in goodfit_home.rglob("*") if path.is_file())
    for secret in ("s3cr3t", "other-word"):
        assert secret not in shown + caplog.text and secret.encode() not in kept


def test_token_of_the_query_is_sent_and_never_shown(source: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with Served(nginx(source, token="t0k3n")) as served:
        addresses = [f"{served.url}/?token={word}" for word in ("t0k3n", "wr0ng")]
        logs = goodfit.open(addresses[0])
        assert len(logs.runs) == 6
        with pytest.raises(LogFolderError) as caught:
            goodfit.open(addresses[1])
    shown = repr(logs) + str(logs.path) + repr(logs.path) + "".join(traceback.format_exception(caught.value))
    for secret in ("t0k3n", "wr0ng"):
        assert secret not in shown + caplog.text
    assert "HTTP Request" in caplog.text


def test_one_file_by_its_address(listing: Served, source: Path) -> None:
    (path,) = source.glob("group 1/run3/*")
    logs = goodfit.open(f"{listing.url}/{quote(path.relative_to(source).as_posix())}")
    assert logs.runs == ["."] and len(logs["."].scalars["loss"].values) == 151


def test_folder_that_is_not_there(listing: Served) -> None:
    with pytest.raises(LogFolderError, match=r"there is no log folder .*/nowhere' \(404\)"):
        goodfit.open(f"{listing.url}/nowhere/")


def test_page_that_is_no_listing(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<html><body>Please sign in</body></html>")
    with (
        Served(functools.partial(_PythonListing, directory=str(tmp_path))) as served,  # type: ignore[arg-type]
        pytest.raises(LogFolderError, match="is no listing of a folder"),
    ):
        goodfit.open(served.url)


def test_folder_that_links_to_one_above_ends(tmp_path: Path) -> None:
    write_run(tmp_path / "logs" / "run", {"loss": [1.0]})
    (tmp_path / "logs" / "again").symlink_to(tmp_path / "logs")
    with Served(nginx(tmp_path / "logs")) as served:
        logs = goodfit.open(served.url)
    assert "run" in logs.runs and len(logs.runs) <= 3
    assert [issue.detail for issue in logs.issues] == ["folders without end"]


def test_other_hosts_are_not_followed(source: Path) -> None:
    class Redirecting(_NginxListing):
        def do_GET(self) -> None:
            self.send(302, b"", {"Location": "http://127.0.0.2:9/?session=s3cr3t"})

    with Served(Redirecting) as served, pytest.raises(LogFolderError, match=r"sends readers on to http://127.0.0.2,"):
        goodfit.open(served.url)


def test_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goodfit.remote.web.FIRST_PAUSE_S", 0.001)
    with pytest.raises(RemoteError, match="cannot be reached"):
        goodfit.open("http://127.0.0.1:9/")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://example.org/logs", "http://example.org is not read"),
        ("https:///logs", "names no host"),
        ("s3://", "names no bucket"),
        ("s3://KEY:SECRET@bucket/logs", "holds no user and no key"),
        ("ftp://host/logs", "is no kind of log folder"),
    ],
)
def test_addresses_that_cannot_be_read(address: str, message: str) -> None:
    with pytest.raises(BadArgument, match=re.escape(message)) as caught:
        goodfit.open(address)
    assert "SECRET" not in str(caught.value)
    assert isinstance(caught.value, GoodfitError)


PAGES = {path.stem: path.read_text() for path in sorted((Path(__file__).parent / "listings").glob("*.html"))}
"""As the servers print them, shortened; `absolute` is by hand."""


@pytest.mark.parametrize("server", PAGES)
def test_listings_of_common_servers(server: str) -> None:
    entries = parse_index(PAGES[server], "https://host/logs/")
    assert entries is not None
    assert [(entry.name, entry.quoted, entry.is_folder) for entry in entries] == [
        ("run 1", "run%201", True),
        ("a.tfevents.1", "a.tfevents.1", False),
    ]


def test_rows_of_listings_are_kept() -> None:
    rows = {entry.name: entry.rest for entry in parse_index(PAGES["nginx"], "https://host/logs/") or []}
    assert rows == {"run 1": "01-Jan-2026 10:00 -", "a.tfevents.1": "01-Jan-2026 10:01 1234"}


@pytest.mark.parametrize("page", ["", "<html>", "<a", "<a href", "\0" * 100, "<a href='x'>" * 10_000])
def test_pages_of_nonsense(page: str) -> None:
    parse_index(page, "https://host/logs/")


def test_empty_listing_is_a_listing() -> None:
    assert parse_index(PAGES["python"].split("<ul>")[0], "https://host/logs/") == []
    assert parse_index("<html>hello</html>", "https://host/logs/") is None
