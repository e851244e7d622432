"""The interface as a whole: one error shape, a document that matches, and the smaller resources."""

from __future__ import annotations

import logging
import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.server.conftest import OpenSite, Site
from tests.server.event_files import WALL_TIME, EventFile, field, histogram, pr_curve, strings, summary

from goodfit.sdk.embedding import write_embedding
from goodfit.server import schema
from goodfit.server.api import ENDPOINTS
from goodfit.server.endpoint import Endpoint
from goodfit.server.errors import STATUS

ROOT = Path(__file__).parents[2]
EVERY = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def as_error(answer: Any, status: int) -> schema.ErrorBody:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    return msgspec.json.decode(answer.content, type=schema.ErrorBody)


@EVERY
def test_a_wrong_method_has_the_one_shape(site: Site, endpoint: Endpoint) -> None:
    for method in ("PUT", "DELETE", "PATCH", "POST" if endpoint.method == "GET" else "GET"):
        headers = {"content-type": "application/json"}
        answer = site.client.request(method, f"/{endpoint.path}", headers=headers)
        assert as_error(answer, 405).error == "wrong_method"


@pytest.mark.parametrize("endpoint", [e for e in ENDPOINTS if e.ask is not None], ids=lambda e: e.path)
def test_a_wrong_question_has_the_one_shape(site: Site, endpoint: Endpoint) -> None:
    if endpoint.method == "POST":
        answer = site.client.post(f"/{endpoint.path}", json={"series": 3, "curves": 3, "token": 3, "pinned": 3})
    else:
        answer = site.client.get(f"/{endpoint.path}", params={"since": "x", "limit": "x", "run": "r"})
    assert as_error(answer, 400).error == "bad_request"


NO_STORE = (
    "api/openapi.json",
    "api/overview",
    "api/training",
    "api/alerts",
    "api/shelf",
    "api/shelf/change",
    "api/formula/check",
    "api/embedding/stop",
)
USES_STORE = [e for e in ENDPOINTS if e.lane != "loop" and e.path not in NO_STORE]


