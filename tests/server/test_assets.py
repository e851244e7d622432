"""The page's own files, also under a prefix."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.server.conftest import OpenSite, Site


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built page: an index, a script with a hash in its name and one without."""
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>page</title>")
    (static / "assets" / "index-BxY3k_9z.js").write_text("1")
    (static / "favicon.svg").write_text("<svg/>")
    (static / ".source-digest").write_text("abc")
    (tmp_path / "secret.txt").write_text("secret")
    return static


@pytest.fixture
def page(open_site: OpenSite, built: Path) -> Site:
    return open_site(static=built)


def test_the_index_is_asked_for_anew_each_time(page: Site) -> None:
    for path in ("/", "/index.html"):
        answer = page.client.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [("", "ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("", "de, ko", "ko"), ("", "", "en"), ("?lang=ko", "en", "ko"),
     ("?lang=../x", "fr", "en")],
)  # fmt: skip
def test_the_index_names_the_words_of_the_readers_language(
    page: Site, built: Path, query: str, accepted: str, language: str
) -> None:
    (built / "index.html").write_text("<!doctype html><head><title>page</title></head>")
    for name in ("en", "ko"):
        (built / "assets" / f"{name}-Words123.js").write_text("1")
    page.client.get("/assets/gone-12345678.js")  # the folder is looked at anew
    answer = page.client.get(f"/{query}", headers={"accept-language": accepted})
    assert answer.text.count("modulepreload") == 1
    assert f'href="./assets/{language}-Words123.js"></head>' in answer.text
    assert answer.headers["vary"] == "accept-language"


def test_files_with_a_hash_are_kept_for_ever(page: Site) -> None:
    answer = page.client.get("/assets/index-BxY3k_9z.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert page.client.get("/favicon.svg").headers["cache-control"] == "public, max-age=86400"


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/..%2fsecret.txt", "/assets/../../secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt",
     "/..\\secret.txt", "//etc/passwd", "/%2fetc%2fpasswd", "/.source-digest", "/assets", "/assets/", "/nope.js",
     "/index.html%00.js", "/" + "a" * 5_000],
)  # fmt: skip
def test_nothing_else_can_be_reached(page: Site, path: str) -> None:
    answer = page.client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"
    assert "secret" not in answer.text


def test_a_page_built_anew_is_served_without_a_restart(page: Site, built: Path) -> None:
    (built / "assets" / "index-BxY3k_9z.js").unlink()
    (built / "assets" / "index-Cnew1234.js").write_text("2")
    assert page.client.get("/assets/index-BxY3k_9z.js").status_code == 404
    assert page.client.get("/assets/index-Cnew1234.js").text == "2"


def test_a_page_that_was_not_built_says_how_to(open_site: OpenSite, tmp_path: Path) -> None:
    answer = open_site(static=tmp_path / "none").client.get("/")
    assert answer.status_code == 503
    assert "python build_backend.py" in answer.text


def test_the_page_works_under_a_base_path_kept_or_stripped_by_the_proxy(open_site: OpenSite, built: Path) -> None:
    site = open_site(static=built, base_path="/jupyter/proxy")
    for prefix in ("/jupyter/proxy", ""):
        assert site.client.get(f"{prefix}/").text.startswith("<!doctype html>")
        assert site.client.get(f"{prefix}/assets/index-BxY3k_9z.js").status_code == 200
        assert site.client.get(f"{prefix}/api/overview").status_code == 200
    assert site.client.get("/jupyter/proxyx/api/overview").status_code == 404


def test_without_its_last_slash_a_prefix_leads_to_the_page(open_site: OpenSite, built: Path) -> None:
    site = open_site(static=built, base_path="lab/fit")
    answer = site.client.get("/lab/fit")
    assert (answer.status_code, answer.headers["location"]) == (307, "./fit/")


def test_the_proxy_s_prefix_header_is_understood(page: Site) -> None:
    headers = {"x-forwarded-prefix": "/user/me/proxy/6006"}
    assert page.client.get("/user/me/proxy/6006/api/overview", headers=headers).status_code == 200
    assert page.client.get("/api/overview", headers=headers).status_code == 200
    assert page.client.get("/user/me/proxy/6006/api/overview").status_code == 404


def test_a_token_is_asked_for_under_a_prefix_too(open_site: OpenSite, built: Path) -> None:
    site = open_site(static=built, base_path="/p", token="t")
    assert site.client.get("/p/api/overview").status_code == 401
    assert site.client.get("/p/").status_code == 200


def test_head_is_answered_without_a_body(page: Site) -> None:
    for path in ("/", "/api/overview"):
        answer = page.client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
