"""The names of tf.summary.experimental."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from goodfit.sdk.tf_summary.context import CONTEXT
from goodfit.sdk.tf_summary.record import write_raw_pb

__all__ = ["get_step", "set_step", "summary_scope", "write_raw_pb"]


def get_step() -> Any:
    """The thread's step, None where it has none."""
    return CONTEXT.step


def set_step(step: Any) -> None:
    """Sets the thread's step: a number, or something that holds one and is asked at each write."""
    CONTEXT.step = step


@contextmanager
def summary_scope(name: str, default_name: str = "summary", values: Any = None) -> Iterator[tuple[str, str]]:
    """Inside the `with`, tags begin with this scope; gives the tag and the scope's own name."""
    own = name or default_name
    tag = CONTEXT.tag(own)
    with CONTEXT.replaced(scopes=(*CONTEXT.scopes, own)):
        yield tag, f"{tag}/"