@pytest.mark.parametrize("endpoint", USES_STORE, ids=lambda e: e.path)
def test_a_failure_of_ours_is_a_reference_and_no_internal_text(
    site: Site, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret path /home/me")

    reading = (
        "list_runs",
        "list_series",
        "list_embeddings",
        "sample",
        "density",
        "read_histograms",
        "read_blobs",
        "read_scalars",
    )
    for name in reading:
        monkeypatch.setattr(type(site.watch.store), name, fail)
    path = f"/{endpoint.path}"
    with caplog.at_level(logging.CRITICAL):
        if endpoint.method == "POST":
            ask = {"series": [], "px": 3, "width": 3, "height": 3, "groups": [], "y": "loss", "trainings": ["exp1"]}
            ask |= {"metric": "loss", "half": "validation", "density": [{"series": [], "width": 3, "height": 3}]}
            answer = site.client.post(path, json=ask)
        else:
            answer = site.client.get(
                path,
                params=dict.fromkeys(("run", "name", "tag", "text", "column"), "r")
                | {"index": 0, "row": 0, "rows": "0"},
            )
    body = as_error(answer, 500)
    assert body.error == "internal"
    assert "secret" not in answer.text
    assert re.search(r"reference [0-9a-f]{8}", body.message)


@EVERY
def test_the_document_has_every_endpoint(site: Site, endpoint: Endpoint) -> None:
    document = site.get("/api/openapi.json")
    operation = document["paths"][f"/{endpoint.path}"][endpoint.method.lower()]
    assert operation["summary"] == endpoint.summary
    assert endpoint.media_type in operation["responses"]["200"]["content"]
    if endpoint.ask is not None and endpoint.method == "GET":
        names = {parameter["name"] for parameter in operation["parameters"]}
        assert names == set(endpoint.ask.__struct_fields__)


def test_the_document_s_references_all_lead_somewhere(site: Site) -> None:
    text = site.client.get("/api/openapi.json").text
    components = site.get("/api/openapi.json")["components"]["schemas"]
    for name in re.findall(r'"#/components/schemas/([^"]+)"', text):
        assert name in components
    assert len(site.get("/api/openapi.json")["paths"]) == len(ENDPOINTS)


IS_JSON = [e for e in ENDPOINTS if e.media_type == "application/json" and e.answer is not None and e.method == "GET"]


@pytest.mark.parametrize("endpoint", IS_JSON, ids=lambda e: e.path)
def test_answers_fit_their_schema(media: Site, endpoint: Endpoint, tmp_path: Path) -> None:
    write_embedding(tmp_path / "logs" / "r", [[1.0, 2.0], [3.0, 4.0]], metadata=["a", "b"], tag="points")
    assert endpoint.answer is not None
    asks = {
        "api/histograms": {"run": "r", "tag": "w"},
        "api/media": {"run": "r", "tag": "pic"},
        "api/graph": {"run": "r", "tag": "keras"},
        "api/graph/search": {"run": "r", "tag": "keras", "text": "dense"},
        "api/pr_curves": {"run": "r", "tag": "pr"},
        "api/training": {"name": "r"},
        "api/formula/check": {"text": "loss"},
        "api/embedding": {"run": "r", "tag": "points:00000"},
        "api/embedding/search": {"run": "r", "tag": "points:00000", "text": "a"},
        "api/embedding/rows": {"run": "r", "tag": "points:00000", "rows": "1,0"},
        "api/embedding/neighbours": {"run": "r", "tag": "points:00000", "row": 0},
    }
    answer = media.client.get(f"/{endpoint.path}", params=asks.get(endpoint.path))
    assert answer.status_code == 200, answer.text
    decoded = msgspec.json.decode(answer.content, type=endpoint.answer, strict=True)
    assert isinstance(decoded, endpoint.answer)


def test_the_reference_page_names_every_endpoint_and_every_error() -> None:
    page = (ROOT / "docs" / "reference" / "http.md").read_text("utf-8")
    rows = re.findall(r"^\| `(GET|POST) (api/[\w./]+)` \|", page, re.MULTILINE)
    assert sorted(rows) == sorted((endpoint.method, endpoint.path) for endpoint in ENDPOINTS)
    errors = re.findall(r"^\| `(\w+)` \| (\d+) \|", page, re.MULTILINE)
    assert {code: int(status) for code, status in errors} == STATUS


def test_the_page_s_types_are_those_of_the_schema() -> None:
    subprocess.run([sys.executable, "tools/gen_api.py", "--check"], cwd=ROOT, check=True, timeout=30)


# Three thresholds: all predicted positive, half, none; 2 of 4 values are positive.
PR_TABLE = [[2, 1, 0], [2, 0, 0], [0, 2, 2], [0, 1, 2], [0.5, 1.0, 0.0], [1.0, 0.5, 0.0]]


@pytest.fixture
def media(open_site: OpenSite, tmp_path: Path) -> Site:
    """A run with one value of each kind."""
    file = EventFile(tmp_path / "logs" / "r")
    file.scalars("loss", [1.0, 0.5])
    file.add(0, pr_curve("pr", PR_TABLE))
    for step in range(3):
        file.add(step, histogram("w", [0.0, 1.0, 2.0], [step, 2.0]))
        file.add(step, strings("pic", [b"2", b"3", PNG, PNG + b"second"], plugin="images"))
        file.add(step, strings("note", [f"# <b>step {step}</b>".encode()], plugin="text"))
        file.add(step, strings("svg", [b"2", b"3", b"<svg onload='alert(1)'/>"], plugin="images"))
    file.add(
        0,
        strings(
            "keras",
            [b'{"class_name": "Sequential", "config": {"layers": []}}'],
            plugin="graph_keras_model",
            content=b"1",
        ),
    )
    file.add(0, strings("timings", [field(1, b"")], plugin="graph_run_metadata", content=b"1"))
    file.add(0, strings("broken", [b"\xff\xff"], plugin="graph_run_metadata", content=b"1"))
    site = open_site()
    site.turn()
    return site


def test_the_catalog_lists_tags_with_kind_and_runs(media: Site) -> None:
    tags = {tag["tag"]: tag for tag in media.get("/api/catalog")["tags"]}
    assert list(tags) == sorted(tags)
    assert tags["loss"] == {"tag": "loss", "kind": "scalar", "runs": ["r"], "n_points": 2, "description": ""}
    assert {tags[tag]["kind"] for tag in ("w", "pic", "note", "keras")} == {"histogram", "image", "text", "keras_graph"}


def test_histograms_come_on_common_bins(media: Site) -> None:
    view = media.get("/api/histograms", run="r", tag="w", n_bins=4)
    assert view["edges"] == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert [step["step"] for step in view["steps"]] == [0, 1, 2]
    assert view["steps"][2]["counts"] == pytest.approx([1.0, 1.0, 1.0, 1.0])
    # Step 0 has nothing below 1: its two values lie evenly in [1, 2].
    assert view["steps"][0]["percentiles"][4] == pytest.approx(1.5)
    assert (view["steps"][0]["minimum"], view["steps"][0]["maximum"], view["steps"][0]["total"]) == (1.0, 2.0, 2.0)


def test_many_histograms_are_an_even_choice_that_says_so(open_site: OpenSite, tmp_path: Path) -> None:
    file = EventFile(tmp_path / "logs" / "r")
    for step in range(30):
        file.add(step, histogram("w", [0.0, 1.0], [1.0]))
    site = open_site()
    site.turn()
    view = site.get("/api/histograms", run="r", tag="w", max_steps=4)
    assert view["n_recorded"] == 30
    assert [step["step"] for step in view["steps"]] == [0, 10, 19, 29]


def test_media_are_listed_and_fetched_one_by_one(media: Site) -> None:
    view = media.get("/api/media", run="r", tag="pic")
    assert (view["kind"], view["n_recorded"]) == ("image", 3)
    assert [step["n_parts"] for step in view["steps"]] == [2, 2, 2]
    answer = media.client.get("/api/blob", params={"run": "r", "tag": "pic", "index": 1, "part": 1})
    assert (answer.content, answer.headers["content-type"]) == (PNG + b"second", "image/png")
    assert "sandbox" in answer.headers["content-security-policy"]


def test_texts_come_as_they_were_written(media: Site) -> None:
    steps = media.get("/api/media", run="r", tag="note")["steps"]
    assert [step["texts"] for step in steps] == [[f"# <b>step {step}</b>"] for step in range(3)]


@pytest.mark.parametrize("tag", ["svg", "note"])
def test_what_a_browser_might_run_is_a_download(media: Site, tag: str) -> None:
    answer = media.client.get("/api/blob", params={"run": "r", "tag": tag, "index": 0})
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("path", "ask"),
    [
        ("/api/histograms", {"run": "r", "tag": "loss"}),
        ("/api/histograms", {"run": "no", "tag": "w"}),
        ("/api/media", {"run": "r", "tag": "loss"}),
        ("/api/blob", {"run": "r", "tag": "pic", "index": 3}),
        ("/api/blob", {"run": "r", "tag": "pic", "index": 0, "part": 2}),
        ("/api/graph", {"run": "r", "tag": "loss"}),
        ("/api/graph", {"run": "r", "tag": "pic"}),
        ("/api/graph", {"run": "r", "tag": "keras", "group": "gone"}),
    ],
)
def test_what_is_not_there_is_said_by_name(media: Site, path: str, ask: dict[str, Any]) -> None:
    body = as_error(media.client.get(path, params=ask), 404)
    assert body.error == "not_found"
    assert len(body.message) > 10


