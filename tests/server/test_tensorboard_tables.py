"""Hyperparameters, meshes, layouts and graphs at TensorBoard's addresses: questions that the recorded answers lack."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.conftest import OpenSite, Site

import goodfit
from goodfit.server.tensorboard_api.graph_defs import join_run_metadata, limit_attributes, rewrite_keras
from goodfit.server.tensorboard_api.patterns import find_texts
from goodfit.server.tensorboard_api.pbtxt import MESSAGES, to_text
from goodfit.wire import Undecodable

ALL = ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"]
RATES = [0.1, 0.01, 0.001]


@pytest.fixture
def site(open_site: OpenSite, tmp_path: Path) -> Site:
    """Three trainings with hyperparameters, the first one failed, each with a metric of its own and of a run below."""
    for at, rate in enumerate(RATES):
        optimizer = "adam" if at else "sgd"
        with goodfit.Run(tmp_path / f"run{at}", hparams={"lr": rate, "optimizer": optimizer, "bn": at == 1}) as run:
            run.log(0, {"loss": 1.0})
            run.log(5, {"loss": 0.5 - at / 10})
        with goodfit.Run(tmp_path / f"run{at}" / "eval") as run:
            run.log(5, {"accuracy": at / 2})
    opened = open_site(tmp_path)
    opened.watch.store.refresh()
    return opened


def post(site: Site, address: str, **question: Any) -> Any:
    response = site.client.post(f"/data/plugin/hparams/{address}", content=json.dumps(question))
    assert response.status_code == 200, response.text
    return response.json()


def groups(site: Site, *columns: dict[str, Any], **more: Any) -> list[str]:
    question = {"allowedStatuses": ALL, "sliceSize": 100, "colParams": list(columns), **more}
    return [group["sessions"][0]["name"] for group in post(site, "session_groups", **question)["sessionGroups"]]


def test_the_experiment_is_worked_out_from_the_sessions(site: Site) -> None:
    experiment = post(site, "experiment")
    infos = {info["name"]: info for info in experiment["hparamInfos"]}
    assert infos["lr"]["domainInterval"] == {"minValue": 0.001, "maxValue": 0.1} and infos["lr"]["differs"]
    assert infos["optimizer"]["domainDiscrete"] == ["adam", "sgd"]
    assert infos["bn"]["type"] == "DATA_TYPE_BOOL" and infos["bn"]["domainDiscrete"] == [False, True]
    names = [(info["name"]["tag"], info["name"]["group"]) for info in experiment["metricInfos"]]
    assert names == [("accuracy", "eval"), ("loss", "")]
    assert post(site, "experiment", includeMetrics=False)["metricInfos"] == []
    assert len(post(site, "experiment", hparamsLimit=1)["hparamInfos"]) == 1
    got = site.client.get("/data/plugin/hparams/experiment", params={"request": "{}"}).json()
    assert got == experiment


def test_groups_are_filtered_and_sorted(site: Site) -> None:
    lr, loss = {"hparam": "lr"}, {"metric": {"tag": "loss"}}
    assert groups(site, lr | {"order": "ORDER_ASC"}) == ["run2", "run1", "run0"]
    assert groups(site, lr | {"order": "ORDER_DESC"}) == ["run0", "run1", "run2"]
    assert groups(site, loss | {"order": "ORDER_ASC"}) == ["run2", "run1", "run0"]
    assert set(groups(site, lr | {"filterInterval": {"minValue": 0.005}})) == {"run0", "run1"}
    assert groups(site, {"hparam": "optimizer", "filterRegexp": "^sg"}) == ["run0"]
    assert groups(site, {"hparam": "optimizer", "filterRegexp": "gd"}) == ["run0"]
    assert groups(site, {"hparam": "bn", "filterDiscrete": [True]}) == ["run1"]
    assert groups(site, {"hparam": "none", "excludeMissingValues": True}) == []
    assert groups(site, lr, startIndex=1, sliceSize=1) != []
    assert groups(site, allowedStatuses=["STATUS_FAILURE"]) == []
    chosen = post(site, "session_groups", allowedStatuses=ALL, sliceSize=9, colParams=[lr | {"includeInResult": True}])
    assert all(list(group["hparams"]) == ["lr"] for group in chosen["sessionGroups"]) and chosen["totalSize"] == 3


def test_metrics_are_the_newest_values(site: Site) -> None:
    [group] = post(
        site, "session_groups", allowedStatuses=ALL, sliceSize=9,
        colParams=[{"hparam": "lr", "filterDiscrete": [0.01]}],
    )["sessionGroups"]  # fmt: skip
    values = {value["name"]["tag"]: value for value in group["metricValues"]}
    assert values["loss"]["value"] == pytest.approx(0.4) and values["loss"]["trainingStep"] == 5
    assert values["accuracy"]["value"] == 0.5 and values["accuracy"]["name"]["group"] == "eval"
    rows = post(site, "metric_evals", sessionName="run1", metricName={"tag": "loss"})
    assert [row[1] for row in rows] == [0, 5]


@pytest.mark.parametrize("kind", ["AGGREGATION_AVG", "AGGREGATION_MEDIAN", "AGGREGATION_MIN", "AGGREGATION_MAX"])
def test_groups_of_several_sessions(open_site: OpenSite, tmp_path: Path, kind: str) -> None:
    for at, loss in enumerate([4.0, 1.0, 2.5]):
        with goodfit.Run(tmp_path / f"seed{at}", hparams={"lr": 0.1}) as run:
            run.log(at, {"loss": loss})
    opened = open_site(tmp_path)
    opened.watch.store.refresh()
    question = {"allowedStatuses": ALL, "sliceSize": 9, "aggregationType": kind, "aggregationMetric": {"tag": "loss"}}
    [group] = post(opened, "session_groups", **question)["sessionGroups"]
    assert len(group["name"]) == 64 and len(group["sessions"]) == 3  # the digest of equal hyperparameters
    expected = {"AGGREGATION_AVG": 2.5, "AGGREGATION_MEDIAN": 2.5, "AGGREGATION_MIN": 1.0, "AGGREGATION_MAX": 4.0}
    assert group["metricValues"][0]["value"] == expected[kind]


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("session_groups", "{"), ("session_groups", '{"colParams": [{}]}'), ("session_groups", '{"sliceSize": "x"}'),
        ("session_groups", '{"allowedStatuses": ["STATUS_SUCCESS"], "colParams": [{"hparam": "lr", "order": "UP"}]}'),
        ("session_groups", '{"allowedStatuses": ["STATUS_SUCCESS"], "aggregationType": "AGGREGATION_MAX"}'),
        ("session_groups",
         '{"allowedStatuses": ["STATUS_SUCCESS"], "colParams": [{"hparam": "optimizer", "filterRegexp": "(a"}]}'),
        ("session_groups",
         '{"allowedStatuses": ["STATUS_SUCCESS"], "colParams": [{"hparam": "lr", "filterRegexp": "a"}]}'),
        ("metric_evals", "{}"), ("download_data?format=xml", "{}"),
    ],
)  # fmt: skip
def test_questions_that_cannot_be_answered(site: Site, address: str, body: str) -> None:
    assert site.client.post(f"/data/plugin/hparams/{address}", content=body).status_code == 400


def test_the_table_as_a_file(site: Site) -> None:
    csv = site.client.get("/data/plugin/hparams/download_data", params={"format": "csv"}).text.splitlines()
    assert csv[0].split(",") == ["bn", "lr", "optimizer", "accuracy", "loss"] and len(csv) == 4
    both = site.client.get(
        "/data/plugin/hparams/download_data",
        params={"format": "json", "columnsVisibility": "[false, true, false, false, true]"},
    ).json()
    assert both["header"] == ["lr", "loss"] and sorted(row[0] for row in both["rows"]) == sorted(RATES)
    latex = site.client.get("/data/plugin/hparams/download_data", params={"format": "latex"}).text
    assert r"\begin{tabular}{lllll}" in latex and "$0.001$" in latex


def test_meshes_part_by_part(open_site: OpenSite, tmp_path: Path) -> None:
    vertices = np.arange(24, dtype=np.float32).reshape(1, 8, 3)
    faces = np.array([[[0, 1, 2], [5, 6, 7]]], dtype=np.int32)
    with goodfit.Run(tmp_path / "run") as run:
        run.mesh("teapot", vertices, faces=faces, colors=np.full((1, 8, 3), 7, np.uint8), step=3)
    opened = open_site(tmp_path)
    opened.watch.store.refresh()
    assert opened.get("/data/plugin/mesh/tags") == {"run": {"teapot": {"samples": 1}}}
    rows = opened.get("/data/plugin/mesh/meshes", run="run", tag="teapot", sample=0)
    assert sorted(row["content_type"] for row in rows) == [1, 2, 3] and {row["step"] for row in rows} == {3}
    ask = {"run": "run", "tag": "teapot", "step": 3, "sample": 0}
    for word, dtype, expected in (("VERTEX", "<f4", vertices), ("FACE", "<i4", faces)):
        data = opened.client.get("/data/plugin/mesh/data", params=ask | {"content_type": word}).content
        assert np.array_equal(np.frombuffer(data, dtype), expected.reshape(-1))
    data = opened.client.get("/data/plugin/mesh/data", params=ask | {"content_type": "COLOR"}).content
    assert data == bytes([7] * 24)
    for wrong in ({"content_type": "X"}, {"content_type": "FACE", "sample": 9}, {"content_type": "FACE", "run": "no"}):
        response = opened.client.get("/data/plugin/mesh/data", params=ask | wrong)
        assert response.status_code in (400, 404)


def test_layouts_of_all_runs_are_one(open_site: OpenSite, tmp_path: Path) -> None:
    for name, pattern in (("a", "loss.*"), ("b", "acc.*"), ("c", "acc.*")):
        with goodfit.Run(tmp_path / name) as run:
            run.log(0, {"loss": 1.0, "accuracy": 0.5})
            run.custom_scalars({"quality": {pattern: ["Multiline", [pattern]]}})
    opened = open_site(tmp_path)
    opened.watch.store.refresh()
    [category] = opened.get("/data/plugin/custom_scalars/layout")["category"]
    assert category["title"] == "quality"
    assert [chart["multiline"]["tag"] for chart in category["chart"]] == [["loss.*"], ["acc.*"]]
    found = opened.get("/data/plugin/custom_scalars/scalars", run="a", tag="acc.*")
    assert found["regex_valid"] and list(found["tag_to_events"]) == ["accuracy"]
    found = opened.get("/data/plugin/custom_scalars/scalars", run="a", tag=r"(?:(l)(o)s+|x)+$")
    assert list(found["tag_to_events"]) == ["loss"]
    for pattern in ("(", "", "x" * 2000):
        answer = opened.get("/data/plugin/custom_scalars/scalars", run="a", tag=pattern)
        assert answer == {"regex_valid": False, "tag_to_events": {}}
    rows = opened.get("/data/plugin/custom_scalars/download_data", run="a", tag="loss", format="json")
    assert rows[0][1:] == [0, 1.0]


@pytest.mark.parametrize("pattern", ["(?:.|.)" * 40 + "!", ".?" * 40 + "." * 40 + "!", "(x+)+!", ".*" * 8 + "!"])
def test_a_pattern_that_would_take_for_ever_is_given_up(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goodfit.server.tensorboard_api.patterns.PATIENCE_S", 0.5)
    assert find_texts(pattern, ["x" * 60]) is None


@settings(max_examples=20, deadline=None)
@given(st.text(alphabet="ab.*+?|()[]{}\\^$1,", max_size=8))
def test_any_pattern_finds_what_pythons_own_finds_or_is_refused(text: str) -> None:
    tags = ["", "a", "ab", "b1", "a.b", "\ud800"]
    try:
        compiled = re.compile(text) if text else None
    except re.error:
        compiled = None
    assert find_texts(text, tags) == (None if compiled is None else [tag for tag in tags if compiled.match(tag)])


@pytest.mark.parametrize("address", ["graph?run=none", "graph?run=a&limit_attr_size=10", "run_metadata?run=a&tag=b"])
def test_graphs_that_are_not_there(site: Site, address: str) -> None:
    assert site.client.get(f"/data/plugin/graphs/{address}").status_code in (400, 404)


@given(st.binary(max_size=300), st.sampled_from(sorted(MESSAGES)))
def test_any_bytes_are_text_or_refused(data: bytes, message: str) -> None:
    for make in (
        lambda: to_text(data, message),
        lambda: limit_attributes(data, max_bytes=4, key="large"),
        lambda: join_run_metadata(data),
        lambda: rewrite_keras(data),
    ):
        with suppress(Undecodable):
            make()
