"""Frames → an animated GIF in an image payload, which TensorBoard's image plugin plays."""

from __future__ import annotations

import io
import math
from typing import Any

from goodfit.errors import BadArgument
from goodfit.sdk.image import encoded_images, to_bytes
from goodfit.sdk.payload import Payload
from goodfit.sdk.values import array_of


def video(clips: Any, *, fps: float) -> Payload:
    """The payload of clips of shape [clips, frames, channels, height, width], side by side in a square grid.

    Raises:
        BadArgument: The shape does not fit, or `fps` is not positive.
    """
    import numpy as np
    from PIL import Image

    frames = array_of(clips)
    if frames.ndim != 5 or frames.shape[2] not in (1, 3, 4) or fps <= 0:
        raise BadArgument(
            f"clips have shape {frames.shape} at {fps} frames a second, wanted [clips, frames, channels, height, width]"
        )
    n, n_frames, channels, height, width = frames.shape
    side = math.ceil(math.sqrt(n))
    grid = np.zeros((n_frames, side * side, height, width, channels), dtype=np.uint8)
    grid[:, :n] = to_bytes(frames).transpose(1, 0, 3, 4, 2)
    sheets = grid.reshape(n_frames, side, side, height, width, channels).swapaxes(2, 3)
    sheets = sheets.reshape(n_frames, side * height, side * width, channels)
    pictures = [Image.fromarray(sheet[..., 0] if channels == 1 else sheet[..., :3]) for sheet in sheets]
    out = io.BytesIO()
    pictures[0].save(
        out, format="GIF", save_all=True, append_images=pictures[1:], duration=max(20, round(1000 / fps)), loop=0
    )  # a GIF's clock ticks in hundredths of a second, and players slow down below 20 ms
    return encoded_images([out.getvalue()], width=side * width, height=side * height)
