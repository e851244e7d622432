"""What nodes took in a traced step; the numbers of the recorded one are those that TensorFlow printed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.conftest import OpenSite, Site
from tests.server.event_files import field

from goodfit.server.graph.graphdef import parse_graph_def
from goodfit.server.graph.hierarchy import Hierarchy
from goodfit.server.graph.step_stats import NodeCost, has_node_costs, read_node_costs
from goodfit.wire import Undecodable

TRACE = Path(__file__).parent / "graphs" / "session_trace"
CPU = "/job:localhost/replica:0/task:0/device:CPU:0"
# Node: microseconds, bytes in the step traced as `step002`.
PRINTED = {
    "x": (10, 0), "net/a/ones": (1, 0), "net/a/MatMul": (45, 512), "net/a/act": (4, 0), "net/b/ones": (1, 0),
    "net/b/out": (17, 24), "Const": (15, 0), "loss": (20, 4),
}  # fmt: skip


def node_stats(name: str, micros: int, *allocations: int) -> bytes:
    memory = b"".join(field(6, field(1, "cpu") + field(2, size)) for size in allocations)
    return field(2, field(1, name) + field(2, 1_000_000) + field(5, micros) + memory)


def metadata(*devices: tuple[str, bytes]) -> bytes:
    return field(1, b"".join(field(1, field(1, name) + stats) for name, stats in devices))


@pytest.fixture
def site(open_site: OpenSite, tmp_path: Path) -> Site:
    shutil.copytree(TRACE, tmp_path / "logs" / "run")
    site = open_site()
    site.turn()
    return site


def test_a_traced_session_tells_time_and_memory_of_nodes_and_groups(site: Site) -> None:
    listed = site.get("/api/graphs")["graphs"]
    graph = next(one for one in listed if one["tag"] == "__run_graph__")
    assert graph["profiles"] == ["step001", "step002"]
    where = {"run": "run", "tag": graph["tag"], "profile": "step002"}
    seen = {}
    for group in ("", "net/a", "net/b"):
        for node in site.get("/api/graph", group=group, **where)["nodes"]:
            if not node["is_group"]:
                seen[node["id"]] = (node["micros"], node["memory_bytes"])
                assert node["attributes"]["device"] == CPU
    assert seen == PRINTED
    (net,) = (node for node in site.get("/api/graph", **where)["nodes"] if node["is_group"])
    assert (net["id"], net["micros"], net["memory_bytes"]) == ("net", 1 + 45 + 4 + 1 + 17, 512 + 24)


def test_without_a_profile_nothing_is_told(site: Site) -> None:
    nodes = site.get("/api/graph", run="run", tag="__run_graph__")["nodes"]
    assert {(node["micros"], node["memory_bytes"]) for node in nodes} == {(None, None)}


@pytest.mark.parametrize("profile", ["step009", "__run_graph__"])
def test_a_profile_that_is_none_is_named(site: Site, profile: str) -> None:
    answer = site.client.get("/api/graph", params={"run": "run", "tag": "__run_graph__", "profile": profile})
    assert answer.status_code == 404
    assert repr(profile) in answer.json()["message"]


def test_runs_of_a_node_are_summed_over_devices_and_streams_left_out() -> None:
    data = metadata(
        ("/cpu:0", node_stats("a", 5, 100, 28) + node_stats("a", 7) + node_stats("b", -3, -1)),
        ("/gpu:0", node_stats("a", 1)),
        ("/gpu:0/stream:all", node_stats("a:MatMul", 1000)),
    )
    assert read_node_costs(data) == {"a": NodeCost(13, 128, "/gpu:0"), "b": NodeCost(0, 0, "/cpu:0")}
    assert has_node_costs(data)


def test_the_message_that_pytorch_writes_holds_no_timings() -> None:
    data = metadata(("/device:CPU:0", b""))
    assert read_node_costs(data) == {}
    assert not has_node_costs(data)


def test_a_node_that_names_a_scope_has_its_own_cost_and_untraced_groups_none() -> None:
    def node(name: str) -> bytes:
        return field(1, field(1, name) + field(2, "Op"))

    hierarchy = Hierarchy(parse_graph_def(node("net") + node("net/a") + node("rest/b")))
    costs = hierarchy.place({"net": NodeCost(3, 30), "net/a": NodeCost(4, 40)})
    top = hierarchy.open("", run="r", tag="t", kind="graph", costs=costs)
    net = hierarchy.open("net", run="r", tag="t", kind="graph", costs=costs)
    assert top is not None and net is not None
    assert [(one.id, one.micros, one.memory_bytes) for one in top.nodes] == [("net", 7, 70), ("rest", None, None)]
    assert {one.id: one.micros for one in net.nodes} == {"net/(net)": 3, "net/a": 4}


@given(st.binary(max_size=200))
def test_any_bytes_are_costs_or_undecodable(data: bytes) -> None:
    try:
        read_node_costs(data)
        has_node_costs(data)
    except Undecodable:
        pass
