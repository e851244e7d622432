"""TensorBoard as a process → every answer its page would ask for, by address."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen


@contextmanager
def tensorboard(*arguments: str, binary: str = "") -> Iterator[str]:
    """TensorBoard's address, ending without a slash; `binary` is the data server that it starts."""
    env = {**os.environ, "TENSORBOARD_DATA_SERVER_BINARY": binary} if binary else dict(os.environ)
    command = [sys.executable, "-m", "tensorboard.main", "--port=0", *arguments]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = []
            for line in process.stderr or ():
                said.append(line)
                found = re.search(r"at (http://\S+?)/? \(Press", line)
                if found:
                    yield found.group(1)
                    return
            raise RuntimeError("".join(said))
        finally:
            process.terminate()
            process.wait()


class Page:
    """The data addresses of one TensorBoard, or of a server that answers to the same."""

    def __init__(self, base: str) -> None:
        self.base = base

    def bytes(self, path: str, form: dict[str, Any] | None = None, body: Any = None) -> bytes:
        data, headers = None, {}
        if form is not None:
            data = urlencode(form, doseq=True).encode()
            headers = {"content-type": "application/x-www-form-urlencoded"}
        elif body is not None:
            data, headers = json.dumps(body).encode(), {"content-type": "application/json"}
        with urlopen(Request(f"{self.base}/{path}", data=data, headers=headers), timeout=60) as answer:
            content: bytes = answer.read()
        return content

    def json(self, path: str, form: dict[str, Any] | None = None, body: Any = None) -> Any:
        return json.loads(self.bytes(path, form, body))

    def plugin(self, plugin: str, route: str, **query: Any) -> str:
        return f"data/plugin/{plugin}/{route}" + (f"?{urlencode(query, doseq=True)}" if query else "")

    def everything(self) -> dict[str, Any]:
        """Every answer by what was asked; keys of blobs are replaced by the blobs' digests."""
        found: dict[str, Any] = {}
        for path in ("data/runs", "data/plugins_listing"):
            found[path] = self.json(path)
        for plugin, route in (
            ("scalars", "scalars"),
            ("histograms", "histograms"),
            ("distributions", "distributions"),
            ("text", "text"),
        ):
            tags = found[self.plugin(plugin, "tags")] = self.json(self.plugin(plugin, "tags"))
            for run, names in tags.items():
                for tag in names:
                    path = self.plugin(plugin, route, run=run, tag=tag)
                    found[path] = self.json(path)
                    if plugin == "scalars":
                        found[path + "&format=csv"] = self.bytes(path + "&format=csv").decode()
        self._scalars_multirun(found)
        self._media(found, "images", "images", "individualImage")
        self._media(found, "audio", "audio", "individualAudio")
        self._time_series(found)
        self._graphs(found)
        self._hparams(found)
        self._rest(found)
        return found

    def _scalars_multirun(self, found: dict[str, Any]) -> None:
        tags = found[self.plugin("scalars", "tags")]
        for tag in {tag for names in tags.values() for tag in names}:
            path = self.plugin("scalars", "scalars_multirun")
            runs = [run for run in tags if tag in tags[run]]
            found[f"{path} {tag}"] = self.json(path, form={"tag": tag, "runs": runs})

    def _media(self, found: dict[str, Any], plugin: str, route: str, one: str) -> None:
        tags = found[self.plugin(plugin, "tags")] = self.json(self.plugin(plugin, "tags"))
        for run, names in tags.items():
            for tag, info in names.items():
                for sample in range(info["samples"]):
                    path = self.plugin(plugin, route, run=run, tag=tag, sample=sample)
                    rows = self.json(path)
                    for row in rows:
                        row["bytes"] = len(self.bytes(self.plugin(plugin, one) + "?" + row.pop("query")))
                    found[path] = rows

    def _time_series(self, found: dict[str, Any]) -> None:
        tags = found["data/plugin/timeseries/tags"] = self.json("data/plugin/timeseries/tags")
        path = "data/plugin/timeseries/timeSeries"
        asks: list[dict[str, Any]] = []
        for plugin in ("scalars", "histograms"):
            for run, names in tags[plugin]["runTagInfo"].items():
                for tag in names:
                    asks.append({"plugin": plugin, "tag": tag, **({"run": run} if plugin == "histograms" else {})})
        for tag, runs in tags["images"]["tagRunSampledInfo"].items():
            for run, info in runs.items():
                for sample in range(info["maxSamplesPerStep"]):
                    asks.append({"plugin": "images", "tag": tag, "run": run, "sample": sample})
        for ask in asks:
            [answer] = self.json(path, form={"requests": json.dumps([ask])})
            for series in answer.get("runToSeries", {}).values():
                for point in series:
                    if "imageId" in point:
                        image = self.plugin("timeseries", "imageData", imageId=point.pop("imageId"))
                        point["bytes"] = len(self.bytes(image))
            found[f"{path} {json.dumps(ask)}"] = answer

    def _graphs(self, found: dict[str, Any]) -> None:
        info = found["data/plugin/graphs/info"] = self.json("data/plugin/graphs/info")
        for run, one in info.items():
            asks: list[dict[str, Any]] = [{"run": run}] if one["run_graph"] else []
            for tag, kinds in one["tags"].items():
                asks += [{"run": run, "tag": tag, "conceptual": "false"}] if kinds["op_graph"] else []
                asks += [{"run": run, "tag": tag, "conceptual": "true"}] if kinds["conceptual_graph"] else []
                if kinds["profile"]:
                    path = self.plugin("graphs", "run_metadata", run=run, tag=tag)
                    found[path] = self.bytes(path).decode()
            for ask in asks:
                path = self.plugin("graphs", "graph", **ask, limit_attr_size=1024, large_attrs_key="_too_large_attrs")
                found[path] = self.bytes(path).decode()

    def _hparams(self, found: dict[str, Any]) -> None:
        experiment = {"experimentName": "", "hparamsLimit": 1000}
        found["hparams experiment"] = self.json("data/plugin/hparams/experiment", body=experiment)
        columns = [{"metric": info["name"]} for info in found["hparams experiment"].get("metricInfos", [])]
        columns += [{"hparam": info["name"]} for info in found["hparams experiment"].get("hparamInfos", [])]
        statuses = ["STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING", "STATUS_UNKNOWN"]
        body = {"startIndex": 0, "sliceSize": 100, "allowedStatuses": statuses, "colParams": columns}
        found["hparams session_groups"] = self.json("data/plugin/hparams/session_groups", body=body)

    def _rest(self, found: dict[str, Any]) -> None:
        for plugin in ("pr_curves", "mesh"):
            tags = found[self.plugin(plugin, "tags")] = self.json(self.plugin(plugin, "tags"))
            for run, names in tags.items():
                for tag in names:
                    if plugin == "pr_curves":
                        path = self.plugin(plugin, "pr_curves", run=run, tag=tag)
                    else:
                        path = self.plugin(plugin, "meshes", run=run, tag=tag, sample=0)
                    found[path] = self.json(path)
        found["data/plugin/custom_scalars/layout"] = self.json("data/plugin/custom_scalars/layout")
        for run in found["data/runs"]:
            path = self.plugin("custom_scalars", "scalars", run=run, tag=".*")
            found[path] = self.json(path)


def differences(left: Any, right: Any, at: str = "") -> Iterator[str]:
    """Where two answers differ, each as a line; numbers may differ by the rounding of a float32."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted({*left, *right}, key=str):
            if key not in left or key not in right:
                yield f"{at}[{key!r}] only {'right' if key in right else 'left'}"
            else:
                yield from differences(left[key], right[key], f"{at}[{key!r}]")
    elif isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            yield f"{at}: {len(left)} or {len(right)} items"
        for index, (one, other) in enumerate(zip(left, right, strict=False)):
            yield from differences(one, other, f"{at}[{index}]")
    elif isinstance(left, float) and isinstance(right, int | float):
        if abs(left - right) > 1e-6 * max(abs(left), abs(right)):
            yield f"{at}: {left!r} or {right!r}"
    elif left != right:
        yield f"{at}: {str(left)[:100]!r} or {str(right)[:100]!r}"
