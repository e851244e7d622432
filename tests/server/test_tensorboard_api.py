"""TensorBoard's HTTP addresses on our server, against what TensorBoard answered (golden/tensorboard_answers.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from tests.event_bytes import VERSION, scalar, write
from tests.integration.tensorboard_page import differences
from tests.server.conftest import OpenSite, Site

GOLDEN = Path(__file__).parents[1] / "golden"
ANSWERS: dict[str, Any] = json.loads((GOLDEN / "tensorboard_answers.json").read_text())
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def golden_site(open_site: OpenSite) -> Site:
    site = open_site(GOLDEN)
    site.watch.store.refresh()
    return site


STATUSES = ["STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING", "STATUS_UNKNOWN"]
EXPERIMENT = ANSWERS["hparams experiment"]
HPARAMS: dict[str, Any] = {
    "experiment": {"experimentName": "", "hparamsLimit": 1000},
    "session_groups": {
        "startIndex": 0,
        "sliceSize": 100,
        "allowedStatuses": STATUSES,
        "colParams": [
            *({"metric": info["name"]} for info in EXPERIMENT["metricInfos"]),
            *({"hparam": info["name"]} for info in EXPERIMENT["hparamInfos"]),
        ],
    },
}
"""What tests/integration/tensorboard_page.py posts."""


def as_nodes(text: str) -> list[list[str]]:
    """A graph's text by its nodes, the lines of each sorted: attributes come in any order."""
    return [sorted(node.splitlines()) for node in text.split("\nnode {")]


def ask(site: Site, path: str) -> Any:
    """The answer under a name of the recording: an address, or an address and what was posted."""
    address, _, question = path.partition(" ")
    if address.endswith("timeSeries"):
        body = urlencode({"requests": json.dumps([json.loads(question)])})
        [answer] = site.client.post(f"/{address}", content=body, headers=FORM).json()
        for series in answer.get("runToSeries", {}).values():
            for point in series:
                if "imageId" in point:
                    picture = site.client.get(
                        "/data/plugin/timeseries/imageData", params={"imageId": point.pop("imageId")}
                    )
                    point["bytes"] = len(picture.content)
        return answer
    if address.endswith("scalars_multirun"):
        tags = ANSWERS["data/plugin/scalars/tags"]
        body = urlencode({"tag": question, "runs": [run for run in tags if question in tags[run]]}, doseq=True)
        return site.client.post(f"/{address}", content=body, headers=FORM).json()
    if address == "hparams":
        return site.client.post(f"/data/plugin/hparams/{question}", content=json.dumps(HPARAMS[question])).json()
    response = site.client.get(f"/{path}")
    assert response.status_code == 200, response.text
    if "format=csv" in path or "/run_metadata?" in path:
        return response.text
    if "/graphs/graph?" in path:
        return as_nodes(response.text)
    answer = response.json()
    plugin = address.split("/")[2] if address.count("/") > 2 else ""
    if plugin in ("images", "audio") and not address.endswith("/tags"):
        one = "individualImage" if plugin == "images" else "individualAudio"
        for row in answer:
            row["bytes"] = len(site.client.get(f"/data/plugin/{plugin}/{one}?{row.pop('query')}").content)
    return answer


def test_answers_equal_tensorboards(golden_site: Site) -> None:
    different = {
        path: found
        for path, expected in ANSWERS.items()
        if (
            found := list(
                differences(as_nodes(expected) if "/graphs/graph?" in path else expected, ask(golden_site, path))
            )
        )
    }
    # TensorBoard renders the Markdown of descriptions; ours are escaped and left alone.
    for path, places in dict(different).items():
        if all("escription" in place and "markdown" in place for place in places):
            del different[path]
    assert different == {}
    assert len(ANSWERS) > 165


def test_text_is_escaped_and_tables_stay_tables(golden_site: Site) -> None:
    [torch] = golden_site.get("/data/plugin/text/text", run="torch/basic", tag="note/text_summary")
    assert torch["text"] == "<table><tbody><tr><td># hi</td></tr></tbody></table>"
    custom = golden_site.get("/data/plugin/text/text", run="tf/custom/train", tag="note")
    assert [row["step"] for row in custom] == [0, 1, 2, 3, 4] and custom[0]["text"].startswith("<p># epoch 0")


