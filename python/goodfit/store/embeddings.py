"""A run's `projector_config.pbtxt` → its embeddings: points in many dimensions, with labels and pictures.

    embeddings { tensor_name: "default:00000" tensor_path: "…/tensors.tsv" metadata_path: "…/metadata.tsv"
                 sprite { image_path: "…/sprite.png" single_image_dim: 32 single_image_dim: 32 } }

Protobuf's text format; fields that are not known are passed over. Files are looked for below the run's folder only,
with links resolved: a configuration must not name others. Source: tensorboard/plugins/projector/projector_config.proto
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodfit.errors import LogFolderError
from goodfit.types import SeriesKey

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

CONFIG_NAMES = ("projector_config.pbtxt", "plugins/org_tensorflow_tensorboard_projector/projector_config.pbtxt")
MAX_CONFIG_BYTES = 1 << 20
_TOKEN = re.compile(
    r'\s+|#[^\n]*|(?P<text>"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')|(?P<mark>[{}:;,<>\[\]])|(?P<word>[\w.+-]+)'
)
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


@dataclass(frozen=True, slots=True)
class Embedding:
    """One embedding of a run; read from disk when asked."""

    key: SeriesKey
    points_path: Path
    labels_path: Path | None
    sprite_path: Path | None
    """One picture that holds those of all points, row by row."""
    sprite_size: tuple[int, int] | None
    """Width and height of one point's part of it, in pixels."""

    def read_points(self) -> npt.NDArray[np.float32]:
        """The points, shape (n_points, n_dimensions), read-only.

        Raises LogFolderError when the file is gone or holds something else.
        """
        import warnings

        import numpy as np

        try:
            with warnings.catch_warnings(), self.points_path.open(encoding="utf-8") as file:
                warnings.simplefilter("ignore")  # of a file without rows
                points = np.loadtxt(file, dtype=np.float32, delimiter="\t", comments=None, ndmin=2)
        except (OSError, ValueError) as error:
            raise self._broken("points", error) from error
        points.flags.writeable = False
        return points

    def read_labels(self) -> list[tuple[str, ...]]:
        """Rows of labels as they lie in the file: the first names the columns if there are several. Empty without any.

        Raises LogFolderError when the file is gone or no text.
        """
        if self.labels_path is None:
            return []
        try:
            text = self.labels_path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise self._broken("labels", error) from error
        return [tuple(line.split("\t")) for line in text.removesuffix("\n").split("\n")] if text else []

    def _broken(self, what: str, error: Exception) -> LogFolderError:
        why = error.strerror if isinstance(error, OSError) else error
        return LogFolderError(
            f"The {what} of embedding {self.key.tag!r} of run {self.key.run!r} could not be read: {why}.",
            hint="look at the files that projector_config.pbtxt names",
        )


def list_embeddings(folder: Path, run: str) -> list[Embedding]:
    """The embeddings that the configuration in a run's folder names, in its order; without those that have no file."""
    for name in CONFIG_NAMES:
        path = folder / name
        try:
            if path.stat().st_size > MAX_CONFIG_BYTES:
                continue
            message = _parse(_tokens(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError):
            continue
        found = (_embedding(entry, path.parent, run) for entry in message.get("embeddings", []))
        return [embedding for embedding in found if embedding is not None]
    return []


def _embedding(entry: Any, folder: Path, run: str) -> Embedding | None:
    if not isinstance(entry, dict):
        return None
    points = _file(entry, "tensor_path", folder)
    if points is None:
        return None
    sprite = next((one for one in entry.get("sprite", []) if isinstance(one, dict)), {})
    picture = _file(sprite, "image_path", folder)
    sizes = [int(size) for size in sprite.get("single_image_dim", []) if str(size).isdigit()]
    return Embedding(
        key=SeriesKey(run, str(entry.get("tensor_name", [""])[-1])),
        points_path=points,
        labels_path=_file(entry, "metadata_path", folder),
        sprite_path=picture,
        sprite_size=(sizes[0], sizes[1]) if picture is not None and len(sizes) == 2 else None,
    )


def _file(message: dict[str, list[Any]], name: str, folder: Path) -> Path | None:
    """The file that a field names, if it lies below the folder."""
    value = message.get(name, [None])[-1]
    if not isinstance(value, str) or not value or "\0" in value:
        return None
    try:
        path, root = (folder / value).resolve(), folder.resolve()
        return path if path.is_relative_to(root) and path.is_file() else None
    except (OSError, RuntimeError):  # links that lead in circles
        return None


def _unescape(match: re.Match[str]) -> str:
    octal, hexadecimal, letter = match.groups()
    if letter is not None:
        return _ESCAPED.get(letter, letter)
    return chr(int(octal, 8) if octal is not None else int(hexadecimal, 16))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of each token; ValueError where there is none."""
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"no token at {at}")
        at = match.end()
        if match.lastgroup == "text":
            yield "text", _ESCAPE.sub(_unescape, match.group()[1:-1])
        elif match.lastgroup is not None:
            yield match.lastgroup, match.group()


def _parse_values(tokens: Iterator[tuple[str, str]]) -> list[Any]:
    """What a field holds: one value, one message, or a list of values."""
    kind, value = next(tokens, ("", ""))
    if (kind, value) == ("mark", ":"):
        kind, value = next(tokens, ("", ""))
    if kind == "mark" and value in "{<":
        return [_parse(tokens, end="}" if value == "{" else ">")]
    if kind == "mark" and value == "[":
        end = ("mark", "]")
        return [value for kind, value in iter(lambda: next(tokens, end), end) if kind != "mark"]
    if kind in ("text", "word"):
        return [value]
    raise ValueError("a field has no value")


def _parse(tokens: Iterator[tuple[str, str]], *, end: str = "") -> dict[str, list[Any]]:
    """The fields of a message up to `end`; ValueError when it is none."""
    message: dict[str, list[Any]] = {}
    for kind, name in tokens:
        if kind == "mark" and name in (end, ";", ","):
            if name == end:
                return message
            continue
        if kind != "word":
            raise ValueError(f"{name!r} is no field")
        message.setdefault(name, []).extend(_parse_values(tokens))
    if end:
        raise ValueError("a message has no end")
    return message
