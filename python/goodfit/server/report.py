"""A log folder → one HTML file with the page and the answers it asks for, to be opened without a server.

The page's script and style are the ones that the server ships, built once more as a single file each. The answers are
gathered by asking the same endpoints in this process, so that a report cannot say something else than the page:

    {made, left_out, json: {[address, sorted parameters]: answer}, curves: [{axis, frame}], blobs: {…: data address}}

gzipped and in base64, which no text of a log can break out of.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from goodfit.errors import GoodfitError, LogFolderError
from goodfit.server.api import ENDPOINTS
from goodfit.server.api.curves import MAX_CELLS
from goodfit.server.endpoint import parse_ask
from goodfit.server.errors import ApiError
from goodfit.server.schema import MAX_DENSITY, MAX_FORECASTS, RunLabel, Shelf
from goodfit.server.settings import STATIC
from goodfit.server.untrusted import recognise

if TYPE_CHECKING:
    from pathlib import Path

    from goodfit.server.context import Context

PX = 400
"""Columns of each curve: a chart's width on a laptop; beyond, a report would be many times as large."""
LEAST_PX = 100
MAX_COLUMNS = 2_000_000
"""Of all curves on all axes, some 12 bytes each; more curves are drawn from fewer columns, at least 100 each."""
AXES = ("step", "relative", "wall_time")
MAX_SERIES = 400
"""Of one metric; a report of more trainings has their table and findings, and the first ones' curves."""
MAX_METRICS = 200
MAX_HISTOGRAMS = 60
MAX_GROUPS = 60
MAX_BLOB_BYTES = 300_000
MAX_BLOBS_BYTES = 12_000_000
MAX_TRAININGS = 500
MEDIA_STEPS = 10
HISTOGRAM_STEPS = 40
"""As the page asks."""
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "media-src data: blob:; worker-src blob:"
)