def test_every_point_and_nan_by_name(open_site: OpenSite, tmp_path: Path) -> None:
    values = [float("nan"), float("inf"), float("-inf"), *range(5000)]
    data = VERSION + b"".join(scalar("loss", value, step=step) for step, value in enumerate(values))
    write(tmp_path / "logs" / "run", data)
    site = open_site()
    site.watch.store.refresh()
    rows = site.get("/data/plugin/scalars/scalars", run="run", tag="loss")
    assert [row[2] for row in rows[:4]] == ["NaN", "Infinity", "-Infinity", 0.0] and len(rows) == 5003
    few = site.get("/data/plugin/scalars/scalars", run="run", tag="loss", num_points=100)
    assert len(few) <= 100 and few[-1] == rows[-1]
    text = site.client.get("/data/plugin/scalars/scalars?run=run&tag=loss&format=csv").text
    assert text.splitlines()[:3] == ["Wall time,Step,Value", "1700000000.0,0,nan", "1700000001.0,1,inf"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("scalars/scalars?run=exp1/train", 400),
        ("scalars/scalars?run=exp1/train&tag=nothing", 404),
        ("scalars/scalars?run=exp1/train&tag=epoch_loss&format=xml", 400),
        ("scalars/scalars?run=exp1/train&tag=epoch_loss&num_points=-1", 400),
        ("images/individualImage?blob_key=..%2F..", 404),
        ("timeseries/timeSeries?requests=no-json", 400),
        ("timeseries/timeSeries?requests=[{}]", 400),
        ("histograms/histograms?run=exp1/train&tag=epoch_loss", 404),
        ("no_such_plugin/tags", 404),
    ],
)
def test_bad_questions_are_told_so(site: Site, path: str, status: int) -> None:
    response = site.client.get(f"/data/plugin/{path}")
    assert response.status_code == status and "Traceback" not in response.text


def test_a_question_of_the_wrong_kind_is_an_error_in_its_place(site: Site) -> None:
    asks = [
        {"plugin": "images", "tag": "x", "run": "exp1/train"},
        {"plugin": "histograms", "tag": "x"},
        {"plugin": "text", "tag": "x"},
        {"plugin": "scalars", "tag": "epoch_loss", "run": "exp1/train"},
    ]
    answers = site.get("/data/plugin/timeseries/timeSeries", requests=json.dumps(asks))
    assert ["error" in answer for answer in answers] == [True, True, True, False]
    assert len(answers[3]["runToSeries"]["exp1/train"]) == 20


def test_the_token_guards_these_addresses_too(open_site: OpenSite, pair_logs: Path) -> None:
    site = open_site(pair_logs, token="secret")
    assert site.client.get("/data/runs").status_code == 401
    assert site.client.get("/data/runs?token=secret").status_code == 401
    assert site.client.get("/data/runs", headers={"x-goodfit-token": "secret"}).status_code == 200


def test_another_sites_form_is_refused(site: Site) -> None:
    headers = FORM | {"origin": "http://evil.example"}
    response = site.client.post("/data/plugin/scalars/scalars_multirun", content="tag=x&runs=y", headers=headers)
    assert response.status_code == 403
    assert site.client.post("/api/curves", content="a=b", headers=FORM).status_code == 400
    assert site.client.put("/data/runs").status_code in (400, 405)


def test_addresses_in_answers_lead_back(golden_site: Site) -> None:
    [row] = golden_site.get("/data/plugin/images/images", run="torch/basic", tag="img", sample=0)
    assert set(parse_qs(urlsplit("?" + row["query"]).query)) == {"blob_key"}
    response = golden_site.client.get(f"/data/plugin/images/individualImage?{row['query']}")
    assert response.headers["content-type"] == "image/png" and response.content[:4] == b"\x89PNG"
