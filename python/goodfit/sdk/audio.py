"""Samples → 16-bit WAVs in a string tensor of the audio plugin: one a clip.

Source: tensorboard/plugins/audio/summary_v2.py; AudioPluginData{2 encoding: 11 = WAV}
"""

from __future__ import annotations

import io
import wave
from typing import Any

from goodfit.errors import BadArgument
from goodfit.sdk.payload import CLASS_BLOBS, Payload, strings
from goodfit.sdk.values import array_of

_WAV = b"\x10\x0b"


def audio(samples: Any, *, sample_rate: int, max_outputs: int | None = None) -> Payload:
    """The payload of one clip or several.

    Args:
        samples: Shape [frames], [frames, channels] or [clips, frames, channels]; floats from -1 to 1 (clipped), or
            int16.
        sample_rate: Frames a second.
        max_outputs: Keep at most this many clips.

    Raises:
        BadArgument: The shape or the rate does not fit.
    """
    array = array_of(samples)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3 or sample_rate < 1:
        raise BadArgument(
            f"samples have shape {array.shape} at {sample_rate} frames a second, wanted [clips, frames, channels]"
        )
    clips = array[:max_outputs]
    wavs = [encode_wav(clip, sample_rate=int(sample_rate)) for clip in clips]
    return strings(wavs, "audio", plugin_content=_WAV, data_class=CLASS_BLOBS)


def encode_wav(clip: Any, *, sample_rate: int) -> bytes:
    """The WAV of samples of shape [frames, channels]."""
    import numpy as np

    if clip.dtype != np.int16:
        clip = np.rint(np.clip(np.nan_to_num(clip.astype(np.float64)), -1.0, 1.0) * 32767.0)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(clip.shape[1])
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(clip.astype("<i2").tobytes())
    return out.getvalue()
