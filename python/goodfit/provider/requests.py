"""The bytes of a question → what it asks.

    ListXRequest { 1: experiment_id, 2: PluginFilter { 1: plugin_name }, 3: RunTagFilter { 1: RunFilter { 1: names },
                   2: TagFilter { 1: names } } }
    ReadXRequest { as above, 4: Downsample { 1: num_points } }
    ReadBlobRequest { 1: blob_key }

A filter that is absent lets all pass; one that is there and empty lets none. Source: tensorboard's data_provider.proto.
"""

from __future__ import annotations

from dataclasses import dataclass

from goodfit import wire
from goodfit.wire import Undecodable


@dataclass(frozen=True, slots=True)
class SeriesAsk:
    """Which series, and how many points of each."""

    plugin: str
    runs: frozenset[str] | None
    """None for all."""
    tags: frozenset[str] | None
    """None for all."""
    max_points: int | None
    """0 for all; None when the question says nothing of it."""


def parse_series_ask(data: bytes) -> SeriesAsk:
    """Raises Undecodable for bytes that are no such question, and for one without a plugin."""
    plugin = wire.read_text(wire.read_message(data, 2) or b"", 1)
    if not plugin:
        raise Undecodable("the question names no plugin (plugin_filter.plugin_name)")
    run_tag = wire.read_message(data, 3) or b""
    downsample = wire.read_message(data, 4)
    max_points = None if downsample is None else wire.read_integer(downsample, 1)
    if max_points is not None and max_points < 0:
        raise Undecodable(f"downsample.num_points is {max_points}; wanted 0 or more")
    return SeriesAsk(plugin, _names(run_tag, 1), _names(run_tag, 2), max_points)


def _names(data: bytes, field: int) -> frozenset[str] | None:
    names = wire.read_message(data, field)
    if names is None:
        return None
    try:
        return frozenset(name.decode() for name in wire.read_messages(names, 1))
    except UnicodeDecodeError as error:
        raise Undecodable("a name that is not UTF-8") from error


def parse_blob_key(data: bytes) -> str:
    """Raises Undecodable for bytes that are no such question."""
    return wire.read_text(data, 1)
