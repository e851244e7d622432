"""Vertices, faces and colours → the three series of the mesh plugin.

Tags `<name>_VERTEX`, `_FACE`, `_COLOR`; MeshPluginData{2 name, 3 content_type, 5 json_config, 6 shape, 7 components:
bit i for content type i}. Source: tensorboard/plugins/mesh/metadata.py
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from goodfit.errors import BadArgument
from goodfit.sdk.payload import CLASS_TENSOR, DT_FLOAT, Payload
from goodfit.sdk.values import array_of
from goodfit.wire import encode_varint, integer, message, text

_DT_INT32: Final = 3
# content type, tag ending, element type
_PARTS: Final = {"vertices": (1, "VERTEX", "<f4"), "faces": (2, "FACE", "<i4"), "colors": (3, "COLOR", "|u1")}
_DTYPES: Final = {"<f4": DT_FLOAT, "<i4": _DT_INT32, "|u1": 4}


def mesh(
    name: str, vertices: Any, *, faces: Any = None, colors: Any = None, config: Mapping[str, Any] | None = None
) -> dict[str, Payload]:
    """Payloads by tag.

    Args:
        name: Of the mesh.
        vertices: Shape [batch, points, 3]; a batch axis is added where it is missing.
        faces: Indices of points, shape [batch, faces, 3]; None draws points.
        colors: 0 to 255, shape [batch, points, 3].
        config: THREE.js options.

    Raises:
        BadArgument: An array's shape does not fit.
    """
    given = {"vertices": vertices, "faces": faces, "colors": colors}
    arrays = {part: array_of(value) for part, value in given.items() if value is not None}
    components = sum(1 << _PARTS[part][0] for part in arrays)
    payloads = {}
    for part, given_array in arrays.items():
        content_type, ending, element = _PARTS[part]
        array = given_array[None] if given_array.ndim == 2 else given_array
        if array.ndim != 3 or array.shape[-1] != 3:
            raise BadArgument(f"{part} of mesh {name!r} have shape {array.shape}, wanted [batch, n, 3]")
        shape = b"".join(encode_varint(size) for size in array.shape)
        content = (
            text(2, name)
            + integer(3, content_type)
            + text(5, json.dumps(config or {}, sort_keys=True))
            + message(6, shape)
            + integer(7, components)
        )
        payloads[f"{name}_{ending}"] = Payload(
            _DTYPES[element], array.shape, array.astype(element).tobytes(), "mesh", content, CLASS_TENSOR
        )
    return payloads
