"""Titles fit a phone, nothing is lost, bad arguments say what was wanted."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest

from goodfit.alerts.message import fit, make_attachment, make_message, with_prefix
from goodfit.errors import BadArgument

PNG = b"\x89PNG\r\n\x1a\n"


def test_a_long_title_stands_in_full_in_the_body() -> None:
    title = "word " * 30
    message = fit(make_message(title, "body"))
    assert len(message.title) == 60 or message.title.endswith("…")
    assert message.body == f"{title.strip()}\nbody"


def test_a_title_is_one_line() -> None:
    assert make_message("a\r\nb\tc").title == "a b c"


def test_half_characters_become_their_escapes(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"curve\xe9.png")
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    attachment = make_attachment(path, alt="\udcff")
    assert (attachment.file_name, attachment.alt) == ("curve\\udce9.png", "\\udcff")
    message = make_message("run caf\udce9", "reason \ud800", link="https://here/\udce9", attachment=attachment)
    assert (message.title, message.body) == ("run caf\\udce9", "reason \\ud800")
    assert message.link == "https://here/\\udce9"


def test_a_prefix_loses_nothing() -> None:
    message = with_prefix(fit(make_message("a" * 60, "body")), "[14:02] ")
    assert len(message.title) <= 60
    assert "a" * 60 in message.body
    assert message.body.endswith("body")


def test_a_giant_body_keeps_its_head_and_tail() -> None:
    body = fit(make_message("t", "head" + "x" * 10**6 + "tail")).body
    assert len(body) <= 20_000
    assert body.startswith("head")
    assert body.endswith("tail")
    assert "characters left out" in body


@pytest.mark.parametrize(
    "arguments", [("",), (" \n ",), (3,), ("t", 3), ("t", b"bytes")], ids=["empty", "blank", "int", "body", "bytes"]
)
def test_words_must_be_words(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(BadArgument):
        make_message(*arguments)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "example.net"])
def test_a_link_must_be_one_to_follow(link: str) -> None:
    with pytest.raises(BadArgument, match="link"):
        make_message("t", link=link)


def test_attachments_come_from_bytes_paths_and_figures(tmp_path: Path) -> None:
    path = tmp_path / "그림.png"
    path.write_bytes(PNG)

    class Figure:
        def savefig(self, file: io.BytesIO, *, format: str) -> None:
            file.write(PNG + format.encode())

    for source, name in ((PNG, "goodfit.png"), (path, "그림.png"), (str(path), "그림.png"), (Figure(), "figure.png")):
        attachment = make_attachment(source)  # type: ignore[arg-type]
        assert (attachment.file_name, attachment.media_type) == (name, "image/png")
        assert attachment.data.startswith(PNG)


@pytest.mark.parametrize("source", [b"", "no/such/file.png", 3, None, bytearray()])
def test_what_cannot_be_attached_is_said(source: Any) -> None:
    with pytest.raises(BadArgument):
        make_attachment(source)


def test_an_attachment_has_a_limit() -> None:
    with pytest.raises(BadArgument, match="26214400"):
        make_attachment(bytes(25 * 1024 * 1024 + 1))
