"""`/data/runs`, `/data/environment`, `/data/plugins_listing` and their like: what there is."""

from __future__ import annotations

from starlette.responses import Response

from goodfit.server.tensorboard_api.ask import Ask, Handler, answer

_TABS = {
    "timeseries": ("Time Series", ("scalars", "images", "histograms")),
    "scalars": ("scalars", ("scalars",)),
    "custom_scalars": ("Custom Scalars", ("custom_scalars",)),
    "images": ("images", ("images",)),
    "audio": ("audio", ("audio",)),
    "graphs": (
        "graphs",
        ("graphs", "graph_run_metadata", "graph_run_metadata_graph", "graph_keras_model", "graph_tagged_run_metadata"),
    ),
    "distributions": ("distributions", ("histograms",)),
    "histograms": ("histograms", ("histograms",)),
    "text": ("text", ("text",)),
    "pr_curves": ("PR Curves", ("pr_curves",)),
    "hparams": ("hparams", ("hparams",)),
    "mesh": ("mesh", ("mesh",)),
}
"""Name of the tab, and the plugins whose data it shows; in TensorBoard's order."""


def list_runs(ask: Ask) -> Response:
    return answer([run for run, _ in ask.board.list_runs()])


def read_environment(ask: Ask) -> Response:
    from goodfit import __version__

    return answer(
        {
            "version": __version__,
            "data_location": str(ask.board.store.logdir),
            "window_title": ask.settings.window_title,
            "experiment_name": "",
            "experiment_description": "",
            "creation_time": 0,
        }
    )


def read_logdir(ask: Ask) -> Response:
    return answer({"logdir": str(ask.board.store.logdir)})


def list_plugins(ask: Ask) -> Response:
    active = set(ask.board.list_plugins())
    listing = {
        name: {
            "disable_reload": name == "graphs",
            "enabled": not active.isdisjoint(plugins),
            "remove_dom": False,
            "tab_name": tab,
            "loading_mechanism": {"type": "NONE"},
        }
        for name, (tab, plugins) in _TABS.items()
    }
    return answer(listing)


def list_nothing(_: Ask) -> Response:
    return answer([])


PATHS: dict[str, Handler] = {
    "data/runs": list_runs,
    "data/environment": read_environment,
    "data/logdir": read_logdir,
    "data/plugins_listing": list_plugins,
    "data/experiments": list_nothing,
    "data/experiment_runs": list_nothing,
}
