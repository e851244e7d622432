"""Takes: TensorBoard's HTTP data addresses, as scripts ask them (`/data/plugin/scalars/scalars?run=…&tag=…`).
Gives: the same JSON that TensorBoard gives, one file per plugin; `PATHS` is the whole table.
May import: the rest of server.
"""

from __future__ import annotations

from goodfit.server.tensorboard_api import (
    audio,
    core,
    custom_scalars,
    distributions,
    graphs,
    histograms,
    hparams,
    images,
    meshes,
    pr_curves,
    scalars,
    text,
    timeseries,
)
from goodfit.server.tensorboard_api.ask import Handler

PATHS: dict[str, Handler] = {
    **core.PATHS,
    **scalars.PATHS,
    **timeseries.PATHS,
    **histograms.PATHS,
    **distributions.PATHS,
    **images.PATHS,
    **audio.PATHS,
    **text.PATHS,
    **graphs.PATHS,
    **pr_curves.PATHS,
    **hparams.PATHS,
    **meshes.PATHS,
    **custom_scalars.PATHS,
}