@dataclass(slots=True)
class Gathering:
    """What the report holds so far."""

    context: Context
    json: dict[str, Any] = field(default_factory=dict)
    curves: list[dict[str, str]] = field(default_factory=list)
    blobs: dict[str, str] = field(default_factory=dict)
    n_blob_bytes: int = 0
    n_left_out: int = 0
    """Answers that were too many or too large."""

    def ask(self, path: str, query: Mapping[str, str] | None = None, body: object = None) -> bytes:
        """The bytes that the endpoint answers with."""
        endpoint = next(one for one in ENDPOINTS if one.path == path)
        data = b"" if body is None else json.dumps(body).encode()
        answer: Any = endpoint.handle(self.context, parse_ask(endpoint, dict(query or {}), data), None)  # type: ignore[arg-type]
        return bytes(answer.body)

    def keep(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Asks, keeps the answer under its key, and gives it."""
        answer = json.loads(self.ask(path, query))
        self.json[key_of(path, query or {})] = answer
        return answer


def key_of(path: str, query: Mapping[str, str]) -> str:
    """As the page makes it: JSON.stringify([path, sorted entries])."""
    return json.dumps([path, [list(one) for one in sorted(query.items())]], ensure_ascii=False, separators=(",", ":"))


def gather(context: Context, *, tell: Callable[[str], None] = lambda _: None) -> Gathering:
    """All answers of a read and judged log folder."""
    found = Gathering(context)
    overview = found.keep("api/overview")
    catalog = found.keep("api/catalog")
    _gather_labels(found, overview)
    _gather_curves(found, overview, tell)
    _gather_importance(found, overview)
    _gather_forecasts(found, overview)
    _gather_histograms(found, catalog, tell)
    _gather_graphs(found, tell)
    _gather_media(found, catalog, tell)
    for training in overview["trainings"][:MAX_TRAININGS]:
        found.keep("api/training", {"name": training["name"]})
    found.json[key_of("api/alerts", {})] = {"deliveries": []}  # the user's, not the report's reader's
    return found


def _gather_labels(found: Gathering, overview: Any) -> None:
    """Names and colours of the runs; notes and saved views are the user's, not the report's reader's."""
    shelf = found.context.shelf.read()
    names = {training["name"] for training in overview["trainings"]}
    runs = {name: RunLabel(label.name, "", label.is_hidden, label.colour) for name, label in shelf.runs.items()}
    kept = Shelf(
        runs={name: label for name, label in runs.items() if name in names and label != RunLabel()},
        group_colours=shelf.group_colours,
        slots={name: slot for name, slot in shelf.slots.items() if name in names},
    )
    found.json[key_of("api/shelf", {})] = msgspec.to_builtins(kept)


def _gather_curves(found: Gathering, overview: Any, tell: Callable[[str], None]) -> None:
    metrics: dict[str, list[dict[str, str]]] = {}
    for training in overview["trainings"]:
        for pair in training["pairs"]:
            halves = [half for half in (pair["train"], pair["validation"]) if half is not None]
            metrics.setdefault(pair["metric"], []).extend(halves)
    found.n_left_out += max(0, len(metrics) - MAX_METRICS)
    taken = dict(list(metrics.items())[:MAX_METRICS])
    px = choose_px(sum(min(MAX_SERIES, len(series)) for series in taken.values()))
    for number, (metric, series) in enumerate(taken.items(), start=1):
        tell(f"curves {number} of {len(taken)}: {metric}")
        kept = series[: min(MAX_SERIES, MAX_CELLS // px)]
        found.n_left_out += len(series) - len(kept)
        for axis in AXES:
            frame = found.ask("api/curves", body={"series": kept, "px": px, "x_axis": axis, "smoothing": None})
            found.curves.append({"axis": axis, "frame": base64.b64encode(frame).decode()})


def choose_px(n_series: int) -> int:
    """Columns of each curve of a report that holds this many.

    >>> choose_px(40), choose_px(4_000), choose_px(80_000)
    (400, 166, 100)
    """
    return max(LEAST_PX, min(PX, MAX_COLUMNS // max(1, n_series * len(AXES))))


def _gather_importance(found: Gathering, overview: Any) -> None:
    """Of all trainings together: a report cannot work out that of those a reader chooses."""
    names = [training["name"] for training in overview["trainings"]][:MAX_DENSITY]
    for half in ("train", "validation") if overview["objective"] else ():
        place = {"metric": overview["objective"], "half": half}
        answer = json.loads(found.ask("api/importance", body={**place, "trainings": names}))
        found.json[key_of("api/importance", place)] = answer


def _gather_forecasts(found: Gathering, overview: Any) -> None:
    """Of the trainings that have not finished: what the page would ask of a server, by metric."""
    unfinished = [training for training in overview["trainings"] if training["state"] != "finished"]
    found.n_left_out += max(0, len(unfinished) - MAX_FORECASTS)
    unfinished = unfinished[:MAX_FORECASTS]
    metrics = dict.fromkeys(pair["metric"] for training in unfinished for pair in training["pairs"])
    for metric in list(metrics)[:MAX_METRICS]:
        names = [training["name"] for training in unfinished]
        answer = json.loads(found.ask("api/forecasts", body={"metric": metric, "trainings": names}))
        found.json[key_of("api/forecasts", {"metric": metric})] = answer


def _gather_histograms(found: Gathering, catalog: Any, tell: Callable[[str], None]) -> None:
    keys = [(run, tag["tag"]) for tag in catalog["tags"] if tag["kind"] == "histogram" for run in tag["runs"]]
    found.n_left_out += max(0, len(keys) - MAX_HISTOGRAMS)
    for number, (run, tag) in enumerate(keys[:MAX_HISTOGRAMS], start=1):
        tell(f"histograms {number} of {min(len(keys), MAX_HISTOGRAMS)}")
        found.keep("api/histograms", {"run": run, "tag": tag, "max_steps": str(HISTOGRAM_STEPS)})


def _gather_graphs(found: Gathering, tell: Callable[[str], None]) -> None:
    graphs = found.keep("api/graphs")["graphs"]
    # The top of every graph before the inside of any.
    waiting = deque((graph["run"], graph["tag"], "") for graph in graphs)
    most = len(waiting) + MAX_GROUPS
    for _ in range(most):
        if not waiting:
            break
        run, tag, group = waiting.popleft()
        tell(f"graph of {run}")
        try:
            opened = found.keep("api/graph", {"run": run, "tag": tag, "group": group})
        except (ApiError, GoodfitError):
            found.n_left_out += 1  # damaged; the page says that the report does not hold it
            continue
        waiting.extend((run, tag, node["id"]) for node in opened["nodes"] if node["is_group"])
    found.n_left_out += len(waiting)


def _gather_media(found: Gathering, catalog: Any, tell: Callable[[str], None]) -> None:
    for tag in catalog["tags"]:
        if tag["kind"] == "pr_curve":
            for run in tag["runs"]:
                found.keep("api/pr_curves", {"run": run, "tag": tag["tag"]})
        if tag["kind"] not in ("image", "audio", "text"):
            continue
        tell(f"{tag['kind']} {tag['tag']}")
        for run in tag["runs"]:
            query = {"run": run, "tag": tag["tag"]}
            view = json.loads(found.ask("api/media", {**query, "max_steps": str(MEDIA_STEPS)}))
            found.json[key_of("api/media", query)] = view
            if tag["kind"] == "text":
                continue
            for step in view["steps"]:
                for part in range(step["n_parts"]):
                    place = {**query, "index": str(step["index"]), "part": str(part)}
                    data = found.ask("api/blob", place)
                    if len(data) > MAX_BLOB_BYTES or found.n_blob_bytes + len(data) > MAX_BLOBS_BYTES:
                        found.n_left_out += 1
                        continue
                    media_type = recognise(data)
                    if media_type != "application/octet-stream":
                        found.n_blob_bytes += len(data)
                        address = f"data:{media_type};base64,{base64.b64encode(data).decode()}"
                        found.blobs[key_of("api/blob", place)] = address


def render(found: Gathering, *, title: str, now: float | None = None, static: Path = STATIC) -> str:
    """The HTML file.

    Raises:
        LogFolderError: this installation holds no page.
    """
    folder = static / "report"
    try:
        script = (folder / "report.js").read_text("utf-8")
        style = (folder / "report.css").read_text("utf-8")
    except OSError as error:
        raise LogFolderError("The page was not built.", hint="install again, or run python build_backend.py") from error
    contents = {
        "made": time.time() if now is None else now,
        "left_out": found.n_left_out,
        "json": found.json,
        "curves": found.curves,
        "blobs": found.blobs,
    }
    data = base64.b64encode(gzip.compress(json.dumps(contents, separators=(",", ":")).encode(), 6, mtime=0)).decode()
    # The only sequences that could end the elements early, in our own files.
    script = script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    style = style.replace("</style", "<\\/style")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="content-security-policy" content="{POLICY}">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f"<title>{html.escape(title)}</title><style>{style}</style></head>"
        '<body><div id="app"></div>'
        f'<script type="text/plain" id="goodfit-report">{data}</script>'
        f"<script>{script}</script></body></html>\n"
    )
