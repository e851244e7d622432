"""The one shape of every error answer."""

from __future__ import annotations

from msgspec import Struct


class ErrorBody(Struct):
    """Every error answer."""

    error: str
    """A code: not_found, bad_request, forbidden, unauthorised, too_large, too_many, wrong_method, damaged, internal."""
    message: str
    hint: str | None