def test_graphs_are_listed_without_metadata_of_timings_alone(media: Site) -> None:
    graphs = media.get("/api/graphs")["graphs"]
    assert [(graph["tag"], graph["kind"]) for graph in graphs] == [("broken", "run_metadata"), ("keras", "keras_graph")]


def test_a_damaged_graph_says_so(media: Site) -> None:
    assert as_error(media.client.get("/api/graph", params={"run": "r", "tag": "broken"}), 422).error == "damaged"


def test_a_graph_is_opened_from_its_file(open_site: OpenSite, tmp_path: Path) -> None:
    data = (Path(__file__).parent / "graphs" / "torch_sequential.graphdef").read_bytes()
    EventFile(tmp_path / "logs" / "r").add(0, field(4, data))
    site = open_site()
    site.turn()
    (graph,) = site.get("/api/graphs")["graphs"]
    view = site.get("/api/graph", run="r", tag=graph["tag"])
    assert [node["id"] for node in view["nodes"]] == ["input", "output", "Sequential"]


def test_a_file_that_went_away_is_not_a_failure_of_ours(media: Site) -> None:
    for path in (media.logdir / "r").iterdir():
        path.unlink()
    for path, tag in (("/api/blob", "pic"), ("/api/histograms", "w"), ("/api/media", "pic"), ("/api/graph", "keras")):
        as_error(media.client.get(path, params={"run": "r", "tag": tag, "index": 0}), 404)


