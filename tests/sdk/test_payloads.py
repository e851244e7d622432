"""Images, sound, curves, meshes and graphs as payloads; TensorBoard's own readers judge them in tests/integration."""

import io
import json
import wave

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from goodfit.errors import BadArgument
from goodfit.sdk.audio import audio
from goodfit.sdk.graph import graph_of
from goodfit.sdk.histogram import histogram
from goodfit.sdk.image import images, to_bytes
from goodfit.sdk.layer_graph import layer_nodes
from goodfit.sdk.payload import Payload
from goodfit.sdk.pr_curve import pr_curve
from goodfit.sdk.scalar import scalar
from goodfit.sdk.text import text
from goodfit.sdk.values import number_of, real_array_of, step_of
from goodfit.sdk.video import video


def rows(payload: Payload) -> np.ndarray:
    return np.frombuffer(payload.content, "<f8").reshape(payload.shape)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=50), st.integers(1, 40))
@example([0.0, 1.7976931348623157e308], 3)
@example([-1.7976931348623157e308, 1.7976931348623157e308], 30)
@example([0.0, 5e-324], 30)
@example([1.0, 1.0000000000000002], 30)
@settings(max_examples=150, deadline=None)
def test_a_histogram_counts_every_finite_value(values, bins):
    payload = histogram(values, bins=bins)
    finite = [value for value in values if np.isfinite(value)]
    table = rows(payload)
    assert table.shape == (bins, 3)
    assert table[:, 2].sum() == len(finite)
    assert payload.n_nonfinite == len(values) - len(finite)
    assert np.isfinite(table).all()
    if finite:
        assert (table[0, 0], table[-1, 1]) == (min(finite), max(finite))
        assert (table[1:, 0] == table[:-1, 1]).all()
        assert (np.diff(table[:, 0]) >= 0).all()


def test_a_histogram_by_hand():
    # 0, 1, 2, 3 in two buckets [0, 1.5) and [1.5, 3]
    assert rows(histogram([0, 1, 2, 3], bins=2)).tolist() == [[0, 1.5, 2], [1.5, 3, 2]]


@pytest.mark.parametrize(
    ("shape", "dataformats", "size"),
    [
        ((4, 6), None, (6, 4)),
        ((4, 6, 3), None, (6, 4)),
        ((3, 4, 6), None, (6, 4)),
        ((2, 3, 4, 6), "NCHW", (6, 4)),
        ((2, 4, 6, 1), None, (6, 4)),
        ((6, 4, 3), "WHC", (6, 4)),
    ],
)
def test_images_of_any_axes(shape, dataformats, size):
    width, height, *pngs = images(np.zeros(shape), dataformats=dataformats).content
    assert (int(width), int(height)) == size
    assert len(pngs) == (shape[0] if len(shape) == 4 else 1)
    assert Image.open(io.BytesIO(pngs[0])).size == size


def test_pixels_come_back_as_they_were():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    for given_pixels in (pixels, pixels / 255, pixels.astype(np.int64)):
        png = images(given_pixels).content[2]
        assert (np.asarray(Image.open(io.BytesIO(png))) == pixels).all()


def test_pixels_outside_the_range_are_clipped():
    png = images(np.array([[-1.0, 0.5, 2.0, np.nan]])).content[2]
    assert np.asarray(Image.open(io.BytesIO(png))).tolist() == [[0, 128, 255, 0]]


def test_sound_comes_back_as_it_was():
    samples = np.array([0.0, 0.5, -1.0, 2.0])
    payload = audio(np.stack([samples, -samples], axis=1), sample_rate=8000)
    with wave.open(io.BytesIO(payload.content[0])) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (8000, 2, 4)
        frames = np.frombuffer(file.readframes(4), "<i2").reshape(4, 2)
    assert frames[:, 0].tolist() == [0, 16384, -32767, 32767]


def test_pixels_of_sixteen_bits_keep_their_upper_eight():
    # As tf.image.convert_image_dtype does: 65536 / 256 levels in one.
    pixels = np.array([[0, 255, 256, 0x1234, 0xFFFF]], dtype=np.uint16)
    assert to_bytes(pixels).tolist() == [[0, 0, 1, 0x12, 0xFF]]


def test_video_is_an_animated_image():
    width, height, gif = video(np.random.default_rng(0).random((3, 5, 3, 4, 6)), fps=4).content
    picture = Image.open(io.BytesIO(gif))
    assert (picture.n_frames, picture.size, (int(width), int(height))) == (5, (12, 8), (12, 8))


def test_a_precision_recall_curve_by_hand():
    # Thresholds 0, 0.5, 1: at 0.5 the scores 0.5 and 0.9 are positive, one rightly.
    table = np.frombuffer(pr_curve([0, 1, 1], [0.5, 0.9, 0.2], num_thresholds=3).content, "<f4").reshape(6, 3)
    assert table[:, 1].tolist() == [1, 1, 0, 1, 0.5, 0.5]
    assert table[:4, 0].tolist() == [2, 1, 0, 0]


def test_text_of_any_shape():
    assert text("안녕").content == ["안녕".encode()]
    table = text([["a", "b"], ["c", "d"]])
    assert (table.shape, table.content) == ((2, 2), [b"a", b"b", b"c", b"d"])


def test_a_scalar_beyond_float32_is_infinite():
    assert np.frombuffer(scalar(1e300).content, "<f4")[0] == np.inf
    assert np.frombuffer(scalar(-1e300).content, "<f4")[0] == -np.inf


def test_layers_are_wired_in_order_and_by_name():
    nodes = layer_nodes(
        {
            "in": "Input",
            "block": ["Conv2D", "ReLU", "Conv2D", {"op": "Add", "inputs": ["Conv2D_1", "in"]}],
            "out": "Dense",
        }
    )
    assert {node.name: node.inputs for node in nodes} == {
        "in": [],
        "block/Conv2D": ["in"],
        "block/ReLU": ["block/Conv2D"],
        "block/Conv2D_1": ["block/ReLU"],
        "block/Add": ["block/Conv2D_1", "in"],
        "out": ["block/Add"],
    }


def test_keras_json_goes_to_the_keras_graph():
    description = json.dumps({"class_name": "Sequential", "config": {"layers": []}})
    payload = graph_of(description)
    assert isinstance(payload, Payload)
    assert (payload.plugin, payload.plugin_content, payload.content) == (
        "graph_keras_model",
        b"1",
        [description.encode()],
    )
    assert graph_of(json.loads(description)).plugin == "graph_keras_model"
    assert graph_of(b"bytes of a GraphDef") == b"bytes of a GraphDef"


class FakeDevice:
    """A tensor of another library: only what `values` may ask for."""

    def __init__(self, array):
        self.array = array
        self.dtype = "torch.float32"

    def detach(self):
        return self

    def cpu(self):
        return self

    def numpy(self):
        return self.array


def test_arrays_of_other_libraries_are_asked_by_what_they_can_do():
    assert real_array_of(FakeDevice(np.arange(3))).tolist() == [0, 1, 2]
    with pytest.raises(BadArgument, match="wanted real numbers"):
        real_array_of(["a"])


def test_numbers_and_steps():
    assert number_of(np.ones((1, 1))) == 1.0
    assert step_of(np.float32(3)) == 3
    for wrong in ("1", None, np.ones(2), 1j):
        with pytest.raises(BadArgument):
            number_of(wrong)
    for wrong in (1.5, float("nan"), float("inf")):
        with pytest.raises(BadArgument, match="whole number"):
            step_of(wrong)
