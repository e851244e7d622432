"""Who may ask, by which name, from which page, with how much."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.responses import Response
from tests.server.conftest import OpenSite, Site

from goodfit.server.door import MAX_WRONG, WRONG_WINDOW_S, Door
from goodfit.server.errors import ApiError
from goodfit.server.security import MAX_BODY_BYTES, host_name
from goodfit.server.settings import Settings, clean_base_path, is_loopback

TOKEN = "s3cret-tøken"


def get(site: Site, path: str = "/api/overview", **headers: str) -> Any:
    return site.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:6006", "LOCALHOST:1", "127.0.0.1:9", "[::1]:6006", "localhost."]
)
def test_loopback_names_are_answered(site: Site, host: str) -> None:
    assert get(site, host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:6006", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "",
     "localhost@evil.example", "localhost/x", "localhost:port", "evil.example#localhost", "[::1", "0.0.0.0"],
)  # fmt: skip
def test_other_names_are_refused_as_rebinding(site: Site, host: str) -> None:
    answer = get(site, host=host)
    assert answer.status_code == 403
    assert answer.json()["error"] == "forbidden"


def test_the_page_itself_is_refused_under_another_name(site: Site) -> None:
    assert get(site, "/", host="evil.example").status_code == 403


def test_names_that_were_allowed_are_answered(open_site: OpenSite) -> None:
    site = open_site(allowed_hosts=("train.example.org",))
    assert get(site, host="train.example.org:6006").status_code == 200
    assert get(site, host="example.org").status_code == 403


def test_beyond_loopback_addresses_and_the_machine_s_name_are_answered(open_site: OpenSite) -> None:
    import socket

    site = open_site(host="0.0.0.0", token=TOKEN)
    for host in ("192.168.1.7:6006", socket.gethostname()):
        assert get(site, host=host).status_code == 401
    assert get(site, host="evil.example").status_code == 403


@pytest.mark.parametrize(
    ("header", "name"),
    [("a:1", "a"), ("A.", "a"), ("[::1]:5", "::1"), ("a:b", ""), ("a/b", ""), ("u@a", ""), ("[", ""), ("a:99999", "")],
)
def test_host_headers_are_read_strictly(header: str, name: str) -> None:
    assert host_name(header) == name


ASK = {"series": [], "px": 10}


def test_another_site_s_page_cannot_post(site: Site) -> None:
    for origin in ("http://evil.example", "null", "https://127.0.0.1:9999", "http://localhost:6006", "garbage"):
        assert site.client.post("/api/curves", json=ASK, headers={"origin": origin}).status_code == 403
    assert site.client.post("/api/curves", json=ASK, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_our_own_page_and_programs_can_post(site: Site) -> None:
    assert site.client.post("/api/curves", json=ASK).status_code == 200
    headers = {"origin": "http://127.0.0.1:6006", "sec-fetch-site": "same-origin"}
    assert site.client.post("/api/curves", json=ASK, headers=headers).status_code == 200


def test_our_own_page_can_post_through_a_proxy_that_changes_the_host(site: Site) -> None:
    headers = {"origin": "https://notebook.example", "sec-fetch-site": "same-origin"}
    assert site.client.post("/api/curves", json=ASK, headers=headers).status_code == 200


def test_a_form_of_another_site_cannot_post_without_preflight(site: Site) -> None:
    answer = site.client.post("/api/curves", content="{}", headers={"content-type": "text/plain"})
    assert answer.status_code == 400


def test_no_other_origin_is_ever_allowed_to_read(site: Site) -> None:
    answer = get(site, origin="http://evil.example")
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_every_answer_limits_what_a_browser_does_with_it(site: Site) -> None:
    for path in ("/", "/api/overview", "/api/nope", "/api/histograms", "/missing.js"):
        headers = get(site, path).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "unsafe-eval" not in policy
        assert "script-src 'self' 'unsafe-inline'" not in policy
        assert "frame-ancestors 'self'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "cache-control" in headers


def test_a_notebook_may_be_allowed_to_frame_the_page(open_site: OpenSite) -> None:
    site = open_site(frame_ancestors=("'self'", "https://notebook.example"))
    assert "frame-ancestors 'self' https://notebook.example" in get(site, "/").headers["content-security-policy"]


@pytest.fixture
def locked(open_site: OpenSite, pair_logs: Path) -> Site:
    site = open_site(pair_logs, token=TOKEN)
    site.turn()
    return site


def test_without_the_token_there_is_no_data(locked: Site) -> None:
    for path in ("/api/overview", "/api/catalog", "/api/stream", "/api/openapi.json", "/api/blob?run=a&tag=b&index=0"):
        answer = locked.client.get(path)
        assert answer.status_code == 401, path
        assert answer.json()["error"] == "unauthorised"
    assert locked.client.post("/api/curves", json=ASK).status_code == 401
    assert locked.client.get("/api/health").json()["needs_token"] is True


@pytest.mark.parametrize("wrong", ["", "s3cret", TOKEN + "x", TOKEN.upper(), "Bearer", "\x7f"])
def test_a_wrong_token_is_refused(locked: Site, wrong: str) -> None:
    assert get(locked, authorization=f"Bearer {wrong}".encode()).status_code == 401  # type: ignore[arg-type]
    assert locked.client.post("/api/session", json={"token": wrong}).status_code == 401
    assert "set-cookie" not in locked.client.get("/", params={"token": wrong}).headers


def test_the_token_opens_by_header(open_site: OpenSite) -> None:
    site = open_site(token="plain-token")
    assert get(site, authorization="Bearer plain-token").status_code == 200
    assert get(site, x_goodfit_token="plain-token").status_code == 200


def test_the_token_in_the_address_becomes_a_cookie_and_leaves_the_address(locked: Site) -> None:
    answer = locked.client.get("/", params={"token": TOKEN, "lang": "ko"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "?lang=ko"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert locked.client.get("/api/overview").status_code == 200


def test_the_page_can_exchange_a_token_from_the_fragment(locked: Site) -> None:
    assert locked.client.post("/api/session", json={"token": TOKEN}).status_code == 200
    assert locked.client.get("/api/overview").status_code == 200


def test_a_forged_cookie_is_refused(locked: Site) -> None:
    for value in ("1", "s3cret", "0" * 64, '"', ";;=", "\x01"):
        assert get(locked, cookie=f"goodfit_6006={value}").status_code == 401


def test_the_token_of_another_server_s_cookie_does_not_open(open_site: OpenSite, tmp_path: Path) -> None:
    one, other = open_site(token="one"), open_site(token="other")
    cookie = one.client.get("/", params={"token": "one"}).headers["set-cookie"].split(";")[0]
    assert get(other, cookie=cookie).status_code == 401


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 10 * 2**20])
def test_a_body_beyond_the_limit_is_refused(site: Site, size: int) -> None:
    answer = site.client.post("/api/curves", content=b"[" * size, headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["error"] == "too_large"


def test_a_body_of_unknown_length_is_cut_at_the_limit(site: Site) -> None:
    sent = 0

    def endless() -> Any:
        nonlocal sent
        while sent < 4 * MAX_BODY_BYTES:
            sent += 2**20
            yield b" " * 2**20

    answer = site.client.post("/api/curves", content=endless(), headers={"content-type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["-1", "many", "1e9", str(10**30)])
def test_a_false_length_is_refused(site: Site, length: str) -> None:
    answer = site.client.post(
        "/api/curves", content=b"{}", headers={"content-type": "application/json", "content-length": length}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "::1", "[::1]"])
def test_loopback_is_recognised(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.1", "example.org", ""])
def test_everything_else_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_a_base_path_is_written_in_one_way() -> None:
    assert [clean_base_path(text) for text in ("", "/", "a", "/a/b/", "//a//b")] == ["", "", "/a", "/a/b", "/a/b"]


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "//", "http://a:b", "\xff"])
def test_an_origin_that_is_none_is_refused(site: Site, origin: str) -> None:
    answer = site.client.post("/api/curves", json=ASK, headers={"origin": origin.encode("latin-1")})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/api/overview", "/data/runs", "/api/embedding/points?run=a&tag=b&method=tsne"])
def test_another_site_s_page_cannot_make_us_work(site: Site, path: str) -> None:
    for fetch_site in ("cross-site", "same-site"):
        for dest in ("image", "script", "empty", "iframe"):
            answer = get(site, path, sec_fetch_site=fetch_site, sec_fetch_dest=dest, sec_fetch_mode="no-cors")
            assert answer.status_code == 403
    assert get(site, path, sec_fetch_site="same-origin", sec_fetch_dest="empty").status_code != 403


def test_a_link_from_another_site_and_a_frame_of_the_page_open(site: Site) -> None:
    for path, dest in (("/api/overview", "document"), ("/", "document"), ("/", "iframe")):
        assert get(site, path, sec_fetch_site="cross-site", sec_fetch_dest=dest).status_code in (200, 503)


def test_tokens_cannot_be_tried_one_after_the_other(open_site: OpenSite) -> None:
    site = open_site(token="right")
    tries: list[Callable[[str], Any]] = [
        lambda token: get(site, authorization=f"Bearer {token}"),
        lambda token: get(site, x_goodfit_token=token),
        lambda token: site.client.post("/api/session", json={"token": token}),
        lambda token: site.client.get("/", params={"token": token}),
    ]
    for number in range(MAX_WRONG):
        assert tries[number % len(tries)](f"wrong{number}").status_code != 503
    site.client.cookies.clear()
    for one in tries:
        for token in ("wrong", "right"):
            answer = one(token)
            assert answer.status_code == 503 and answer.json()["error"] == "too_many"
            assert "set-cookie" not in answer.headers
    assert site.client.get("/api/overview").status_code == 401  # no guess, so no word about guesses


def test_whoever_is_in_stays_in_while_others_guess() -> None:
    now_s = 0.0
    door = Door(Settings(token="right"), clock=lambda: now_s)
    response = Response()
    door.hand_out(response)
    inside = Headers({"cookie": response.headers["set-cookie"].split(";")[0]})
    for _ in range(MAX_WRONG):
        assert not door.is_token("wrong", visitor="10.0.0.1")
    with pytest.raises(ApiError):
        door.is_token("right", visitor="10.0.0.1")
    assert door.lets_in(inside, visitor="10.0.0.1")
    assert door.is_token("right", visitor="10.0.0.2")
    now_s = WRONG_WINDOW_S
    assert door.is_token("right", visitor="10.0.0.1")


def test_an_answer_that_failed_is_limited_as_well(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(site.watch), "snapshot", property(fail))
    answer = get(site, "/api/catalog")
    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-security-policy" in answer.headers