def test_a_value_of_another_kind_s_encoding_does_not_break_the_listing(open_site: OpenSite, tmp_path: Path) -> None:
    file = EventFile(tmp_path / "logs" / "r")
    file.add(0, summary("odd", field(8, field(1, 1) + field(4, struct.pack("<f", 1.0))), plugin="images"))
    file.add(1, strings("empty", [], plugin="text"))
    site = open_site()
    site.turn()
    for tag in site.get("/api/catalog")["tags"]:
        assert site.client.get("/api/media", params={"run": "r", "tag": tag["tag"]}).status_code in (200, 404)


def test_a_precision_recall_curve_has_its_area(media: Site) -> None:
    view = media.get("/api/pr_curves", run="r", tag="pr")
    (step,) = view["steps"]
    assert step["precision"] == [0.5, 1.0, 0.0]
    assert step["true_positives"] == [2, 1, 0]
    # By rising recall: half of it at precision 1, the other half at 0.5; the point that predicts nothing says nothing.
    assert step["area"] == pytest.approx(0.5 * 1.0 + 0.5 * 0.5)
    assert as_error(media.client.get("/api/pr_curves", params={"run": "r", "tag": "loss"}), 404).error == "not_found"


def test_a_training_tells_its_files_restarts_and_damage(open_site: OpenSite, tmp_path: Path) -> None:
    file = EventFile(tmp_path / "logs" / "exp")
    file.scalars("loss", [1.0] * 5, wall_time=WALL_TIME)
    file.scalars("loss", [0.9] * 4, start_step=2, wall_time=WALL_TIME + 100)
    file.append(b"\x01\x02\x03")
    EventFile(tmp_path / "logs" / "other").scalars("loss", [1.0])
    site = open_site()
    site.turn()
    detail = site.get("/api/training", name="exp")
    assert detail["began"] == WALL_TIME
    assert [(one["step"], one["wall_time"]) for one in detail["restarts"]] == [(2, WALL_TIME + 100)]
    (found,) = detail["files"]
    assert found["run"] == "exp"
    assert found["read_bytes"] == found["size_bytes"] - 3
    assert [issue["kind"] for issue in found["issues"]] == ["torn_tail"]
    assert as_error(site.client.get("/api/training", params={"name": "gone"}), 404).error == "not_found"


def test_the_delivery_log_is_listed_without_secrets_and_on_this_machine_alone(
    open_site: OpenSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goodfit import config
    from goodfit.alerts.message import Message
    from goodfit.alerts.outbox import Outbox, Route

    monkeypatch.setenv("GOODFIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PUSHBULLET_TOKEN", "o.hunter2hunter2hunter2")
    site = open_site()
    assert site.get("/api/alerts")["deliveries"] == []
    assert not config.load().outbox_path.exists(), "asking must not make an outbox"
    with Outbox(config.load().outbox_path) as outbox:
        outbox.queue(
            Message(title="done with o.hunter2hunter2hunter2"),
            [Route("pushbullet", 0, "pushbullet://o.hun…")],
            sender_key="x",
        )
    (delivery,) = site.get("/api/alerts")["deliveries"]
    assert (delivery["state"], delivery["attempts"]) == ("queued", [])
    assert "hunter2hunter2" not in str(delivery)
    outside = open_site(host="0.0.0.0", token="secret")
    answer = outside.client.get("/api/alerts", headers={"x-goodfit-token": "secret"})
    assert as_error(answer, 403).error == "forbidden"
