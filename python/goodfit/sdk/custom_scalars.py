"""A layout of charts → the message that TensorBoard's custom scalars plugin reads.

Layout{2 category: {1 title, 2 chart: {1 title, 2 multiline: {1 tag*} | 3 margin: {1 series: {1 value, 2 lower, 3
upper}}}}}
Source: tensorboard/plugins/custom_scalar/layout.proto
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from goodfit.errors import BadArgument
from goodfit.sdk.payload import CLASS_TENSOR, Payload, strings
from goodfit.wire import message, text, texts

TAG: Final = "custom_scalars__config__"

Layout = Mapping[str, Mapping[str, Sequence[Any]]]


def custom_scalars(layout: Layout) -> Payload:
    """The payload of `{category: {chart: ["Multiline", [tag, …]] or ["Margin", [value, lower, upper]]}}`.

    Raises:
        BadArgument: A chart is neither.
    """
    categories = b"".join(
        message(2, text(1, category) + b"".join(message(2, _chart(title, chart)) for title, chart in charts.items()))
        for category, charts in layout.items()
    )
    return strings([categories], "custom_scalars", shape=(), data_class=CLASS_TENSOR)


def _chart(title: str, chart: Sequence[Any]) -> bytes:
    if len(chart) == 2 and chart[0] == "Multiline":
        return text(1, title) + message(2, texts(1, chart[1]))
    if len(chart) == 2 and chart[0] == "Margin" and len(chart[1]) == 3:
        value, lower, upper = chart[1]
        return text(1, title) + message(3, message(1, text(1, value) + text(2, lower) + text(3, upper)))
    raise BadArgument(
        f"chart {title!r} is {chart!r}, wanted ['Multiline', [tag, …]] or ['Margin', [value, lower, upper]]"
    )
