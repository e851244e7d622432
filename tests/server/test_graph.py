"""Model graphs of every kind, opened group by group."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.conftest import OpenSite
from tests.server.event_files import EventFile, field

from goodfit.server.graph.graphdef import parse_graph_def
from goodfit.server.graph.hierarchy import MAX_NODES, Hierarchy
from goodfit.server.graph.keras_model import parse_keras_model
from goodfit.server.graph.model import MAX_DEPTH, ModelGraph
from goodfit.server.graph.run_metadata import parse_run_metadata
from goodfit.server.schema import GraphEdge, GraphView
from goodfit.wire import Undecodable

GRAPHS = Path(__file__).parent / "graphs"


def node(name: str, *inputs: str, op: str = "Op", attributes: bytes = b"") -> bytes:
    return field(1, field(1, name) + field(2, op) + b"".join(field(3, given) for given in inputs) + attributes)


def attribute(name: str, value: bytes) -> bytes:
    return field(5, field(1, name) + field(2, value))


def shape(*sizes: int) -> bytes:
    return b"".join(field(2, field(1, size)) for size in sizes)


def open_group(graph: ModelGraph, group: str = "") -> GraphView:
    view = Hierarchy(graph).open(group, run="r", tag="t", kind="graph")
    assert view is not None
    return view


def ids(view: GraphView) -> list[str]:
    return [node.id for node in view.nodes]


def pairs(edges: list[GraphEdge]) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in edges]


def test_names_with_slashes_are_groups() -> None:
    view = open_group(
        parse_graph_def(node("x") + node("net/a/w", "x") + node("net/b/w", "net/a/w") + node("y", "net/b/w"))
    )
    assert ids(view) == ["x", "net", "y"]
    assert [node.n_inside for node in view.nodes] == [0, 2, 0]
    assert pairs(view.edges) == [("x", "net"), ("net", "y")]
    assert view.n_nodes_total == 4


def test_an_opened_group_shows_what_crosses_its_border() -> None:
    graph = parse_graph_def(node("x") + node("net/a/w", "x") + node("net/b/w", "net/a/w") + node("y", "net/b/w"))
    view = open_group(graph, "net")
    assert ids(view) == ["net/a", "net/b"]
    assert pairs(view.edges) == [("net/a", "net/b")]
    assert pairs(view.inputs) == [("x", "net/a")]
    assert pairs(view.outputs) == [("net/b", "y")]
    inner = open_group(graph, "net/b")
    assert pairs(inner.inputs) == [("net/a", "net/b/w")]


def test_many_wires_are_one_edge_with_their_number() -> None:
    view = open_group(parse_graph_def(node("a/1") + node("a/2") + node("b/1", "a/1", "a/2:1", "^a/1")))
    assert [(edge.source, edge.target, edge.label) for edge in view.edges] == [("a", "b", "×3")]


def test_an_edge_says_the_shape_that_flows() -> None:
    shapes = attribute("_output_shapes", field(1, field(7, shape(32)) + field(7, shape(2**64 - 1, 10))))
    view = open_group(parse_graph_def(node("split", attributes=shapes) + node("use", "split:1")))
    assert view.edges[0].label == "?×10"


def test_nodes_and_groups_say_what_flows_out_of_them() -> None:
    shapes = attribute("_output_shapes", field(1, field(7, shape(2**64 - 1, 10))))
    units = attribute("units", field(3, 64))
    graph = parse_graph_def(
        node("dense/matmul", op="MatMul", attributes=shapes)
        + node("dense/relu", "dense/matmul", op="Relu", attributes=shapes)
        + node("head/dense", "dense/relu", op="Dense", attributes=units)
        + node("head/softmax", "head/dense", op="Softmax")
    )
    top = {node.id: node for node in open_group(graph).nodes}
    assert (top["dense"].output, top["dense"].ops_inside) == ("?×10", ["MatMul", "Relu"])
    # Nothing flows on from the head; its last layer that tells is the dense one.
    assert (top["head"].output, top["head"].ops_inside) == ("64", ["Dense", "Softmax"])
    inner = {node.id: node for node in open_group(graph, "dense").nodes}
    assert inner["dense/relu"].output == "?×10"


def test_the_search_looks_at_the_whole_graph() -> None:
    graph = parse_graph_def(
        node("net/Block_1/conv", op="Conv2D") + node("net/Block_2/conv", "net/Block_1/conv", op="Conv2D") + node("out")
    )
    hierarchy = Hierarchy(graph)
    found = hierarchy.search("block", limit=10)
    assert [(match.id, match.group) for match in found.matches] == [
        ("net/Block_1", "net"),
        ("net/Block_2", "net"),
        ("net/Block_1/conv", "net/Block_1"),
        ("net/Block_2/conv", "net/Block_2"),
    ]
    assert [match.id for match in hierarchy.search("CONV2D block_2", limit=10).matches] == ["net/Block_2/conv"]
    limited = hierarchy.search("conv", limit=1)
    assert (limited.n_found, len(limited.matches)) == (2, 1)
    assert hierarchy.search("nothing of this name", limit=10).n_found == 0


def test_control_edges_are_told_apart() -> None:
    view = open_group(parse_graph_def(node("init") + node("train", "^init")))
    assert view.edges[0].is_control


def test_a_node_that_names_a_scope_moves_into_it() -> None:
    graph = parse_graph_def(node("dense") + node("dense/kernel") + node("out", "dense"))
    assert ids(open_group(graph)) == ["dense", "out"]
    assert ids(open_group(graph, "dense")) == ["dense/(dense)", "dense/kernel"]
    assert pairs(open_group(graph).edges) == [("dense", "out")]


def test_attributes_are_readable() -> None:
    attributes = (
        field(4, "/device:CPU:0")
        + attribute("T", field(6, 1))
        + attribute("axis", field(3, -1))
        + attribute("strides", field(1, field(3, bytes([1, 2, 2, 1]))))
        + attribute("keep", field(5, 1))
        + attribute("value", field(8, field(1, 9) + field(2, shape(3, 4))))
        + attribute("padding", field(2, b"SAME"))
        + attribute("blob", field(2, b"\x00\x01\xff"))
        + attribute("f", field(10, field(1, "inner_fn")))
    )
    found = open_group(parse_graph_def(node("conv", attributes=attributes))).nodes[0].attributes
    assert found == {
        "device": "/device:CPU:0",
        "T": "float32",
        "axis": "-1",
        "blob": "3 bytes",
        "f": "inner_fn",
        "keep": "true",
        "padding": "SAME",
        "strides": "[1, 2, 2, 1]",
        "value": "tensor 3×4 int64",
    }


def test_bodies_of_functions_are_groups_with_names_of_their_own() -> None:
    signature = field(1, field(1, "body") + field(2, field(1, "x")))
    inner = field(3, field(1, "y") + field(2, "Relu") + field(3, "x"))
    graph = parse_graph_def(node("x") + node("call", "x") + field(2, field(1, signature + inner)))
    assert ids(open_group(graph)) == ["x", "call", "functions"]
    assert ids(open_group(graph, "functions/body")) == ["functions/body/x", "functions/body/y"]
    assert pairs(open_group(graph, "functions/body").edges) == [("functions/body/x", "functions/body/y")]


def test_the_largest_graph_of_run_metadata_is_the_model() -> None:
    def function(graph: bytes) -> bytes:
        return field(4, field(2, graph))

    variable = node("VarHandleOp") + node("resource_RetVal", "VarHandleOp")
    model = node("x") + node("net/a", "x") + node("net/b", "net/a")
    graph = parse_run_metadata(function(variable) + function(model) + function(variable))
    assert ids(open_group(graph)) == ["x", "net", "other graphs"]
    inside = "other graphs/graph 3"
    assert pairs(open_group(graph, inside).edges) == [(f"{inside}/VarHandleOp", f"{inside}/resource_RetVal")]


def test_a_cycle_and_a_missing_input_are_shown_and_counted() -> None:
    view = open_group(parse_graph_def(node("a", "b") + node("b", "a", "gone") + node("loop", "loop")))
    assert sorted(pairs(view.edges)) == [("a", "b"), ("b", "a")]
    assert view.n_dangling == 1


def test_nodes_of_one_name_stay_two() -> None:
    assert ids(open_group(parse_graph_def(node("a") + node("a") + node("")))) == ["a", "a (2)", "(unnamed)"]


def test_a_group_beyond_the_limit_says_how_much_it_left_out() -> None:
    view = open_group(parse_graph_def(b"".join(node(f"n{i}") for i in range(MAX_NODES + 5))))
    assert (len(view.nodes), view.n_left_out) == (MAX_NODES, 5)


def test_a_name_of_slashes_ends_at_the_depth_limit() -> None:
    graph = parse_graph_def(node("/".join(["s"] * 10_000)))
    assert len(graph.paths[0]) <= MAX_DEPTH + 1


def test_there_is_no_group_of_an_unknown_name() -> None:
    assert Hierarchy(parse_graph_def(node("a"))).open("b", run="", tag="", kind="") is None


@given(st.binary(max_size=200))
def test_any_bytes_are_a_graph_or_undecodable(data: bytes) -> None:
    for parse in (parse_graph_def, parse_run_metadata, parse_keras_model):
        try:
            graph = parse(data)
        except Undecodable:
            continue
        open_group(graph)


@given(st.integers(0, 1101), st.binary(min_size=1, max_size=4))
def test_a_damaged_graph_is_a_graph_or_undecodable(at: int, patch: bytes) -> None:
    data = bytearray((GRAPHS / "torch_sequential.graphdef").read_bytes())
    data[at : at + len(patch)] = patch
    try:
        graph = parse_graph_def(bytes(data))
    except Undecodable:
        return
    open_group(graph)


def test_a_graph_of_pytorch() -> None:
    graph = parse_graph_def((GRAPHS / "torch_sequential.graphdef").read_bytes())
    view = open_group(graph)
    assert ids(view) == ["input", "output", "Sequential"]
    # From `strings`: the two GetAttr of each Linear name nodes that PyTorch did not write.
    assert view.n_dangling == 4
    layers = open_group(graph, "Sequential")
    assert ids(layers) == ["Sequential/Linear[0]", "Sequential/ReLU[1]", "Sequential/Linear[2]"]
    assert pairs(layers.edges) == [
        ("Sequential/Linear[0]", "Sequential/ReLU[1]"),
        ("Sequential/ReLU[1]", "Sequential/Linear[2]"),
    ]


def test_a_sequential_of_keras_3() -> None:
    view = open_group(parse_keras_model((GRAPHS / "keras3_sequential.json").read_bytes()))
    assert [node.op for node in view.nodes] == [
        "InputLayer", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dropout", "Dense",
    ]  # fmt: skip
    assert pairs(view.edges)[0] == ("input_layer", "conv2d")
    dense = view.nodes[4].attributes
    assert (dense["units"], dense["activation"], dense["dtype"]) == ("64", "relu", "float32")
    # 28×28 images, a 3×3 kernel without padding, pools of 2: 26 / 2 = 13.
    assert view.nodes[2].attributes["output shape"] == "?×13×13×8"


def keras_tensor(layer: str, size: int) -> dict[str, object]:
    config = {"shape": [None, size], "dtype": "float32", "keras_history": [layer, 0, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


def layer(name: str, kind: str, inbound: list[object], **config: object) -> dict[str, object]:
    return {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": inbound}


def test_a_functional_of_keras_3_with_a_nested_model() -> None:
    encoder = layer("encoder", "Functional", [{"args": [keras_tensor("x", 8)], "kwargs": {}}])
    encoder["config"] = {
        "name": "encoder",
        "layers": [
            layer("inner_in", "InputLayer", [], batch_shape=[None, 8]),
            layer("hidden", "Dense", [{"args": [keras_tensor("inner_in", 8)], "kwargs": {}}], units=4),
        ],
        "input_layers": [["inner_in", 0, 0]],
        "output_layers": [["hidden", 0, 0]],
    }
    model = {
        "class_name": "Functional",
        "config": {
            "name": "model",
            "layers": [
                layer("x", "InputLayer", [], batch_shape=[None, 8]),
                encoder,
                layer("add", "Add", [{"args": [[keras_tensor("encoder", 4), keras_tensor("x", 8)]], "kwargs": {}}]),
            ],
            "input_layers": ["x", 0, 0],
            "output_layers": ["add", 0, 0],
        },
    }
    graph = parse_keras_model(json.dumps(model).encode())
    view = open_group(graph)
    assert [(node.id, node.op, node.is_group) for node in view.nodes] == [
        ("x", "InputLayer", False),
        ("encoder", "Functional", True),
        ("add", "Add", False),
    ]
    assert [(edge.source, edge.target, edge.label) for edge in view.edges] == [
        ("x", "encoder", "?×8 float32"),
        ("encoder", "add", "?×4 float32"),
        ("x", "add", "?×8 float32"),
    ]
    inner = open_group(graph, "encoder")
    assert pairs(inner.edges) == [("encoder/inner_in", "encoder/hidden")]
    assert pairs(inner.inputs) == [("x", "encoder/inner_in")]
    assert pairs(inner.outputs) == [("encoder/hidden", "add")]
    assert inner.nodes[1].attributes["output shape"] == "?×4"


def test_a_functional_of_keras_2() -> None:
    model = {
        "class_name": "Functional",
        "config": {
            "layers": [
                layer("a", "InputLayer", [], batch_input_shape=[None, 3]),
                layer("b", "Dense", [[["a", 0, 0, {}]]], units=2),
                layer("c", "TFOpLambda", [["b", 0, 0, {"y": ["a", 0, 0], "name": None}]]),
            ],
            "input_layers": [["a", 0, 0]],
            "output_layers": [["c", 0, 0]],
        },
    }
    view = open_group(parse_keras_model(json.dumps(model).encode()))
    assert pairs(view.edges) == [("a", "b"), ("b", "c"), ("a", "c")]
    assert view.nodes[0].attributes["output shape"] == "?×3"


def test_a_subclassed_model_is_one_node() -> None:
    view = open_group(parse_keras_model(b'{"class_name": "MyNet", "config": {"name": "my/net", "units": 3}}'))
    assert [(node.id, node.op, node.attributes["units"]) for node in view.nodes] == [("my∕net", "MyNet", "3")]


@pytest.mark.parametrize("text", ["", "[]", "3", '"x"', "{", '{"config": ' * 5_000, "\ud800"])
def test_text_that_is_no_model_is_undecodable(text: str) -> None:
    with pytest.raises(Undecodable):
        parse_keras_model(text.encode("utf-8", "surrogatepass"))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["a", "b", "Dense", "layers"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["class_name", "config", "layers", "name", "inbound_nodes", "input_layers", "build_config"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(json_values)
def test_any_json_is_a_model_or_undecodable(value: object) -> None:
    try:
        graph = parse_keras_model(json.dumps(value).encode())
    except Undecodable:
        return
    open_group(graph)


def test_a_large_graph_is_ready_before_it_is_asked_for(
    open_site: OpenSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goodfit.server.graph.book.MIN_PREPARED_BYTES", 10)
    nodes = field(1, field(1, "a") + field(2, "Add")) + field(1, field(1, "b") + field(2, "Mul") + field(3, "a"))
    EventFile(tmp_path / "logs" / "r").add(0, field(4, nodes))
    site = open_site()
    site.turn()
    for thread in threading.enumerate():
        if thread.name == "goodfit-graph":
            thread.join(10)
    monkeypatch.setattr("goodfit.server.graph.book.PARSERS", dict.fromkeys(("graph",), fail_to_parse))
    tag = site.get("/api/graphs")["graphs"][0]["tag"]
    assert {node["label"] for node in site.get("/api/graph", run="r", tag=tag)["nodes"]} == {"a", "b"}


def fail_to_parse(_: bytes) -> ModelGraph:
    raise AssertionError("it was parsed again")
