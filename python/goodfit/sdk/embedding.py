"""Points with labels and pictures → the files that TensorBoard's projector reads, beside the event file.

    <folder>/projector_config.pbtxt           names every embedding of the run
    <folder>/<step>/<tag>/tensors.tsv         one row a point
    <folder>/<step>/<tag>/metadata.tsv        one row a label; a header when there are several columns
    <folder>/<step>/<tag>/sprite.png          the pictures in a square grid

Source: tensorboard/plugins/projector/projector_config.proto
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodfit.errors import BadArgument
from goodfit.sdk.image import encode_png, to_bytes
from goodfit.sdk.values import array_of, real_array_of

if TYPE_CHECKING:
    import numpy.typing as npt


def write_embedding(
    folder: str | Path,
    points: Any,
    *,
    metadata: Sequence[Any] | None = None,
    label_img: Any = None,
    step: int = 0,
    tag: str = "default",
    metadata_header: Sequence[str] | None = None,
) -> None:
    """Writes the files of one embedding and names it in the configuration.

    Args:
        folder: Of the run.
        points: Shape [n, dimensions].
        metadata: A label for each point, or with `metadata_header` a row of labels.
        label_img: Pictures, shape [n, channels, height, width], floats 0 to 1 or bytes.

    Raises:
        BadArgument: Labels or pictures are not as many as the points.
    """
    array = real_array_of(points, what="points")
    if array.ndim != 2:
        raise BadArgument(f"points have shape {array.shape}, wanted [n, dimensions]")
    name = f"{step:05d}/{_file_safe(tag)}"
    place = Path(folder) / name
    place.mkdir(parents=True, exist_ok=True)
    rows = ["\t".join(repr(float(value)) for value in row) for row in array]
    (place / "tensors.tsv").write_text("\n".join(rows) + "\n")
    fields = [("tensor_name", f"{tag}:{step:05d}"), ("tensor_path", f"{name}/tensors.tsv")]
    if metadata is not None:
        _check_count("labels", len(metadata), len(array))
        (place / "metadata.tsv").write_text(_table(metadata, metadata_header), encoding="utf-8")
        fields.append(("metadata_path", f"{name}/metadata.tsv"))
    config = "".join(f"  {key}: {_quoted(value)}\n" for key, value in fields)
    if label_img is not None:
        pictures = array_of(label_img)
        _check_count("pictures", len(pictures), len(array))
        (place / "sprite.png").write_bytes(_sprite(pictures))
        size = f"    single_image_dim: {pictures.shape[3]}\n    single_image_dim: {pictures.shape[2]}\n"
        config += f"  sprite {{\n    image_path: {_quoted(f'{name}/sprite.png')}\n{size}  }}\n"
    with (Path(folder) / "projector_config.pbtxt").open("a", encoding="utf-8") as file:
        file.write(f"embeddings {{\n{config}}}\n")


def _sprite(pictures: npt.NDArray[Any]) -> bytes:
    """One picture of shape [rows * height, columns * width], filled row by row."""
    import numpy as np

    n, channels, height, width = pictures.shape
    side = math.ceil(math.sqrt(n))
    grid = np.zeros((side * side, height, width, channels), dtype=np.uint8)
    grid[:n] = to_bytes(pictures.transpose(0, 2, 3, 1))
    sheet = grid.reshape(side, side, height, width, channels).swapaxes(1, 2)
    return encode_png(sheet.reshape(side * height, side * width, channels))


def _table(metadata: Sequence[Any], header: Sequence[str] | None) -> str:
    if header is None:
        return "".join(f"{_cell(label)}\n" for label in metadata)
    rows = [header, *metadata]
    return "".join("\t".join(_cell(cell) for cell in row) + "\n" for row in rows)


def _cell(value: Any) -> str:
    return " ".join(str(value).split()) or " "


def _check_count(what: str, n_seen: int, n_wanted: int) -> None:
    if n_seen != n_wanted:
        raise BadArgument(f"{n_seen} {what} for {n_wanted} points, wanted one each")


def _file_safe(tag: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else f"%{ord(letter):02x}" for letter in tag)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
