"""The ten calls of TensorBoard's data service, over a real connection."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.event_bytes import VERSION, append, event, field, number_field, scalar, write
from tests.provider.conftest import Client, ask, entries, grpc

from goodfit import wire
from goodfit.errors import BadArgument
from goodfit.provider.serving import ProviderServer
from goodfit.query.board.tensor import decode_tensor

Serve = Callable[..., Client]


def steps_of(fields: dict[int, list[bytes]]) -> list[int]:
    data, at, steps = b"".join(fields.get(1, [])), 0, []
    while at < len(data):
        step, at = wire.read_varint(data, at)
        steps.append(wire.signed(step))
    return steps


def values_of(fields: dict[int, list[bytes]]) -> list[float]:
    return np.frombuffer(b"".join(fields.get(3, [])), "<f4").tolist()


def failure(client: Client, name: str, request: bytes) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as caught:
        client.call(name, request)
    return caught.value.code()


def test_says_what_there_is(serve: Serve, golden: Path) -> None:
    client = serve(golden / "torch")
    assert wire.read_text(client.call("GetExperiment"), 1) == str(golden / "torch")
    plugins = [wire.read_text(plugin, 1) for plugin in wire.read_messages(client.call("ListPlugins"), 1)]
    assert plugins == sorted(plugins)
    assert {"scalars", "images", "audio", "text", "graphs", "histograms", "hparams", "mesh", "pr_curves",
            "custom_scalars", "graph_tagged_run_metadata"} == set(plugins)  # fmt: skip
    runs = wire.read_messages(client.call("ListRuns"), 1)
    names = [wire.read_text(run, 2) for run in runs]
    assert names[0] == "basic" and "video" in names
    [start] = [value for number, _, value in wire.read_fields(runs[0]) if number == 3 and isinstance(value, bytes)]
    assert 1_795_421_086 < struct.unpack("<d", start)[0] < 1_795_421_087


def test_scalars_equal_tensorboards_reading(serve: Serve, golden: Path) -> None:
    client = serve(golden)
    expected = json.loads((golden / "tensorboard_values.json").read_text())["scalars"]
    found = entries(client.call("ReadScalars", ask("scalars", points=0)))
    assert {run for run, _ in found} == set(expected)
    for run, tags in expected.items():
        for tag, rows in tags.items():
            fields = found[run, tag]
            assert steps_of(fields) == [row[1] for row in rows]
            assert np.frombuffer(b"".join(fields[2]), "<f8").tolist() == [row[0] for row in rows]
            assert values_of(fields) == np.array([row[2] for row in rows], dtype="<f4").tolist()


def test_filters_that_are_absent_let_all_pass_and_empty_ones_none(serve: Serve, golden: Path) -> None:
    client = serve(golden / "torch")
    everything = entries(client.call("ListScalars", ask("scalars")))
    assert ("basic", "loss/train") in everything and ("basic/grp_a", "grp") in everything
    assert entries(client.call("ListScalars", ask("scalars", runs=[]))) == {}
    assert set(entries(client.call("ListScalars", ask("scalars", tags=["grp"])))) == {
        ("basic/grp_a", "grp"),
        ("basic/grp_b", "grp"),
    }
    assert set(entries(client.call("ListScalars", ask("scalars", runs=["basic/grp_b"], tags=["grp", "x"])))) == {
        ("basic/grp_b", "grp")
    }
    assert entries(client.call("ListTensors", ask("scalars"))) == {}
    assert entries(client.call("ListScalars", ask("nobody's"))) == {}


def test_metadata_names_plugin_and_class(serve: Serve, golden: Path) -> None:
    client = serve(golden / "torch")
    fields = entries(client.call("ListBlobSequences", ask("images")))["basic", "img"]
    assert fields[3] == [3]  # width, height and one picture
    [metadata] = fields[4]
    assert wire.read_text(wire.read_message(metadata, 1) or b"", 1) == "images"
    assert wire.read_integer(metadata, 4) == 3 and wire.read_text(metadata, 2) == "img"
    fields = entries(client.call("ListScalars", ask("scalars")))["basic", "loss/train"]
    assert fields[1] == [19] and wire.read_integer(fields[3][0], 4) == 1


def test_as_many_points_as_asked_for_the_newest_always(serve: Serve, tmp_path: Path) -> None:
    data = VERSION + b"".join(scalar("loss", 1000.0 if step == 1234 else step % 7, step=step) for step in range(5000))
    write(tmp_path / "run", data)
    client = serve(tmp_path)

    def read(points: int | None) -> tuple[list[int], list[float]]:
        fields = entries(client.call("ReadScalars", ask("scalars", points=points)))["run", "loss"]
        return steps_of(fields), values_of(fields)

    for points in (0, None):
        assert len(read(points)[0]) == 5000
    assert read(1)[0] == [4999]
    steps, values = read(1000)
    assert len(steps) <= 1000 and steps == sorted(steps) and steps[-1] == 4999 and 1000.0 in values
    assert failure(client, "ReadScalars", ask("scalars", points=-1)) == grpc.StatusCode.INVALID_ARGUMENT


def test_tensors_keep_shape_and_type(serve: Serve, golden: Path) -> None:
    client = serve(golden / "torch")
    [tensor] = entries(client.call("ReadTensors", ask("pr_curves")))["basic", "pr"][3]
    assert decode_tensor(tensor).dtype == np.float32 and decode_tensor(tensor).shape == (6, 127)
    [null] = entries(client.call("ReadTensors", ask("hparams")))[
        "basic/1795421089.1895516", "_hparams_/session_start_info"
    ][3]  # fmt: skip
    assert decode_tensor(null).shape == (0,)
    histograms = entries(client.call("ReadTensors", ask("histograms", points=3)))["basic", "w"]
    assert steps_of(histograms)[-1] == 19 and len(histograms[3]) == 3


def test_blobs_come_by_key_in_pieces(serve: Serve, tmp_path: Path) -> None:
    picture = bytes(range(256)) * 20_000
    strings = b"".join(field(8, part) for part in (b"2", b"2", picture))
    shape = field(2, field(2, number_field(1, 3)))
    value = field(1, "img") + field(8, number_field(1, 7) + shape + strings) + field(9, field(1, field(1, "images")))
    write(tmp_path / "run", VERSION + event(field(5, field(1, value)), step=3))
    client = serve(tmp_path)
    fields = entries(client.call("ReadBlobSequences", ask("images", points=10)))["run", "img"]
    [sequence] = fields[3]
    keys = [wire.read_text(reference, 1) for reference in wire.read_messages(sequence, 1)]
    pieces = client.stream("ReadBlob", wire.text(1, keys[2]))
    assert len(pieces) == 3 and b"".join(wire.read_message(piece, 1) or b"" for piece in pieces) == picture
    with pytest.raises(grpc.RpcError) as caught:
        client.stream("ReadBlob", wire.text(1, "nonsense"))
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


def test_questions_that_are_none_are_refused(serve: Serve, tmp_path: Path) -> None:
    client = serve(tmp_path / "not there yet")
    for request in (b"", b"\xff", wire.message(2, b""), ask("scalars", runs=["a"])[:-1]):
        assert failure(client, "ReadScalars", request) == grpc.StatusCode.INVALID_ARGUMENT
    assert client.call("ListRuns") == b""


def test_an_abandoned_branch_is_shown_as_asked(serve: Serve, tmp_path: Path) -> None:
    steps = [*range(10), 5, 6, 6]
    write(tmp_path / "run", VERSION + b"".join(scalar("loss", at, step=step) for at, step in enumerate(steps)))

    def read(reading: str) -> list[int]:
        return steps_of(entries(serve(tmp_path, reading=reading).call("ReadScalars", ask("scalars")))["run", "loss"])

    assert read("newest") == [0, 1, 2, 3, 4, 5, 6, 6]
    assert read("tensorboard-rust") == [0, 1, 2, 3, 4, 5, 6]
    assert read("tensorboard-python") == read("all") == steps


def test_growing_files_are_followed(serve: Serve, tmp_path: Path) -> None:
    path = write(tmp_path / "run", VERSION + scalar("loss", 1.0))
    client = serve(tmp_path, wait_s=0.01)
    append(path, scalar("loss", 2.0, step=1))
    for _ in range(1000):  # each a round trip
        found = entries(client.call("ReadScalars", ask("scalars")))["run", "loss"]
        if steps_of(found) == [0, 1]:
            break
    assert values_of(found) == [1.0, 2.0]


def test_a_stopped_server_frees_its_port(tmp_path: Path) -> None:
    with ProviderServer(tmp_path, wait_s=60) as first, pytest.raises(BadArgument, match="taken"):
        ProviderServer(tmp_path, port=first.port)
    with ProviderServer(tmp_path, port=first.port) as second:
        assert second.port == first.port
    # The descriptors of grpc's own pollers stay; they belong to the process.
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("goodfit-provider")]
