"""TensorBoard's page on our engine, started by it and spoken to by it, answers as on its own readers."""

import sys
import time
from pathlib import Path
from urllib.error import HTTPError

from tensorboard_page import Page, differences, tensorboard

import goodfit
from goodfit.provider.serving import ProviderServer

logs = Path(sys.argv[1])
logs.mkdir(parents=True, exist_ok=True)
golden = Path(__file__).parents[1] / "golden"
binary = logs / "data-server"
binary.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m goodfit.cli.data_server "$@"\n')
binary.chmod(0o755)


def answers(*arguments: str, binary: str = "", n_runs: int) -> dict:
    """What the page would be told, once everything is read: its own readers show runs before they have read them."""
    deadline_s = time.monotonic() + 60.0
    with tensorboard(*arguments, binary=binary) as base:
        page = Page(base)
        before: dict = {}
        while True:
            assert time.monotonic() < deadline_s, f"{arguments}: {len(before)} answers, and they still change"
            time.sleep(0.2)
            if len(page.json("data/runs")) < n_runs:
                continue
            now = page.everything()
            if not list(differences(before, now)):
                return now
            before = now


by_python = answers(f"--logdir={golden}", "--load_fast=false", n_runs=16)
by_rust = answers(f"--logdir={golden}", "--load_fast=true", n_runs=16)
started = answers(f"--logdir={golden}", "--load_fast=true", binary=str(binary), n_runs=16)
with ProviderServer(golden) as server:
    spoken_to = answers(f"--grpc_data_provider=localhost:{server.port}", n_runs=16)

assert len(started) > 170, len(started)
# Only what needs the folder itself: the projector's tab.
tabs = [list(differences(by_python[path], spoken_to[path])) for path in by_python if path != "data/plugins_listing"]
assert not any(tabs), tabs
found = list(differences(by_python, started))
assert not found, found[:20]

# TensorBoard's fast reader leaves out double scalars, keeps a histogram's padding, does not name old tags, and lists
# runs in another order at every start, from which the first experiment's record of hyperparameters is taken.
known = ("displayName", "contentType", "histograms", "distributions", "dbl", "runTagInfo", "hparams ")
unknown = [line for line in differences(by_rust, started) if not any(word in line for word in known)]
assert not unknown, unknown[:20]

# "0 = every point", as its help has it and neither of its readers does.
with goodfit.Run(logs / "many" / "run", on_error="raise") as run:
    for step in range(5000):
        run.log(step, {"loss": step / 7})
arguments = (f"--logdir={logs / 'many'}", "--load_fast=true", "--samples_per_plugin=scalars=0")
with tensorboard(*arguments, binary=str(binary)) as base:
    page = Page(base)
    for _ in range(100):
        try:
            rows = page.json("data/plugin/scalars/scalars?run=run&tag=loss")
            break
        except HTTPError:
            time.sleep(0.1)
    assert [row[1] for row in rows] == list(range(5000)), len(rows)

# What keeps it from serving, it says in the place of TensorBoard's own words.
try:
    with tensorboard("--logdir=gs://nowhere/logs", "--load_fast=true", binary=str(binary)):
        raise AssertionError("served a bucket")
except RuntimeError as error:
    assert 'pip install "goodfit[remote]"' in str(error), error
print(f"{len(started)} answers equal to TensorBoard's")
