"""Bytes that someone's training wrote → an answer that a browser cannot be led astray by.

Only pictures and sounds that are recognised by their first bytes are named as such; all else (SVG and HTML among it) is
a download that a browser will not run.
"""

from __future__ import annotations

from starlette.responses import Response

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF8", 0, "image/gif"),
    (b"BM", 0, "image/bmp"),
    (b"WEBP", 8, "image/webp"),
    (b"WAVE", 8, "audio/wav"),
    (b"OggS", 0, "audio/ogg"),
    (b"fLaC", 0, "audio/flac"),
    (b"ID3", 0, "audio/mpeg"),
)


def recognise(data: bytes) -> str:
    """The media type by the first bytes; application/octet-stream when it is none that we show.

    >>> recognise(b"GIF89a"), recognise(b"<svg onload=...>")
    ('image/gif', 'application/octet-stream')
    """
    for signature, offset, media_type in _SIGNATURES:
        if data[offset : offset + len(signature)] == signature:
            return media_type
    return "application/octet-stream"


def untrusted_answer(data: bytes, *, file_name: str = "value.bin") -> Response:
    """The bytes as a picture, a sound, or a download of this name."""
    media_type = recognise(data)
    headers = {"content-security-policy": "default-src 'none'; sandbox"}
    if media_type == "application/octet-stream":
        headers["content-disposition"] = f'attachment; filename="{file_name}"'
    return Response(data, media_type=media_type, headers=headers)
